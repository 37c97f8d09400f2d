// A sweep whose runs are made elsewhere (JOBS=redis) where some do not come back: they are handed in again, a few times; a
// table with holes is not judged as if nothing else had been asked for. The queue is one of the test's own, which loses
// what it is told to lose; runs are made for real.
import { expect, it, onTestFinished } from "vitest";
import type { JobEnding, JobLine, JobSender, JobTaker, SentJob } from "../../../src/bus/bus.ts";
import { failed } from "../../../src/domain/result.ts";
import { Backtests } from "../../../src/manage/backtests/backtests.ts";
import { runJob, type JobSpec } from "../../../src/manage/backtests/job.ts";
import { packed, packedEnd, unpacked, unpackedEnd } from "../../../src/manage/backtests/parcel.ts";
import { Pool } from "../../../src/manage/backtests/pool.ts";
import { RunWorker } from "../../../src/manage/backtests/run-worker.ts";
import { TRIES_MAX } from "../../../src/manage/sweeps/missing.ts";
import { Sweeps, type SweepRecord } from "../../../src/manage/sweeps/sweeps.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { storeBars } from "../../support/research.ts";
import { opened, temporaryFolder } from "../../support/store/store-files.ts";

const RUN = {
  kind: "backtest",
  strategy: "moving_average_crossover",
  parameters: {},
  spanMs: 10 * 864e5,
  capital: 1_000,
} as const;
const GRID = { fast_length: [6, 8], slow_length: [20, 26] };
const GONE: JobEnding = { ok: false, reason: "whoever was at it is gone", lost: true };

/** What becomes of a run that is begun for the n-th time; null: it is made. */
type Fate = (spec: JobSpec, time: number) => JobEnding | null;

/** What was handed in, and how the sweep ended. */
async function swept(fate: Fate): Promise<{ readonly begun: readonly string[]; readonly record: SweepRecord }> {
  const times = new Map<string, number>();
  const begun: string[] = [];
  const work = async ({ body, onStart, onEnd }: SentJob): Promise<void> => {
    const spec = unpacked(body, null);
    if (!spec.ok) throw new Error(spec.failure);
    const { parameters, part } = spec.value;
    const name = `${part?.kind} ${parameters["fast_length"]} ${parameters["slow_length"]}`;
    begun.push(name);
    times.set(name, (times.get(name) ?? 0) + 1);
    onStart();
    const ending = fate(spec.value, times.get(name) ?? 0);
    const made = { ...(await runJob(spec.value, () => false)), lost: null };
    onEnd(ending ?? { ok: true, result: packedEnd(made) });
  };
  const sender = { trouble: null, send: (job: SentJob) => (void work(job), "id"), close: () => Promise.resolve() };
  const none = { taken: 0, close: () => Promise.resolve() } as unknown as JobTaker;
  const line: JobLine = { send: () => sender as unknown as JobSender, take: () => none };
  const store = await opened({ file: null });
  const common = { store, now: () => 1_756_029_600_000_000, log: SILENT_LOG };
  const rest = { timeoutMs: 600_000, dataDir: null, engineVersion: "test", onResearch: () => undefined, line };
  const backtests = new Backtests({ ...common, ...rest });
  onTestFinished(() => backtests.close());
  let over = (): void => undefined;
  const ended = new Promise<void>((resolve) => (over = resolve));
  const onResearch = ({ event }: { readonly event: string }): void => {
    if (["completed", "failed", "cancelled"].includes(event)) over();
  };
  const sweeps = new Sweeps({ ...common, backtests, onResearch });
  const asked = await sweeps.ask({ run: RUN, grid: GRID, objective: "total_return" }, {});
  if (!asked.ok) throw new Error(asked.failure.code);
  await ended;
  const record = sweeps.get(asked.value.sweepId);
  if (record === null) throw new Error("it is gone");
  return { begun, record };
}

const of = (spec: JobSpec, kind: "set" | "verdict", fast: number, slow: number): boolean =>
  spec.part?.kind === kind && spec.parameters["fast_length"] === fast && spec.parameters["slow_length"] === slow;

it("a run that is lost on its way is made again, to the table and the verdict of an undisturbed one", async () => {
  const whole = await swept(() => null);
  expect(whole.record).toMatchObject({ status: "completed", completed: 4, error: null });
  expect(whole.record.verdict).toMatchObject({ trials: 4 });
  const lossy = await swept((spec, time) =>
    (of(spec, "set", 6, 26) && time < TRIES_MAX) || (spec.part?.kind === "verdict" && time === 1) ? GONE : null,
  );
  expect(lossy.begun.filter((name) => name === "set 6 26")).toHaveLength(TRIES_MAX);
  expect(lossy.begun.filter((name) => name.startsWith("verdict"))).toHaveLength(2);
  expect(lossy.record.results).toEqual(whole.record.results);
  expect(lossy.record.verdict).toEqual(whole.record.verdict);
  expect(lossy.record).toMatchObject({ status: "completed", completed: 4, error: null });
});

it("where one is lost for good the sweep has failed, says how many and why, and speaks no verdict", async () => {
  const { begun, record } = await swept((spec) => (of(spec, "set", 8, 20) ? GONE : null));
  expect(begun.filter((name) => name === "set 8 20")).toHaveLength(TRIES_MAX);
  expect(begun.filter((name) => name.startsWith("verdict"))).toEqual([]);
  expect(record).toMatchObject({ status: "failed", completed: 4, verdict: null });
  expect(record.results).toHaveLength(3);
  expect(record.error).toMatch(
    /^1 of its 4 runs came to no result, so the others are not judged: whoever .* send it again$/,
  );
});

it("a set whose own run fails is not tried again, and the others are not judged without it", async () => {
  const own: JobEnding = {
    ok: true,
    result: packedEnd({ result: failed("its code divides by zero"), issue: null, page: null, lost: null }),
  };
  const { begun, record } = await swept((spec) => (of(spec, "set", 8, 20) ? own : null));
  expect(begun.filter((name) => name === "set 8 20")).toHaveLength(1);
  expect(record).toMatchObject({ status: "completed", completed: 4, verdict: null });
  expect(record.error).toBe(
    "1 of its 4 runs came to no result, so the others are not judged: its code divides by zero",
  );
});

it("a verdict that is lost for good leaves the table, and says why there is none", async () => {
  const { record } = await swept((spec) => (spec.part?.kind === "verdict" ? GONE : null));
  expect(record).toMatchObject({ status: "completed", completed: 4, verdict: null });
  expect(record.error).toBe("no verdict: whoever was at it is gone");
  expect(record.results).toHaveLength(4);
});

it("a worker with other history says that another one may do better", async () => {
  const asker = temporaryFolder();
  storeBars(asker, "AAAUSD");
  const pool = new Pool(60_000);
  onTestFinished(() => pool.close());
  let run: Parameters<JobLine["take"]>[0]["run"] = () => Promise.reject(new Error("nobody took it"));
  const taker = { taken: 0, close: () => Promise.resolve() } as unknown as JobTaker;
  const line: JobLine = {
    send: () => {
      throw new Error("nobody asks");
    },
    take: (options) => {
      run = options.run;
      return taker;
    },
  };
  const worker = new RunWorker(line, pool, temporaryFolder());
  const body = packed({ dataDir: asker, symbols: ["AAAUSD"] } as unknown as JobSpec);
  if (!body.ok) throw new Error(body.failure);
  const end = unpackedEnd(
    await run({ body: body.value, onProgress: () => undefined, signal: new AbortController().signal }),
  );
  expect([worker.taken, end.result.ok]).toEqual([0, false]);
  expect(end.lost).toMatch(/lacks AAAUSD/);
});
