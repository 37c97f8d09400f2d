import { describe, expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { type Columns, Indicators } from "../../support/indicators.ts";
import { Random, walk } from "../../support/random.ts";
import * as twin from "../../support/twins/indicators.ts";

type List = readonly number[];
interface Market {
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
  readonly other: number[];
}

function market(seed: number, length: number, start = 100, sigma = 0.01): Market {
  const random = new Random(seed);
  const close = walk(random, length, start, sigma);
  const high = close.map((price) => price * (1 + sigma * random.between(0, 1)));
  const low = close.map((price) => price * (1 - sigma * random.between(0, 1)));
  return { high, low, close, other: walk(random, length, 7 * start, sigma) };
}
function withGaps(list: List, random: Random): number[] {
  return list.map((value) => (random.between(0, 1) < 0.04 ? Number.NaN : value));
}

interface Indicator {
  readonly name: string;
  readonly core: (core: Indicators, bars: Market, n: number) => Columns;
  readonly twin: (bars: Market, n: number) => Columns;
}
const out = (list: number[]): Columns => ({ out: list });
const INDICATORS: readonly Indicator[] = [
  { name: "sma", core: (c, { close }, n) => out(c.sma(close, n)), twin: ({ close }, n) => out(twin.sma(close, n)) },
  ...[true, false].map((mean) => ({
    name: `ema seeded with the ${mean ? "mean" : "first value"}`,
    core: (c: Indicators, { close }: Market, n: number) => out(c.ema(close, n, mean)),
    twin: ({ close }: Market, n: number) => out(twin.ema(close, n, mean)),
  })),
  ...[true, false].map((mean) => ({
    name: `macd seeded with the ${mean ? "mean" : "first value"}`,
    core: (c: Indicators, { close }: Market, n: number) => c.macd(close, n, 2 * n + 1, 5, mean),
    twin: ({ close }: Market, n: number) => twin.macd(close, n, 2 * n + 1, 5, mean),
  })),
  { name: "rsi", core: (c, { close }, n) => out(c.rsi(close, n)), twin: ({ close }, n) => out(twin.rsi(close, n)) },
  ...[true, false].map((first) => ({
    name: `atr ${first ? "with" : "without"} the first bar`,
    core: (c: Indicators, bars: Market, n: number) => ({ atr: c.atr(bars, n, first), range: c.trueRange(bars, first) }),
    twin: (bars: Market, n: number) => ({ atr: twin.atr(bars, n, first), range: twin.trueRange(bars, first) }),
  })),
  ...[0, 1].map((ddof) => ({
    name: `spread with ddof ${ddof}`,
    core: (c: Indicators, { close }: Market, n: number) => ({
      variance: c.variance(close, n, ddof),
      deviation: c.deviation(close, n, ddof),
      score: c.zScore(close, n, ddof),
      ...c.bollinger(close, n, 2, ddof),
    }),
    twin: ({ close }: Market, n: number) => {
      const variance = twin.rollingVariance(close, n, ddof);
      const deviation = variance.map(Math.sqrt);
      const middle = twin.sma(close, n).map((mean, t) => (Number.isFinite(deviation[t]) ? mean : Number.NaN));
      const band = (side: number): number[] => middle.map((mean, t) => mean + side * 2 * deviation[t]!);
      const [upper, lower] = [band(1), band(-1)];
      const width = upper.map((top, t) => top - lower[t]!);
      return {
        variance,
        deviation,
        score: twin.zScore(close, n, ddof).map((score, t) => (variance[t]! > 0 ? score : Number.NaN)),
        middle,
        upper,
        lower,
        percentB: width.map((gap, t) => (gap > 0 ? (close[t]! - lower[t]!) / gap : Number.NaN)),
        bandwidth: width.map((gap, t) => gap / middle[t]!),
      };
    },
  })),
  ...[true, false].map((previous) => ({
    name: `donchian of ${previous ? "the bars before" : "bars up to t"}`,
    core: (c: Indicators, bars: Market, n: number) => c.donchian(bars, n, previous),
    twin: (bars: Market, n: number) => twin.donchian(bars, n, previous),
  })),
  { name: "adx", core: (c, bars, n) => c.adx(bars, n), twin: (bars, n) => twin.adx(bars, n) },
  {
    name: "returns",
    core: (c, { close }, n) => ({
      change: c.change(close, n),
      steps: c.logReturns(close),
      volatility: c.logReturnVolatility(close, n),
      ewma: c.ewmaVolatility(close, 0.94),
    }),
    twin: ({ close }, n) => ({
      change: twin.change(close, n),
      steps: twin.logReturns(close),
      volatility: twin.logReturnVolatility(close, n),
      ewma: twin.ewmaVolatility(close, 0.94),
    }),
  },
  {
    name: "relation of two columns",
    core: (c, { close, other }, n) => ({ correlation: c.correlation(close, other, n), ...c.line(other, close, n) }),
    twin: ({ close, other }, n) => {
      const { correlation = [], ...line } = twin.relation(close, other, n);
      return n === 1 ? mapColumns({ correlation, ...line }, () => Number.NaN) : { correlation, ...line };
    },
  },
];

function mapColumns(columns: Columns, f: (value: number, t: number) => number): Columns {
  return Object.fromEntries(Object.entries(columns).map(([name, list]) => [name, list.map(f)]));
}
/** The first disagreement in words, or an empty text. NaN agrees with NaN only. */
function disagreement(actual: Columns, expected: Columns, tolerance: number): string {
  for (const [name, list] of Object.entries(expected)) {
    const own = actual[name] ?? [];
    if (own.length !== list.length) return `${name} has ${own.length} values instead of ${list.length}`;
    for (const [t, value] of list.entries()) {
      const got = own[t] ?? Number.NaN;
      if (Number.isNaN(value) && Number.isNaN(got)) continue;
      if (!(Math.abs(got - value) <= tolerance * Math.max(1, Math.abs(value)))) {
        return `${name}[${t}] is ${got} instead of ${value}`;
      }
    }
  }
  return "";
}

const WINDOWS = [1, 2, 3, 4, 5, 7, 14, 20, 50, 129];
const LENGTHS = [0, 1, 2, 3, 5, 13, 14, 15, 20, 27, 64, 131, 700];

describe.each(BUILDS)("indicators, %s build", (build) => {
  const indicators = new Indicators(openCore(build));

  describe.each(INDICATORS)("$name", ({ core, twin: slow }) => {
    it("gives what the twin gives, in every window and length", () => {
      for (const n of WINDOWS) {
        for (const length of LENGTHS) {
          const bars = market(n, length);
          expect(disagreement(core(indicators, bars, n), slow(bars, n), 1e-9), `n ${n}, length ${length}`).toBe("");
        }
      }
    });

    it("gives what the twin gives where values are missing, and nothing is missing for longer than the window", () => {
      for (const n of [1, 2, 3, 5, 14]) {
        const random = new Random(n);
        const { close, high, low, other } = market(n, 400);
        const [a, b, c, d] = [close, high, low, other].map((list) => withGaps(list, random));
        const bars = { close: a!, high: b!, low: c!, other: d! };
        expect(disagreement(core(indicators, bars, n), slow(bars, n), 1e-9), `n ${n}`).toBe("");
      }
    });

    it("never looks ahead: a prefix gives the prefix of the outputs, to the bit", () => {
      const random = new Random(3);
      const whole = market(3, 300);
      whole.close.splice(90, 1, Number.NaN);
      whole.high.splice(120, 1, Number.NaN);
      for (const n of [1, 2, 5, 14, 50]) {
        const all = core(indicators, whole, n);
        for (let trial = 0; trial < 25; trial++) {
          const length = Math.floor(random.between(0, 300));
          const cut = (list: List): number[] => list.slice(0, length);
          const bars = { close: cut(whole.close), high: cut(whole.high), low: cut(whole.low), other: cut(whole.other) };
          for (const [name, list] of Object.entries(core(indicators, bars, n))) {
            expect(list, `${name}, n ${n}, ${length} bars`).toEqual(all[name]?.slice(0, length));
          }
        }
      }
    });

    it("gives nothing for a window of no bars", () => {
      const columns = core(indicators, market(1, 30), 0);
      const { range: _range, steps: _steps, ewma: _ewma, ...windowed } = columns;
      expect(Object.values(windowed).flat().every(Number.isNaN)).toBe(true);
    });
  });

  it("prices that stand still give exactly the price, and no movement", () => {
    for (const price of [0.1, 1e-8, 123_456_789.01]) {
      const close = Array.from({ length: 400 }, () => price);
      const bars = { high: close, low: close, close };
      const from = (list: List, first: number): List => list.slice(first);
      const all = (value: number, count: number): number[] => Array.from({ length: count }, () => value);
      expect(from(indicators.sma(close, 20), 19)).toEqual(all(price, 381));
      expect(from(indicators.ema(close, 20, true), 19)).toEqual(all(price, 381));
      expect(indicators.ema(close, 20, false)).toEqual(all(price, 400));
      expect(from(indicators.deviation(close, 20, 0), 19)).toEqual(all(0, 381));
      expect(from(indicators.macd(close, 12, 26, 9, true)["histogram"] ?? [], 33)).toEqual(all(0, 367));
      expect(from(indicators.rsi(close, 14), 14)).toEqual(all(50, 386));
      expect(from(indicators.atr(bars, 14, false), 14)).toEqual(all(0, 386));
      expect(indicators.ewmaVolatility(close, 0.94).slice(1)).toEqual(all(0, 399));
      expect(indicators.zScore(close, 20, 1).every(Number.isNaN)).toBe(true);
      expect(indicators.correlation(close, close, 20).every(Number.isNaN)).toBe(true);
    }
  });

  it("only gains give a relative strength of exactly 100, only losses of 0", () => {
    const rising = Array.from({ length: 100 }, (_, t) => 1 + t * t);
    const falling = rising.toReversed();
    expect(indicators.rsi(rising, 14).slice(14)).toEqual(Array.from({ length: 86 }, () => 100));
    expect(indicators.rsi(falling, 14).slice(14)).toEqual(Array.from({ length: 86 }, () => 0));
  });
});
