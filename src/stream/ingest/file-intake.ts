// What became of a file so far, and the wait for room in the ring while it is read. What needs more room than there is
// goes in by parts.
import { EVENT_SLOTS } from "../../../assembly/layout.ts";
import { ERRORS_MAX, REASON_NONE } from "../../../assembly/wire.ts";
import type { Batch } from "./batch.ts";
import { FileFault, type OpenFile } from "./file-lines.ts";
import { MAY_WAIT, type Ingest } from "./intake.ts";

export interface FileError {
  /** Line of the file; number of the message in a msgpack file, of the event in a segment. */
  readonly line: number;
  readonly message: string;
}

export interface FileProgress {
  /** Since the beginning of the file. */
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Synthetic ticks of another engine's journal, which are left out. */
  readonly skipped: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** Since the last progress, the first of each batch. */
  readonly errors: readonly FileError[];
}

/** Free slots without which nothing is handed over: more than any tick needs, with all names that are new. */
const ROOM = EVENT_SLOTS / 2;
const ROOM_POLL_MS = 1;

/** Counts what went in, and waits for room. */
export class Intake {
  readonly ingest: Ingest;
  lines = 0;
  skipped = 0;
  private readonly file: Pick<OpenFile, "bytesRead">;
  private readonly bytesTotal: number;
  private readonly blocked: () => string | null;
  private accepted = 0;
  private rejected = 0;
  private errors: FileError[] = [];

  constructor(
    ingest: Ingest,
    file: Pick<OpenFile, "bytesRead">,
    bytesTotal: number,
    blocked: () => string | null = () => null,
  ) {
    this.blocked = blocked;
    this.ingest = ingest;
    this.file = file;
    this.bytesTotal = bytesTotal;
  }

  get hasRoom(): boolean {
    return this.ingest.room >= ROOM;
  }

  async room(): Promise<void> {
    while (!this.hasRoom) {
      const reason = this.blocked();
      if (reason !== null) throw new FileFault(reason);
      this.ingest.publish();
      await new Promise((resolve) => setTimeout(resolve, ROOM_POLL_MS));
    }
  }

  /** All ticks of a message, which `take` hands over from one of them on; the last part's batch, null: no message. */
  async enter<B extends Batch | null>(
    take: (first: number, flags: number) => B,
    lineOf: (index: number) => number,
  ): Promise<B> {
    for (let first = 0; ;) {
      await this.room();
      const batch = take(first, MAY_WAIT);
      if (batch === null) return batch;
      this.note(batch, lineOf);
      const { waiting } = this.ingest;
      if (waiting === null) return batch;
      first = waiting;
    }
  }

  private note(batch: Batch, lineOf: (index: number) => number): void {
    this.accepted += batch.accepted;
    this.rejected += batch.rejected;
    for (const error of batch.errors) this.errors.push({ line: lineOf(error.index), message: error.message });
    if (batch.failureReason)
      this.errors.push({ line: lineOf(0), message: `cannot be decoded: ${batch.failureReason}` });
  }

  /** One tick that was taken in (reason 0) or refused. */
  noteTick(reason: number, line: number, issue: string): void {
    if (reason === REASON_NONE) this.accepted += 1;
    else {
      this.rejected += 1;
      if (this.errors.length < ERRORS_MAX) this.errors.push({ line, message: issue });
    }
  }

  progress(): FileProgress {
    this.ingest.publish();
    const { lines, accepted, rejected, skipped, bytesTotal, errors } = this;
    this.errors = [];
    return { lines, accepted, rejected, skipped, bytesTotal, bytesRead: this.file.bytesRead(), errors };
  }
}
