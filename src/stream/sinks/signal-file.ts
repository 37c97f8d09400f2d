// The archive of signals on disk, so that GET /signals goes on after a restart where it was: one JSON line a signal, in
// two files that take turns, each with as many as the archive keeps. A start takes what came before the point from which
// the journal is computed again; the rest follows from the journal. Written in the background, a quarter of a second
// late at most; it holds nothing that the journal, from its beginning, does not give as well, so nobody waits for it, and
// a disk that refuses costs signals older than the newest snapshot and nothing else.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { Signal } from "../../domain/signal.ts";
import { makeFolder } from "../../store/folder.ts";

const NAMES = ["signals-a.ndjson", "signals-b.ndjson"] as const;
const LATE_MS = 250;
const PENDING_MAX = 50_000;
const FLUSH_MS = 1_000;

export interface SignalFileOptions {
  readonly dir: string;
  /** Lines of a file; then the other one begins anew. */
  readonly capacity: number;
  readonly onTrouble: (reason: string) => void;
}

export class SignalFile {
  private readonly options: SignalFileOptions;
  private lines = 0;
  private turn = 0;
  private pending: string[] = [];
  private writing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private refusing = false;

  constructor(options: SignalFileOptions) {
    this.options = options;
  }

  /**
   * Signals of events below `sequence`, in their order, each once: a kill between two steps of `begin` leaves some in both
   * files. Lines that no signal stands in are passed over.
   */
  read(sequence: number): readonly Signal[] {
    const found = NAMES.flatMap((name) => readLines(join(this.options.dir, name)).flatMap(signalIn));
    const once = [...new Map(found.map((signal) => [`${signal.sequence} ${signal.id}`, signal])).values()];
    return once.filter((signal) => signal.sequence < sequence).sort((one, other) => one.sequence - other.sequence);
  }

  /** From now on the files hold these, and what is added. */
  begin(signals: readonly Signal[]): void {
    const [first, second] = NAMES.map((name) => join(this.options.dir, name)) as [string, string];
    const fresh = `${first}.new`;
    this.pending = [];
    this.turn = 0;
    this.lines = signals.length;
    try {
      makeFolder(this.options.dir);
      writeFileSync(fresh, signals.map(lineOf).join(""));
      renameSync(fresh, first);
      rmSync(second, { force: true });
    } catch (error) {
      this.refused(error);
    }
  }

  add(signal: Signal): void {
    if (this.pending.length >= PENDING_MAX) return; // the disk has refused for a long while, and was told of
    this.pending.push(lineOf(signal));
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.write();
    }, LATE_MS).unref();
  }

  /** What was added is written, unless the disk takes longer than a shutdown may. */
  async flush(): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, FLUSH_MS).unref());
    await Promise.race([this.write(), late]);
  }

  /** One write at a time; what comes meanwhile follows. */
  private async write(): Promise<void> {
    while (this.writing !== null) await this.writing;
    if (this.pending.length === 0) return;
    this.writing = this.append().finally(() => (this.writing = null));
    await this.writing;
  }

  private async append(): Promise<void> {
    const lines = this.pending;
    this.pending = [];
    const full = this.lines + lines.length > this.options.capacity;
    if (full) {
      this.turn = 1 - this.turn;
      this.lines = 0;
    }
    this.lines += lines.length;
    const path = join(this.options.dir, NAMES[this.turn] ?? NAMES[0]);
    try {
      await appendFile(path, lines.join(""), full ? { flag: "w" } : {});
      this.refusing = false;
    } catch (error) {
      this.refused(error);
    }
  }

  /** Told once until it works again. */
  private refused(error: unknown): void {
    if (!this.refusing) this.options.onTrouble(error instanceof Error ? error.message : String(error));
    this.refusing = true;
  }
}

function lineOf(signal: Signal): string {
  return `${JSON.stringify(signal)}\n`;
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return []; // there is none yet, or the disk refuses, which the next write tells
  }
}

function signalIn(line: string): readonly Signal[] {
  try {
    const { id, sequence, symbol, clock, extra } = JSON.parse(line) as Partial<Signal>;
    const whole = typeof id === "string" && typeof sequence === "number" && typeof symbol === "string";
    return whole && typeof clock === "number" && typeof extra === "object" ? [JSON.parse(line) as Signal] : [];
  } catch {
    return []; // a line that a kill has cut
  }
}
