// When the generator looks for candidates, and what it makes of a survivor under each policy.
import { describe, expect, it } from "vitest";
import { READABLE } from "../../../../src/domain/program-signals.ts";
import { Random } from "../../../../src/domain/random.ts";
import { ok } from "../../../../src/domain/result.ts";
import { STRATEGIES } from "../../../../src/domain/strategies.ts";
import { founderOf } from "../../../../src/learning/generation.ts";
import { COMPOSITION } from "../../../../src/manage/learning/composer.ts";
import { CANARY, Generator, type GeneratorPolicy } from "../../../../src/manage/learning/generator.ts";
import type { LearningJob } from "../../../../src/manage/learning/jobs.ts";
import type { LearningContext, LearningProposal } from "../../../../src/manage/learning/learner.ts";
import { beyondBounds } from "../../../../src/manage/learning/target.ts";
import type { JsonObject } from "../../../../src/store/strategies.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";

const HOUR_US = 3_600_000_000;

const COMPOSED = "buy when rsi(14) < 30;\n";

interface Stage {
  readonly jobs: LearningJob[];
  readonly proposed: LearningProposal[];
  kept: JsonObject | null;
  /** One beat, and everything that follows from it. */
  beat(hours: number, frozen?: boolean): Promise<void>;
}

/** The first number that may move is moved to the end of its room; `refusal`: what the judge says against it. */
function stage(policy: GeneratorPolicy, refusal: string | null = null, kept: JsonObject | null = null): Stage {
  const jobs: LearningJob[] = [];
  const proposed: LearningProposal[] = [];
  const thread = {
    busy: 0,
    run: (job: LearningJob) => {
      jobs.push(job);
      const evidence = { sharpe: 2, sharpe_now: 1, trials: 49 };
      if (job.kind === "composition") {
        const best = `${job.founders[0]}stop 2 %;\n`;
        return Promise.resolve(ok({ kind: "composition" as const, best, symbols: ["BTCUSD"], refusal, evidence }));
      }
      const [first] = job.axes;
      const best = { ...job.parameters, ...(first === undefined ? {} : { [first.name]: first.max }) };
      return Promise.resolve(ok({ kind: "generation" as const, best, refusal, evidence }));
    },
  };
  const generator = new Generator({
    policy,
    thread,
    dataDir: "history",
    engineVersion: "1",
    log: SILENT_LOG,
    founders: () => [COMPOSED],
  });
  generator.restore(kept);
  const made: Stage = {
    jobs,
    proposed,
    kept,
    beat: async (hours, frozen = false) => {
      const context = {
        now: hours * HOUR_US,
        random: new Random(hours),
        frozen,
        valueOf: ({ strategy }: { readonly strategy: string }) => {
          const type = STRATEGIES.find(({ name }) => name === strategy);
          return Object.fromEntries((type?.parameters ?? []).map((one) => [one.name, one.default]));
        },
        keep: (state: JsonObject) => {
          made.kept = state;
          return Promise.resolve(ok(undefined));
        },
        propose: (proposal: LearningProposal) => {
          proposed.push(proposal);
          return Promise.resolve(ok({}));
        },
      };
      generator.cycle(context as unknown as LearningContext);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return made;
}

const turnOf = (job: LearningJob): string =>
  job.kind === "generation" ? job.strategy : `rules over ${job.signals[0] ?? ""}`;

describe("the generator's learner", () => {
  it("tries the next strategy every hour of the engine clock, and goes on there after a restart", async () => {
    const first = stage("propose");
    for (const hours of [1, 1.5, 2, 2.9, 3]) await first.beat(hours);
    const names = first.jobs.map(turnOf);
    expect(new Set(names).size).toBe(3);
    expect(new Set(first.jobs.map(({ kind }) => kind))).toEqual(new Set(["generation", "composition"]));
    const second = stage("propose", null, first.kept);
    await second.beat(3.5);
    expect(second.jobs).toHaveLength(0);
    await second.beat(4);
    expect(second.jobs).toHaveLength(1);
    expect(names).not.toContain(second.jobs.map(turnOf)[0]);
  });

  it("stays within the room that an approval will have", async () => {
    const { jobs, beat } = stage("propose");
    for (let hours = 1; hours < 30; hours++) await beat(hours);
    expect(jobs.length).toBe(29);
    for (const job of jobs) {
      if (job.kind === "composition") continue;
      const { strategy, axes, parameters } = job;
      expect(axes.length).toBeGreaterThan(0);
      for (const { name, min, max } of axes) {
        for (const value of [min, max]) {
          const target = { kind: "parameters", strategy, names: [name] } as const;
          // A value alone can still contradict another parameter; that is asked of each candidate.
          const fault = beyondBounds(target, parameters, { [name]: value }, parameters);
          if (fault?.code === "validation_error") expect(fault.issues[0].issue).toMatch(/must (not )?be (above|below)/);
          else expect(fault).toBeNull();
        }
      }
    }
  });

  it("proposes a change, a canary or nothing, as the policy says", async () => {
    const propose = stage("propose");
    await propose.beat(1);
    expect(propose.proposed).toMatchObject([{ target: { kind: "parameters" }, evidence: { trials: 49 } }]);
    const canary = stage("canary");
    await canary.beat(1);
    const [change] = propose.proposed;
    const [job] = canary.jobs;
    const all = job?.kind === "generation" ? job.parameters : undefined;
    const names = Object.keys(change?.to ?? {});
    expect(names.length).toBeLessThan(Object.keys(all ?? {}).length);
    // What is deployed is what was judged, with the numbers that did not move.
    expect(canary.proposed).toMatchObject([{ kind: CANARY, what: names.join(","), from: all }]);
    expect(canary.proposed[0]?.to).toEqual({ ...all, ...(change?.to as object) });
    const off = stage("off");
    await off.beat(1);
    expect([off.jobs, off.proposed]).toEqual([[], []]);
  });

  it("has rules tried that begin with a strategy and with what was composed, and proposes what survives as a strategy", async () => {
    for (const policy of ["propose", "canary"] as const) {
      const { jobs, proposed, beat } = stage(policy);
      for (let hours = 1; hours <= 2; hours++) await beat(hours);
      const job = jobs.find(({ kind }) => kind === "composition");
      if (job?.kind !== "composition") throw new Error("no rules were tried");
      const [strategy = ""] = job.signals;
      expect(job.founders).toEqual([founderOf(strategy), COMPOSED]);
      expect(new Set(job.signals)).toEqual(new Set(READABLE));
      const after = { name: `rules over ${strategy}`, code: `${job.founders[0]}stop 2 %;\n` };
      const rules = proposed.find((one) => "kind" in one && one.kind === COMPOSITION);
      expect(rules).toMatchObject({ strategy, to: { ...after, parameters: { symbols: ["BTCUSD"] } } });
    }
  });

  it("proposes nothing that its judge refuses, and tries nothing while learning is frozen", async () => {
    const refused = stage("propose", "luck explains it");
    await refused.beat(1);
    expect([refused.jobs.length, refused.proposed.length]).toEqual([1, 0]);
    const frozen = stage("propose");
    await frozen.beat(1, true);
    expect(frozen.jobs).toEqual([]);
  });
});
