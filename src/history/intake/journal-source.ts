// Segments of a journal as rows: what an engine has seen live becomes history. A row is known when the engine saw it (its
// clock). What it was given afterwards, by back-fill or from files, is known at its time: prices that are more than an
// hour old when they come cannot have been live. What is published late by its nature (macro, news) keeps the clock. Synthetic events, levels of a book below
// the best and what is no market event stay behind. Names may lie in earlier segments of the folder, which are read too.
import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import * as layout from "../../../assembly/layout.ts";
import { EVENT_KINDS, type EventKind } from "../../domain/event.ts";
import { FileFault, JournalError, readEvents } from "../../stream/stream.ts";
import { COLUMNS } from "../dataset.ts";
import type { Batch, Cell } from "./cell.ts";

const LABEL_TABLES: readonly EventKind[] = ["trade", "quote", "funding", "news", "earnings"];

const PRICES: readonly EventKind[] = ["trade", "quote", "bar", "funding"];
const LIVE_US = 3_600_000_000;

/** `path` is one segment, <first sequence>.journal. */
export function* readJournal(path: string): Generator<Batch> {
  const sequences = readdirSync(dirname(path))
    .flatMap((name) => (/^\d{20}\.journal$/.test(name) ? [Number(name.slice(0, 20))] : []))
    .sort((a, b) => a - b);
  const first = Number(/^(\d{20})\.journal$/.exec(basename(path))?.[1] ?? Number.NaN);
  const end = sequences.find((sequence) => sequence > first) ?? Infinity;
  if (Number.isNaN(first))
    throw new FileFault("a segment of a journal is called by its first event, 20 digits.journal");
  const reader = new SegmentRows();
  try {
    for (const { count, events, firstSequence } of readEvents(dirname(path), sequences[0] ?? first, end)) {
      for (let index = 0; index < count; index++) {
        reader.take(events, index * layout.EVENT_BYTES, firstSequence + index, firstSequence + index >= first);
      }
      yield* reader.flush();
    }
  } catch (error) {
    if (error instanceof JournalError) throw new FileFault(error.message);
    throw error;
  }
}

interface Gathered {
  readonly rows: Cell[][];
  readonly lines: number[];
}

class SegmentRows {
  private readonly names = new Map<number, string>();
  private gathered = new Map<EventKind, Gathered>();

  take(events: Uint8Array, at: number, sequence: number, wanted: boolean): void {
    const view = new DataView(events.buffer, events.byteOffset + at, layout.EVENT_BYTES);
    const code = view.getUint8(layout.EVENT_KIND);
    const subject = view.getUint16(layout.EVENT_SUBJECT, true);
    const aux = view.getUint32(layout.EVENT_AUX, true);
    if (code === layout.KIND_NAME) this.learn(events, at, subject, aux);
    const kind = EVENT_KINDS.get(code);
    const flags = view.getUint8(layout.EVENT_FLAGS);
    if (!kind || !wanted || (flags & layout.FLAG_DEMO) !== 0) return;
    const payload = (index: number): number => view.getFloat64(layout.EVENT_PAYLOAD + index * 8, true);
    if (kind === "quote" && payload(4) !== 0) return;
    const table = kind === "macro" ? layout.TABLE_SERIES : layout.TABLE_SYMBOL;
    const symbol = this.nameOf(table, subject, sequence);
    const venue = aux !== 0 && LABEL_TABLES.includes(kind) ? this.nameOf(layout.TABLE_VENUE, aux, sequence) : null;
    const time = view.getFloat64(layout.EVENT_TIME, true);
    const clock = view.getFloat64(layout.EVENT_CLOCK, true);
    const old = (flags & layout.FLAG_HISTORY) !== 0 || (PRICES.includes(kind) && clock - time > LIVE_US);
    const known = old ? time : clock;
    const values = COLUMNS[kind].map((_, index) => payload(index));
    if (kind === "news") values[2] = payload(2) + (payload(3) % 2_097_152) * 4_294_967_296;
    const into: Gathered = this.gathered.get(kind) ?? { rows: [], lines: [] };
    this.gathered.set(kind, into);
    into.rows.push([symbol, venue, ns(time), ns(Math.max(time, known)), kind === "bar" ? aux / 1e3 : null, ...values]);
    into.lines.push(sequence);
  }

  *flush(): Generator<Batch> {
    for (const [kind, { lines, rows }] of this.gathered) {
      const names = [
        "symbol",
        "venue",
        "timestamp",
        "available_at",
        kind === "bar" ? "interval_s" : "-",
        ...COLUMNS[kind],
      ];
      yield { names, kind, rows, lines };
    }
    this.gathered = new Map();
  }

  private nameOf(table: number, id: number, sequence: number): string {
    const name = this.names.get(table * 65_536 + id);
    if (name !== undefined) return name;
    throw new FileFault(
      `event ${sequence} is about #${id}, whose name is in an earlier segment; the segments before this one must be in ` +
        "the same folder",
    );
  }

  private learn(events: Uint8Array, at: number, id: number, aux: number): void {
    const start = at + layout.EVENT_PAYLOAD;
    const bytes = events.subarray(start, start + Math.min(aux >>> 16, layout.NAME_BYTES));
    this.names.set((aux & 0xff) * 65_536 + id, Buffer.from(bytes).toString("latin1"));
  }
}

/** As whole nanoseconds nothing can take it for another unit. */
function ns(us: number): bigint {
  return BigInt(Math.round(us)) * 1_000n;
}
