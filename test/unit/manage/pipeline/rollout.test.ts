// The steps of a rollout against a delivery that writes down what it is told: no execution is needed to see the order.
import { afterEach, describe, expect, it, vi } from "vitest";
import type { DeliveryRun, Evidence } from "../../../../src/manage/pipeline/delivery.ts";
import { Ended } from "../../../../src/manage/pipeline/ending.ts";
import { type DeploymentType, rollOut, type RolloutHost } from "../../../../src/manage/pipeline/rollout.ts";
import { within } from "../../../../src/manage/pipeline/waits.ts";

const FINE: Evidence = {
  events: 500,
  trades: { old: 10, new: 10 },
  pnl: { old: 5, new: 6 },
  faults: { old: 0, new: 0 },
  difference: { mean: 0.1, error: 0.1, n: 100 },
  lost: { old: 0, new: 0 },
  fallen: { old: 0, new: 0 },
  limits: { dailyLoss: null, drawdown: null },
};
const HARMFUL: Evidence = { ...FINE, faults: { old: 0, new: 3 } };
const SPARSE: Evidence = { ...FINE, events: 2 };

interface Told {
  readonly done: string[];
  steps: readonly Readonly<Record<string, unknown>>[];
  readonly asked: string[];
  /** The executions show what they see. */
  see: (seen: Evidence) => void;
}

/** `evidence`: of each step in turn; the last one counts for those behind it. */
function host(type: DeploymentType, evidence: readonly Evidence[] | null, change: Partial<RolloutHost> = {}) {
  const told: Told = { done: [], steps: [], asked: [], see: () => undefined };
  let step = 0;
  const run: DeliveryRun = {
    share: async (percent, by) => void told.done.push(`${percent} % of the ${by}`),
    evidence: async () => evidence?.[Math.min(step++, evidence.length - 1)] ?? FINE,
    listen: (look) => {
      told.see = look;
    },
    promote: async () => {
      told.done.push("promote");
      return { sequence: 7, ms: 1, fault: null };
    },
    revert: async () => {
      told.done.push("revert");
      return { sequence: 8, ms: 1, fault: null };
    },
    end: () => void told.done.push("end"),
  };
  const made: RolloutHost = {
    type,
    stepMs: 5,
    evidence: "advisory",
    run: evidence === null ? null : run,
    now: () => 0,
    wait: async (ms) => {
      told.done.push(`wait ${ms}`);
      return null;
    },
    show: async (steps) => {
      told.steps = steps;
    },
    log: () => undefined,
    ask: async (question) => {
      told.asked.push(question);
      return null;
    },
    unpaused: async () => null,
    deployed: async () => void told.done.push("deployed"),
    ...change,
  };
  return { told, made };
}
const rolled = async (
  type: DeploymentType,
  evidence: readonly Evidence[] | null,
  change: Partial<RolloutHost> = {},
) => {
  const { told, made } = host(type, evidence, change);
  const error = await rollOut(made).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { ...told, error };
};

describe("a rollout", () => {
  it.each([
    ["direct", ["promote", "deployed", "end"]],
    ["blue_green", ["wait 5", "promote", "deployed", "end"]],
    [
      "canary",
      [
        "5 % of the capital",
        "wait 5",
        "25 % of the capital",
        "wait 5",
        "50 % of the capital",
        "wait 5",
        "promote",
        "deployed",
        "end",
      ],
    ],
    [
      "rolling",
      [
        "25 % of the symbols",
        "wait 5",
        "50 % of the symbols",
        "wait 5",
        "75 % of the symbols",
        "wait 5",
        "promote",
        "deployed",
        "end",
      ],
    ],
  ] as const)("that is %s goes its steps in order", async (type, done) => {
    const { done: told, error, steps } = await rolled(type, [FINE]);
    expect(error).toBeNull();
    expect(told).toEqual(done);
    expect(steps.at(-1)).toMatchObject({ percent: 100 });
  });

  it("is taken back at the first step that does harm, wherever that is", async () => {
    for (const [harmful, before] of [0, 1, 2].entries()) {
      const { done, error, steps } = await rolled("canary", [FINE, FINE, FINE].slice(0, before).concat(HARMFUL));
      expect(error).toBeInstanceOf(Ended);
      expect(error).toMatchObject({ reason: "stage_failed", stage: "rollout" });
      expect(done.slice(-2)).toEqual(["revert", "end"]);
      expect(done).not.toContain("promote");
      expect(steps).toHaveLength(harmful + 1);
      expect(steps.at(-1)).toMatchObject({ verdict: "failure", metric: "faults", value: 3, threshold: 0 });
    }
  });

  it("is taken back where the new version cannot take over, and says so", async () => {
    const { told, made } = host("direct", [FINE]);
    const run = { ...(made.run as DeliveryRun), promote: async () => ({ sequence: 7, ms: 1, fault: "it has failed" }) };
    const logged: string[] = [];
    const rolling = rollOut({ ...made, run, log: (_, message) => void logged.push(message) });
    await expect(rolling).rejects.toMatchObject({
      reason: "stage_failed",
      stage: "rollout",
      message: "the new version cannot take over: it has failed",
    });
    expect(told.done).toEqual(["revert", "end"]);
    expect(logged).toEqual(["all executions are on the earlier version since event 8, 1 ms"]);
  });

  it("says so where the earlier version cannot take over again", async () => {
    const gone = new Ended("cancelled", "rollout", "somebody called it off");
    const { made } = host("direct", [FINE], { deployed: () => Promise.reject(gone) });
    const run = {
      ...(made.run as DeliveryRun),
      revert: async () => ({ sequence: 8, ms: 1, fault: "no room" }),
    };
    const logged: string[] = [];
    const rolling = rollOut({ ...made, run, log: (level, message) => void logged.push(`${level}: ${message}`) });
    await expect(rolling).rejects.toBe(gone);
    expect(logged.at(-1)).toBe("error: the earlier version cannot take over again: no room");
  });

  it("goes on as advisory where there is too little evidence, and asks where evidence is required", async () => {
    const advisory = await rolled("canary", [SPARSE]);
    expect([advisory.error, advisory.asked]).toEqual([null, []]);
    expect(advisory.steps.map(({ verdict }) => verdict)).toEqual([...Array<string>(3).fill("inconclusive"), undefined]);
    const required = await rolled("canary", [FINE, SPARSE, FINE], { evidence: "require" });
    expect(required.asked).toHaveLength(1);
    expect(required.asked[0]).toContain("step 25 %: inconclusive");
  });

  it("is taken back for harm that comes while a person is asked, without an answer", async () => {
    const { told, made } = host("canary", [SPARSE], {
      evidence: "require",
      ask: (question, sooner) => {
        told.asked.push(question);
        told.see(HARMFUL);
        return sooner;
      },
    });
    await expect(rollOut(made)).rejects.toMatchObject({ reason: "stage_failed", stage: "rollout" });
    expect([told.asked.length, told.done]).toEqual([1, ["5 % of the capital", "wait 5", "revert", "end"]]);
    expect(told.steps).toMatchObject([{ percent: 5, verdict: "failure", metric: "faults" }]);
  });

  it("is taken back when the answer is no, or the pipeline ends while it waits", async () => {
    const no = new Ended("rejected", "approval", "no");
    const asked = await rolled("rolling", [SPARSE], { evidence: "require", ask: () => Promise.reject(no) });
    expect([asked.error, asked.done.slice(-2)]).toEqual([no, ["revert", "end"]]);
    const gone = new Ended("cancelled", "rollout", "somebody called it off");
    const waited = await rolled("blue_green", [FINE], { wait: () => Promise.reject(gone) });
    expect([waited.error, waited.done]).toEqual([gone, ["revert", "end"]]);
  });

  it("is taken back when the pipeline ends behind the promotion and before the store has it", async () => {
    const gone = new Ended("cancelled", "rollout", "somebody called it off");
    for (const type of ["direct", "canary"] as const) {
      const { error, done } = await rolled(type, [FINE], { deployed: () => Promise.reject(gone) });
      expect([error, done.slice(-3)]).toEqual([gone, ["promote", "revert", "end"]]);
    }
  });

  it("is not stepped up while its strategy is paused, and goes on when that is over", async () => {
    for (const [held, before] of [
      [1, []],
      [2, ["5 % of the capital", "wait 5"]],
      [4, ["5 % of the capital", "wait 5", "25 % of the capital", "wait 5", "50 % of the capital", "wait 5"]],
    ] as const) {
      let asked = 0;
      let goOn = (): void => undefined;
      const { told, made } = host("canary", [FINE], {
        unpaused: () =>
          ++asked === held ? new Promise((resolve) => (goOn = () => resolve(null))) : Promise.resolve(null),
      });
      const rolling = rollOut(made);
      await vi.waitFor(() => expect(asked).toBe(held), { timeout: 60_000 });
      expect(told.done).toEqual(before);
      goOn();
      await rolling;
      expect(told.done.slice(-3)).toEqual(["promote", "deployed", "end"]);
    }
  });

  it("is taken back for harm that comes while its strategy is paused, and when the pipeline ends then", async () => {
    let asked = 0;
    const { told, made } = host("canary", [FINE], {
      unpaused: (sooner) => {
        if (++asked !== 3) return Promise.resolve(null);
        told.see(HARMFUL);
        return sooner ?? Promise.resolve(null);
      },
    });
    await expect(rollOut(made)).rejects.toMatchObject({ reason: "stage_failed", stage: "rollout" });
    expect(told.done.slice(-4)).toEqual(["25 % of the capital", "wait 5", "revert", "end"]);
    const gone = new Ended("cancelled", "rollout", "somebody called it off");
    let looked = 0;
    const unpaused = () => (++looked === 4 ? Promise.reject(gone) : Promise.resolve(null));
    const { error, done } = await rolled("canary", [FINE], { unpaused });
    expect([error, done.slice(-3)]).toEqual([gone, ["wait 5", "revert", "end"]]);
  });

  it("takes the same steps where no execution runs, and says that nothing was measured", async () => {
    const { error, done, steps } = await rolled("canary", null);
    expect([error, done]).toEqual([null, ["wait 5", "wait 5", "wait 5", "deployed"]]);
    expect(steps.map(({ percent }) => percent)).toEqual([5, 25, 50, 100]);
    expect(steps[0]).toMatchObject({ verdict: "inconclusive", value: 0 });
  });
});

describe("a rollout that is shown harm within a step", () => {
  const STEP_MS = 60_000;
  const LOSING: Evidence = { ...FINE, difference: { mean: -6.1, error: 1, n: 100 } };
  afterEach(() => void vi.useRealTimers());

  /** Up to the moment, by the clock of the test, at which it stands in its first step. */
  async function underWay(evidence: readonly Evidence[]) {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { told, made } = host("canary", evidence, { stepMs: STEP_MS, wait: within });
    const ended = rollOut(made).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    await vi.advanceTimersByTimeAsync(STEP_MS - 1);
    expect(told.done).toEqual(["5 % of the capital"]);
    return { told, ended };
  }

  it.each([
    ["a fault", { ...SPARSE, faults: { old: 0, new: 1 } }, { metric: "faults", value: 1 }],
    ["a loss beyond doubt", LOSING, { metric: "paired_difference_z", value: -6.1 }],
  ])("is taken back at once for %s, and judged by what it was shown", async (_, seen, verdict) => {
    const { told, ended } = await underWay([FINE]);
    told.see(seen);
    await vi.advanceTimersByTimeAsync(0);
    expect(told.done).toEqual(["5 % of the capital", "revert", "end"]);
    expect(told.steps).toHaveLength(1);
    expect(told.steps[0]).toMatchObject({ percent: 5, verdict: "failure", ...verdict });
    expect(await ended).toMatchObject({ reason: "stage_failed", stage: "rollout" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("waits for the end of the step where it is shown nothing that is beyond doubt, and judges what is so by then", async () => {
    const { told, ended } = await underWay([HARMFUL]);
    for (const mean of [-3.1, -5.9, 2]) told.see({ ...FINE, difference: { mean, error: 1, n: 100 } });
    await vi.advanceTimersByTimeAsync(0);
    expect(told.done).toEqual(["5 % of the capital"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told.done).toEqual(["5 % of the capital", "revert", "end"]);
    expect(told.steps[0]).toMatchObject({ verdict: "failure", metric: "faults", value: 3 });
    await ended;
  });
});
