// The parity certificate: a recorded live journal, computed again twice. Once as live, by the kernels in their threads,
// compared with the marks that the engine recorded when it ran; once by the path of backtests, on one thread, with every
// market event turned into a row of history and written from it. Both must give the same signals, one by one, and the same
// fills where an account of backtests trades them (parity-fills.ts).
// What a row of history has no column for is put in as it was recorded, counted by its reason, and said.
import { createHash } from "node:crypto";
import * as layout from "../../assembly/layout.ts";
import { EVENT_KINDS, type EventKind } from "../domain/event.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { COLUMNS } from "../history/history.ts";
import { MarkChecker, readMark, Retrace, type SignalRecord } from "../stream/solo-plane.ts";
import { EventPrinter, replay } from "../stream/stream.ts";
import { FillTape, fillsOrders, marketRow, type MarketRow } from "./parity-fills.ts";
import { RecordForm } from "./records.ts";

export interface ParityOptions {
  /** Folder of the journal. */
  readonly dir: string;
  readonly maxSymbols: number;
  readonly maxInstances: number;
  readonly workers: number;
  readonly onProgress?: (events: number) => void;
}

export interface Difference {
  readonly sequence: number;
  readonly cause: string;
}

export interface Certificate {
  readonly events: number;
  /** Market events that went through the form of history. */
  readonly rows: number;
  /** Events that hold more than history keeps, by what. */
  readonly unkept: Readonly<Record<string, number>>;
  readonly signals: number;
  readonly fills: number;
  readonly marksChecked: number;
  readonly signalHash: string;
  /** Of all recorded events, all signals and all fills: what the certificate is about. */
  readonly hash: string;
  readonly differences: readonly Difference[];
  readonly differing: number;
}

const SHOWN = 20;
const PORTION = 2_048;

export async function certify(options: ParityOptions): Promise<Result<Certificate, string>> {
  const { dir, maxSymbols, maxInstances, workers } = options;
  const live: SignalRecord[] = [];
  const replayed = await replay({
    dir,
    capacity: { maxSymbols, maxInstances, workers },
    onSignals: (signals) => live.push(...signals),
    ...startOf(options),
  });
  if (!replayed.ok) return replayed;
  const opened = Retrace.open(dir, { maxSymbols, maxInstances });
  if (!opened.ok) return opened;
  const trace = new Trace(opened.value, live);
  for (const { recorded, computed } of replayed.value.mismatches) {
    const found = `${computed.count} signals, hash ${hex(computed.hash)}`;
    trace.differ(
      recorded.sequence,
      `live, the engine had given ${recorded.count} signals, hash ${hex(recorded.hash)}; these events give ${found}: ` +
        `an event before this one is not the one it ran on, or the core is another`,
    );
  }
  trace.run(options.onProgress);
  return ok(trace.certificate(replayed.value.marksChecked));
}

/** Both paths begin where the journal does. */
function startOf({ dir, maxSymbols, maxInstances }: ParityOptions): { readonly from?: number } {
  const opened = Retrace.open(dir, { maxSymbols, maxInstances });
  return opened.ok ? { from: opened.value.start.sequence } : {};
}

/** A signal as it is compared. */
interface Told {
  readonly sequence: number;
  readonly instance: number;
  readonly symbol: number;
  readonly hash: bigint;
}

function toldOf({ sequence, instance, symbol, hash }: SignalRecord): Told {
  return { sequence, instance, symbol, hash };
}

class Trace {
  private readonly retrace: Retrace;
  private readonly live: readonly SignalRecord[];
  private readonly filled = { live: new FillTape(), history: new FillTape() };
  private marketRows: { live: MarketRow[]; history: MarketRow[] } = { live: [], history: [] };
  private liveDone = 0;
  /** Sequence of the newest event. */
  private last = 0;
  private readonly marks: MarkChecker;
  private readonly forms = new Map<string, RecordForm>();
  private readonly printer = new EventPrinter();
  private readonly hash = createHash("sha256");
  private readonly unkept: Record<string, number> = {};
  private readonly differences: Difference[] = [];
  private differing = 0;
  private events = 0;
  private rows = 0;
  private compared = 0;
  private fills = 0;
  private total = 0n;

  constructor(retrace: Retrace, live: readonly SignalRecord[]) {
    this.retrace = retrace;
    this.live = live;
    this.marks = new MarkChecker(retrace.start);
  }

  differ(sequence: number, cause: string): void {
    this.differing++;
    if (this.differences.length < SHOWN) this.differences.push({ sequence, cause });
  }

  run(onProgress: ((events: number) => void) | undefined): void {
    for (const { firstSequence, count, events } of this.retrace.blocks()) {
      this.hash.update(events);
      for (let index = 0; index < count; index++) {
        const record = events.subarray(index * layout.EVENT_BYTES, (index + 1) * layout.EVENT_BYTES);
        this.take(record, firstSequence + index);
        if (index % PORTION === PORTION - 1) this.settle();
      }
      this.settle();
      this.events += count;
      onProgress?.(this.events);
    }
    for (const left of this.live.slice(this.compared)) this.differ(left.sequence, `only live: ${words(left)}`);
    for (const { recorded } of this.marks.mismatches)
      this.differ(recorded.sequence, "the path of backtests gives other signals than the engine recorded");
  }

  certificate(marksChecked: number): Certificate {
    const signalHash = hex(this.total);
    const { events, rows, unkept, compared: signals, fills, differences, differing } = this;
    const hash = this.hash.update(signalHash).digest("hex");
    return { events, rows, unkept, signals, fills, marksChecked, signalHash, hash, differences, differing };
  }

  private take(record: Uint8Array, sequence: number): void {
    const view = new DataView(record.buffer, record.byteOffset, layout.EVENT_BYTES);
    this.last = sequence;
    const mark = readMark(view, 0);
    if (mark) this.marks.expect(mark);
    const kind = EVENT_KINDS.get(view.getUint8(layout.EVENT_KIND));
    this.printer.line(sequence, record, 0); // it learns the names
    if (kind === undefined) return this.retrace.append(record);
    const form = this.formOf(view, kind);
    const at = form.write(form.rowOf(view));
    const written = this.retrace.written;
    if (fillsOrders(kind)) {
      this.marketRows.live.push(marketRow(sequence, kind, form, record));
      this.marketRows.history.push(marketRow(sequence, kind, form, written));
    }
    if (at !== sequence) throw new RangeError(`event ${sequence} became event ${at}`);
    if (Buffer.compare(written, record) === 0) {
      this.rows++;
      return;
    }
    const reason = form.reason(view);
    if (reason === null) this.differ(sequence, `another record: ${this.printer.line(sequence, record, 0)}`);
    else this.unkept[reason] = (this.unkept[reason] ?? 0) + 1;
    this.retrace.takeBack();
    this.retrace.append(record);
  }

  private settle(): void {
    const signals = this.retrace.settle();
    this.marks.follow(signals, this.retrace.totals());
    for (const signal of signals) {
      const own = toldOf(signal);
      const other = this.live[this.compared];
      this.total = BigInt.asUintN(64, this.total + own.hash);
      if (other === undefined) this.differ(own.sequence, `only over history: ${words(own)}`);
      else if (other.hash !== own.hash || other.sequence !== own.sequence)
        this.differ(own.sequence, `live ${words(other)}, over history ${words(own)}`);
      this.compared++;
    }
    this.fill(signals);
  }

  /** Both sides up to the same event. */
  private fill(history: readonly SignalRecord[]): void {
    const rows = this.marketRows;
    this.marketRows = { live: [], history: [] };
    const first = this.liveDone;
    while ((this.live[this.liveDone]?.sequence ?? Number.POSITIVE_INFINITY) <= this.last) this.liveDone++;
    const live = this.filled.live.advance(rows.live, this.live.slice(first, this.liveDone));
    const own = this.filled.history.advance(rows.history, history);
    for (let place = 0; place < Math.max(live.length, own.length); place++) {
      const [one, other] = [live[place], own[place]];
      this.fills++;
      this.hash.update(other?.text ?? "");
      if (one?.text === other?.text) continue;
      const sequence = one?.sequence ?? other?.sequence ?? 0;
      this.differ(sequence, `a fill: live ${one?.text ?? "none"}; over history ${other?.text ?? "none"}`);
    }
  }

  /** Of a kind, symbol, venue and flags. */
  private formOf(view: DataView, kind: EventKind): RecordForm {
    const subject = view.getUint16(layout.EVENT_SUBJECT, true);
    const aux = view.getUint32(layout.EVENT_AUX, true);
    const flags = view.getUint8(layout.EVENT_FLAGS);
    const unit = kind === "macro" ? view.getFloat64(layout.EVENT_PAYLOAD + 8, true) : 0;
    const key = [kind, subject, aux, flags, unit].join();
    const known = this.forms.get(key);
    if (known) return known;
    const form = new RecordForm(this.retrace, { kind, subject, aux, flags, unit, width: COLUMNS[kind].length });
    this.forms.set(key, form);
    return form;
  }
}

function words({ sequence, instance, symbol, hash }: Told): string {
  return `signal of event ${sequence}, instance ${instance}, symbol ${symbol}, hash ${hex(hash)}`;
}

function hex(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}

/** Events that differ between two recordings of one span, as text; for finding what was changed. */
export function compareJournals(dir: string, other: string): Result<readonly Difference[], string> {
  const capacity = { maxSymbols: 2, maxInstances: 32 };
  const [one, two] = [Retrace.open(dir, capacity), Retrace.open(other, capacity)];
  if (!one.ok) return one;
  if (!two.ok) return two;
  if (one.value.start.sequence !== two.value.start.sequence) return failed("the two journals begin at other events");
  const differences: Difference[] = [];
  const left = eachRecord(one.value);
  const right = eachRecord(two.value);
  const printers = [new EventPrinter(), new EventPrinter()];
  for (;;) {
    const [a, b] = [left.next(), right.next()];
    if (a.done === true || b.done === true) return ok(differences);
    const lines = [a.value, b.value].map(
      ({ sequence, record }, side) => printers[side]?.line(sequence, record, 0) ?? "",
    );
    if (Buffer.compare(a.value.record, b.value.record) === 0) continue;
    differences.push({ sequence: a.value.sequence, cause: `here ${lines[0]}; there ${lines[1]}` });
    if (differences.length === SHOWN) return ok(differences);
  }
}

function* eachRecord(retrace: Retrace): Generator<{ readonly sequence: number; readonly record: Uint8Array }> {
  for (const { firstSequence, count, events } of retrace.blocks())
    for (let index = 0; index < count; index++)
      yield {
        sequence: firstSequence + index,
        record: events.subarray(index * layout.EVENT_BYTES, (index + 1) * layout.EVENT_BYTES),
      };
}
