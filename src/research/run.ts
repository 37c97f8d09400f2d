// A backtest: history in, outcome out, in one pass on the calling thread. The same request over the same data gives the
// same outcome, bit for bit, in any process and with any size of batch; what it follows from is in its statement.
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import type { Dataset, History } from "../history/history.ts";
import { sharedCore } from "../stream/solo-plane.ts";
import {
  inventoryOf,
  limitPolicy,
  limitsOfType,
  type Policy,
  rolePolicy,
  sizeOf,
  type Tally,
} from "../simulation/simulation.ts";
import { Book } from "./book.ts";
import { Drive, type Driven, type DriveOptions, type Follower } from "./drive.ts";
import { figuresOf } from "./figures.ts";
import type { Figures, Outcome, PriceLine, Statement } from "./outcome.ts";
import { runnableRequest, SIZING, type CompleteRequest, type RequestFault, type RunRequest } from "./request.ts";
import { selectData } from "./selection.ts";
import { dataHashOf, dataUsed, resultHashOf, sha256, warningsOf } from "./statement.ts";
import { Statistics } from "./statistics.ts";
import { Steps } from "./steps.ts";

export type RunFailure =
  | RequestFault
  /** A sentence: which data is missing. */
  | { readonly code: "no_data"; readonly issue: string }
  | { readonly code: "cancelled" };

export interface RunHooks {
  /** Share of the rows that is done; true: stop, nobody wants the result any more. */
  readonly onProgress?: (share: number) => boolean | void;
  /** Events evaluated at once; the outcome does not depend on it. */
  readonly batch?: number;
  readonly engineVersion?: string;
  /** Told once, at the end: the first symbol at each step, for charts and tests of the entries. */
  readonly onPrices?: (line: PriceLine) => void;
}

let shared: Statistics | null = null;

export function runBacktest(history: History, request: RunRequest, hooks: RunHooks = {}): Result<Outcome, RunFailure> {
  const begun = begin(history, request);
  if (!begun.ok) return begun;
  const { drive, span, follower, total } = begun.value;
  return end(begun.value, drive.run(history, span, follower, driving(total, hooks)), hooks);
}

/** A run of which no event was told yet. */
export interface Begun {
  readonly request: CompleteRequest;
  readonly datasets: readonly Dataset[];
  readonly span: { readonly from: EpochUs; readonly to: EpochUs };
  readonly drive: Drive;
  readonly book: Book;
  readonly steps: Steps;
  /** Between the tape and the account. */
  readonly follower: Follower;
  /** Rows. */
  readonly total: number;
}

/** `tally`: of runs that keep the same limits side by side (family.ts). */
export function begin(history: History, asked: RunRequest, tally?: Tally): Result<Begun, RunFailure> {
  const complete = runnableRequest(asked);
  if (!complete.ok) return complete;
  const { type, symbols, intervalMs } = complete.value;
  const limits = limitsOfType(type.name, complete.value.limits ?? {});
  const request = { ...complete.value, limits };
  const wanted = { type, symbols, ...(intervalMs === undefined ? {} : { intervalMs }) };
  const selected = selectData(history.list(), wanted);
  if (!selected.ok) return failed({ code: "no_data", issue: selected.failure });
  const { datasets, ...whole } = selected.value;
  const from = Math.max(request.from ?? whole.from, whole.from);
  const to = Math.min(request.to ?? whole.to, whole.to);
  if (from >= to)
    return failed({ code: "no_data", issue: `the history ends before ${isoDay(from)} or begins after it` });
  const { strategy, values, barMs, cooldownUs, execution = {} } = request;
  const shape = barMs === undefined ? {} : { barMs };
  const opened = Drive.open({ strategy, parameters: values, symbols, cooldownUs, ...shape }, datasets, from);
  if (!opened.ok) return failed(asFault(opened.failure));
  const drive = opened.value;
  const policy = { ...limitPolicy(limits), ...execution, ...rolePolicy(type.name), ...sized(request) };
  const beside = tally === undefined ? {} : { tally };
  const book = new Book({ ...request, policy, history, ...beside }, datasets, (id) => drive.plane.symbolName(id));
  const steps = new Steps(
    book,
    datasets.some(({ kind }) => kind === "bar"),
    request.capital,
  );
  const follower: Follower = {
    event: (source, rows, row) => {
      steps.before(rows.known[row] ?? 0);
      const dataset = datasets[source];
      if (dataset && book.event(source, rows, row)) steps.priced(dataset.kind === "bar");
    },
    signals: (signals) => book.signals(signals),
  };
  const total = datasets.reduce((sum, { rows }) => sum + rows, 0);
  return ok({ request, datasets, span: { from, to }, drive, book, steps, follower, total });
}

/** As an execution with these parameters. */
function sized({ type, values, trading, weight }: CompleteRequest): Pick<Policy, "positionSize" | "inventory"> {
  const positionSize = sizeOf(trading.position_size, { ...values, weight });
  return { positionSize, inventory: inventoryOf(type.name, values) };
}

export function driving(total: number, hooks: RunHooks): DriveOptions {
  return {
    ...(hooks.batch === undefined ? {} : { batch: hooks.batch }),
    onBatch: (rows) => hooks.onProgress?.(Math.min(1, rows / total)) === true,
  };
}

export function end({ request, datasets, span, book, steps }: Begun, driven: Driven, hooks: RunHooks) {
  if (driven.cancelled) return failed({ code: "cancelled" } as const);
  const statement = stated(request, datasets, span, book, hooks.engineVersion ?? "");
  const { events, signals, signalHash } = driven;
  return ok(
    outcomeOf(
      { statement, datasets, events, signals, signalHash: signalHash.toString(16).padStart(16, "0") },
      book,
      steps,
      hooks,
    ),
  );
}

/** What a run is about, apart from its money. */
export interface Ran extends Pick<Outcome, "statement" | "events" | "signals" | "signalHash"> {
  readonly datasets: readonly Dataset[];
}

/** The end of a run: its books are closed and its figures computed. */
export function outcomeOf({ datasets, ...ran }: Ran, book: Book, steps: Steps, hooks: RunHooks): Outcome {
  steps.finish();
  const traded = book.finish();
  const { curve, benchmark, moments, way } = steps;
  const { symbols, capital } = ran.statement;
  hooks.onPrices?.({ symbol: symbols[0] ?? "", time: curve.time, price: benchmark });
  const { trades, open } = traded;
  return {
    ...ran,
    figures: figuresOf({ capital, curve, benchmark, way, ...traded }, (shared ??= new Statistics())),
    trades,
    equity: curve,
    resultHash: resultHashOf(trades, curve),
    open,
    warnings: warningsOf(datasets, trades.length, curve.time.length, moments),
  };
}

/** Figures of a curve that several runs make up together; nothing is known of costs, and there is no benchmark. */
export function figuresOfCurve(curve: Outcome["equity"], trades: Outcome["trades"], capital: number): Figures {
  const benchmark = new Float64Array(curve.time.length).fill(Number.NaN);
  const unknown = { traded: 0, fees: 0, slippage: 0, carry: 0 };
  return figuresOf({ capital, curve, benchmark, trades, ...unknown }, (shared ??= new Statistics()));
}

function stated(
  request: CompleteRequest,
  datasets: readonly Dataset[],
  span: { readonly from: EpochUs; readonly to: EpochUs },
  book: Book,
  engineVersion: string,
): Statement {
  const data = dataUsed(datasets);
  const { strategy, values, trading, weight, symbols, capital, barMs, intervalMs, type, limits = {} } = request;
  const { execution = {} } = request;
  const own = weight === SIZING.weight.default ? {} : { weight };
  const parameters = { ...values, ...trading, ...own, ...limits, bar_ms: barMs ?? type.barMs };
  const filled = Object.keys(execution).length === 0 ? {} : { execution };
  const told = { strategy, parameters, symbols, capital, interval_ms: intervalMs ?? null, ...filled };
  return {
    strategy,
    parameters,
    symbols,
    capital,
    ...span,
    data,
    costs: { ...book.costs, ...limits, ...clockWords(datasets) },
    codeHash: sharedCore().hash,
    parameterHash: sha256(JSON.stringify(told)),
    dataHash: dataHashOf(data, span),
    engineVersion,
  };
}

/** What was assumed of time. */
export function clockWords(datasets: readonly Dataset[]): Readonly<Record<string, string>> {
  const bars = datasets.some(({ kind }) => kind === "bar");
  return {
    decisions: "after the event that caused them; their orders meet the next event of the symbol",
    ...(bars ? { samples: "a closed bar is one sample; an instance of longer bars builds them from closed ones" } : {}),
  };
}

function asFault(failure: { readonly code: string; readonly field?: string; readonly issue?: string }): RunFailure {
  const { field = "parameters", issue = `cannot be run: ${failure.code}` } = failure;
  return { code: "invalid", field, issue };
}

function isoDay(us: EpochUs): string {
  return new Date(us / 1000).toISOString().slice(0, 10);
}
