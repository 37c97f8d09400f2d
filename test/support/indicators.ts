// Calls the core's batch indicators on plain lists: columns in, named columns out.
import type { CoreExports } from "../../src/stream/kernels/core.ts";
import type { Arena } from "./core.ts";
import {
  FIRST_HIGH_LOW,
  FIRST_NONE,
  RESAMPLED,
  SEED_FIRST,
  SEED_MEAN,
} from "../../src/stream/kernels/core-indicators.ts";

type List = readonly number[];
export type Columns = Readonly<Record<string, number[]>>;
export interface BarLists {
  readonly high: List;
  readonly low: List;
  readonly close: List;
}

export class Indicators {
  private readonly test: { readonly core: CoreExports; readonly arena: Arena };

  /** Takes the whole arena at every call. */
  constructor(test: { readonly core: CoreExports; readonly arena: Arena }) {
    this.test = test;
  }

  sma(x: List, n: number): number[] {
    return this.one(x.length, [x], ([a = 0], out) => this.test.core.sma(a, x.length, n, out));
  }
  ema(x: List, n: number, fromMean: boolean): number[] {
    const seeding = fromMean ? SEED_MEAN : SEED_FIRST;
    return this.one(x.length, [x], ([a = 0], out) => this.test.core.ema(a, x.length, n, seeding, out));
  }
  macd(x: List, fast: number, slow: number, signal: number, fromMean: boolean): Columns {
    const seeding = fromMean ? SEED_MEAN : SEED_FIRST;
    return this.run(
      x.length,
      [x],
      ["line", "signals", "histogram"],
      ([a = 0], [line = 0, signals = 0, histogram = 0]) =>
        this.test.core.macd(a, x.length, fast, slow, signal, seeding, line, signals, histogram),
    );
  }
  rsi(x: List, n: number): number[] {
    return this.one(x.length, [x], ([a = 0], out) => this.test.core.rsi(a, x.length, n, out));
  }
  trueRange({ high, low, close }: BarLists, countFirst: boolean): number[] {
    const first = countFirst ? FIRST_HIGH_LOW : FIRST_NONE;
    return this.one(close.length, [high, low, close], ([h = 0, l = 0, c = 0], out) =>
      this.test.core.trueRange(h, l, c, close.length, first, out),
    );
  }
  atr({ high, low, close }: BarLists, n: number, countFirst: boolean): number[] {
    const first = countFirst ? FIRST_HIGH_LOW : FIRST_NONE;
    return this.one(close.length, [high, low, close], ([h = 0, l = 0, c = 0], out) =>
      this.test.core.atr(h, l, c, close.length, n, first, out),
    );
  }
  variance(x: List, n: number, ddof: number): number[] {
    return this.one(x.length, [x], ([a = 0], out, scratch) =>
      this.test.core.rollingVariance(a, x.length, n, ddof, out, scratch(n)),
    );
  }
  deviation(x: List, n: number, ddof: number): number[] {
    return this.one(x.length, [x], ([a = 0], out, scratch) =>
      this.test.core.rollingDeviation(a, x.length, n, ddof, out, scratch(n)),
    );
  }
  zScore(x: List, n: number, ddof: number): number[] {
    return this.one(x.length, [x], ([a = 0], out, scratch) =>
      this.test.core.zScore(a, x.length, n, ddof, out, scratch(n)),
    );
  }
  bollinger(x: List, n: number, k: number, ddof: number): Columns {
    const { core } = this.test;
    const names = ["middle", "upper", "lower", "percentB", "bandwidth"];
    return this.run(x.length, [x], names, ([a = 0], [middle = 0, upper = 0, lower = 0, percent = 0, width = 0]) => {
      core.bollinger(a, x.length, n, k, ddof, middle, upper, lower);
      core.percentB(a, upper, lower, x.length, percent);
      core.bandwidth(middle, upper, lower, x.length, width);
    });
  }
  donchian({ high, low }: BarLists, n: number, previous: boolean): Columns {
    return this.run(high.length, [high, low], ["upper", "lower"], ([h = 0, l = 0], [upper = 0, lower = 0], scratch) =>
      this.test.core.donchian(h, l, high.length, n, previous ? 1 : 0, upper, lower, scratch(2 * n)),
    );
  }
  change(x: List, n: number): number[] {
    return this.one(x.length, [x], ([a = 0], out) => this.test.core.change(a, x.length, n, out));
  }
  logReturns(x: List): number[] {
    return this.one(x.length, [x], ([a = 0], out) => this.test.core.logReturns(a, x.length, out));
  }
  logReturnVolatility(x: List, n: number): number[] {
    return this.one(x.length, [x], ([a = 0], out, scratch) =>
      this.test.core.logReturnVolatility(a, x.length, n, out, scratch(x.length + n)),
    );
  }
  ewmaVolatility(x: List, lambda: number): number[] {
    return this.one(x.length, [x], ([a = 0], out) => this.test.core.ewmaVolatility(a, x.length, lambda, out));
  }
  correlation(x: List, y: List, n: number): number[] {
    return this.one(x.length, [x, y], ([a = 0, b = 0], out, scratch) =>
      this.test.core.rollingCorrelation(a, b, x.length, n, out, scratch(5 * n)),
    );
  }
  /** y on x. */
  line(y: List, x: List, n: number): Columns {
    const names = ["slope", "intercept", "r2"];
    return this.run(x.length, [y, x], names, ([b = 0, a = 0], [slope = 0, intercept = 0, r2 = 0], scratch) =>
      this.test.core.rollingLine(b, a, x.length, n, slope, intercept, r2, scratch(5 * n)),
    );
  }

  adx({ high, low, close }: BarLists, n: number): Columns {
    const names = ["plus", "minus", "adx"];
    return this.run(high.length, [high, low, close], names, ([h = 0, l = 0, c = 0], [plus = 0, minus = 0, out = 0]) =>
      this.test.core.adx(h, l, c, high.length, n, plus, minus, out),
    );
  }
  association(x: List, y: List): { readonly pearson: number; readonly spearman: number; readonly kendall: number } {
    const { core, arena } = this.test;
    arena.reset();
    const [a, b, count] = [arena.put(x), arena.put(y), x.length];
    return {
      pearson: core.pearson(a, b, count),
      spearman: core.spearman(a, b, count, arena.take(3 * count)),
      kendall: core.kendall(a, b, count, arena.take(count)),
    };
  }
  /** `columns`: time, open, high, low, close, volume. */
  resample(columns: readonly List[], width: number): Columns {
    const { core, arena } = this.test;
    arena.reset();
    const count = columns[0]?.length ?? 0;
    const [time = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = columns.map((list) => arena.put(list));
    const stride = 8 * (count + 1);
    const out = arena.take((count + 1) * RESAMPLED.length);
    const rows = core.resample(time, open, high, low, close, volume, count, width, out, stride);
    return Object.fromEntries(RESAMPLED.map((name, index) => [name, arena.read(out + index * stride, rows)]));
  }

  private one(
    count: number,
    inputs: readonly List[],
    call: (inputs: readonly number[], out: number, scratch: (count: number) => number) => void,
  ): number[] {
    const { out = [] } = this.run(count, inputs, ["out"], (addresses, [out = 0], scratch) => {
      call(addresses, out, scratch);
    });
    return out;
  }

  /** The scratch of a window longer than the column is never touched; it need not exist. */
  private run(
    count: number,
    inputs: readonly List[],
    names: readonly string[],
    call: (inputs: readonly number[], outs: readonly number[], scratch: (count: number) => number) => void,
  ): Columns {
    const { arena } = this.test;
    arena.reset();
    const addresses = inputs.map((list) => arena.put(list));
    const outs = names.map(() => {
      const out = arena.take(count + 2);
      // What an output column must not touch: the entry after its last.
      arena.f[out / 8 + count] = GUARD;
      arena.f.fill(0, out / 8, out / 8 + count);
      return out;
    });
    call(addresses, outs, (size) => arena.take(Math.min(size, 6 * count)));
    if (outs.some((out) => arena.at(out + 8 * count) !== GUARD)) throw new Error("an output column was overrun");
    return Object.fromEntries(names.map((name, index) => [name, arena.read(outs[index] ?? 0, count)]));
  }
}
const GUARD = 12345.678;
