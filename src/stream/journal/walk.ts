// Walks the events of a journal folder in order, over all its segments, and vouches for every one it returns: checksums
// are right and no sequence is missing. Damage ends the walk with a JournalError; a torn tail of the last segment ends
// it quietly and is described in `torn`. Reads only; a journal that is being written may be walked up to its end.
import type { Damage } from "./failure.ts";
import { JournalError } from "./failure.ts";
import type { NumberedFile } from "./files.ts";
import { SEGMENT_SUFFIX, numberedFiles } from "./files.ts";
import { SegmentReader } from "./segment-reader.ts";
import type { EventBlock } from "./segment-reader.ts";
import type { TornTail } from "./torn-tail.ts";
import { judgeTail } from "./torn-tail.ts";
import { EVENT_BYTES } from "../../../assembly/layout.ts";

/** The segments that hold the events from `from` on. */
export function segmentsFrom(dir: string, from: number): readonly NumberedFile[] {
  const files = numberedFiles(dir, SEGMENT_SUFFIX);
  const first = files[0];
  if (first !== undefined && first.sequence > from) {
    throw new JournalError({ code: "journal_gap", dir, from, to: first.sequence - 1 });
  }
  return files.slice(
    Math.max(
      0,
      files.findLastIndex((file) => file.sequence <= from),
    ),
  );
}

export class JournalWalk {
  /** Sequence after the last event that was vouched for. */
  nextSequence: number;
  torn: TornTail | null = null;
  /** Of the last file that was read (segment-reader.ts). */
  unsureFrom = 0;
  private readonly files: readonly NumberedFile[];
  private index = 0;
  private reader: SegmentReader | null = null;

  /** `files`: consecutive segments, oldest first. */
  constructor(files: readonly NumberedFile[]) {
    this.files = files;
    this.nextSequence = files[0]?.sequence ?? 0;
  }

  next(): EventBlock | null {
    for (;;) {
      const file = this.files[this.index];
      if (file === undefined || this.torn !== null) return null;
      this.reader ??= this.enter(file);
      const block = this.reader.next();
      if (block !== null) {
        this.nextSequence = this.reader.nextSequence;
        return block;
      }
      this.leave(this.reader);
    }
  }

  close(): void {
    this.reader?.close();
    this.reader = null;
  }

  private enter(file: NumberedFile): SegmentReader {
    const reader = SegmentReader.open(file.path);
    if (reader.header.firstSequence === file.sequence) return reader;
    reader.close();
    const reason = `its name and its header (first event ${reader.header.firstSequence}) disagree`;
    throw damaged({ file: file.path, offset: 0, from: file.sequence, to: null, reason });
  }

  private leave(reader: SegmentReader): void {
    this.unsureFrom = reader.unsureFrom;
    const following = this.files[this.index + 1]?.sequence ?? null;
    if (reader.bad !== null) {
      const verdict = judgeTail(reader, following);
      if ("damage" in verdict) throw damaged(verdict.damage);
      this.torn = verdict.torn;
    } else if (following !== null && following !== reader.nextSequence) {
      const to = following > reader.nextSequence ? following - 1 : null;
      const reason = `the file ends before event ${reader.nextSequence}, the next one begins with ${following}`;
      throw damaged({ file: reader.path, offset: reader.size, from: reader.nextSequence, to, reason });
    }
    this.close();
    this.index++;
  }
}

/**
 * The events with from <= sequence < end, block by block; `events` of a block is valid until the next one. Ends where
 * the journal ends. Throws a JournalError on damage and when the journal no longer reaches back to `from`.
 */
export function* readEvents(dir: string, from: number, end = Infinity): Generator<EventBlock, void> {
  const walk = new JournalWalk(segmentsFrom(dir, from));
  try {
    for (let block = walk.next(); block !== null && block.firstSequence < end; block = walk.next()) {
      const part = clip(block, from, end);
      if (part !== null) yield part;
    }
  } finally {
    walk.close();
  }
}

/** The part of a block with from <= sequence < end. */
function clip(block: EventBlock, from: number, end: number): EventBlock | null {
  const skip = Math.max(0, from - block.firstSequence);
  const count = Math.min(block.count, end - block.firstSequence) - skip;
  if (count <= 0) return null;
  if (count === block.count) return block;
  const events = block.events.subarray(skip * EVENT_BYTES, (skip + count) * EVENT_BYTES);
  return { firstSequence: block.firstSequence + skip, count, events };
}

function damaged(damage: Damage): JournalError {
  return new JournalError({ code: "journal_damaged", damage });
}
