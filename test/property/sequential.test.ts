// The test behind A/B tests, looked at after every single pair: how often it names a winner where there is none, and how
// often it finds one that there is. Paths are seeded, so each count is the same every time.
import { describe, expect, it } from "vitest";
import { BLOCK_US, Blocks } from "../../src/manage/executions/blocks.ts";
import { ALPHA, SequentialTest } from "../../src/learning/sequential.ts";
import { Random } from "../support/random.ts";

const RUNS = 2_000;
const PAIRS = 1_500;

/** Differences of two returns in a block, none of which favours anybody. */
const NULLS: Readonly<Record<string, (random: Random, index: number) => number>> = {
  "of a bell curve": (random) => 1e-4 * random.normal(),
  "with tails as heavy as those of Student's t with two degrees of freedom": (random) =>
    (1e-5 * random.normal()) / Math.sqrt((random.normal() ** 2 + random.normal() ** 2) / 2),
  "whose size changes a hundredfold every hundred ticks": (random, index) =>
    (Math.floor(index / 100) % 2 === 0 ? 1e-3 : 1e-5) * random.normal(),
  "of one strategy that is in the market and one that is out of it, most of the time both out": (random) =>
    random.next() < 0.7 ? 0 : (random.next() < 0.5 ? 1 : -1) * 2e-4 * Math.abs(random.normal()),
};

/** Of how many runs a winner was named, and which way. */
function named(difference: (random: Random, index: number) => number, pairs: number, seed: number) {
  const found = { first: 0, second: 0 };
  for (let run = 0; run < RUNS; run++) {
    const random = new Random(seed + run);
    const test = new SequentialTest();
    for (let index = 0; index < pairs; index++) {
      if (!test.observe(difference(random, index))) continue;
      if (test.evidence().decided > 0) found.first++;
      else found.second++;
      break;
    }
  }
  return found;
}

describe("a sequential test that is looked at after every pair", () => {
  for (const [name, difference] of Object.entries(NULLS))
    it(`names a winner in fewer than ${ALPHA * 100} % of ${RUNS} runs without one, on differences ${name}`, () => {
      const { first, second } = named(difference, PAIRS, 1_000_000);
      expect(first + second).toBeLessThan(ALPHA * RUNS);
      // It does look: a bound that never gives way would prove nothing.
      expect(first + second).toBeGreaterThan(0);
    });

  it("does what a z test does not, which is wrong far more often when it is looked at that often", () => {
    let wrong = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = new Random(1_000_000 + run);
      let [sum, squares] = [0, 0];
      for (let index = 1; index <= PAIRS; index++) {
        const difference = 1e-4 * random.normal();
        sum += difference;
        squares += difference * difference;
        if (index < 30 || Math.abs(sum) < 1.96 * Math.sqrt(squares)) continue;
        wrong++;
        break;
      }
    }
    expect(wrong).toBeGreaterThan(4 * ALPHA * RUNS);
  });

  it("finds a difference of a tenth of its spread, and says rightly whose it is", () => {
    const better = named((random) => 1e-4 * (random.normal() + 0.1), 4_000, 5_000_000);
    const worse = named((random) => 1e-4 * (random.normal() - 0.1), 4_000, 6_000_000);
    expect(better.first).toBeGreaterThan(0.95 * RUNS);
    expect(better.second).toBeLessThan((ALPHA / 2) * RUNS);
    expect(worse.second).toBeGreaterThan(0.95 * RUNS);
    expect(worse.first).toBeLessThan((ALPHA / 2) * RUNS);
  });

  it("names nobody while the sum of what it saw is against the side that it would name", () => {
    const random = new Random(11);
    const test = new SequentialTest();
    let sum = 0;
    for (let index = 0; index < 10_000; index++) {
      // Gains at 199 of 200, and a loss at the other one that is more than all of them together.
      const difference = index % 200 === 10 ? -300e-4 : 1e-4 * (1 + 0.1 * random.normal());
      sum += difference;
      expect(test.observe(difference)).toBe(false);
    }
    expect(sum).toBeLessThan(0);
    expect(Math.max(...test.course().better)).toBeGreaterThan(7 * 40);
    expect(test.evidence().pValue).toBeGreaterThan(ALPHA);
  });

  it("goes on elsewhere as if nothing had happened", () => {
    const random = new Random(7);
    const differences = Array.from({ length: 2_000 }, () => 1e-4 * (random.normal() + 0.05));
    const whole = new SequentialTest();
    let parts = new SequentialTest();
    for (const [index, difference] of differences.entries()) {
      whole.observe(difference);
      parts.observe(difference);
      if (index % 97 === 0) parts = new SequentialTest(structuredClone(parts.course()));
    }
    expect(parts.course()).toEqual(whole.course());
  });

  it("takes no harm from differences that are none, are no numbers, or cannot be squared", () => {
    const test = new SequentialTest();
    for (const odd of [0, Number.NaN, Number.POSITIVE_INFINITY, 1e-200, -1e-200, 1e200, 1e-4]) test.observe(odd);
    const { pValue, meanDifference } = test.evidence();
    expect(pValue).toBeGreaterThan(0);
    expect(Number.isFinite(meanDifference)).toBe(true);
  });
});

const TICKS = 20;
const DAYS = 500;
const BLOCKS = 1_000;

/** Returns at a tick of an account that holds something against one that does not, without anybody's foresight. */
const NULL_TICKS: Readonly<Record<string, (random: Random) => (index: number) => number>> = {
  "half of each move goes on at the next tick": (random) => {
    let move = 0;
    return () => (move = 0.5 * move + random.normal());
  },
  "a fifth of each move goes on at the next tick": (random) => {
    let move = 0;
    return () => (move = 0.2 * move + random.normal());
  },
  "one symbol follows the other a tick later": (random) => {
    let led = 0;
    return (index) => (index % 2 === 0 ? (led = random.normal()) : 0.8 * led + 0.6 * random.normal());
  },
  "what is gained is paid as costs at every 10th tick": (random) => (index) =>
    random.normal() + 0.1 - (index % 10 === 5 ? 1 : 0),
  "what is gained is paid as costs at every 100th tick": (random) => (index) =>
    random.normal() + 0.1 - (index % 100 === 50 ? 10 : 0),
};

/** In how many of DAYS runs of minutes of TICKS ticks who was named. */
function namedOnTicks(returns: (random: Random) => (index: number) => number, seed: number) {
  const found = { first: 0, second: 0 };
  for (let run = 0; run < DAYS; run++) {
    const next = returns(new Random(seed + run));
    const test = new SequentialTest();
    const blocks = new Blocks(test);
    const still = { equity: 1, seen: true };
    let equity = 1;
    for (let index = 0; index < TICKS * BLOCKS; index++) {
      equity *= 1 + 1e-5 * next(index);
      if (!blocks.event((index * BLOCK_US) / TICKS, { equity, seen: true }, still)) continue;
      if (test.evidence().decided > 0) found.first++;
      else found.second++;
      break;
    }
  }
  return found;
}

describe("a sequential test on minutes of ticks", () => {
  for (const [name, returns] of Object.entries(NULL_TICKS))
    it(`names a winner in at most ${ALPHA * 100} % of ${DAYS} runs without one, where ${name}`, () => {
      const { first, second } = namedOnTicks(returns, 2_000_000);
      expect(first + second).toBeLessThanOrEqual(ALPHA * DAYS);
    });

  it("finds one that is better by a twelfth of the spread of a tick, though moves go on", () => {
    const moving = (random: Random) => {
      let move = 0;
      return () => (move = 0.2 * move + random.normal()) + 0.08;
    };
    const { first, second } = namedOnTicks(moving, 3_000_000);
    expect(first).toBeGreaterThan(0.95 * DAYS);
    expect(second).toBe(0);
  });

  it("never names one that gains a little at most ticks and pays more than that in costs at others", () => {
    const churning = (random: Random) => (index: number) => (index % 100 === 50 ? -20 : random.normal() + 0.1);
    const { first, second } = namedOnTicks(churning, 4_000_000);
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(0.95 * DAYS);
  });

  it("ends a block with the first event behind its minute by which both accounts were marked", () => {
    const pairs: number[] = [];
    const test = { observe: (difference: number) => pairs.push(difference) < 0 };
    const blocks = new Blocks(test as unknown as SequentialTest);
    const event = (seconds: number, a: number, b: number, seen: { a: boolean; b: boolean }) =>
      blocks.event(seconds * 1e6, { equity: a, seen: seen.a }, { equity: b, seen: seen.b });
    event(0, 100, 100, { a: true, b: false });
    event(59, 150, 100, { a: true, b: true });
    event(61, 110, 100, { a: true, b: false });
    expect(pairs).toEqual([]);
    event(62, 110, 120, { a: false, b: true });
    expect(pairs.map((pair) => pair.toFixed(3))).toEqual(["-0.100"]);
    event(121, 121, 120, { a: true, b: true });
    expect(pairs).toHaveLength(1);
    event(122, 121, 120, { a: true, b: true });
    expect(pairs.map((pair) => pair.toFixed(3))).toEqual(["-0.100", "0.100"]);
  });
});
