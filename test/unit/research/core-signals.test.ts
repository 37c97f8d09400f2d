// What a program is told of the engine's own strategies: the signals that the engine gives on the same events, at the event
// that causes them, whatever comes later.
import { expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import type { History } from "../../../src/history/history.ts";
import { CoreSignals } from "../../../src/research/core-signals.ts";
import { Drive } from "../../../src/research/drive.ts";
import { MarketView } from "../../../src/research/market-view.ts";
import { SAID_BUY, SAID_EXIT, SAID_SELL, SIGNAL_WORDS } from "../../../src/sandbox/sandbox.ts";
import { merge } from "../../../src/history/history.ts";
import { eventOf } from "../../support/strategy-code.ts";
import { market, tickMarket } from "../../support/research.ts";

const ALL = { from: -Infinity, to: Infinity };
const SAID = [
  [SAID_BUY, layout.ACTION_BUY],
  [SAID_SELL, layout.ACTION_SELL],
  [SAID_EXIT, layout.ACTION_EXIT],
] as const;

/** Number of the event and action, as the program is told it. */
function told(history: History, strategies: readonly string[], rows = Infinity): string[] {
  const dataset = history.list().find(({ kind }) => kind !== "quote");
  if (dataset === undefined) throw new Error("no data");
  const view = new MarketView([{ dataset, symbol: 0 }], 1);
  const signals = new CoreSignals(strategies, [dataset.symbol]);
  const found: string[] = [];
  let number = 0;
  let before = 0;
  merge(history, [dataset], ALL, (row) => {
    if (number >= rows || !view.take(row)) return;
    const words = signals.take(view.event);
    if (!words.ok) throw new Error(words.failure);
    for (const [place, strategy] of strategies.entries())
      for (const [bit, action] of SAID)
        if (((words.value[place * SIGNAL_WORDS] ?? 0) & bit) !== 0) found.push(`${number} ${strategy} ${action}`);
    const regime = words.value[strategies.indexOf("regime") * SIGNAL_WORDS + 1] ?? 0;
    if (strategies.includes("regime") && regime !== before) found.push(`${number} regime ${regime}`);
    before = regime;
    number++;
  });
  signals.close();
  return found;
}

/** The same as a backtest of the strategy has it. A signal of a beat counts at the event behind it. */
function given(history: History, strategy: string): string[] {
  const datasets = history.list().filter(({ kind }) => kind !== "quote");
  const [dataset] = datasets;
  const wanted = { strategy, parameters: {}, symbols: [dataset?.symbol ?? ""], cooldownUs: 0 };
  const opened = Drive.open(wanted, datasets, 0);
  if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
  const found: string[] = [];
  let number = -1;
  let times: number[] = [];
  opened.value.run(history, ALL, {
    event: (_, rows, row) => {
      number++;
      times[number] = rows.known[row] ?? 0;
    },
    signals: (signals) => {
      for (const { action, clock } of signals) {
        // At the event itself, or between it and the next one.
        const at = clock > (times[number] ?? 0) ? number + 1 : number;
        found.push(`${at} ${strategy} ${action}`);
      }
    },
  });
  times = [];
  return found.filter((one) => Number(one.split(" ")[0]) <= number);
}

const STRATEGIES = ["momentum_rider", "breakout_strategy", "moving_average_crossover", "mean_reversion"];

it("a program is told what the engine's strategies say on the same bars, all of it and nothing else", () => {
  const history = market(["BTCUSD"], { bars: 3_000, seed: 5, intervalMs: 60_000 });
  const all = told(history, STRATEGIES);
  for (const strategy of STRATEGIES) {
    const own = given(history, strategy);
    expect(new Set(all.filter((one) => one.includes(` ${strategy} `))), strategy).toEqual(new Set(own));
  }
  expect(all.length).toBeGreaterThan(100);
});

it("and on the same trades", () => {
  const history = tickMarket("BTCUSD", 4_000);
  expect(new Set(told(history, ["momentum_rider"]))).toEqual(new Set(given(history, "momentum_rider")));
});

it("a program is told the regimes that the core names", () => {
  const history = market(["BTCUSD"], { bars: 3_000, seed: 5, intervalMs: 60_000 });
  const found = told(history, ["regime"]);
  expect(new Set(found.map((one) => one.split(" ")[2])).size).toBeGreaterThan(1);
  // The signals beside it are those that they are without it.
  const both = told(history, ["momentum_rider", "regime"]);
  expect(both.filter((one) => one.includes("regime"))).toEqual(found);
});

it("what is told does not depend on what follows", () => {
  const history = market(["BTCUSD"], { bars: 1_500, seed: 9, intervalMs: 60_000 });
  const all = [...STRATEGIES, "regime"];
  const whole = told(history, all);
  for (const rows of [400, 801, 1_203]) {
    const part = told(history, all, rows);
    expect(part).toEqual(whole.filter((one) => Number(one.split(" ")[0]) < rows));
  }
});

it("counts its memory from the beginning, so that a program for which there is no room is refused when it is opened", () => {
  const signals = new CoreSignals(["momentum_rider", "regime"], ["BTCUSD"]);
  const { bytes } = signals;
  expect(bytes).toBeGreaterThan(1_000_000);
  expect(signals.take(eventOf(100)).ok).toBe(true);
  expect(signals.bytes).toBe(bytes);
  signals.close();
  expect(signals.bytes).toBe(0);
});
