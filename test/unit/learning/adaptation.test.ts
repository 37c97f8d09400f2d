// Settings by regime: what is written, what is left alone, and when it is taken back.
import { describe, expect, it } from "vitest";
import { FAMILIES } from "../../../src/domain/strategies.ts";
import {
  type Adapted,
  adapted,
  type AdaptationState,
  COOL_DOWN_US,
  coolingDown,
  DEFAULT_SETS,
  FACTOR_MAX,
  FACTOR_MIN,
  factorsFor,
  intending,
  movesTo,
  NOT_ADAPTED,
  observe,
  settled,
  SUSPENDED_US,
  takenBack,
  undone,
} from "../../../src/learning/adaptation.ts";
import { Random } from "../../support/random.ts";

const NOW = 1e15;

/** The settings of one strategy, on which moves are made. */
function settings(): Record<string, number> {
  return { opportunity_threshold: 0.05, volatility_multiplier: 3, trend_multiplier: 2, risk_tolerance: 0.5 };
}
function toRegime(
  state: AdaptationState,
  values: Record<string, number>,
  regime: "trending" | "ranging" | "volatile" | "calm" | "unknown",
  now = NOW,
): AdaptationState {
  const factors = factorsFor(DEFAULT_SETS, "trend_following", regime, state, now);
  const moves = movesTo(factors, state, (name: Adapted) => values[name] ?? null);
  for (const { name, to } of moves) values[name] = to;
  return adapted(state, regime, moves, now, true);
}
function fed(state: AdaptationState, nets: readonly number[]): { state: AdaptationState; worseAt: number } {
  let [now, worseAt] = [state, -1];
  for (const [index, net] of nets.entries()) {
    const seen = observe(now, [{ net, regime: "volatile", openedAt: NOW }]);
    now = seen.state;
    if (seen.worse !== null && worseAt < 0) worseAt = index;
  }
  return { state: now, worseAt };
}
const nets = (random: Random, count: number, mean: number): number[] =>
  Array.from({ length: count }, () => 0.01 * (mean + random.normal()));

describe("the set of a regime", () => {
  it("multiplies what is in force, and the next one takes its factor out again", () => {
    const values = settings();
    const volatile = toRegime(NOT_ADAPTED, values, "volatile");
    expect(values["volatility_multiplier"]).toBeCloseTo(2.7, 12);
    expect(values["opportunity_threshold"]).toBeCloseTo(0.0525, 12);
    expect(values["risk_tolerance"]).toBeCloseTo(0.55, 12);
    const trending = toRegime(volatile, values, "trending");
    expect(values["volatility_multiplier"]).toBeCloseTo(3, 12);
    expect(values["trend_multiplier"]).toBeCloseTo(2.2, 12);
    toRegime(trending, values, "unknown");
    for (const [name, value] of Object.entries(settings())) expect(values[name]).toBeCloseTo(value, 12);
  });

  it("leaves a value that somebody else has changed since as the base of the next one", () => {
    const values = settings();
    const volatile = toRegime(NOT_ADAPTED, values, "volatile");
    values["opportunity_threshold"] = 0.2;
    toRegime(volatile, values, "ranging");
    expect(values["opportunity_threshold"]).toBeCloseTo(0.22, 12);
  });

  it("is multiplied once, however far a process came that was killed while it wrote it", () => {
    for (const came of [0, 1, 2, 3]) {
      const values = settings();
      const valueOf = (name: Adapted): number | null => values[name] ?? null;
      const before = toRegime(NOT_ADAPTED, values, "calm");
      const factors = factorsFor(DEFAULT_SETS, "trend_following", "volatile", before, NOW);
      const moves = movesTo(factors, before, valueOf);
      expect(moves.length).toBeGreaterThan(1);
      const stored = JSON.parse(JSON.stringify(intending(before, "volatile", moves, NOW))) as AdaptationState;
      for (const { name, to } of moves.slice(0, came)) values[name] = to;
      const again = settled(stored, valueOf);
      expect(again.intended).toBeNull();
      const after = toRegime(again, values, "volatile");
      const once = settings();
      toRegime(toRegime(NOT_ADAPTED, once, "calm"), once, "volatile");
      for (const [name, value] of Object.entries(once)) expect(values[name]).toBeCloseTo(value, 9);
      toRegime(after, values, "unknown");
      for (const [name, value] of Object.entries(settings())) expect(values[name]).toBeCloseTo(value, 9);
    }
  });

  it("writes nothing that is in force already, or that there is not", () => {
    const values = settings();
    const state = toRegime(NOT_ADAPTED, values, "volatile");
    const factors = factorsFor(DEFAULT_SETS, "trend_following", "volatile", state, NOW);
    expect(movesTo(factors, state, (name) => values[name] ?? null)).toEqual([]);
    expect(movesTo(factors, NOT_ADAPTED, () => null)).toEqual([]);
  });

  it("has factors from 0.9 to 1.1, for every family and no quality, which is learned by regime itself", () => {
    expect(Object.keys(DEFAULT_SETS).toSorted()).toEqual(FAMILIES.toSorted());
    const named = Object.values(DEFAULT_SETS).flatMap((sets) => Object.values(sets));
    for (const factor of named.flatMap((set) => Object.values(set))) {
      expect(factor).toBeGreaterThanOrEqual(FACTOR_MIN);
      expect(factor).toBeLessThanOrEqual(FACTOR_MAX);
    }
    expect(named.some((set) => "min_signal_quality" in set)).toBe(false);
  });

  it("is left in force for half an hour at least", () => {
    const state = toRegime(NOT_ADAPTED, settings(), "volatile");
    expect(coolingDown(NOT_ADAPTED, NOW)).toBe(false);
    expect(coolingDown(state, NOW + COOL_DOWN_US - 1)).toBe(true);
    expect(coolingDown(state, NOW + COOL_DOWN_US)).toBe(false);
  });
});

describe("outcomes after a change", () => {
  it("that are worse take it back within eighty outcomes, for a day, on fifty seeds", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new Random(seed);
      const values = settings();
      const before = fed(NOT_ADAPTED, nets(random, 150, 0.5)).state;
      const state = toRegime(before, values, "volatile");
      const { state: after, worseAt } = fed(state, nets(random, 80, -0.7));
      expect(worseAt, `seed ${seed}`).toBeGreaterThan(5);
      const moves = movesTo({}, after, (name) => values[name] ?? null);
      for (const { name, to } of moves) values[name] = to;
      const back = takenBack(after, moves, NOW);
      for (const [name, value] of Object.entries(settings())) expect(values[name]).toBeCloseTo(value, 12);
      const later = (us: number) => factorsFor(DEFAULT_SETS, "trend_following", "volatile", back, NOW + us);
      expect(later(SUSPENDED_US - 1)).toEqual({});
      expect(later(SUSPENDED_US)).toEqual(DEFAULT_SETS.trend_following.volatile);
      expect(factorsFor(DEFAULT_SETS, "trend_following", "calm", back, NOW)).not.toEqual({});
    }
  });

  it("that are the same take it back on at most one in twenty of two hundred seeds, however heavy their tails", () => {
    const draws: readonly ((random: Random) => number)[] = [
      (random) => random.normal(),
      (random) => (random.next() < 0.95 ? 0.2 : -3.5) * (0.5 + random.next()),
    ];
    for (const draw of draws) {
      let taken = 0;
      for (let seed = 1; seed <= 200; seed++) {
        const random = new Random(seed);
        const some = (count: number): number[] => Array.from({ length: count }, () => 0.01 * draw(random));
        const state = toRegime(fed(NOT_ADAPTED, some(200)).state, settings(), "volatile");
        if (fed(state, some(200)).worseAt >= 0) taken += 1;
      }
      expect(taken).toBeLessThanOrEqual(10);
    }
  });

  it("that are better, or worse by less than the guard band, leave it", () => {
    const random = new Random(4);
    const state = toRegime(fed(NOT_ADAPTED, nets(random, 200, 0)).state, settings(), "volatile");
    expect(fed(state, nets(random, 200, 1)).worseAt).toBe(-1);
    // Worse by a fifth of the band, at every single outcome: surely worse, and not worth a change.
    const even = toRegime(
      fed(
        NOT_ADAPTED,
        Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? 1 : -1)),
      ).state,
      settings(),
      "volatile",
    );
    expect(
      fed(
        even,
        Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? -1.02 : 0.98)),
      ).worseAt,
    ).toBe(-1);
  });

  it("do not speak against a set that changes nothing in a regime that is worse than the others, in 195 of 200 seeds", () => {
    let taken = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const random = new Random(seed);
      let state = fed(NOT_ADAPTED, nets(random, 100, -0.7)).state;
      for (const net of nets(random, 100, 0.7))
        state = observe(state, [{ net, regime: "trending", openedAt: NOW }]).state;
      if (fed(toRegime(state, settings(), "volatile"), nets(random, 100, -0.7)).worseAt >= 0) taken++;
    }
    expect(taken).toBeLessThanOrEqual(5);
  });

  it("are compared when they were opened with the set, in its regime", () => {
    const random = new Random(3);
    const state = toRegime(fed(NOT_ADAPTED, nets(random, 100, 0.5)).state, settings(), "volatile");
    let others = state;
    for (const net of nets(random, 80, -0.7)) {
      others = observe(others, [{ net, regime: "volatile", openedAt: NOW - 1 }]).state;
      others = observe(others, [{ net, regime: "calm", openedAt: NOW }]).state;
    }
    expect(others.watch).toEqual(state.watch);
  });

  it("are compared with nothing while there were fewer than twenty before", () => {
    const state = toRegime(fed(NOT_ADAPTED, nets(new Random(1), 19, 3)).state, settings(), "volatile");
    expect(fed(state, nets(new Random(2), 100, -3)).worseAt).toBe(-1);
  });

  it("come to the same one by one and many at once", () => {
    const random = new Random(12);
    const start = toRegime(fed(NOT_ADAPTED, nets(random, 150, 0.5)).state, settings(), "volatile");
    const outcomes = nets(random, 300, -0.7).map((net, at) => ({
      net: at % 17 === 0 ? Number.NaN : net,
      regime: at % 3 === 0 ? ("calm" as const) : ("volatile" as const),
      openedAt: at % 5 === 0 ? NOW - 1 : NOW,
    }));
    for (const size of [2, 7, 64, 300]) {
      let [single, many] = [start, start];
      let last: unknown = null;
      for (let from = 0; from < outcomes.length; from += size) {
        const part = outcomes.slice(from, from + size);
        last = null;
        for (const outcome of part) {
          const seen = observe(single, [outcome]);
          single = seen.state;
          last = seen.worse ?? last;
        }
        const seen = observe(many, part);
        many = seen.state;
        expect(many).toEqual(single);
        expect(seen.worse).toEqual(last);
      }
    }
    expect(start.recent).toHaveLength(150);
  });

  it("go on being compared after a restart", () => {
    const random = new Random(8);
    const state = toRegime(fed(NOT_ADAPTED, nets(random, 150, 0.5)).state, settings(), "volatile");
    const later = nets(random, 80, -0.7);
    const whole = fed(state, later).worseAt;
    const half = fed(state, later.slice(0, 5)).state;
    expect(fed(JSON.parse(JSON.stringify(half)) as AdaptationState, later.slice(5)).worseAt).toBe(whole - 5);
  });
});

describe("a value of a set that somebody took back", () => {
  it("is not set again while its regime is suspended, and neither is what is not of the set touched", () => {
    const values = settings();
    const state = toRegime(NOT_ADAPTED, values, "volatile");
    const wrote = values["opportunity_threshold"];
    expect(undone(state, 0.05, NOW)).toEqual({ state, own: false });
    const { state: next, own } = undone(state, wrote, NOW);
    expect(own).toBe(true);
    values["opportunity_threshold"] = 0.05;
    toRegime(next, values, "volatile", NOW + SUSPENDED_US - 1);
    expect(values["opportunity_threshold"]).toBe(0.05);
    toRegime(next, values, "volatile", NOW + SUSPENDED_US);
    expect(values["opportunity_threshold"]).toBe(wrote);
    expect(undone(state, { risk_tolerance: values["risk_tolerance"] }, NOW).own).toBe(true);
  });
});
