// Ten times as long a tape needs the same memory, from the file to the report: a buffer of rows while it is read, one block
// of bars and a bounded curve while it is run. What grows is the list of closed trades. Peaks are those of whole processes.
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Random } from "../../support/random.ts";
import { HistoryFolder } from "../../support/history-folder.ts";
import { runMeasured, type Measured } from "../../support/peak-memory.ts";

const BARS = 150_000;
const TIMES = 10;
const AT_ONCE = 10_000;
/** Before there were bounds two million bars took 134 MiB more than 200 thousand to import and 233 MiB to run. */
const MORE_MIB = 120;
let folder: HistoryFolder;

beforeAll(() => {
  folder = new HistoryFolder();
});
afterAll(() => {
  folder.remove();
});

/** A walk around 100, a bar a minute. */
function write(name: string, bars: number): void {
  const random = new Random(11);
  const file = openSync(join(folder.path, name), "w");
  let close = 100;
  let lines = ["timestamp_ms,open,high,low,close,volume"];
  for (let bar = 0; bar < bars; bar++) {
    const open = close;
    close *= 1 + 0.001 * random.normal() - 1e-5 * Math.sign(close - 100);
    const [high, low] = [Math.max(open, close) * 1.0002, Math.min(open, close) * 0.9998];
    const prices = [open, high, low, close].map((price) => price.toFixed(4)).join(",");
    lines.push(`${1.5e12 + bar * 60_000},${prices},${1 + (bar % 9)}`);
    if (lines.length < AT_ONCE) continue;
    writeSync(file, `${lines.join("\n")}\n`);
    lines = [];
  }
  writeSync(file, lines.join("\n"));
  closeSync(file);
}

it("an import and a backtest of ten times as many bars", async () => {
  const peaks: Measured[][] = [];
  for (const [symbol, bars] of [
    ["SHORT", BARS],
    ["LONG", TIMES * BARS],
  ] as const) {
    write(`${symbol}.csv`, bars);
    const imported = await runMeasured(folder.path, ["import", `${symbol}.csv`]);
    expect(imported.out).toContain(`${symbol}@bar-1m  ${bars.toLocaleString("en-US")} rows`);
    const run = await runMeasured(folder.path, ["backtest", "breakout_strategy", "-s", symbol, "--days", "4000"]);
    expect(run).toMatchObject({ code: 0, err: "" });
    peaks.push([imported, run]);
  }
  const [short = [], long = []] = peaks;
  expect(long[1]?.out).toContain("the curve has one step for 8 bars");
  const more = long.map(({ peakMib }, command) => peakMib - (short[command]?.peakMib ?? 0));
  expect(Math.max(...more), `MiB more: ${more.join(", ")}`).toBeLessThan(MORE_MIB);
});
