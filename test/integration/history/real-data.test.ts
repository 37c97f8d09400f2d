// Every recorded file of ../shared/data becomes history: as many rows as its manifest says, from its first time to its last, and
// with the defects that are known of it. Where that folder is not beside the checkout, the tests say so and are skipped.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SHARED } from "../../support/golden-data.ts";
import { withResampling, type Dataset } from "../../../src/history/history.ts";
import { HistoryFolder, rowsOf } from "../../support/history-folder.ts";

interface Entry {
  readonly file: string;
  readonly rows: number;
  readonly columns: string;
  readonly dup_ts: number;
}

const DATA = join(SHARED, "data");
const present = existsSync(join(DATA, "manifest.json"));
const manifest = present ? (JSON.parse(readFileSync(join(DATA, "manifest.json"), "utf8")) as readonly Entry[]) : [];
/** Statements have no number to store; the tables of indicators are no market data. */
const entries = manifest.filter(({ file }) => !/^(text|peer_tables)\//.test(file));

describe.skipIf(!present)(`recorded data (skipped where ${DATA} does not exist)`, () => {
  let folder: HistoryFolder;
  const names = new Map<string, string>();
  beforeAll(() => {
    folder = new HistoryFolder();
    entries.forEach(({ file }, index) => names.set(file, `F${index}`));
  });
  afterAll(() => {
    folder.remove();
  });

  async function imported(file: string): Promise<readonly Dataset[]> {
    const options = { venue: names.get(file) ?? "", ...(isPanel(file) ? {} : { symbol: "X" }) };
    const result = await folder.import(join(DATA, file), options);
    if (typeof result === "string") throw new Error(`${file}: ${result}`);
    return result.stored.map(({ dataset }) => dataset);
  }

  it.each(entries.map((entry) => [entry.file, entry] as const))("%s is whole", async (file, { rows }) => {
    const lines = gunzipSync(readFileSync(join(DATA, file)))
      .toString()
      .trimEnd()
      .split("\n");
    const times = lines.slice(1).map((line) => microseconds(lines[0] ?? "", line));
    for (const dataset of await imported(file)) {
      const { badRows, duplicates, unsorted } = dataset.quality;
      expect(unsorted).toBe(0);
      if (isPanel(file)) expect(dataset.rows).toBeLessThanOrEqual(rows);
      else expect(dataset.rows + badRows + duplicates).toBe(rows);
      if (badRows > 0 || isPanel(file)) continue;
      expect([dataset.from, dataset.to]).toEqual([times[0], times.at(-1)]);
    }
  });

  it("shows the splits that are known of raw prices, and takes a print at one venue for none", async () => {
    const known: Readonly<Record<string, readonly string[]>> = {
      AAPL: ["2000-06-21", "2005-02-28", "2014-06-09", "2020-08-31"],
      AIG: ["2009-07-01"],
      BNO: ["2013-08-29"],
      USO: ["2020-04-29"],
      GOOG: ["2014-04-03"],
      EEM: ["2005-06-09", "2008-07-24"],
      BAC: ["2004-08-30"],
      IBM: ["1999-05-27"],
      IWM: ["2005-06-09"],
      QQQ: ["2000-03-20"],
      SPY: [],
      KO: [],
    };
    for (const [symbol, days] of Object.entries(known)) {
      const [dataset] = await imported(`equity/1d/${symbol}.csv.gz`);
      const found = dataset?.quality.splits.map((time) => new Date(time / 1_000).toISOString().slice(0, 10)) ?? [];
      expect(found, symbol).toEqual(expect.arrayContaining([...days]));
      // Of a fall of two thirds in a night nobody can tell from the price that it was no split.
      if (symbol !== "AIG") expect(found, symbol).toEqual(days);
    }
    const [bitcoin] = await imported("crypto/4h/BTC_USD.csv.gz");
    expect(bitcoin?.quality.splits).toEqual([]);
  });

  it("counts the bars that a feed has missed", async () => {
    const missing = async (file: string): Promise<number | undefined> => (await imported(file))[0]?.quality.gaps;
    expect(await missing("crypto/5m/ADA_BTC.csv.gz")).toBe(40);
    expect(await missing("crypto/5m/LTC_BTC.csv.gz")).toBe(0);
    expect(await missing("equity/1d/QQQ.csv.gz")).toBeGreaterThan(1_500); // six years without a row
    expect(await missing("equity/1d/SPY.csv.gz")).toBeLessThan(300); // holidays, and no weekends
  });

  it("puts bars and trades together as an independent program does", async () => {
    const golden = join(SHARED, "golden", "resample.json");
    const { cases } = JSON.parse(readFileSync(golden, "utf8")) as { cases: readonly ResampleCase[] };
    let compared = 0;
    for (const { input, name, output, params } of cases) {
      const [dataset] = await imported(input.file);
      const match = /^(\d+)(s|min|h)$/.exec(params.every);
      if (!dataset || !match) continue;
      const width = Number(match[1]) * ({ s: 1e3, min: 6e4, h: 3.6e6 }[match[2] ?? ""] ?? Number.NaN);
      const history = withResampling({
        ...folder.history,
        list: () => [dataset],
        find: only(dataset),
        read: folder.history.read.bind(folder.history),
      });
      const bars = history.find("X", "bar", width);
      const rows = bars ? rowsOf(history.read(bars)) : [];
      expect(rows, name).toHaveLength(output.n_rows);
      for (const [row = 0, ms = 0, ...values] of output.rows) {
        const [time = 0, , ...found] = rows[row] ?? [];
        expect(time, name).toBe(ms * 1_000);
        for (const [column, value] of found.entries()) {
          const wanted = values[column] ?? Number.NaN;
          expect(Math.abs(value - wanted), `${name} ${row}`).toBeLessThanOrEqual(1e-8 + 1e-9 * Math.abs(wanted));
        }
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(100);
  });
});

interface ResampleCase {
  readonly name: string;
  readonly params: { readonly every: string };
  readonly input: { readonly file: string };
  readonly output: { readonly n_rows: number; readonly rows: readonly (readonly number[])[] };
}

function only(dataset: Dataset): (symbol: string, kind: string, intervalMs?: number) => Dataset | null {
  return (_, kind, intervalMs) =>
    dataset.kind === kind && (intervalMs === undefined || kind !== "bar" || dataset.intervalMs === intervalMs)
      ? dataset
      : null;
}

/** Several columns that are a symbol each. */
function isPanel(file: string): boolean {
  const columns = manifest.find((entry) => entry.file === file)?.columns ?? "";
  return !/(\bclose\b|\bprice\b|\bbid\b|funding_rate|\bvalue\b)/.test(columns) || basename(file).includes("basis");
}

/** Of the first cell, as its column's name says. */
function microseconds(header: string, line: string): number {
  const cell = line.slice(0, line.indexOf(","));
  return header.startsWith("timestamp_ns") ? Number((BigInt(cell) + 500n) / 1_000n) : Number(cell) * 1_000;
}
