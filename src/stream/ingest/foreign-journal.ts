// What the segments of another engine's journal have told so far, record by record and in their order: the names behind
// its ids, and the tick under way. A name stands in the stream once, in front of the first record that needs it, maybe
// many segments earlier; the records of one tick may begin in one segment and end in the next, to which it then belongs.
import * as layout from "../../../assembly/layout.ts";
import { RECORDS_MAX } from "../../../assembly/wire.ts";
import { assetTypeCode, guessAssetType } from "../../domain/asset-type.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { FileFault } from "./file-lines.ts";
import type { Names, WantedName } from "./names.ts";

/** What a record did: "tick": the last one of a tick; "broken": it came where the rest of a tick was due. */
export type Told = "part" | "tick" | "broken";

interface ForeignName extends WantedName {
  /** Our id; -1 until it is asked for. */
  ours: number;
}

/** Record kinds whose subject is no symbol. */
const SUBJECTS: ReadonlyMap<number, number | null> = new Map([
  [layout.KIND_MACRO, layout.TABLE_SERIES],
  [layout.KIND_RATES, null],
]);
/** Record kinds whose aux is no venue. */
const OTHERS: ReadonlyMap<number, number | null> = new Map([
  [layout.KIND_BAR, null],
  [layout.KIND_MACRO, null],
  [layout.KIND_RATES, layout.TABLE_SERIES],
]);
const TABLES: readonly string[] = ["symbol", "venue", "series"];

/** The journals that one import reads, by folder. One ingest, because our ids are kept. */
export class ForeignJournals {
  private readonly folders = new Map<string, ForeignJournal>();

  of(folder: string): ForeignJournal {
    const known = this.folders.get(folder) ?? new ForeignJournal();
    this.folders.set(folder, known);
    return known;
  }
}

export class ForeignJournal {
  /** Sequence of the record that comes next; segments that do not join up have nothing to do with each other. */
  nextSequence = -1;
  private names: readonly Map<number, ForeignName>[] = TABLES.map(() => new Map());
  /** The tick under way as it was written, and the same with our ids. */
  private readonly tick = new Uint8Array(RECORDS_MAX * layout.EVENT_BYTES);
  private readonly translated = new Uint8Array(this.tick.length);
  private readonly view = new DataView(this.translated.buffer);
  private length = 0;
  private whole = false;

  goOn(sequence: number): void {
    if (sequence === this.nextSequence) return;
    this.nextSequence = sequence;
    this.names = TABLES.map(() => new Map());
    this.length = 0;
  }

  /** Takes in the record at `at`, which is number `nextSequence`. */
  take(events: Uint8Array, at: number): Told {
    this.nextSequence += 1;
    if (this.whole) this.length = 0;
    this.whole = false;
    const kind = events[at + layout.EVENT_KIND] ?? 0;
    if (kind === 0 || kind > layout.KIND_RATES) {
      if (kind === layout.KIND_NAME) this.learn(events, at);
      const broken = this.length > 0;
      this.length = 0;
      return broken ? "broken" : "part";
    }
    if (this.length === this.tick.length) {
      throw new FileFault(`event ${this.nextSequence - 1}: a tick has more than ${RECORDS_MAX} records`);
    }
    for (let index = 0; index < layout.EVENT_BYTES; index++) this.tick[this.length++] = events[at + index] ?? 0;
    this.whole = ((events[at + layout.EVENT_FLAGS] ?? 0) & layout.FLAG_MORE) === 0;
    return this.whole ? "tick" : "part";
  }

  /** A tick has begun whose last record has not come. */
  get unfinished(): boolean {
    return this.length > 0 && !this.whole;
  }

  /** The whole tick is from the synthetic feed. */
  get demo(): boolean {
    return ((this.tick[layout.EVENT_FLAGS] ?? 0) & layout.FLAG_DEMO) !== 0;
  }

  /** The whole tick with our ids, valid until the next record; the failure is a REASON_. Throws for an unknown id. */
  translate(symbols: Names): Result<Uint8Array, number> {
    this.translated.set(this.tick.subarray(0, this.length));
    for (let at = 0; at < this.length; at += layout.EVENT_BYTES) {
      const kind = this.view.getUint8(at + layout.EVENT_KIND);
      const flags = this.view.getUint8(at + layout.EVENT_FLAGS) & layout.FLAG_HISTORY;
      const subjects = SUBJECTS.get(kind);
      if (subjects !== null) {
        const id = this.view.getUint16(at + layout.EVENT_SUBJECT, true);
        const subject = this.ours(subjects ?? layout.TABLE_SYMBOL, id, symbols, flags);
        if (!subject.ok) return subject;
        this.view.setUint16(at + layout.EVENT_SUBJECT, subject.value, true);
      }
      const others = OTHERS.get(kind);
      const id = this.view.getUint32(at + layout.EVENT_AUX, true);
      if (others === null || id === 0) continue;
      const aux = this.ours(others ?? layout.TABLE_VENUE, id, symbols, flags);
      if (!aux.ok) return aux;
      this.view.setUint32(at + layout.EVENT_AUX, aux.value, true);
    }
    return ok(this.translated.subarray(0, this.length));
  }

  private ours(table: number, id: number, symbols: Names, flags: number): Result<number, number> {
    const entry = this.names[table]?.get(id);
    if (!entry) {
      throw new FileFault(
        `event ${this.nextSequence - 1} is about ${TABLES[table] ?? "name"} #${id}, whose name is in an earlier segment; ` +
          "the segments before this one, without a gap, must be in the same folder",
      );
    }
    if (entry.ours < 0) {
      const given = symbols.intern(entry, flags);
      if (!given.ok) return failed(given.failure);
      entry.ours = given.value;
    }
    return ok(entry.ours);
  }

  private learn(events: Uint8Array, at: number): void {
    const view = new DataView(events.buffer, events.byteOffset + at, layout.EVENT_BYTES);
    const id = view.getUint16(layout.EVENT_SUBJECT, true);
    const aux = view.getUint32(layout.EVENT_AUX, true);
    const table = aux & 0xff;
    const written = (aux >>> 8) & 0xff;
    const length = Math.min(aux >>> 16, layout.NAME_BYTES);
    const start = at + layout.EVENT_PAYLOAD;
    const name = Buffer.from(events.subarray(start, start + length)).toString("latin1");
    // An asset type that is only the guess must not replace one that our sender has named.
    const guessed = this.names[table]?.get(id)?.name !== name && written === assetTypeCode(guessAssetType(name));
    this.names[table]?.set(id, { table, name, asset: guessed ? 0 : written, ours: -1 });
  }
}
