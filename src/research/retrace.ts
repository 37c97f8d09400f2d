// The certificate of one version of a user's strategy: a tape of the live path (src/simulation/tape.ts) computed again by the path of
// backtests. Its events are turned into rows of history and read from there by the view, the account and the program of a
// backtest; then decisions and fills are compared one by one. What a row of history has no place for is put in as it
// came, counted by its reason, and said. Pure but for the opening of the program.
import { createHash } from "node:crypto";
import type { EventKind } from "../domain/event.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { COLUMNS, type Dataset, memoryHistory, type Row, type Table } from "../history/history.ts";
import { type CompiledStrategy, openProgram } from "../sandbox/sandbox.ts";
import {
  type Fill,
  type Tape,
  TAPE_KINDS,
  TAPE_WIDTH,
  type TapeDecision,
  type TapeFill,
} from "../simulation/simulation.ts";
import { Book } from "./book.ts";
import { type CodeRequest, completeCodeRequest } from "./code-request.ts";
import { type CodeFailure, CodeRun } from "./code-run.ts";
import { programSignals } from "./program-signals.ts";
import type { Difference } from "./parity.ts";

export interface TapeCertificate {
  readonly agrees: boolean;
  readonly events: number;
  /** By the numbers of the engine's journal; 0 on a simulated clock. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly decisions: number;
  readonly fills: number;
  /** Of the events, and of decisions and fills by each of the two paths. */
  readonly eventsHash: string;
  readonly liveHash: string;
  readonly backtestHash: string;
  readonly unkept: Readonly<Record<string, number>>;
  /** False: more came than the tape holds. */
  readonly whole: boolean;
  readonly differences: readonly Difference[];
  readonly differing: number;
}

interface Done {
  readonly decisions: readonly TapeDecision[];
  readonly fills: readonly TapeFill[];
}

const SHOWN = 20;
const HASH_DIGITS = 16;

/** `request`: with the parameters, limits and capital of the live path. */
export async function retrace(
  tape: Tape,
  request: Omit<CodeRequest, "symbols">,
  compiled: CompiledStrategy,
): Promise<Result<TapeCertificate, CodeFailure>> {
  const complete = completeCodeRequest({ ...request, symbols: tape.symbols }, compiled);
  if (!complete.ok) return complete;
  const opened = await openProgram(compiled, tape.symbols, request.parameters, programSignals);
  if (!opened.ok) return failed({ code: "strategy_fault", fault: opened.failure, time: null, symbol: null, events: 0 });
  const unkept: Record<string, number> = {};
  const done: { decisions: TapeDecision[]; fills: TapeFill[] } = { decisions: [], fills: [] };
  const history = memoryHistory(tablesOf(tape));
  const datasets = history.list();
  const onFill = ({ symbol, side, quantity, price, fee }: Fill): void => {
    done.fills.push({ symbol, side, quantity, price, fee });
  };
  const book = new Book({ ...complete.value, history, free: true, onFill }, datasets);
  const run = new CodeRun(complete.value, datasets, book, opened.value, {
    onDecision: ({ event, symbol, action, confidence, stop, target, size }) => {
      const place = tape.symbols.indexOf(symbol);
      done.decisions.push({ event, symbol: place, action, confidence, stop, target, size });
    },
  });
  for (const [symbol = 0, bid = 0, ask = 0, bidSize = 0, askSize = 0] of tape.books)
    run.view.know(symbol, bid, ask, bidSize, askSize);
  try {
    for (const { row, asks, time } of rowsOf(tape, datasets)) {
      if (!run.view.take(row) || !book.event(row.source, run.view.rows, 0) || !asks) continue;
      keep(run.view.event, time, unkept);
      const failure = run.decided();
      if (failure !== null) return failed(failure);
    }
  } finally {
    opened.value.close();
  }
  return ok(certificateOf(tape, done, unkept));
}

/** What the live path showed and history has no column for. */
function keep(event: CodeRun["view"]["event"], time: number, unkept: Record<string, number>): void {
  const reason = "a time ahead of the engine's clock";
  if (time !== event.time) unkept[reason] = (unkept[reason] ?? 0) + 1;
  event.time = time;
}

function keyOf(symbol: string, kind: EventKind, intervalMs: number): string {
  return `${symbol} ${kind} ${intervalMs}`;
}

interface Growing extends Omit<Table, "time" | "known" | "columns"> {
  readonly time: number[];
  readonly known: number[];
  readonly columns: number[][];
}

/** One table for each kind, symbol and length of a bar. */
function tablesOf({ symbols, rows }: Tape): readonly Table[] {
  const tables = new Map<string, Growing>();
  for (let at = 0; at < rows.length; at += TAPE_WIDTH) {
    const kind = TAPE_KINDS.get(rows[at + 1] ?? 0);
    if (kind === undefined) continue;
    const symbol = symbols[rows[at + 2] ?? 0] ?? "";
    const intervalMs = kind === "bar" ? (rows[at + 5] ?? 0) : 0;
    const key = keyOf(symbol, kind, intervalMs);
    const columns = COLUMNS[kind].map((): number[] => []);
    const table = tables.get(key) ?? { symbol, kind, intervalMs, time: [], known: [], columns };
    tables.set(key, table);
    table.time.push((rows[at + 3] ?? 0) - intervalMs * 1_000);
    table.known.push(rows[at + 4] ?? 0);
    for (const [column, values] of table.columns.entries()) values.push(rows[at + 6 + column] ?? 0);
  }
  return [...tables.values()];
}

function* rowsOf(
  { symbols, rows }: Tape,
  datasets: readonly Dataset[],
): Generator<{ readonly row: Row; readonly asks: boolean; readonly time: number }> {
  const sources = new Map(datasets.map((one, source) => [keyOf(one.symbol, one.kind, one.intervalMs), source]));
  for (let at = 0; at < rows.length; at += TAPE_WIDTH) {
    const [, kindId = 0, place = 0, time = 0, known = 0, aux = 0, ...rest] = rows.subarray(at, at + TAPE_WIDTH);
    const kind = TAPE_KINDS.get(kindId) ?? "trade";
    const intervalMs = kind === "bar" ? aux : 0;
    const source = sources.get(keyOf(symbols[place] ?? "", kind, intervalMs)) ?? -1;
    const dataset = datasets[source];
    if (dataset === undefined) continue;
    const values = Float64Array.from(rest.slice(0, 5));
    yield { row: { source, dataset, time: time - intervalMs * 1_000, known, values }, asks: rest[5] === 1, time };
  }
}

function certificateOf(tape: Tape, done: Done, unkept: Readonly<Record<string, number>>): TapeCertificate {
  const differences: Difference[] = [];
  let differing = 0;
  const compare = (what: string, live: readonly object[], backtest: readonly object[]): void => {
    for (let place = 0; place < Math.max(live.length, backtest.length); place++) {
      const [one, other] = [wordsOf(live[place]), wordsOf(backtest[place])];
      if (one === other) continue;
      differing++;
      const cause = `${what} ${place + 1}: live ${one}; by the backtest ${other}`;
      if (differences.length < SHOWN) differences.push({ sequence: place, cause });
    }
  };
  compare("decision", tape.decisions, done.decisions);
  compare("fill", tape.fills, done.fills);
  const events = tape.rows.length / TAPE_WIDTH;
  return {
    agrees: differing === 0,
    events,
    firstSequence: tape.rows[0] ?? 0,
    lastSequence: tape.rows[(events - 1) * TAPE_WIDTH] ?? 0,
    decisions: done.decisions.length,
    fills: done.fills.length,
    eventsHash: hashOf(new Uint8Array(tape.rows.buffer, tape.rows.byteOffset, tape.rows.byteLength)),
    liveHash: hashOf(JSON.stringify([tape.decisions.map(wordsOf), tape.fills.map(wordsOf)])),
    backtestHash: hashOf(JSON.stringify([done.decisions.map(wordsOf), done.fills.map(wordsOf)])),
    unkept,
    whole: tape.whole,
    differences,
    differing,
  };
}

/** To the last digit, whatever the order of the fields. */
function wordsOf(one: object | undefined): string {
  if (one === undefined) return "nothing";
  return Object.entries(one)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}

function hashOf(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, HASH_DIGITS);
}
