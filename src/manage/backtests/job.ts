// One run as it is asked for over the API, and as it is answered; what happens in between happens in a worker's thread
// (backtest-worker.ts). A strategy that stands for several types is run once for each, with an equal part of the capital.
import type { CodeIssue } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { EpochUs } from "../../domain/units.ts";
import { STRATEGIES, type StrategyType } from "../../domain/strategies.ts";
import { frameHistory, type HistoryFrame, openHistory, type History } from "../../history/history.ts";
import {
  chooseMarket,
  type CodeFailure,
  explainRun,
  type MarketChoice,
  type Outcome,
  partOfLimits,
  type PriceLine,
  pricesOf,
  runCode,
  runFamily,
  type RunRequest,
  SIZING,
  TRADING,
  verdictFields,
} from "../../research/research.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { Policy } from "../../simulation/simulation.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { backtestResult, paperResult, setResult, together, type JobResult } from "./result.ts";
import { type Page, tearsheetOf } from "./tearsheet.ts";
import { counted, soleVerdict, type SweepPart, verdictOf } from "./verdict.ts";

/** A user's strategy as it is run: plain data, because it goes to a thread. */
export interface CodeOfJob {
  readonly compiled: CompiledStrategy;
  readonly name: string;
  readonly parameters: JsonObject;
  readonly riskLimits: JsonObject;
}

export interface JobSpec {
  readonly kind: "backtest" | "paper_trading";
  /** Empty for a strategy with code. */
  readonly types: readonly string[];
  readonly code: CodeOfJob | null;
  /** Numbers by name; those that a type does not have are left out of its run. */
  readonly parameters: Readonly<Record<string, number>>;
  /** That its executions keep, of the whole strategy; those of one with code are with its code. */
  readonly limits: Readonly<Record<string, number>>;
  readonly execution: Partial<Policy>;
  readonly symbols: readonly string[] | null;
  readonly barMs: number | null;
  readonly spanMs: number;
  readonly capital: number;
  readonly dataDir: string | null;
  /** Of its symbols, for where no history was imported. */
  readonly frames: readonly HistoryFrame[];
  readonly engineVersion: string;
  /** When it was asked for, for the ledger. */
  readonly now: EpochUs;
  readonly part: SweepPart | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Bars of the synthetic market. */
const BACKTEST_BAR_MS = 300_000;
const PAPER_BAR_MS = 60_000;
/** What a paper run sees before its first hour, so that windows are filled. */
const PAPER_WARM_UP_MS = 3 * DAY_MS;

export interface JobEnd {
  /** The failure is a sentence, null: stopped. */
  readonly result: Result<JobResult, string | null>;
  /** Where the author's code failed, if it did. */
  readonly issue: CodeIssue | null;
  /** The tearsheet of a run that was judged by itself (tearsheet.ts). */
  readonly page: Page | null;
}
interface Made {
  readonly result: JobResult;
  readonly page: Page | null;
}

/** `onProgress` tells whether to stop. */
export async function runJob(spec: JobSpec, onProgress: (share: number) => boolean): Promise<JobEnd> {
  if (spec.code !== null) return runCodeJob(spec, spec.code, onProgress);
  return endOf(await runTypes(spec, onProgress));
}

async function runTypes(spec: JobSpec, onProgress: (share: number) => boolean): Promise<Result<Made, string | null>> {
  const types = STRATEGIES.filter(({ name }) => spec.types.includes(name));
  const chosen = marketOf(spec, types);
  if (!chosen.ok) return chosen;
  const market = chosen.value;
  const requests = types.map((type) => requestOf(spec, type, market, types.length));
  const { engineVersion } = spec;
  const run = runFamily(market.history, requests, { onProgress, batch: 1_024, engineVersion });
  if (!run.ok) return failed(run.failure.code === "cancelled" ? null : explainRun(run.failure));
  return ok(await resultOf(spec, market, run.value));
}

async function runCodeJob(
  spec: JobSpec,
  { compiled, name, parameters, riskLimits }: CodeOfJob,
  onProgress: (share: number) => boolean,
): Promise<JobEnd> {
  const chosen = marketOf(spec, [{ legs: [1, 1] }]);
  if (!chosen.ok) return endOf(chosen);
  const market = chosen.value;
  const { from, to, symbols } = market;
  const request = { name, parameters, riskLimits, symbols, from, to, capital: spec.capital };
  const { engineVersion } = spec;
  const run = await runCode(market.history, request, compiled, { onProgress, engineVersion });
  if (run.ok) return endOf(ok(await resultOf(spec, market, [run.value])));
  const { failure } = run;
  if (failure.code === "cancelled") return endOf(failed(null));
  return endOf(failed(explainRun(failure)), issueOf(failure));
}

function endOf(run: Result<Made, string | null>, issue: CodeIssue | null = null): JobEnd {
  return run.ok ? { result: ok(run.value.result), issue, page: run.value.page } : { result: run, issue, page: null };
}

function issueOf(failure: CodeFailure): CodeIssue | null {
  if (failure.code !== "strategy_fault") return null;
  const { line, column } = failure.fault;
  return { message: explainRun(failure), line, column, hint: null };
}

/** Who names no symbols and has code is run on a synthetic market: which symbols it is meant for is nobody's guess. */
function marketOf(spec: JobSpec, types: readonly Pick<StrategyType, "legs">[]): Result<MarketChoice, string> {
  const guess = spec.code !== null && spec.symbols === null;
  const recorded = guess ? ok(null) : openRecorded(spec.dataDir);
  if (!recorded.ok) return recorded;
  const paper = spec.kind === "paper_trading";
  const spanMs = spec.spanMs + (paper ? PAPER_WARM_UP_MS : 0);
  const intervalMs = paper ? PAPER_BAR_MS : BACKTEST_BAR_MS;
  const wanted = { types, symbols: spec.symbols, spanMs, intervalMs };
  const chosen = chooseMarket(recorded.value, wanted);
  if (chosen.source === "history") return ok(chosen);
  const framed = spec.frames.length === 0 ? chosen : chooseMarket(frameHistory(spec.frames), wanted);
  return ok(framed.source === "history" ? framed : { ...framed, standsIn: chosen.standsIn ?? absenceIn(spec) });
}

/** Without a folder nobody could look, which does not make the market any less made up. */
function absenceIn({ dataDir, symbols }: JobSpec): string | null {
  if (dataDir !== null || symbols === null) return null;
  return `no history for ${symbols.join(", ")} (there is no DATA_DIR to keep it in): a made-up market stands for it`;
}

async function resultOf(spec: JobSpec, market: MarketChoice, made: readonly Outcome[]): Promise<Made> {
  const { source, standsIn, to } = market;
  const outcomes = standsIn === null ? made : made.map((one) => ({ ...one, warnings: [standsIn, ...one.warnings] }));
  const ledger = source === "history" && spec.dataDir !== null ? counted(spec.dataDir, outcomes, spec.now) : null;
  const alone = (result: JobResult): Made => ({ result, page: null });
  if (spec.part?.kind === "set") return alone(setResult(outcomes, spec.capital, spec.part.steps));
  const judged = (): readonly [Outcome, readonly PriceLine[], typeof ledger, EpochUs] => {
    const whole = together(outcomes, spec.capital);
    return [whole, pricesOf(market.history, whole.statement), ledger, spec.now];
  };
  if (spec.part?.kind === "verdict") return alone({ verdict: await verdictOf(spec.part, ...judged()) });
  if (spec.kind === "paper_trading")
    return alone(paperResult(outcomes, source, to - spec.spanMs * 1000, spec.spanMs / HOUR_MS));
  const result = backtestResult(outcomes, source, spec.capital);
  if (spec.part === null) return alone(result);
  const subject = judged();
  const verdict = soleVerdict(...subject);
  const [whole, prices] = subject;
  return {
    result: { ...result, verdict: verdictFields(verdict) },
    page: tearsheetOf(outcomes, whole, prices, verdict),
  };
}

function requestOf(spec: JobSpec, type: StrategyType, market: MarketChoice, parts: number): RunRequest {
  const known = new Set([...type.parameters.map(({ name }) => name), ...Object.keys(TRADING), ...Object.keys(SIZING)]);
  const parameters = Object.fromEntries(Object.entries(spec.parameters).filter(([name]) => known.has(name)));
  const { from, to, symbols } = market;
  const shape = spec.barMs === null ? {} : { barMs: spec.barMs };
  const terms = { limits: partOfLimits(spec.limits, parts), execution: spec.execution };
  return { strategy: type.name, parameters, symbols, from, to, capital: spec.capital / parts, ...terms, ...shape };
}

function openRecorded(dataDir: string | null): Result<History | null, string> {
  if (dataDir === null) return ok(null);
  const opened = openHistory(dataDir);
  return opened.ok ? ok(opened.value) : failed(opened.failure);
}
