// The fuzzer of decoders: batches of cases for every target, given to a few processes. A process that dies or does not
// answer is a fault like any other; its batch is run once more, input by input, to name the one that did it.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Done, Task } from "./child.ts";
import type { Reached } from "./coverage.ts";
import { TARGETS } from "./targets.ts";
import type { Target } from "./target.ts";

interface DecodersOptions {
  readonly seed: number;
  readonly cases: number;
  readonly seconds: number;
  readonly jobs: number;
  /** Only the targets whose name holds this. */
  readonly only: string;
  readonly progress: (line: string) => void;
}

export interface TargetReport {
  readonly name: string;
  cases: number;
  cpuMs: number;
  slowestMs: number;
  /** Largest of a process that ran it, MiB. */
  memoryMib: number;
  readonly outcomes: Map<string, string>;
  reached: readonly Reached[];
  readonly faults: string[];
}

const CHILD = fileURLToPath(new URL("child.js", import.meta.url));
/** No batch takes a tenth of it on a quiet machine. */
const BATCH_MS = 300_000;
const OUTCOMES_MAX = 400;
const FAULTS_MAX = 20;
const TOLD_MS = 5_000;
/** No decoder needs so much, whatever it is given. */
const MEMORY_MIB = 1_536;
const HEAP_MIB = 768;

export async function fuzzDecoders(options: DecodersOptions): Promise<readonly TargetReport[]> {
  return new Run(options).finish();
}

class Run {
  private readonly options: DecodersOptions;
  private readonly targets: readonly Target[];
  private readonly reports: ReadonlyMap<string, TargetReport>;
  private readonly begin = performance.now();
  private readonly dir = mkdtempSync(join(tmpdir(), "fuzz-decoders-"));
  private readonly next = new Map<string, number>();
  private told = 0;

  constructor(options: DecodersOptions) {
    this.options = options;
    this.targets = TARGETS.filter(({ name }) => name.includes(options.only));
    this.reports = new Map(
      this.targets.map(({ name }) => {
        const figures = { cases: 0, cpuMs: 0, slowestMs: 0, memoryMib: 0, reached: [] };
        return [name, { name, ...figures, outcomes: new Map<string, string>(), faults: [] }];
      }),
    );
  }

  async finish(): Promise<readonly TargetReport[]> {
    try {
      await Promise.all(Array.from({ length: this.options.jobs }, (_, place) => this.worker(place)));
    } finally {
      rmSync(this.dir, { recursive: true, force: true });
    }
    return [...this.reports.values()];
  }

  private async worker(place: number): Promise<void> {
    let child: ChildProcess | null = null;
    for (let task = this.task(place); task !== null; task = this.task(place)) {
      child ??= fork(CHILD, { execArgv: [`--max-old-space-size=${HEAP_MIB}`] });
      const done = await answer(child, task);
      if (typeof done === "string") {
        child = null;
        await this.ended(task, done);
      } else this.take(done);
    }
    child?.disconnect();
  }

  /**
   * The next batch of the target that is furthest behind its part of the cases. Each process has targets of its own while
   * they last: code that has run for a while is fast.
   */
  private task(place: number): Task | null {
    const { seed, cases, seconds } = this.options;
    const all = [...this.reports.values()];
    const faults = all.reduce((sum, one) => sum + one.faults.length, 0);
    const spent = (performance.now() - this.begin) / 1e3;
    if (spent > seconds || faults >= FAULTS_MAX) return null;
    const weights = this.targets.reduce((sum, { weight }) => sum + weight, 0);
    const behind = this.targets
      .map((target) => {
        const given = (this.next.get(target.name) ?? 0) * target.batch;
        const wanted = (cases * target.weight) / weights;
        return { target, share: given / wanted };
      })
      .filter(({ share }) => share < 1)
      .toSorted((a, b) => a.share - b.share);
    const own = behind.find(({ target }) => this.targets.indexOf(target) % this.options.jobs === place) ?? behind[0];
    if (own === undefined) return null;
    const { name } = own.target;
    const batch = this.next.get(name) ?? 0;
    this.next.set(name, batch + 1);
    return { target: name, seed, batch, coverage: batch === 0, trace: null };
  }

  private take(done: Done): void {
    const report = this.reports.get(done.task.target);
    if (report === undefined) return;
    report.cases += done.cases;
    report.cpuMs += done.cpuMs;
    report.slowestMs = Math.max(report.slowestMs, done.slowestMs);
    report.memoryMib = Math.max(report.memoryMib, done.memoryMib);
    if (done.reached.length > 0) report.reached = done.reached;
    if (done.memoryMib > MEMORY_MIB) report.faults.push(`batch ${done.task.batch}: ${done.memoryMib.toFixed(0)} MiB`);
    for (const [kind, hex] of done.outcomes) {
      const known = report.outcomes.get(kind);
      if (known === undefined ? report.outcomes.size < OUTCOMES_MAX : hex.length < known.length)
        report.outcomes.set(kind, hex);
    }
    for (const { what, index, hex } of done.faults) {
      report.faults.push(`batch ${done.task.batch}, case ${index}: ${what}\n    ${hex}`);
      this.options.progress(`${report.name}, ${report.faults.at(-1) ?? ""}`);
    }
    this.tell();
  }

  private async ended(task: Task, why: string): Promise<void> {
    const trace = join(this.dir, `${task.target.replaceAll(" ", "-")}-${task.batch}`);
    const child = fork(CHILD, { execArgv: [`--max-old-space-size=${HEAP_MIB}`] });
    const again = await answer(child, { ...task, trace });
    if (typeof again !== "string") child.disconnect();
    const hex = typeof again === "string" ? readFileSync(trace).toString("hex") : "(not the second time)";
    this.reports.get(task.target)?.faults.push(`batch ${task.batch}: ${why}\n    ${hex}`);
  }

  private tell(): void {
    const now = performance.now();
    if (now - this.told < TOLD_MS) return;
    this.told = now;
    const all = [...this.reports.values()];
    const cases = all.reduce((sum, one) => sum + one.cases, 0);
    const faults = all.reduce((sum, one) => sum + one.faults.length, 0);
    const seconds = (now - this.begin) / 1e3;
    const left = Math.min(
      (seconds * (this.options.cases - cases)) / Math.max(1, cases),
      this.options.seconds - seconds,
    );
    const rate = Math.round(cases / seconds);
    this.options.progress(
      `${cases} cases in ${seconds.toFixed(0)} s (${rate}/s, ${Math.round(left)} s left), ${faults} faults`,
    );
  }
}

/** What came back, or why nothing did. */
function answer(child: ChildProcess, task: Task): Promise<Done | string> {
  return new Promise((resolve) => {
    const over = (result: Done | string): void => {
      clearTimeout(timer);
      child.off("message", got).off("exit", gone);
      resolve(result);
    };
    const got = (message: unknown): void => over(message as Done);
    const gone = (code: number | null, signal: string | null): void => over(`the process ended (${signal ?? code})`);
    const timer = setTimeout(() => {
      child.off("exit", gone);
      child.kill("SIGKILL");
      over(`no answer within ${BATCH_MS / 1e3} s`);
    }, BATCH_MS);
    child.on("message", got).on("exit", gone);
    child.send(task);
  });
}
