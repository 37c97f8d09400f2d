// A user's strategy over history: the events of the tape one by one, in the order in which they could be known. An event
// first reaches the simulated venue, which fills what was ordered before; then the strategy sees it, with the position that
// it holds by then; what it decides becomes orders that meet the next event of their symbol. Only opening the strategy
// waits for anything; the run itself is one pass on the calling thread. The same strategy, request and data give the same
// outcome, bit for bit. A fault of the strategy ends the run and names the event.
import type { EventKind } from "../domain/event.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import { type Dataset, type History, merge, type Span } from "../history/history.ts";
import {
  type CompiledStrategy,
  openProgram,
  type Program,
  type StrategyFault,
  type Usage,
} from "../sandbox/sandbox.ts";
import { shareOf } from "../simulation/simulation.ts";
import { Book } from "./book.ts";
import { type CodeRequest, completeCodeRequest, type CompleteCodeRequest } from "./code-request.ts";
import { DecisionHash } from "./decision-hash.ts";
import { MarketView } from "./market-view.ts";
import type { Outcome, Statement } from "./outcome.ts";
import { programSignals } from "./program-signals.ts";
import { clockWords, outcomeOf, type RunFailure, type RunHooks } from "./run.ts";
import { selectData, type Selection } from "./selection.ts";
import { dataHashOf, dataUsed, sha256 } from "./statement.ts";
import { Steps } from "./steps.ts";

export interface CodeFault {
  readonly code: "strategy_fault";
  readonly fault: StrategyFault;
  /** Of the event at which it happened; null: before the first one. */
  readonly time: EpochUs | null;
  readonly symbol: string | null;
  /** Events before that one. */
  readonly events: number;
}
export type CodeFailure = RunFailure | CodeFault;

/** With the author's line where there is one, and the event at which it happened. */
export function explainCodeFault({ fault, time, symbol }: CodeFault): string {
  const place = fault.line === null ? "" : `line ${fault.line}: `;
  const when = time === null ? "before the first event" : `at ${new Date(time / 1000).toISOString()}, ${symbol}`;
  return `${place}${fault.message} (${fault.kind}, ${when})`;
}

export type CodeHooks = Pick<RunHooks, "onProgress" | "engineVersion" | "onPrices"> & {
  /** Each decision, at the number of its event, with what was decided. */
  readonly onDecision?: (told: DecisionTold) => void;
  /** After each event, where the program counts what it needs; true: stop. */
  readonly onUsage?: (usage: Usage) => boolean;
};

export interface DecisionTold {
  /** Number of the event among those of the run, from 0. */
  readonly event: number;
  readonly time: EpochUs;
  readonly symbol: string;
  readonly action: "buy" | "sell" | "exit";
  readonly confidence: number;
  readonly stop: number;
  readonly target: number;
  readonly size: number;
}

const PROGRESS_ROWS = 4_096;

export async function runCode(
  history: History,
  request: CodeRequest,
  compiled: CompiledStrategy,
  hooks: CodeHooks = {},
): Promise<Result<Outcome, CodeFailure>> {
  const complete = completeCodeRequest(request, compiled);
  if (!complete.ok) return complete;
  const selected = codeData(history, request);
  if (!selected.ok) return selected;
  const opened = await openProgram(compiled, request.symbols, request.parameters, programSignals);
  if (!opened.ok) return failed({ code: "strategy_fault", fault: opened.failure, time: null, symbol: null, events: 0 });
  try {
    return runOver(history, complete.value, compiled, selected.value, opened.value, hooks);
  } finally {
    opened.value.close();
  }
}

/** Bars where every symbol has some, else quotes and trades. */
export function codeData(history: History, request: CodeRequest): Result<Selection, RunFailure> {
  const { symbols, intervalMs } = request;
  const all = history.list();
  const barred = symbols.every((symbol) => all.some((one) => one.kind === "bar" && one.symbol === symbol));
  const inputs: readonly EventKind[] = barred ? [] : ["quote"];
  const selected = selectData(all, { type: { inputs }, symbols, ...(intervalMs === undefined ? {} : { intervalMs }) });
  if (!selected.ok) return failed({ code: "no_data", issue: selected.failure });
  const from = Math.max(request.from ?? -Infinity, selected.value.from);
  const to = Math.min(request.to ?? Infinity, selected.value.to);
  if (from < to) return ok({ ...selected.value, from, to });
  return failed({ code: "no_data", issue: `the history of ${symbols.join(", ")} has nothing in this span` });
}

class Ended extends Error {
  readonly failure: CodeFailure;
  constructor(failure: CodeFailure) {
    super(failure.code);
    this.failure = failure;
  }
}

function runOver(
  history: History,
  request: CompleteCodeRequest,
  compiled: CompiledStrategy,
  { datasets, from, to }: Selection,
  program: Program,
  hooks: CodeHooks,
): Result<Outcome, CodeFailure> {
  const book = new Book({ ...request, history }, datasets);
  const steps = new Steps(
    book,
    datasets.some(({ kind }) => kind === "bar"),
    request.capital,
  );
  const run = new CodeRun(request, datasets, book, program, hooks);
  const total = datasets.reduce((sum, { rows }) => sum + rows, 0);
  let rows = 0;
  try {
    merge(history, datasets, { from, to }, (row) => {
      if (++rows % PROGRESS_ROWS === 0 && hooks.onProgress?.(Math.min(1, rows / total)) === true)
        throw new Ended({ code: "cancelled" });
      steps.before(row.known);
      if (!run.view.take(row) || !book.event(row.source, run.view.rows, 0)) return;
      steps.priced(row.dataset.kind === "bar");
      run.decide();
    });
  } catch (error) {
    if (error instanceof Ended) return failed(error.failure);
    throw error;
  }
  const { events, decisions, hash } = run;
  const statement = stated(request, compiled, datasets, { from, to }, book, hooks.engineVersion ?? "");
  const told = { statement, datasets, events, signals: decisions, signalHash: hash.digest() };
  const outcome = outcomeOf(told, book, steps, hooks);
  const refused = [...book.refused].map(([reason, count]) => `${count} decisions were not traded: ${reason}`);
  return ok({ ...outcome, warnings: [...outcome.warnings, ...refused] });
}

/** The strategy between the tape and the book. */
export class CodeRun {
  readonly view: MarketView;
  readonly hash = new DecisionHash();
  events = 0;
  decisions = 0;
  private readonly request: CompleteCodeRequest;
  private readonly book: Book;
  private readonly program: Program;
  private readonly hooks: CodeHooks;

  constructor(
    request: CompleteCodeRequest,
    datasets: readonly Dataset[],
    book: Book,
    program: Program,
    hooks: CodeHooks,
  ) {
    this.request = request;
    this.book = book;
    this.program = program;
    this.hooks = hooks;
    this.view = new MarketView(
      datasets.map((dataset, source) => ({ dataset, symbol: book.placeOf(source) })),
      request.symbols.length,
    );
  }

  /** As `decide`; the failure where that would end the run. */
  decided(): CodeFailure | null {
    try {
      this.decide();
      return null;
    } catch (error) {
      if (error instanceof Ended) return error.failure;
      throw error;
    }
  }

  decide(): void {
    const { event } = this.view;
    const { symbol, time } = event;
    const { symbols, policy, capital } = this.request;
    const name = symbols[symbol] ?? "";
    event.position = this.book.held(symbol);
    const decided = this.program.decide(event);
    if (!decided.ok)
      throw new Ended({ code: "strategy_fault", fault: decided.failure, time, symbol: name, events: this.events });
    const number = this.events++;
    const usage = this.hooks.onUsage === undefined ? undefined : this.program.usage?.();
    if (usage !== undefined && this.hooks.onUsage?.(usage) === true) throw new Ended({ code: "cancelled" });
    if (decided.value === null) return;
    const { action, confidence, stop, target, size } = decided.value;
    this.decisions++;
    this.hash.add(number, symbol, decided.value);
    this.hooks.onDecision?.({ event: number, time, symbol: name, action, confidence, stop, target, size });
    const share = size > 0 ? shareOf(policy, capital, size) : 1;
    this.book.decide({ symbol, action, entry: event.price, stop, target, values: [], group: 0, size: share });
  }
}

function stated(
  request: CompleteCodeRequest,
  compiled: CompiledStrategy,
  datasets: readonly Dataset[],
  span: Required<Span>,
  book: Book,
  engineVersion: string,
): Statement {
  const { name, values, trading, limits, symbols, capital, parameters: given, intervalMs } = request;
  const data = dataUsed(datasets);
  const parameters = { ...values, ...trading, ...limits };
  // What a strategy takes besides numbers counts as well.
  const others = compiled.parameters.map((one) => [one.name, given[one.name] ?? null]);
  const told = { strategy: name, parameters, others, symbols, capital, interval_ms: intervalMs ?? null };
  return {
    strategy: name,
    parameters,
    symbols,
    capital,
    ...span,
    data,
    costs: { ...book.costs, ...limits, position_size: trading.position_size, ...clockWords(datasets) },
    codeHash: compiled.hash,
    parameterHash: sha256(JSON.stringify(told)),
    dataHash: dataHashOf(data, span),
    engineVersion,
  };
}
