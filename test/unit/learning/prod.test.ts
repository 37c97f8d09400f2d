// Multiplicative weights: what regret comes to on planted and on hostile payoffs, against the bound that is stated.
import { describe, expect, it } from "vitest";
import { Prod, regretBound } from "../../../src/learning/selection.ts";
import { Random } from "../../support/random.ts";

const ARMS = 19;
type Payoffs = (prod: Prod, round: number) => readonly number[];

interface Played {
  readonly regret: number;
  /** Sum of squared differences to the arm that was best. */
  readonly squares: number;
}

function play(rounds: number, payoffs: Payoffs): Played {
  const prod = new Prod(ARMS);
  const regrets = Array.from({ length: ARMS }, () => 0);
  const squares = Array.from({ length: ARMS }, () => 0);
  for (let round = 0; round < rounds; round++) {
    const x = payoffs(prod, round);
    const played = prod.round(x);
    x.forEach((value, arm) => {
      regrets[arm] = (regrets[arm] ?? 0) + value - played;
      squares[arm] = (squares[arm] ?? 0) + (value - played) ** 2;
    });
  }
  const regret = Math.max(...regrets);
  return { regret, squares: squares[regrets.indexOf(regret)] ?? 0 };
}

const highest = (shares: Float64Array): number => shares.indexOf(Math.max(...shares));
const HOSTILE: Readonly<Record<string, (random: Random) => Payoffs>> = {
  "coins, of which one is best by luck": (random) => () => Array.from({ length: ARMS }, () => random.integer(2)),
  "the arm with the highest share always loses": () => (prod) => {
    const most = highest(prod.shares());
    return Array.from({ length: ARMS }, (_, arm) => (arm === most ? 0 : 1));
  },
  "one arm wins, and begins to lose once it has half": () => (prod) => {
    const half = (prod.shares()[3] ?? 0) > 0.5;
    return Array.from({ length: ARMS }, (_, arm) => (arm === 3 ? (half ? 0 : 1) : 0.4));
  },
  "the best arm changes every 97 rounds": () => (_, round) =>
    Array.from({ length: ARMS }, (_each, arm) => (arm === Math.floor(round / 97) % ARMS ? 1 : 0)),
  "one arm is a little better than noise": (random) => () =>
    Array.from({ length: ARMS }, (_, arm) =>
      Math.min(1, Math.max(0, 0.5 + (arm === 7 ? 0.03 : 0) + 0.2 * random.normal())),
    ),
};

describe("regret", () => {
  it.each(Object.entries(HOSTILE))("stays below its bound, and falls by the round: %s", (_, market) => {
    const sums = [250, 3_000].map((rounds) => {
      let sum = 0;
      for (let seed = 1; seed <= 4; seed++) {
        const { regret, squares } = play(rounds, market(new Random(seed)));
        expect(regret).toBeLessThanOrEqual(regretBound(ARMS, rounds, squares) + 1e-9);
        expect(regretBound(ARMS, rounds, squares)).toBeLessThanOrEqual(regretBound(ARMS, rounds));
        sum += Math.max(0, regret) / rounds;
      }
      return sum;
    });
    expect(sums[1] ?? 1).toBeLessThanOrEqual((sums[0] ?? 0) / 2 + 1e-3);
  });

  it("stays below its bound against arms of which one follows the other", () => {
    const length = 400;
    for (let seed = 1; seed <= 4; seed++) {
      const random = new Random(seed);
      const order = Array.from({ length: 10 }, () => random.integer(ARMS));
      const prod = new Prod(ARMS);
      let [regret, squares] = [0, 0];
      for (let round = 0; round < length * order.length; round++) {
        const best = order[Math.floor(round / length)] ?? 0;
        const x = Array.from({ length: ARMS }, (_, arm) => (arm === best ? 0.7 : 0.4) + 0.3 * random.next());
        const lacking = (x[best] ?? 0) - prod.round(x);
        regret += lacking;
        squares += lacking * lacking;
      }
      expect(regret).toBeLessThanOrEqual(regretBound(ARMS, length * order.length, squares, order.length - 1));
      // What never changes would have got about a tenth of the difference: forgetting is what finds each of them.
      expect(regret).toBeLessThan(0.25 * 0.3 * length * order.length);
    }
  });

  it("has a bound that grows with the square root of the rounds", () => {
    const [short, long] = [regretBound(ARMS, 1_000), regretBound(ARMS, 100_000)];
    expect(long / short).toBeGreaterThan(8);
    expect(long / short).toBeLessThan(12);
  });
});

describe("shares", () => {
  it("add up to 1 and are equal before the first round", () => {
    const prod = new Prod(4);
    expect([...prod.shares()]).toEqual([0.25, 0.25, 0.25, 0.25]);
    prod.round([1, 0, 0.5, 0.25]);
    expect(prod.shares().reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 14);
    const [first = 0, second = 0, third = 0, fourth = 0] = prod.shares();
    expect([first, third, fourth, second]).toEqual([...prod.shares()].toSorted((a, b) => b - a));
  });

  it("do not move in a round in which all came to the same", () => {
    const prod = new Prod(3);
    prod.round([1, 0, 0.5]);
    const before = prod.shares();
    for (let round = 0; round < 50; round++) prod.round([0.5, 0.5, 0.5]);
    const after = prod.shares();
    // Sharing rows go on giving; what was one round's lead becomes smaller, never larger.
    after.forEach((share, arm) =>
      expect(Math.abs(share - 1 / 3)).toBeLessThanOrEqual(Math.abs((before[arm] ?? 0) - 1 / 3) + 1e-15),
    );
  });

  it("come back after any number of losses", () => {
    const prod = new Prod(2);
    for (let round = 0; round < 20_000; round++) prod.round([0, 1]);
    expect(prod.shares().every((share) => share > 0)).toBe(true);
    let rounds = 0;
    while ((prod.shares()[0] ?? 0) < 0.5 && rounds < 100) {
      prod.round([1, 0]);
      rounds++;
    }
    expect(rounds).toBeLessThan(60);
  });

  it("go on from a kept state to the bit", () => {
    const random = new Random(5);
    const whole = new Prod(5);
    let parts = new Prod(5);
    for (let round = 0; round < 300; round++) {
      const x = Array.from({ length: 5 }, () => random.next());
      whole.round(x);
      parts.round(x);
      if (round % 50 === 0) parts = new Prod(0, JSON.parse(JSON.stringify(parts.state())) as ReturnType<Prod["state"]>);
    }
    expect(parts.state()).toEqual(whole.state());
    expect(parts.shares()).toEqual(whole.shares());
  });
});
