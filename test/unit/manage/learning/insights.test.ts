// How often trades turn out well, by closed outcomes or else by confidence; and what an adaptation that was asked for does
// to the least quality.
import { describe, expect, it } from "vitest";
import { forcedQuality } from "../../../../src/manage/learning/forced-quality.ts";
import type { Outcome } from "../../../../src/learning/outcome.ts";
import { OutcomeHistory } from "../../../../src/manage/learning/history.ts";

const DAY_US = 86_400_000_000;
const NOW = 10 * DAY_US;

function outcome(net: number, closedAt: number): Outcome {
  const entered = {
    strategy: "momentum_rider",
    instance: 6,
    symbol: "BTCUSD",
    side: 1,
    openedAt: closedAt - 1,
  } as const;
  return {
    ...entered,
    confidenceRaw: 0.5,
    confidence: 0.5,
    closedAt,
    net,
    ended: "time",
    regime: "calm",
    source: "signal",
  };
}
function historyOf(outcomes: readonly Outcome[]): OutcomeHistory {
  const history = new OutcomeHistory();
  for (const one of outcomes) history.add(one);
  return history;
}

describe("the success rate", () => {
  const said = { confidence: 0.9, clock: NOW, demo: false, action: "buy" };
  const confident = [0.8, 0.6, 0.9].map((confidence, index) => ({ ...said, confidence, clock: NOW - index }));
  const twenty = Array.from({ length: 20 }, (_, index) => outcome(index < 5 ? 0.01 : -0.01, NOW - 1 - index));

  it("is that of the outcomes of a day from twenty on, before that the share of the day's signals that are confident", () => {
    expect(historyOf(twenty).success(NOW, confident)).toEqual({ rate: 0.25, basis: "outcomes", of: 20 });
    expect(historyOf(twenty.slice(1)).success(NOW, confident)).toEqual({ rate: 2 / 3, basis: "confidence", of: 3 });
    expect(historyOf([]).success(NOW, [])).toEqual({ rate: 0, basis: "confidence", of: 0 });
  });

  it("forgets what closed or was said more than a day ago, in whatever order it became known", () => {
    const old = Array.from({ length: 30 }, () => outcome(0.01, NOW - DAY_US));
    expect(historyOf([...old, ...twenty]).success(NOW, []).rate).toBe(0.25);
    expect(historyOf([...twenty, ...old]).success(NOW, []).rate).toBe(0.25);
    const yesterday = { ...said, clock: NOW - DAY_US };
    expect(historyOf(old).success(NOW, [...confident, yesterday])).toEqual({ rate: 2 / 3, basis: "confidence", of: 3 });
  });
});

describe("the success rate of signals", () => {
  it("leaves out what the demo feed caused and what only leaves", () => {
    const buy = { confidence: 0.5, clock: NOW, demo: false, action: "buy" };
    const others = [
      { ...buy, confidence: 0.9, demo: true },
      { ...buy, confidence: 0.9, action: "exit" },
    ];
    expect(historyOf([]).success(NOW, [...others, buy])).toEqual({ rate: 0, basis: "confidence", of: 1 });
  });
});

describe("the least quality, asked to adapt", () => {
  const won = (wins: number, of: number): number[] => Array.from({ length: of }, (_, at) => (at < wins ? 0.01 : -0.01));
  const moved = (wins: number, of: number, from: number | null = 0.1): number | null =>
    forcedQuality(won(wins, of), from)?.to ?? null;

  it("goes down by a twentieth above 80 % of wins, up below 50 %, and stays between and with fewer than twenty", () => {
    expect(moved(17, 20)).toBeCloseTo(0.095, 12);
    expect(moved(9, 20)).toBeCloseTo(0.105, 12);
    for (const wins of [10, 13, 16]) expect(moved(wins, 20)).toBeNull();
    expect(moved(0, 19)).toBeNull();
    // Few wins that pay, many that do not.
    expect(forcedQuality([...won(0, 15), 0.1, 0.1, 0.1, 0.1, 0.1], 0.1)).toBeNull();
    expect(forcedQuality([...won(19, 19), -0.5], 0.1)).toBeNull();
    expect(moved(0, 20, null)).toBeNull();
  });

  it("stays from 0.01 to 0.95", () => {
    expect(moved(20, 20, 0.01)).toBeNull();
    expect(moved(20, 20, 0.0101)).toBe(0.01);
    expect(moved(0, 20, 0.94)).toBe(0.95);
  });
});
