// Beside the database, a file that says: it was found whole, and nobody but an engine has written to it since. It holds what
// the system says of the database's file (which one, how long, when it was changed last, which nobody can set), which
// write-ahead log belongs to it, and the boot: what is in the system's memory outlives a kill -9, and what a power cut or
// another machine may have done to the file cannot have happened. Whatever differs, is not there or cannot be read counts as
// no mark, so a write that fails, or was cut off, only costs the next start its check. It is never synced: behind a power cut
// it would not count.
// Only what the engine itself has written is followed: a file that is another one before a group of commits than it was
// behind the last has been changed by somebody else, and gets no mark any more until it is opened again.
import { closeSync, fstatSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { MIGRATIONS } from "./migrate.ts";

const BOOT = "/proc/sys/kernel/random/boot_id";
const LOG_HEADER_BYTES = 32;
/** Two numbers that are new whenever the log begins anew: frames of an earlier one are none of it. */
const LOG_SALTS = [16, 24] as const;
/** A mark is written over the one before, and the longer of two would show behind the shorter. */
const MARK_BYTES = 256;

interface Seen {
  /** Which file it is. */
  readonly place: string;
  readonly all: string;
}

export class WholeMark {
  private readonly file: string;
  private readonly path: string;
  private readonly boot: string | null;
  /** What was there when the engine had written last; null: not open yet, or somebody else has written. */
  private left: Seen | null = null;
  /** What the mark says; null: there is none. */
  private said: string | null = null;

  /** `boot` null: this system does not say which one it is, and no mark counts. */
  constructor(file: string, boot: string | null = bootId()) {
    this.file = file;
    this.path = markOf(file);
    this.boot = boot;
  }

  /** Whether it counts. It is gone then: until it is put, a start checks the file before it serves. */
  take(): boolean {
    try {
      const counts = readFileSync(this.path, "utf8") === this.look()?.all;
      rmSync(this.path, { force: true });
      return counts;
    } catch {
      return false;
    }
  }

  /** The engine has it open: what is there now is what a check of the whole file is about. */
  opened(): void {
    this.left = this.look();
  }

  /** It was found whole, as it was when it was opened, with what the engine has written since. */
  put(): void {
    this.before();
    if (this.left !== null) this.write(this.left, "w");
  }

  /** Before the engine writes. */
  before(): void {
    if (this.left !== null && this.look()?.all !== this.left.all) this.drop();
  }

  /** Behind what the engine has written: some of it may have gone from the log into the file. */
  follow(): void {
    if (this.left === null) return;
    const now = this.look();
    if (now?.place !== this.left.place) return this.drop();
    this.left = now;
    if (this.said !== null && this.said !== now.all) this.write(now, "r+");
  }

  /** For good. */
  drop(): void {
    this.left = null;
    this.said = null;
    try {
      removeMark(this.file);
    } catch {
      // The folder takes no changes: nor does the mark, and it does not count for a file that was changed.
    }
  }

  /** With `r+` one that somebody has removed stays away. */
  private write({ all }: Seen, flag: "w" | "r+"): void {
    try {
      writeFileSync(this.path, all, { flag, mode: 0o600 });
      this.said = all;
    } catch {
      // As it stands it does not count, and the next group of commits tries again.
    }
  }

  /** An engine with other tables changes the file at its start, and checks it before. */
  private look(): Seen | null {
    if (this.boot === null) return null;
    try {
      const { dev, ino, size, ctimeNs } = statSync(this.file, { bigint: true });
      const log = logOf(`${this.file}-wal`);
      const all = `${this.boot} ${dev} ${ino} ${size} ${ctimeNs} ${log} ${MIGRATIONS.length}`;
      return { place: `${dev} ${ino}`, all: `${all.padEnd(MARK_BYTES - 1)}\n` };
    } catch {
      return null;
    }
  }
}

/** Also while another thread has it in hand: that one does not bring it back. */
export function removeMark(file: string): void {
  rmSync(markOf(file), { force: true });
}

function markOf(file: string): string {
  return `${file}.whole`;
}

/** Which write-ahead log there is; without a header it holds nothing. */
function logOf(path: string): string {
  const descriptor = openExisting(path);
  if (descriptor === null) return "none";
  try {
    const header = Buffer.alloc(LOG_HEADER_BYTES);
    if (readSync(descriptor, header, 0, LOG_HEADER_BYTES, 0) < LOG_HEADER_BYTES) return "none";
    return `${fstatSync(descriptor, { bigint: true }).ino} ${header.toString("hex", ...LOG_SALTS)}`;
  } finally {
    closeSync(descriptor);
  }
}

function openExisting(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function bootId(): string | null {
  try {
    return readFileSync(BOOT, "utf8").trim();
  } catch {
    return null;
  }
}
