// The parity certificate over journals that a real engine has written.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Certificate, certify, compareJournals } from "../../src/research/research.ts";
import { changeTrade } from "../support/changed-journal.ts";
import { dataDir, referenceTrend, register, startEngine } from "../support/manage/engine.ts";

const CAPACITY = { maxSymbols: 64, maxInstances: 64, workers: 2 };

async function certificate(dir: string): Promise<Certificate> {
  const done = await certify({ ...CAPACITY, dir: join(dir, "journal") });
  if (!done.ok) throw new Error(done.failure);
  return done.value;
}

/** An engine that saw trends, quotes, bars and news, with a registered strategy; how it ended is the caller's choice. */
async function recorded(end: "stop" | "kill"): Promise<string> {
  const dir = dataDir();
  const engine = await startEngine({ DATA_DIR: dir, JOURNAL_SYNC: "always", STRATEGY_WORKERS: "2" });
  await register(engine, { strategy_type: "mean_reversion", parameters: { symbols: ["BTCUSD"], bar_ms: 1_000 } });
  const now = Date.now() / 1000;
  for (const symbol of ["BTCUSD", "ETHUSD"]) await engine.post(JSON.stringify({ market_data: referenceTrend(symbol) }));
  const others = Array.from({ length: 40 }, (_, index) => [
    { kind: "quote", symbol: "BTCUSD", bid: 100 + index, ask: 101 + index, timestamp: now - 1, venue: "X" },
    { kind: "quote", symbol: "BTCUSD", bid: 100, ask: 101, bids: [[100, 1], [99, 2]], asks: [[101, 1]], timestamp: now }, // prettier-ignore
    { kind: "bar", symbol: "KO", open: 50, high: 52, low: 49, close: 50 + index / 40, interval_s: 60, timestamp: now },
    { kind: "news", symbol: "KO", score: 0.5, text: "record profit", timestamp: now },
    { symbol: "KO", price: 50, bid: 49, ask: 51, high: 53, low: 48, timestamp: now },
  ]).flat();
  await engine.post(JSON.stringify({ market_data: others }));
  await engine.post(JSON.stringify({ market_data: referenceTrend("SOLUSD") }));
  await (end === "stop" ? engine.stop() : engine.kill());
  return dir;
}

it.each(["stop", "kill"] as const)("holds for what an engine recorded before a %s", async (end) => {
  const dir = await recorded(end);
  const held = await certificate(dir);
  expect(held).toMatchObject({ differing: 0, differences: [] });
  expect(held.signals).toBeGreaterThanOrEqual(3);
  expect(held.fills).toBeGreaterThan(0);
  if (end === "stop") expect(held.marksChecked).toBeGreaterThan(0);
  expect(held.rows).toBeGreaterThan(300);
  expect(Object.keys(held.unkept)).toEqual(
    expect.arrayContaining(["levels of a book below the best", "open, high and low of a trade"]),
  );
  expect((await certificate(dir)).hash).toBe(held.hash);
});

it("does not hold for a journal in which one event was changed and every checksum repaired, and names the event", async () => {
  const dir = await recorded("stop");
  const copy = dataDir();
  cpSync(join(dir, "journal"), join(copy, "journal"), { recursive: true });
  const sequence = changeTrade(join(copy, "journal"), 60, 1.2);
  const changed = await certificate(copy);
  expect(changed.differing).toBeGreaterThan(0);
  expect(changed.differences[0]?.cause).toContain("live, the engine had given");
  expect(changed.hash).not.toBe((await certificate(dir)).hash);
  const compared = compareJournals(join(copy, "journal"), join(dir, "journal"));
  expect(compared).toMatchObject({ ok: true, value: [{ sequence }] });
});
