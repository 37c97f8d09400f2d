import { describe, expect, it } from "vitest";
import { csvOf } from "../../../src/dashboard/csv.ts";

describe("records as a CSV file", () => {
  it("have the columns of the first one, numbers that are read back the same, and empty cells for the rest", () => {
    const text = csvOf([
      { symbol: "BTC", pnl: 0.1 + 0.2, at: 1e21 },
      { pnl: Number.NaN, symbol: null },
    ]);
    expect(text).toBe(`symbol,pnl,at\r\nBTC,${String(0.1 + 0.2)},1e+21\r\n,,\r\n`);
  });

  it("quote what would break a line, and start no formula", () => {
    expect(csvOf([{ a: 'say "so", twice\n', b: "=1+1", c: "-" }])).toBe(
      'a,b,c\r\n"say ""so"", twice\n",\'=1+1,\'-\r\n',
    );
  });

  it("are nothing but an empty line where there are none", () => {
    expect(csvOf([])).toBe("\r\n");
  });
});
