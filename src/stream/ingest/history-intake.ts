// How the history of a symbol becomes events (FLAG_HISTORY): its rows are decoded a portion at a time, of which nothing
// enters, and then enter in one piece between the control events that say where they begin and that they are whole
// (assembly/back-fill.ts). What goes wrong on the way leaves nothing in the ring. Main thread only.
import { Packr } from "msgpackr";
import { CONTROL_HISTORY, HISTORY_BEGINS, HISTORY_BEGUN, HISTORY_WHOLE } from "../../../assembly/back-fill-layout.ts";
import * as layout from "../../../assembly/layout.ts";
import * as wire from "../../../assembly/wire.ts";
import { ASSET_TYPES, assetTypeCode } from "../../domain/asset-type.ts";
import { reasonName } from "../../domain/event.ts";
import type { EventRing } from "../rings/event-ring.ts";
import type { EventWriter } from "../rings/event-writer.ts";
import { stampRecords, type ResultBlock } from "./batch.ts";
import type { IngestCounters } from "./counters.ts";
import type { Decoding } from "./decoding.ts";
import type { HistoryTick } from "./history-frame.ts";
import type { Names } from "./names.ts";

export interface HistoryIntakeDeps {
  readonly ring: EventRing;
  readonly writer: EventWriter;
  readonly names: Names;
  readonly block: ResultBlock;
  readonly decoding: Decoding;
  readonly counters: IngestCounters;
}

/** Records of so many ticks, which have not entered. */
export interface Staged {
  readonly records: Uint8Array;
  readonly ticks: number;
  /** ASSET_ code that the newest row with an asset type names; 0: none does. */
  readonly asset: number;
}

const NOTHING: Staged = { records: new Uint8Array(0), ticks: 0, asset: 0 };

/** Rows that are in of a history that has begun and is not whole, from the symbol's SYMBOL_HISTORY. */
export function rowsIn(history: number): number {
  return Math.max(0, HISTORY_BEGUN - history);
}

export class HistoryIntake {
  /** A history is ready and waits for room: who can wait lets it go first. */
  waits = false;
  /** Histories that have entered. */
  entered = 0;
  private readonly deps: HistoryIntakeDeps;
  private readonly packr = new Packr({ useRecords: false });

  constructor(deps: HistoryIntakeDeps) {
    this.deps = deps;
  }

  /**
   * At the start, in front of everything live: a history of which the journal has only a part begins anew, with none of
   * its rows, or the next tick closed a bar of the past as one of today. Yields while the ring has no room.
   */
  *beginAnew(symbols: Iterable<{ readonly name: string; readonly history: number }>): Generator<void, void> {
    for (const { name, history } of symbols) {
      if (rowsIn(history) === 0) continue; // none, whole, or begun anew by an earlier start: what came since is live
      while (!this.mark(name, HISTORY_BEGINS)) yield;
    }
  }

  /**
   * Says that the history of a symbol begins, or that all of it is in (HISTORY_); false, and nothing happened, where
   * there is no room for it, or for the symbol.
   */
  mark(symbol: string, what: number): boolean {
    const { names, writer } = this.deps;
    const id = names.intern({ table: layout.TABLE_SYMBOL, name: symbol, asset: 0 }, layout.FLAG_HISTORY);
    return id.ok && writer.write(layout.KIND_CONTROL, id.value, 0, CONTROL_HISTORY, writer.clock, [what]);
  }

  /** Rows of a history, few enough for the room there is, as the records that they would be; nothing enters, no name either. */
  stage(rows: readonly HistoryTick[]): Staged {
    const { ring, block, decoding, counters } = this.deps;
    decoding.comesFrom(0);
    const mark = ring.mark();
    try {
      const flags = layout.FLAG_HISTORY | wire.DECODE_WAITS;
      const status = decoding.run(this.packr.pack(rows.map(plain)), wire.FORMAT_MSGPACK, flags);
      if (status === wire.STATUS_ROOM) throw new Error("rows of a history were staged without room for them");
      if (status !== wire.STATUS_DONE) {
        counters.rejected[reasonName(block.word(wire.DECODE_REASON))] += 1;
        return NOTHING;
      }
      block.addRejections(counters.rejected);
      const ticks = block.word(wire.DECODE_ACCEPTED);
      return { records: ring.copySince(mark), ticks, asset: ticks > 0 ? assetIn(rows) : 0 };
    } finally {
      ring.rewind(mark);
    }
  }

  /**
   * A history that was staged enters in one piece, with the events that say where it begins and that it is whole: no live
   * tick is among its rows. What they say of the asset type is an event in front of them, for everybody at once. The caller
   * has looked for room; false, and nothing happened: the symbol has no place.
   */
  enter(symbol: string, staged: readonly Staged[]): boolean {
    const { ring, names, counters } = this.deps;
    const asset = staged.findLast((part) => part.asset !== 0)?.asset ?? 0;
    if (!names.intern({ table: layout.TABLE_SYMBOL, name: symbol, asset }, layout.FLAG_HISTORY).ok) return false;
    const mark = ring.mark();
    let entered = false;
    try {
      entered = this.write(symbol, staged);
    } finally {
      if (!entered) ring.rewind(mark);
    }
    if (!entered) return false;
    for (const { ticks } of staged) counters.historyRows += ticks;
    this.entered += 1;
    ring.publish();
    return true;
  }

  private write(symbol: string, staged: readonly Staged[]): boolean {
    const { ring, writer } = this.deps;
    if (!this.mark(symbol, HISTORY_BEGINS)) return false;
    for (const { records } of staged) {
      stampRecords(records, writer.clock);
      if (ring.append(records) * layout.EVENT_BYTES < records.length) throw new Error("a history enters without room");
    }
    if (!this.mark(symbol, HISTORY_WHOLE)) throw new Error("a history does not end");
    return true;
  }
}

/** An ASSET_ code; 0: the row names none, or a word that is none. */
function assetOf({ asset_type: named }: HistoryTick): number {
  const known = ASSET_TYPES.find((type) => type === named);
  return known === undefined ? 0 : assetTypeCode(known);
}

function assetIn(rows: readonly HistoryTick[]): number {
  for (let at = rows.length - 1; at >= 0; at--) {
    const asset = assetOf(rows[at] ?? {});
    if (asset !== 0) return asset;
  }
  return 0;
}

/** Without the asset type, which the decoder would give to the symbol at once; a word that is none still refuses its row. */
function plain(row: HistoryTick): HistoryTick {
  if (assetOf(row) === 0) return row;
  const { asset_type: _, ...rest } = row;
  return rest;
}
