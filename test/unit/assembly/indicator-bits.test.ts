// The outputs of all indicators as one hash, recorded once: another processor, another engine of JavaScript or a changed
// order of operations shows here. A deliberate change of a formula changes the number below.
import { expect, it } from "vitest";
import { BUILDS, openCore } from "../../support/core.ts";
import { Random } from "../../support/random.ts";
import { FIRST_HIGH_LOW, FIRST_NONE, SEED_FIRST, SEED_MEAN } from "../../../src/stream/kernels/core-indicators.ts";

const BARS = 1_500;
const RECORDED = 1_315_257_514_863_848_650n;

/** Only additions and multiplications: the same bars everywhere. */
function bars(seed: number): readonly Float64Array[] {
  const random = new Random(seed);
  const columns = [0, 1, 2, 3].map(() => new Float64Array(BARS));
  let [price, other] = [100, 7];
  for (let t = 0; t < BARS; t++) {
    price *= 1 + 0.004 * random.normal();
    other *= 1 + 0.003 * random.normal();
    const row = [price * (1 + 0.004 * random.next()), price * (1 - 0.004 * random.next()), price, other];
    row.forEach((value, place) => columns[place]?.fill(t % 499 === 400 + place ? Number.NaN : value, t, t + 1));
  }
  return columns;
}

it.each(BUILDS)("all outputs have the same bits on every machine, %s build", (build) => {
  const { core, arena } = openCore(build);
  const [high = 0, low = 0, x = 0, y = 0] = bars(21).map((column) => arena.put(column));
  const [a, b, c] = [arena.take(BARS), arena.take(BARS), arena.take(BARS)];
  const scratch = arena.take(3 * BARS);
  let hash = 0n;
  const take = (...columns: readonly number[]): void => {
    for (const column of columns) hash = core.hashWords(column, 8 * BARS, hash);
  };
  for (const n of [1, 2, 14, 50]) {
    core.sma(x, BARS, n, a);
    core.rsi(x, BARS, n, b);
    core.logReturnVolatility(x, BARS, n, c, scratch);
    take(a, b, c);
    for (const seeding of [SEED_MEAN, SEED_FIRST]) {
      core.ema(x, BARS, n, seeding, a);
      take(a);
      core.macd(x, BARS, n, 2 * n, 9, seeding, a, b, c);
      take(a, b, c);
    }
    for (const first of [FIRST_NONE, FIRST_HIGH_LOW]) {
      core.atr(high, low, x, BARS, n, first, a);
      core.trueRange(high, low, x, BARS, first, b);
      core.donchian(high, low, BARS, n, first, scratch, c, scratch + 8 * BARS);
      take(a, b, c);
    }
    for (const ddof of [0, 1]) {
      core.bollinger(x, BARS, n, 2, ddof, a, b, c);
      take(a, b, c);
      core.percentB(x, b, c, BARS, scratch);
      core.bandwidth(a, b, c, BARS, scratch + 8 * BARS);
      take(scratch, scratch + 8 * BARS);
      core.zScore(x, BARS, n, ddof, a, scratch);
      core.rollingDeviation(x, BARS, n, ddof, b, scratch);
      take(a, b);
    }
    core.adx(high, low, x, BARS, n, a, b, c);
    take(a, b, c);
    core.rollingLine(y, x, BARS, n, a, b, c, scratch);
    take(a, b, c);
    core.rollingCorrelation(x, y, BARS, n, a, scratch);
    core.change(x, BARS, n, b);
    core.ewmaVolatility(x, BARS, 0.94, c);
    take(a, b, c);
  }
  expect(hash).toBe(RECORDED);
});
