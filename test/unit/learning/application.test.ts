// Which pair of strategy and symbol runs, waits or rests, and when a strategy as a whole is asked to be switched.
import { describe, expect, it } from "vitest";
import {
  judge,
  LOOKS,
  type Memory,
  NO_MEMORY,
  type Pair,
  REASONS,
  RETRY_AFTER_US,
  sway,
  wordsOf,
} from "../../../src/learning/application.ts";
import type { Estimate } from "../../../src/learning/selection.ts";

const SAMPLES_MIN = 30;
const estimate = (some: Partial<Estimate> = {}): Estimate => {
  const interval = { mean: 0.001, low: -0.001, high: 0.003 };
  const proof = { effective: 100, wealth: 1, proven: false };
  return { samples: 100, winRate: 0.5, meanAll: 0.001, usual: 0.02, ...interval, ...proof, ...some };
};
const pair = (some: Partial<Pair> = {}): Pair => {
  return {
    regime: "calm",
    missing: 0,
    wants: [],
    cost: 0.001,
    here: estimate(),
    anywhere: estimate(),
    late: 0,
    ...some,
  };
};
const LOSING = estimate({ mean: -0.005, low: -0.008, high: -0.002 });

describe("a pair", () => {
  it("waits for inputs that never came, then for samples, whatever its outcomes say", () => {
    const lacking = pair({ wants: ["quote events"], missing: 12, here: LOSING });
    expect(judge(lacking, SAMPLES_MIN)).toEqual({ verdict: "wait", reason: "no_input" });
    expect(judge({ ...lacking, wants: [] }, SAMPLES_MIN)).toEqual({ verdict: "wait", reason: "warming" });
    expect(wordsOf("no_input", lacking)).toBe("waits for quote events");
    expect(wordsOf("warming", lacking)).toBe("12 more samples needed");
    expect(wordsOf("warming", { ...lacking, missing: 1 })).toBe("1 more sample needed");
  });

  it("rests where a round trip takes more than half of what its outcomes come to", () => {
    expect(judge(pair({ cost: 0.0101 }), SAMPLES_MIN)).toEqual({ verdict: "rest", reason: "costly" });
    expect(judge(pair({ cost: 0.0099 }), SAMPLES_MIN).verdict).toBe("run");
    expect(judge(pair({ cost: null }), SAMPLES_MIN).verdict).toBe("run");
    expect(wordsOf("costly", pair({ cost: 0.0101 }))).toContain("1.010 %");
  });

  it("rests in a regime in which it certainly loses, and only there", () => {
    expect(judge(pair({ here: LOSING }), SAMPLES_MIN)).toEqual({ verdict: "rest", reason: "loses" });
    expect(judge(pair({ here: { ...LOSING, high: 0.0001 } }), SAMPLES_MIN).verdict).toBe("run");
    expect(judge(pair({ anywhere: LOSING }), SAMPLES_MIN).verdict).toBe("run");
    expect(wordsOf("loses", pair({ here: LOSING }))).toBe(
      "100 outcomes in calm markets: mean -0.500 %, at most -0.200 %",
    );
  });

  it("is not judged by fewer outcomes than are asked for", () => {
    const few = { samples: SAMPLES_MIN - 1 };
    const young = pair({ here: { ...LOSING, ...few }, anywhere: estimate(few), cost: 1 });
    expect(judge(young, SAMPLES_MIN)).toEqual({ verdict: "run", reason: "unproven" });
    expect(judge(pair({ here: null, anywhere: null }), SAMPLES_MIN)).toEqual({ verdict: "run", reason: "unproven" });
  });

  it("gives way when beats end late, unless it is proven", () => {
    expect(judge(pair({ late: 0.06 }), SAMPLES_MIN)).toEqual({ verdict: "rest", reason: "crowded" });
    const proven = pair({ late: 0.06, here: estimate({ proven: true }) });
    expect(judge(proven, SAMPLES_MIN)).toEqual({ verdict: "run", reason: "proven" });
    expect(judge(pair({ late: null }), SAMPLES_MIN).verdict).toBe("run");
  });

  it("has words for every reason, without outcomes too", () => {
    for (const reason of REASONS) {
      for (const some of [pair(), pair({ here: null, anywhere: null, cost: null, late: null })]) {
        expect(wordsOf(reason, some)).not.toMatch(/NaN|undefined|null/);
        expect(wordsOf(reason, some).length).toBeGreaterThan(5);
      }
    }
  });
});

describe("a strategy", () => {
  const look = { now: 0, on: true, run: 0, rest: 3, samples: 50 };

  it("is asked to rest after ten looks in a row that found it worth running nowhere", () => {
    let memory: Memory = NO_MEMORY;
    const asks: (boolean | null)[] = [];
    for (let at = 0; at < LOOKS.off; at++) {
      const swayed = sway(memory, look, SAMPLES_MIN);
      memory = swayed.memory;
      asks.push(swayed.ask);
    }
    expect(asks).toEqual([...Array.from({ length: LOOKS.off - 1 }, () => null), false]);
  });

  it("is left alone by one look that says otherwise, and while all of it only waits", () => {
    let memory: Memory = { ...NO_MEMORY, against: LOOKS.off - 1 };
    memory = sway(memory, { ...look, run: 1 }, SAMPLES_MIN).memory;
    expect(memory.against).toBe(0);
    expect(sway({ ...NO_MEMORY, against: LOOKS.off }, { ...look, rest: 0 }, SAMPLES_MIN).ask).toBeNull();
  });

  it("is asked back when some symbol is worth it for three looks, and for a trial after a week", () => {
    const resting = { ...look, on: false };
    let memory: Memory = sway(NO_MEMORY, { ...resting, now: 7 }, SAMPLES_MIN).memory;
    expect(memory.restsSince).toBe(7);
    for (let at = 1; at < LOOKS.on; at++) {
      const swayed = sway(memory, { ...resting, now: 8, run: 1 }, SAMPLES_MIN);
      expect(swayed.ask).toBeNull();
      memory = swayed.memory;
    }
    expect(sway(memory, { ...resting, now: 9, run: 1 }, SAMPLES_MIN).ask).toBe(true);
    const overdue = { ...resting, now: 7 + RETRY_AFTER_US };
    expect(sway({ ...memory, against: LOOKS.on }, overdue, SAMPLES_MIN).ask).toBe(true);
    expect(sway({ ...memory, against: LOOKS.on }, { ...overdue, now: overdue.now - 1 }, SAMPLES_MIN).ask).toBeNull();
  });

  it("stays off while all of it waits, as it does when it takes nothing in, until it gets its trial", () => {
    const off = { ...look, on: false, rest: 0 };
    // As it was left by the looks that switched it off.
    let memory: Memory = { ...NO_MEMORY, against: LOOKS.off };
    for (let at = 0; at < 3 * LOOKS.on; at++) {
      const swayed = sway(memory, { ...off, now: 7 + at }, SAMPLES_MIN);
      expect(swayed.ask).toBeNull();
      memory = swayed.memory;
    }
    expect(memory.against).toBe(0);
    let ask: boolean | null = null;
    for (let at = 0; at < LOOKS.on; at++) {
      expect(ask).toBeNull();
      ({ memory, ask } = sway(memory, { ...off, now: 7 + RETRY_AFTER_US }, SAMPLES_MIN));
    }
    expect(ask).toBe(true);
    // Some symbol being worth it is looked at anew as well.
    expect(sway({ ...NO_MEMORY, against: LOOKS.off }, { ...off, run: 1 }, SAMPLES_MIN)).toMatchObject({
      memory: { against: 1 },
      ask: null,
    });
  });

  it("stays on in its trial until it has made enough new outcomes", () => {
    let memory: Memory = { against: 0, restsSince: 7, triedAt: null };
    for (let at = 0; at < 3 * LOOKS.off; at++) {
      const swayed = sway(memory, look, SAMPLES_MIN);
      expect(swayed.ask).toBeNull();
      memory = swayed.memory;
    }
    expect(memory.triedAt).toBe(50);
    let ask: boolean | null = null;
    for (let at = 0; at < LOOKS.off; at++) {
      const swayed = sway(memory, { ...look, samples: 50 + SAMPLES_MIN }, SAMPLES_MIN);
      [memory, ask] = [swayed.memory, swayed.ask];
    }
    expect(ask).toBe(false);
  });
});
