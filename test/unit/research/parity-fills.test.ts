// Fills of a parity certificate: an event fills what was ordered before it, and a signal that is missing shows.
import { expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import { FillTape, type MarketRow } from "../../../src/research/parity-fills.ts";
import type { SignalRecord } from "../../../src/stream/solo-plane.ts";

const MOMENTUM = STRATEGIES.find(({ name }) => name === "momentum_rider")?.code ?? -1;
const trade = (sequence: number, price: number, symbol = 3): MarketRow => {
  const at = sequence * 1e6;
  return { sequence, kind: "trade", symbol, time: at, known: at, values: [price, 10, price, price, price] };
};
const signal = (sequence: number, action: number, instance = 5, symbol = 3): SignalRecord => ({
  sequence,
  instance,
  symbol,
  strategy: MOMENTUM,
  action,
  tier: 0,
  flags: 0,
  group: 0,
  clock: sequence * 1e6,
  time: sequence * 1e6,
  entry: 100,
  stop: 0,
  target: 0,
  confidence: 1,
  confidenceRaw: 1,
  values: [0, 0, 0, 0],
  hash: 1n,
});
const texts = (tape: FillTape, rows: readonly MarketRow[], signals: readonly SignalRecord[]): readonly string[] =>
  tape.advance(rows, signals).map(({ text }) => text);

it("fills a signal at the event after the one that caused it, in an account of its instance", () => {
  const tape = new FillTape();
  const rows = [trade(1, 100), trade(2, 101), trade(3, 102), trade(4, 103)];
  const fills = texts(tape, rows, [signal(1, layout.ACTION_BUY), signal(3, layout.ACTION_EXIT)]);
  expect(fills).toHaveLength(2);
  expect(fills[0]).toMatch(/^instance 5 buy [\d.]+ of symbol 3 at 101,/);
  expect(fills[1]).toMatch(/^instance 5 sell [\d.]+ of symbol 3 at 103,/);
});

it("gives the same fills however the tape is cut, and others for another signal, symbol or price", () => {
  const rows = [trade(1, 100), trade(2, 101), trade(3, 99, 4), trade(4, 103), trade(5, 104)];
  const signals = [signal(1, layout.ACTION_BUY), signal(2, layout.ACTION_BUY, 6), signal(4, layout.ACTION_EXIT)];
  const whole = texts(new FillTape(), rows, signals);
  expect(whole).toHaveLength(3);
  const cut = new FillTape();
  const first = texts(cut, rows.slice(0, 2), signals.slice(0, 2));
  expect([...first, ...texts(cut, rows.slice(2), signals.slice(2))]).toEqual(whole);
  expect(texts(new FillTape(), rows, signals.slice(0, 2))).not.toEqual(whole);
  const moved = rows.map((row) => (row.sequence === 2 ? trade(2, 101.5) : row));
  expect(texts(new FillTape(), moved, signals)).not.toEqual(whole);
});
