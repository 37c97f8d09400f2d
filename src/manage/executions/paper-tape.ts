// A tape of an execution that never was: the events of recorded history, one by one as the stream would have brought them,
// through the code by which executions trade, on the calling thread. It is what an execution would have done then.
import * as layout from "../../../assembly/layout.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Row } from "../../history/history.ts";
import { programSignals } from "../../research/program-signals.ts";
import { type CompiledStrategy, openProgram } from "../../sandbox/sandbox.ts";
import type { Tape } from "../../simulation/simulation.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { FeedEvent } from "./feed-event.ts";
import { Hosted } from "./hosted.ts";
import { faultText } from "./lane.ts";
import type { BestQuote } from "./market.ts";
import { Places } from "./places.ts";
import { termsFor } from "./terms.ts";

export interface PaperOrder {
  readonly compiled: CompiledStrategy;
  readonly parameters: JsonObject;
  readonly riskLimits: JsonObject;
  readonly symbols: readonly string[];
}

const KINDS: Readonly<Record<string, number>> = {
  bar: layout.KIND_BAR,
  trade: layout.KIND_TRADE,
  quote: layout.KIND_QUOTE,
};
const NO_QUOTE: BestQuote = { bid: 0, ask: 0, bidSize: 0, askSize: 0 };
const VALUES = 5;

/** `each`: gives the rows in their order. The failure is a sentence. */
export async function paperTape(
  { compiled, parameters, riskLimits, symbols }: PaperOrder,
  each: (on: (row: Row) => void) => void,
): Promise<Result<Tape, string>> {
  const places = new Places(symbols);
  const opened = await openProgram(compiled, places.names, parameters, programSignals);
  if (!opened.ok) return failed(faultText(opened.failure));
  const terms = termsFor({ parameters, riskLimits, executionConfig: {} });
  const none = { names: [], fills: [], orders: [], carry: [], reigns: [] };
  const nothing = {
    ...none,
    past: null,
    posted: null,
    shares: null,
    gates: [],
    owner: null,
    again: false,
    live: false,
    paused: false,
    startTime: 0,
    lastOrder: 0,
  };
  const order = {
    key: 1,
    version: "",
    program: compiled,
    parameters,
    terms,
    symbols,
    from: 0,
    taped: true,
    ...nothing,
  };
  const hosted = new Hosted(order, places, opened.value, () => undefined);
  for (const [id, name] of symbols.entries()) places.learn(id, name);
  const event = new FeedEvent();
  const quotes: BestQuote[] = [];
  each((row) => {
    const kind = KINDS[row.dataset.kind];
    const subject = symbols.indexOf(row.dataset.symbol);
    if (kind === undefined || subject < 0 || hosted.over) return;
    fill(event, row, kind, subject);
    const best = { bid: event.value(0), ask: event.value(1), bidSize: event.value(2), askSize: event.value(3) };
    if (kind === layout.KIND_QUOTE) quotes[subject] = best;
    hosted.event(event, quotes[subject] ?? NO_QUOTE, true);
  });
  hosted.end();
  const news = hosted.news();
  if (news.fault !== null) return failed(news.fault);
  return news.tape === undefined ? failed("nothing was taped") : ok(news.tape);
}

/** As ingest would have written the row. */
function fill(event: FeedEvent, { time, known, values, dataset }: Row, kind: number, subject: number): void {
  event.sequence++;
  event.kind = kind;
  event.subject = subject;
  event.aux = dataset.intervalMs;
  event.time = Math.min(time + dataset.intervalMs * 1_000, known);
  event.clock = known;
  for (let index = 0; index < VALUES; index++) event.values[index] = values[index] ?? 0;
  if (kind === layout.KIND_TRADE) event.values.fill(values[0] ?? 0, 2);
}
