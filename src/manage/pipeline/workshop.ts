// What the stages of one pipeline work with: the code compiled once, each run over history made once, whoever asks first.
// Compiling happens in the compiler's process, runs in the threads of the backtests.
import { setMaxListeners } from "node:events";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { CompiledStrategy, Diagnostic, StrategyCompiler } from "../../sandbox/sandbox.ts";
import type { PipelineRecord } from "../../store/pipelines.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Backtests, JobResult } from "../backtests/backtests.ts";
import type { Registry } from "../registry/registry.ts";
import type { Company } from "./company.ts";
import type { StageContext, ValidationMode } from "./stage.ts";
import type { StressAnswer } from "./trial/stress.ts";
import type { Trials } from "./trial/trials.ts";

/** Told when a run begins to wait for its turn; what it answers, when that is over. */
export type Queued = () => () => void;

export interface WorkshopOptions {
  readonly registry: Registry;
  readonly backtests: Backtests;
  readonly compiler: StrategyCompiler;
  readonly threads: Trials;
  readonly company: Company;
  readonly mode: ValidationMode;
  readonly queued: Queued;
  /** Versions of the strategy that were put to the test so far. */
  readonly trials: (strategyId: string) => number;
}

/** Each run and each trial that is under way listens for the end. */
const LISTENERS_MAX = 64;
const DAY_MS = 86_400_000;
type RunKind = "backtest" | "paper_trading";
const SPANS: Readonly<Record<RunKind, number>> = { backtest: 180 * DAY_MS, paper_trading: DAY_MS };
const CAPITAL = 50_000;

/** Of a pipeline, or of a test of a single stage, behind which there are none. */
export type Version = Pick<PipelineRecord, "strategyId" | "version"> & Partial<Pick<PipelineRecord, "stages">>;

export async function openWorkshop(
  options: WorkshopOptions,
  { strategyId, version, stages = [] }: Version,
  signal: AbortSignal,
): Promise<Result<StageContext, string>> {
  const { registry, backtests, compiler, threads, company, mode, trials, queued } = options;
  setMaxListeners(LISTENERS_MAX, signal);
  const head = registry.get(strategyId);
  const found = await registry.version(strategyId, version);
  if (head === null || found === null) return failed(`version ${version} of the strategy is gone`);
  const { code, codeHash, parameters, riskLimits } = found;
  const strategy = { ...head, version, codeHash, parameters, riskLimits, language: found.language ?? head.language };
  const compiled = once(async (): Promise<Result<CompiledStrategy | null, string>> => {
    if (strategy.kind === "builtin") return ok(null);
    const made = await compiler.compile(code, strategy.language ?? "python");
    return made.ok ? made : failed(made.failure.map(told).join("\n"));
  });
  const run = async (kind: RunKind, parameters: JsonObject): Promise<Result<JobResult, string>> => {
    const made = await compiled();
    if (!made.ok) return made;
    const asked = { kind, strategy, compiled: made.value, parameters, spanMs: SPANS[kind], capital: CAPITAL };
    const begins = queued();
    return backtests.stage(asked, signal, begins).finally(begins);
  };
  const runs = { backtest: once(() => run("backtest", {})), paper_trading: once(() => run("paper_trading", {})) };
  const symbols = symbolsOf(parameters);
  const stressed = once(async (): Promise<Result<readonly StressAnswer[], string>> => {
    const made = await compiled();
    if (!made.ok) return made;
    if (made.value === null) return ok([]); // one of the engine's own
    const request = { name: strategy.strategyName, parameters, riskLimits, symbols, capital: CAPITAL };
    return threads.run("stress", { compiled: made.value, request }, signal);
  });
  return ok({
    strategy,
    code,
    symbols,
    stressed,
    ahead: () => {
      for (const kind of ["backtest", "paper_trading"] as const) if (stages.includes(kind)) void runs[kind]();
      if (stages.includes("risk_validation")) void stressed();
    },
    dataDir: Array.isArray(parameters["symbols"]) ? backtests.dataDir : null,
    mode,
    trials: trials(strategyId),
    signal,
    log: () => undefined,
    compiled,
    ownTests: async () => {
      if (strategy.kind === "builtin" || strategy.language !== "assemblyscript") return ok(null);
      const made = await compiler.compileTests(code, null);
      return made.ok ? made : failed(made.failure.map(told).join("\n"));
    },
    ran: (kind) => runs[kind](),
    ranWith: (parameters) => run("backtest", parameters),
    nearest: (result) => company.nearest(strategyId, result, (id) => registry.get(id)?.status === "deployed"),
    tried: (kind, asked) => threads.run(kind, asked, signal),
  });
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
