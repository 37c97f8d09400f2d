// The way of a version that passed its stages to the executions that run, in steps that can be seen and taken back:
//
//   direct       100 %                       at once
//   blue_green   0 % (shadow), then 100 %    compared in shadow, then switched by one event
//   canary       5, 25, 50, 100 %            of the capital
//   rolling      25, 50, 75, 100 %           of the symbols
//
// After each step but the last its time passes (ROLLOUT_STEP_MS), then it is judged (analysis.ts). Harm that is beyond
// doubt ends its time at once. Measured harm takes everything back. Too little evidence goes on as advisory and says so,
// or, with ROLLOUT_EVIDENCE=require, asks a person; harm beyond doubt does not wait for the answer.
// Where no execution runs the steps are the same, and nothing is measured.
// Nothing is stepped up while the strategy is paused. Until the store has the last step there is a way back, and whatever
// keeps the pipeline from it takes that way: what trades is what the registry says.
import type { PipelineRecord } from "../../store/pipelines.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { harms, judgeStep, type StepVerdict } from "./analysis.ts";
import type { DeliveryRun, Evidence, ShareOf, Switched } from "./delivery.ts";
import { Ended } from "./ending.ts";
import type { Level } from "./words.ts";

export type DeploymentType = PipelineRecord["deploymentType"];

interface Plan {
  readonly percents: readonly number[];
  /** Null: all or nothing. */
  readonly by: ShareOf | null;
}

export const PLANS: Readonly<Record<DeploymentType, Plan>> = {
  direct: { percents: [100], by: null },
  blue_green: { percents: [0, 100], by: null },
  canary: { percents: [5, 25, 50, 100], by: "capital" },
  rolling: { percents: [25, 50, 75, 100], by: "symbols" },
};

/** What a rollout needs of the pipeline that it belongs to. */
export interface RolloutHost {
  readonly type: DeploymentType;
  readonly stepMs: number;
  readonly evidence: "advisory" | "require";
  /** Null: no execution runs. */
  readonly run: DeliveryRun | null;
  /** Integer microseconds. */
  now(): number;
  /** Resolves with what comes within the time, else with null; throws when the pipeline has to end before. */
  wait<T>(ms: number, sooner: Promise<T>): Promise<T | null>;
  /** The steps so far, the newest last; stored when it resolves. */
  show(steps: readonly JsonObject[]): Promise<void>;
  log(level: Level, message: string): void;
  /** Asks a person: null when the answer is yes, what came before there was one; throws when it is no. */
  ask<T>(question: string, sooner: Promise<T>): Promise<T | null>;
  /** Null when its strategy is not paused (any more), or what came before that; throws when the pipeline has to end. */
  unpaused<T = never>(sooner?: Promise<T>): Promise<T | null>;
  /** Stores that the new version is deployed; throws when the pipeline has to end before. */
  deployed(): Promise<void>;
}

/** Throws `Ended` when the version does harm, or is not wanted; everything is taken back by then. */
export async function rollOut(host: RolloutHost): Promise<void> {
  const { run } = host;
  try {
    await stepUp(host);
    await host.deployed();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const back = await run?.revert(reason);
    if (back) tellBack(host, back);
    throw error;
  } finally {
    run?.end();
  }
}

function tellBack(host: RolloutHost, { sequence, ms, fault }: Switched): void {
  if (fault !== null) host.log("error", `the earlier version cannot take over again: ${fault}`);
  else host.log("warning", `all executions are on the earlier version since event ${sequence}, ${ms} ms`);
}

async function stepUp(host: RolloutHost): Promise<void> {
  const { percents, by } = PLANS[host.type];
  const harm = harmOf(host.run);
  const steps: JsonObject[] = [];
  await host.unpaused();
  for (const percent of percents) {
    const last = percent === 100;
    steps.push({ percent, at: new Date(host.now() / 1000).toISOString() });
    if (last) await promote(host);
    else if (by !== null) await host.run?.share(percent, by);
    host.log("info", percent === 0 ? "the new version decides in shadow" : `the new version has ${percent} %`);
    await host.show([...steps]);
    if (last) return;
    let seen = await host.wait(host.stepMs, harm);
    seen ??= host.run === null ? null : await host.run.evidence();
    for (let judged = false; !judged || seen !== null; judged = true) {
      const verdict = judgeStep(seen);
      steps[steps.length - 1] = { ...steps.at(-1), ...verdict };
      await host.show([...steps]);
      seen = (await follow(host, percent, verdict, harm)) ?? (await host.unpaused(harm));
    }
  }
}

/** Resolves with the first evidence that the new version does harm beyond doubt. */
function harmOf(run: DeliveryRun | null): Promise<Evidence> {
  return new Promise((resolve) => {
    run?.listen((seen) => {
      if (harms(seen)) resolve(seen);
    });
  });
}

async function promote(host: RolloutHost): Promise<void> {
  if (host.run === null) return;
  const { sequence, ms, fault } = await host.run.promote();
  if (fault !== null) throw new Ended("stage_failed", "rollout", `the new version cannot take over: ${fault}`);
  host.log("info", `all executions are on the new version since event ${sequence}, ${ms} ms after the decision`);
}

/** Null: on to the next step; or what was seen while a person was asked, to be judged. */
async function follow(
  host: RolloutHost,
  percent: number,
  { verdict, reason }: StepVerdict,
  harm: Promise<Evidence>,
): Promise<Evidence | null> {
  const said = `step ${percent} %: ${verdict}: ${reason}`;
  if (verdict === "failure") {
    host.log("error", said);
    throw new Ended("stage_failed", "rollout", `step of ${percent} %: ${reason}`);
  }
  host.log(verdict === "success" ? "info" : "warning", said);
  return verdict === "inconclusive" && host.evidence === "require" ? host.ask(said, harm) : null;
}
