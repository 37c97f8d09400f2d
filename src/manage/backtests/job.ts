// One run as it is asked for over the API, and as it is answered; what happens in between happens in a worker's thread
// (backtest-worker.ts). A strategy that stands for several types is run once for each, with an equal part of the capital.
import { failed, ok, type Result } from "../../domain/result.ts";
import { STRATEGIES, type StrategyType } from "../../domain/strategies.ts";
import { openHistory, type History } from "../../history/history.ts";
import {
  chooseMarket,
  type MarketChoice,
  type Outcome,
  TRADING,
  runBacktest,
  explainRun,
} from "../../research/research.ts";
import { backtestResult, paperResult, type JobResult } from "./result.ts";

export interface JobSpec {
  readonly kind: "backtest" | "paper_trading";
  readonly types: readonly string[];
  /** Numbers by name; those that a type does not have are left out of its run. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly symbols: readonly string[] | null;
  readonly barMs: number | null;
  readonly spanMs: number;
  readonly capital: number;
  readonly dataDir: string | null;
  readonly engineVersion: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Bars of the synthetic market. */
const BACKTEST_BAR_MS = 300_000;
const PAPER_BAR_MS = 60_000;
/** What a paper run sees before its first hour, so that windows are filled. */
const PAPER_WARM_UP_MS = 3 * DAY_MS;

/** `onProgress` tells whether to stop. The failure is a sentence, null: stopped. */
export function runJob(spec: JobSpec, onProgress: (share: number) => boolean): Result<JobResult, string | null> {
  const types = STRATEGIES.filter(({ name }) => spec.types.includes(name));
  const paper = spec.kind === "paper_trading";
  const recorded = openRecorded(spec.dataDir);
  if (!recorded.ok) return recorded;
  const spanMs = spec.spanMs + (paper ? PAPER_WARM_UP_MS : 0);
  const intervalMs = paper ? PAPER_BAR_MS : BACKTEST_BAR_MS;
  const market = chooseMarket(recorded.value, { types, symbols: spec.symbols, spanMs, intervalMs });
  const outcomes: Outcome[] = [];
  for (const type of types) {
    const share = (part: number): boolean => onProgress((outcomes.length + part) / types.length);
    const run = runBacktest(market.history, requestOf(spec, type, market, types.length), {
      onProgress: share,
      batch: 1_024,
      engineVersion: spec.engineVersion,
    });
    if (!run.ok) return failed(run.failure.code === "cancelled" ? null : explainRun(run.failure));
    outcomes.push(run.value);
  }
  const { source, to } = market;
  if (paper) return ok(paperResult(outcomes, source, to - spec.spanMs * 1000, spec.spanMs / HOUR_MS));
  return ok(backtestResult(outcomes, source, spec.capital));
}

function requestOf(spec: JobSpec, type: StrategyType, market: MarketChoice, parts: number) {
  const known = new Set([...type.parameters.map(({ name }) => name), ...Object.keys(TRADING)]);
  const parameters = Object.fromEntries(Object.entries(spec.parameters).filter(([name]) => known.has(name)));
  const { from, to, symbols } = market;
  const shape = spec.barMs === null ? {} : { barMs: spec.barMs };
  return { strategy: type.name, parameters, symbols, from, to, capital: spec.capital / parts, ...shape };
}

function openRecorded(dataDir: string | null): Result<History | null, string> {
  if (dataDir === null) return ok(null);
  const opened = openHistory(dataDir);
  return opened.ok ? ok(opened.value) : failed(opened.failure);
}
