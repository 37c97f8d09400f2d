// A process that runs batches for the fuzzer of decoders, one after the other as it is told. When it hangs or dies, the
// batch is given to another one with a file to write each input to before it is tried.
import { writeFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { runBatch } from "./batch.ts";
import { corpusOf } from "./corpus.ts";
import { Coverage, type Reached } from "./coverage.ts";
import { TARGETS } from "./targets.ts";
import type { CaseFault } from "./batch.ts";

export interface Task {
  readonly target: string;
  readonly seed: number;
  readonly batch: number;
  readonly coverage: boolean;
  /** Where each input is written before it is tried. */
  readonly trace: string | null;
}

export interface Done {
  readonly task: Task;
  readonly cases: number;
  readonly faults: readonly CaseFault[];
  readonly outcomes: readonly (readonly [string, string])[];
  readonly slowestMs: number;
  readonly cpuMs: number;
  readonly memoryMib: number;
  readonly reached: readonly Reached[];
}

process.on("message", (task: Task) => void answer(task));
process.on("disconnect", () => process.exit(0));
new Worker(new URL("./orphan-guard.js", import.meta.url)).unref();

async function answer(task: Task): Promise<void> {
  process.send?.(await work(task));
}

async function work(task: Task): Promise<Done> {
  const target = TARGETS.find(({ name }) => name === task.target);
  if (target === undefined) throw new Error(`there is no target ${task.target}`);
  const { seed, batch, trace } = task;
  const before = trace === null ? {} : { before: (input: Uint8Array): void => writeFileSync(trace, input) };
  const coverage = task.coverage ? new Coverage() : null;
  await coverage?.start();
  const cpu = process.cpuUsage();
  const report = await runBatch(target, { seed, batch, corpus: corpusOf(target.name), ...before });
  const { user, system } = process.cpuUsage(cpu);
  const outcomes = [...report.outcomes].map(([kind, input]) => [kind, Buffer.from(input).toString("hex")] as const);
  const { cases, faults, slowestMs } = report;
  const memoryMib = process.memoryUsage.rss() / 1_048_576;
  const reached = (await coverage?.stop(target.files)) ?? [];
  return { task, cases, faults, outcomes, slowestMs, cpuMs: (user + system) / 1e3, memoryMib, reached };
}
