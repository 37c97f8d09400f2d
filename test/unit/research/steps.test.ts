import { describe, expect, it } from "vitest";
import { wayOf } from "../../../src/research/along.ts";
import { Steps } from "../../../src/research/steps.ts";
import { Random } from "../../support/random.ts";

const CAPITAL = 100;
const MOST = 64;

/** A run of so many bars over equities that wander. */
function walked(bars: number, most: number): Steps {
  const random = new Random(3);
  let equity = CAPITAL;
  let exposure = 0;
  const source = { equity: () => equity, exposure: () => exposure, price: () => 2 * equity };
  const steps = new Steps(source, true, CAPITAL, most);
  for (let bar = 1; bar <= bars; bar++) {
    steps.before(bar);
    equity += random.normal();
    exposure = bar % 3;
    steps.priced(true);
  }
  steps.finish();
  return steps;
}

describe("the steps of a run", () => {
  it("are all of its bars as long as they fit", () => {
    for (const bars of [1, 2, MOST - 1, MOST]) {
      const { curve, moments } = walked(bars, MOST);
      expect([...curve.time]).toEqual(Array.from({ length: bars }, (_, at) => at + 1));
      expect(moments).toBe(1);
    }
  });

  it("never are more than fit, stand for 2, 4, 8 ... bars each, and end with the last one", () => {
    const whole = walked(5_000, 8_192).curve;
    for (const bars of [MOST + 1, MOST + 2, 2 * MOST, 2 * MOST + 1, 1_000, 5_000]) {
      const { benchmark, curve, moments } = walked(bars, MOST);
      expect(curve.time.length).toBeLessThanOrEqual(MOST);
      expect(curve.time.length).toBeGreaterThanOrEqual(MOST / 2);
      expect(moments).toBe(2 ** Math.ceil(Math.log2(bars / MOST)));
      const expected = Array.from({ length: Math.ceil(bars / moments) }, (_, at) => Math.min(bars, (at + 1) * moments));
      expect([...curve.time]).toEqual(expected);
      expect([...curve.equity]).toEqual(expected.map((bar) => whole.equity[bar - 1]));
      expect([...benchmark]).toEqual(expected.map((bar) => 2 * (whole.equity[bar - 1] ?? 0)));
    }
  });

  it("lose nothing of the deepest fall, the longest one, the mean equity and the exposure", () => {
    for (const bars of [1, 50, 1_000, 5_000]) {
      expect(walked(bars, MOST).way).toEqual(wayOf(walked(bars, 8_192).curve, CAPITAL));
    }
  });
});
