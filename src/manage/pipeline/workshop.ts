// What the stages of one pipeline work with: the code compiled once, each run over history made once, whoever asks first.
// Compiling happens in the compiler's process, runs in the threads of the backtests.
import { setMaxListeners } from "node:events";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Diagnostic, StrategyCompiler } from "../../sandbox/sandbox.ts";
import type { PipelineRecord } from "../../store/pipelines.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Backtests, JobResult } from "../backtests/backtests.ts";
import type { Tape } from "../../simulation/simulation.ts";
import type { Registry, Strategy } from "../registry/registry.ts";
import type { Company } from "./company.ts";
import { type Progress, queuedSoak, soak, type SoakPort } from "./soak.ts";
import type { StageContext, StageName } from "./stage.ts";
import type { Queued, Rest, ValidationMode } from "./words.ts";
import type { StressAnswer } from "./trial/stress.ts";
import type { TrialKind, Trials } from "./trial/trials.ts";
import { WorkTimes } from "./work-times.ts";

/** What a pipeline is told of waiting and lasting. */
export interface Waits {
  readonly queued: Queued;
  readonly rest: Rest;
  readonly progress: (progress: Progress | null) => void;
  /** A place among the soaks, of which so many run at once; how it is given back, null: `signal` aborted before. */
  readonly place: (signal: AbortSignal, onQueued: () => void) => Promise<(() => void) | null>;
}
/** Nobody's time counts. */
export const NO_WAITS: Waits = {
  queued: () => () => undefined,
  rest: (work) => work(),
  progress: () => undefined,
  place: () => Promise.resolve(() => undefined),
};

export interface WorkshopOptions extends Waits {
  readonly registry: Registry;
  readonly backtests: Backtests;
  readonly compiler: StrategyCompiler;
  readonly threads: Trials;
  readonly company: Company;
  readonly mode: ValidationMode;
  /** Null: nobody runs executions here. */
  readonly live: SoakPort | null;
  /** Versions of the strategy that were put to the test so far. */
  readonly trials: (strategyId: string) => number;
}

/** Each run and each trial that is under way listens for the end. */
const LISTENERS_MAX = 64;
const DAY_MS = 86_400_000;
type RunKind = "backtest" | "paper_trading";
type Ran = Promise<Result<JobResult, string>>;
const SPANS: Readonly<Record<RunKind, number>> = { backtest: 180 * DAY_MS, paper_trading: DAY_MS };
const CAPITAL = 50_000;
/** Whose time a trial is. */
const STAGE_OF: Readonly<Partial<Record<TrialKind, StageName>>> = { tests: "unit_tests", stress: "risk_validation" };

/** Of a pipeline, or of a test of a single stage, behind which there are none. */
export type Version = Pick<PipelineRecord, "strategyId" | "version"> &
  Partial<Pick<PipelineRecord, "stages" | "soakMs">>;

export async function openWorkshop(
  options: WorkshopOptions,
  { strategyId, version, stages = [], soakMs = 0 }: Version,
  signal: AbortSignal,
): Promise<Result<StageContext, string>> {
  const { registry, backtests, compiler, threads, company, mode, trials, queued } = options;
  setMaxListeners(LISTENERS_MAX, signal);
  const head = registry.get(strategyId);
  const found = await registry.version(strategyId, version);
  if (head === null || found === null) return failed(`version ${version} of the strategy is gone`);
  const { code, codeHash, parameters, riskLimits } = found;
  const strategy = { ...head, version, codeHash, parameters, riskLimits, language: found.language ?? head.language };
  const loss = new Loss();
  const { compiled, ownTests } = compiling(strategy, code, compiler, loss);
  const times = new WorkTimes(queued);
  const run = async (kind: RunKind, parameters: JsonObject, stage: RunKind | null): Ran => {
    const made = await compiled();
    if (!made.ok) return made;
    const asked = { kind, strategy, compiled: made.value, parameters, spanMs: SPANS[kind], capital: CAPITAL };
    return times.timed(stage, (onStart) => backtests.stage(asked, signal, { onStart, onLost: loss.note }));
  };
  const tried: StageContext["tried"] = (trial, asked) =>
    times.timed(STAGE_OF[trial] ?? null, (onStart) =>
      threads.run(trial, asked, signal, { onStart, onLost: loss.note }),
    );
  const ranOnce = (kind: RunKind) => once(() => run(kind, {}, kind));
  const runs = { backtest: ranOnce("backtest"), paper_trading: ranOnce("paper_trading") };
  const symbols = symbolsOf(parameters);
  const stressed = once(async (): Promise<Result<readonly StressAnswer[], string>> => {
    const made = await compiled();
    if (!made.ok) return made;
    if (made.value === null) return ok([]); // one of the engine's own
    const request = { name: strategy.strategyName, parameters, riskLimits, symbols, capital: CAPITAL };
    return tried("stress", { compiled: made.value, request });
  });
  const proofs = proving(options, { strategy, compiled, ms: soakMs, signal, loss, times, tried, symbols });
  return ok({
    strategy,
    code,
    soakMs,
    symbols,
    stressed,
    ahead: () => {
      for (const kind of ["backtest", "paper_trading"] as const) if (stages.includes(kind)) void runs[kind]();
      if (stages.includes("risk_validation")) void stressed();
      if (soakMs === 0) void proofs.certified();
    },
    dataDir: Array.isArray(parameters["symbols"]) ? backtests.dataDir : null,
    mode,
    trials: trials(strategyId),
    signal,
    log: () => undefined,
    compiled,
    ownTests,
    ran: (kind) => runs[kind](),
    ranWith: (parameters) => run("backtest", parameters, null),
    nearest: (result) => company.nearest(strategyId, result, (id) => registry.get(id)?.status === "deployed"),
    tried,
    ...proofs,
    lost: () => loss.why,
    spent: (stage, fromMs) => times.spent(stage, fromMs),
  });
}

/** What the machine took away while somebody worked with it. */
class Loss {
  why: string | null = null;
  readonly note = (why: string): void => {
    this.why ??= why;
  };
}

interface Proving extends Pick<StageContext, "strategy" | "compiled" | "tried" | "symbols" | "signal"> {
  readonly ms: number;
  readonly loss: Loss;
  readonly times: WorkTimes;
}

function proving(
  { live, rest, progress, place, backtests }: WorkshopOptions,
  { strategy, compiled, tried, symbols, ms, signal, loss, times }: Proving,
): Pick<StageContext, "soaked" | "certified"> {
  let tape: Tape | null = null;
  return {
    soaked: async () => {
      const made = await compiled();
      if (!made.ok) return made;
      if (made.value === null || ms === 0) return ok(null);
      const program = made.value;
      const tell = (told: Omit<Progress, "stage">): void => progress({ stage: "paper_trading", ...told });
      const from = performance.now();
      let soakedMs = 0;
      const ran = await rest(async () => {
        const leave = await place(signal, () => tell(queuedSoak(ms)));
        if (leave === null) return failed("cancelled");
        const begunMs = performance.now();
        try {
          const begun = live === null ? failed("nothing runs on live events here") : await live(strategy, program);
          return begun.ok ? ok(await soak(begun.value, ms, signal, tell)) : begun;
        } finally {
          leave();
          soakedMs = performance.now() - begunMs;
        }
      }).finally(() => progress(null));
      times.idle("paper_trading", performance.now() - from - soakedMs);
      if (!ran.ok) return ran;
      const done = ran.value;
      if (done.report.lost !== null) loss.note(done.report.lost);
      tape = done.tape !== null && done.tape.rows.length > 0 ? done.tape : null; // where nothing came, nothing is proved
      return ok(done.report);
    },
    certified: once(async () => {
      const made = await compiled();
      if (!made.ok || made.value === null) return made.ok ? ok(null) : made;
      const { strategyName: name, parameters, riskLimits } = strategy;
      const { dataDir } = backtests;
      const asked = { compiled: made.value, name, parameters, riskLimits, symbols, dataDir, tape };
      const certificate = await tried("parity", asked);
      return certificate.ok ? ok({ live: tape !== null, certificate: certificate.value }) : certificate;
    }),
  };
}

function compiling(
  { kind, language }: Strategy,
  code: string,
  compiler: StrategyCompiler,
  loss: Loss,
): Pick<StageContext, "compiled" | "ownTests"> {
  const sentence = (faults: readonly Diagnostic[]): Result<never, string> => {
    for (const fault of faults) if (fault.lost === true) loss.note(fault.message);
    return failed(faults.map(told).join("\n"));
  };
  return {
    compiled: once(async () => {
      if (kind === "builtin") return ok(null);
      const made = await compiler.compile(code, language ?? "python");
      return made.ok ? made : sentence(made.failure);
    }),
    ownTests: async () => {
      if (kind === "builtin") return ok(null);
      const made = await compiler.compileTests(code, null, language ?? "python");
      return made.ok ? made : sentence(made.failure);
    },
  };
}

function symbolsOf({ symbols }: JsonObject): readonly string[] {
  return Array.isArray(symbols) && symbols.length > 0 ? symbols.map((one) => String(one).toUpperCase()) : ["BTCUSD"];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

/** With the author's line and column, as compilers say it. */
export function told({ message, line, column, hint }: Diagnostic): string {
  const place = line === null ? "" : `line ${line}${column === null ? "" : `, column ${column}`}: `;
  return `${place}${message}${hint === null ? "" : ` (${hint})`}`;
}
