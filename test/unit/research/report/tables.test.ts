import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { csv, equityTable, parquet, tradeTable } from "../../../../src/research/report/report.ts";
import { curveOf, normals, tradesOf } from "../../../support/research/outcomes.ts";

const TRADES = tradesOf(1, 5);
const EQUITY = curveOf(normals(1, 10_000, 0, 0.01));

describe("CSV", () => {
  it("of the equity is read back as the same bits", () => {
    const [head, ...lines] = [...csv(equityTable(EQUITY))].join("").trimEnd().split("\r\n");
    expect(head).toBe("time,equity,exposure");
    expect(lines).toHaveLength(10_000);
    const read = lines.map((line) => line.split(",").map(Number));
    expect(Float64Array.from(read, ([, equity]) => equity ?? 0)).toEqual(EQUITY.equity);
    expect(Float64Array.from(read, ([time]) => time ?? 0)).toEqual(EQUITY.time);
  });

  it("leaves empty what is not a number, and quotes what would end a field", () => {
    const odd = { ...TRADES[0]!, symbol: 'a,"b"\nc', pnl: Number.NaN, fees: Infinity };
    const text = [...csv(tradeTable([odd]))].join("");
    expect(text).toContain('"a,""b""\nc",long,2,');
    expect(text).toContain(",,,0.1,0,");
  });

  it("gives a spreadsheet no formula", () => {
    const text = [...csv(tradeTable(["=1+1", "@x", "+y", "-z"].map((symbol) => ({ ...TRADES[0]!, symbol }))))].join("");
    expect([...text.matchAll(/\r\n'[=@+-]/g)]).toHaveLength(4);
  });

  it("without rows is the line of names", () => {
    expect([...csv(tradeTable([]))].join("")).toBe(
      "symbol,side,quantity,entry_time,entry_price,exit_time,exit_price,pnl,fees,slippage,carry,reason\r\n",
    );
  });
});

describe("Parquet", () => {
  it("of the trades is read by another reader with its types", async () => {
    const rows = await parquetReadObjects({ file: parquet(tradeTable(TRADES)).buffer });
    expect(rows).toHaveLength(5);
    const [first, trade] = [rows[0]!, TRADES[0]!];
    expect(first).toMatchObject({ symbol: "BTCUSD", side: "long", pnl: trade.pnl, exit_price: trade.exitPrice });
    expect(first["entry_time"]).toEqual(new Date(trade.entryTime / 1_000));
  });

  it("of the equity keeps every bit, and nothing for what is not a number", async () => {
    const equity = EQUITY.equity.slice();
    equity[7] = Number.NaN;
    const rows = await parquetReadObjects({ file: parquet(equityTable({ ...EQUITY, equity })).buffer });
    expect(rows[7]!["equity"]).toBeNull();
    expect(rows.map((row, index) => (index === 7 ? Number.NaN : Number(row["equity"])))).toEqual([...equity]);
  });

  it("without rows is a file with its columns", async () => {
    const bytes = parquet(tradeTable([])).buffer;
    expect(new TextDecoder().decode(bytes.slice(0, 4))).toBe("PAR1");
    expect(await parquetReadObjects({ file: bytes })).toEqual([]);
  });
});
