// Does a strategy know what it cannot know yet, and how long does its past last? Both are asked of its signals alone.
//   look-ahead   the signals over a tape that was cut short must be those with which the signals over the whole begin
//   warm-up      the signals over a tape that begins later must, after a while, be those over the whole; told is how many
//                rows that takes. A signal is the same when its moment, symbol and action are: levels may rest on averages
//                that remember everything, however faintly.
// What is asked is an interface, so that anything that turns a span into signals can be put to it.
import type { Random } from "../domain/random.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import type { History, Span } from "../history/history.ts";
import { Drive } from "./drive.ts";
import { runnableRequest, type RunRequest } from "./request.ts";
import type { RunFailure } from "./run.ts";
import { selectData } from "./selection.ts";

export interface SignalTold {
  /** Number of the event that caused it, from the beginning of the tape. */
  readonly event: number;
  /** Everything that it says, down to the last bit. */
  readonly whole: string;
  /** Moment, symbol and action. */
  readonly gist: string;
  readonly time: EpochUs;
}

export interface SignalTape {
  readonly signals: readonly SignalTold[];
  /** Events of the tape, beats among them. */
  readonly events: number;
  /** Rows of the history. */
  readonly rows: number;
}

/** Turns a span of the history into signals. */
export type SignalSource = (span: Span) => SignalTape;

export interface LookAheadFault {
  /** Where the tape was cut. */
  readonly cut: EpochUs;
  /** The signal that is there only with, or only without, what comes later. */
  readonly time: EpochUs;
  readonly onlyWithFuture: boolean;
}

/** One fault for each cut that has one, the first signal that differs. */
export function lookAheadFaults(source: SignalSource, cuts: readonly EpochUs[]): readonly LookAheadFault[] {
  const whole = source({});
  return cuts.flatMap((cut) => lookAheadFault(whole, source({ to: cut }), cut) ?? []);
}

/** The first signal over the part that ends at `cut` that is not that over the whole. */
export function lookAheadFault({ signals: whole }: SignalTape, part: SignalTape, cut: EpochUs): LookAheadFault | null {
  const place = part.signals.findIndex((signal, index) => signal.whole !== whole[index]?.whole);
  const [wrong, next] = [part.signals[place], whole[part.signals.length]];
  if (wrong) return { cut, time: wrong.time, onlyWithFuture: false };
  return next && next.event < part.events ? { cut, time: next.time, onlyWithFuture: true } : null;
}

export interface WarmUp {
  /** Rows after which a later beginning made no difference, the most of all beginnings; null: it always did. */
  readonly rows: number | null;
  readonly signals: number;
}

/** `starts`: moments at which the tape begins later; `end`: that of the whole. */
export function warmUp(source: SignalSource, starts: readonly EpochUs[], end: EpochUs): WarmUp {
  return warmUpOf(
    source({}),
    starts.map((from) => ({ from, tape: source({ from }) })),
    end,
  );
}

/** The same of tapes that are there: the whole, and those that begin later. */
export function warmUpOf(
  { signals: whole }: SignalTape,
  parts: readonly { readonly from: EpochUs; readonly tape: SignalTape }[],
  end: EpochUs,
): WarmUp {
  let most: number | null = 0;
  for (const { from, tape: part } of parts) {
    const expected = whole.filter(({ time }) => time >= from);
    const known = new Set(expected.map(({ gist }) => gist));
    const given = new Set(part.signals.map(({ gist }) => gist));
    const strangers = [
      ...part.signals.filter(({ gist }) => !known.has(gist)),
      ...expected.filter(({ gist }) => !given.has(gist)),
    ];
    const last = Math.max(from, ...strangers.map(({ time }) => time));
    const rows = Math.ceil((part.rows * (last - from)) / (end - from));
    // A difference in the last tenth says that it had not settled when the tape ended.
    if (strangers.length > 0 && last > end - (end - from) / 10) most = null;
    if (most !== null) most = Math.max(most, rows);
  }
  return { rows: most, signals: whole.length };
}

/** The signals of one of the 18 over the data of a request. */
export function signalSource(
  history: History,
  request: RunRequest,
): Result<{ readonly source: SignalSource; readonly from: EpochUs; readonly to: EpochUs }, RunFailure> {
  const complete = runnableRequest(request);
  if (!complete.ok) return complete;
  const { strategy, values: parameters, symbols, type, intervalMs, barMs, cooldownUs } = complete.value;
  const wanted = { type, symbols, ...(intervalMs === undefined ? {} : { intervalMs }) };
  const selected = selectData(history.list(), wanted);
  if (!selected.ok) return failed({ code: "no_data", issue: selected.failure });
  const { datasets } = selected.value;
  const from = Math.max(request.from ?? selected.value.from, selected.value.from);
  const to = Math.min(request.to ?? selected.value.to, selected.value.to);
  const shape = barMs === undefined ? {} : { barMs };
  const source: SignalSource = (span) => {
    const opened = Drive.open({ strategy, parameters, symbols, cooldownUs, ...shape }, datasets, span.from ?? from);
    if (!opened.ok) throw new Error(`${strategy} cannot be run: ${opened.failure.code}`);
    const signals: SignalTold[] = [];
    const begin = opened.value.nextSequence;
    const driven = opened.value.run(
      history,
      { from, to, ...span },
      {
        event: () => undefined,
        signals: (given) => {
          for (const { sequence, hash, clock, symbol, action } of given)
            signals.push({
              event: sequence - begin,
              whole: String(hash),
              gist: [clock, symbol, action].join(),
              time: clock,
            });
        },
      },
    );
    return { signals, events: driven.events, rows: driven.rows };
  };
  const first = source({});
  return first.rows > 0 ? ok({ source, from, to }) : failed({ code: "no_data", issue: "the span holds no data" });
}

/** Random moments in the middle of a span, in order; the same seed gives the same. */
export function momentsBetween(from: EpochUs, to: EpochUs, count: number, random: Random): readonly EpochUs[] {
  const moments = Array.from({ length: count }, () => Math.floor(from + (to - from) * (0.1 + 0.8 * random.next())));
  return moments.sort((one, other) => one - other);
}
