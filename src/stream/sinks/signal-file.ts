// The archive of signals on disk, so that a restart gives what was given before: one JSON line a signal that risk let
// pass, in two files that take turns, each with as many as the archive keeps, and a line that says how far they go: of
// events below that number every signal was judged and told. So a start knows of each signal that it computes again
// whether it was let pass, was refused, or was never told to anybody.
// Written in the background as soon as it was told, so nobody waits for the disk, not even to open a file: one that
// stands still for seconds would hold up every request. What a disk that refuses has not taken
// is written with what comes next; a kill in that moment leaves signals that were told and are told once more.
import {
  close,
  closeSync,
  constants,
  fsyncSync,
  open,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  write,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Signal } from "../../domain/signal.ts";
import { makeFolder, makeFolderAside, syncFolder } from "../../store/folder.ts";

/** What an earlier run left. */
export interface KeptSignals {
  /** Let pass by risk; in the order of their events, each once. */
  readonly signals: readonly Signal[];
  /** Signals of events below it were judged and told; null: nobody knows. */
  readonly told: number | null;
}

const writeAt = promisify(write);

const NAMES = ["signals-a.ndjson", "signals-b.ndjson"] as const;
const PENDING_MAX = 50_000;
const FLUSH_MS = 1_000;
const OWNER_ONLY = 0o600;
/** As wide for every number: where no signal lies between, a line with a newer one takes its place. */
const TOLD_DIGITS = 16;
const TOLD_BYTES = toldLine(0).length;

export interface SignalFileOptions {
  readonly dir: string;
  /** Lines of a file; then the other one begins anew. */
  readonly capacity: number;
  readonly onTrouble: (reason: string) => void;
}

export class SignalFile {
  private readonly options: SignalFileOptions;
  private turn = 0;
  /** Of the file whose turn it is: signals, bytes in front of its last line, which says how far they go, and whether it is there. */
  private lines = 0;
  private bytes = 0;
  private begun = false;
  /** Open from the first write to the last: hundreds a second would open and close it. */
  private file: number | null = null;
  private pending: string[] = [];
  private told = 0;
  private written = -1;
  private writing: Promise<void> | null = null;
  private leaving: Promise<void> = Promise.resolve();
  private refusing = false;

  constructor(options: SignalFileOptions) {
    this.options = options;
  }

  /** A kill between two steps of `begin` leaves some in both files. Lines that this did not write are passed over. */
  read(): KeptSignals {
    const values = NAMES.flatMap((name) => readLines(join(this.options.dir, name)).map(valueIn));
    const signals = new Map(values.flatMap(signalIn).map((signal) => [`${signal.sequence} ${signal.id}`, signal]));
    const told = values.flatMap(toldIn);
    return {
      signals: [...signals.values()].sort((one, other) => one.sequence - other.sequence),
      told: told.length === 0 ? null : Math.max(...told),
    };
  }

  /** From now on the files hold these, and what is added. */
  begin(signals: readonly Signal[], told: number): void {
    const [first, second] = NAMES.map((name) => join(this.options.dir, name)) as [string, string];
    const fresh = `${first}.new`;
    const lines = signals.map(lineOf);
    const text = lines.join("");
    this.turn = 0;
    this.told = told;
    try {
      makeFolder(this.options.dir);
      writeSynced(fresh, Buffer.from(text + toldLine(told)));
      renameSync(fresh, first);
      syncFolder(this.options.dir); // before the other one is gone
      rmSync(second, { force: true });
      this.pending = [];
      [this.lines, this.bytes, this.begun, this.written] = [lines.length, Buffer.byteLength(text), true, told];
    } catch (error) {
      this.pending = lines;
      [this.lines, this.bytes, this.begun, this.written] = [0, 0, false, -1];
      this.refused(error);
    }
  }

  /** One that risk let pass, and that is told now. */
  add(signal: Signal): void {
    this.pending.push(lineOf(signal));
    if (this.pending.length > PENDING_MAX) this.pending.splice(0, PENDING_MAX / 2); // the disk refuses, and was told of
  }

  /** Signals of all events below `sequence` were judged, and those that risk let pass were added and told. */
  tell(sequence: number): void {
    this.told = sequence;
    void this.write();
  }

  /** What was added is written, unless the disk takes longer than a shutdown may. */
  async flush(): Promise<void> {
    const late = new Promise<void>((resolve) => setTimeout(resolve, FLUSH_MS).unref());
    await Promise.race([this.write(), late]);
  }

  /** Nothing comes any more. */
  async close(): Promise<void> {
    await this.flush();
    this.leaving = this.write().then(() => this.letGo());
  }

  /** After `close`: resolves when nothing of it is on its way to the disk any more, however long that takes. */
  left(): Promise<void> {
    return this.leaving;
  }

  private async letGo(): Promise<void> {
    const { file } = this;
    this.file = null;
    try {
      if (file !== null) await promisify(close)(file);
    } catch (error) {
      this.refused(error); // some disks say only now that they did not take it all
    }
  }

  /** One write at a time, each with everything that has come. */
  private write(): Promise<void> {
    return (this.writing ??= this.writeAll().finally(() => (this.writing = null)));
  }

  private async writeAll(): Promise<void> {
    while (this.pending.length > 0 || this.written !== this.told) {
      const { pending, told } = this;
      this.pending = [];
      try {
        await this.put(pending, told);
        this.refusing = false;
      } catch (error) {
        await this.letGo();
        this.pending = [...pending, ...this.pending];
        this.refused(error);
        return;
      }
    }
  }

  private async put(lines: readonly string[], told: number): Promise<void> {
    const full = lines.length > 0 && this.lines > 0 && this.lines + lines.length > this.options.capacity;
    const turn = full ? 1 - this.turn : this.turn;
    const anew = full || !this.begun;
    const position = anew ? 0 : this.bytes + (lines.length > 0 ? TOLD_BYTES : 0);
    const [first = ""] = lines;
    const text = lines.length > 1 ? lines.join("") : first; // most come alone
    const bytes = Buffer.from(text + toldLine(told));
    if (anew) await this.letGo();
    if (!this.begun) await makeFolderAside(this.options.dir);
    const flags = constants.O_WRONLY | constants.O_CREAT | (anew ? constants.O_TRUNC : 0);
    this.file ??= await promisify(open)(join(this.options.dir, NAMES[turn] ?? NAMES[0]), flags, OWNER_ONLY);
    const { bytesWritten } = await writeAt(this.file, bytes, 0, bytes.length, position);
    if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were written`);
    this.turn = turn;
    this.begun = true;
    this.lines = (anew ? 0 : this.lines) + lines.length;
    this.bytes = position + bytes.length - TOLD_BYTES;
    this.written = told;
  }

  /** Told once until it works again. */
  private refused(error: unknown): void {
    if (!this.refusing) this.options.onTrouble(error instanceof Error ? error.message : String(error));
    this.refusing = true;
  }
}

/** On the disk before it gets its name: of an empty file nobody knows how far it goes. */
function writeSynced(path: string, bytes: Buffer): void {
  const file = openSync(path, "w", OWNER_ONLY);
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, done);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function lineOf(signal: Signal): string {
  return `${JSON.stringify(signal)}\n`;
}
function toldLine(sequence: number): string {
  return `{"told":${String(sequence).padStart(TOLD_DIGITS)}}\n`;
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return []; // there is none yet, or the disk refuses, which the next write tells
  }
}

function valueIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // a line that a kill has cut
  }
}

function signalIn(value: unknown): readonly Signal[] {
  if (typeof value !== "object" || value === null) return [];
  const { id, sequence, symbol, clock, extra } = value as Partial<Signal>;
  const whole = typeof id === "string" && typeof sequence === "number" && typeof symbol === "string";
  return whole && typeof clock === "number" && typeof extra === "object" ? [value as Signal] : [];
}

function toldIn(value: unknown): readonly number[] {
  if (typeof value !== "object" || value === null) return [];
  const { told } = value as { readonly told?: unknown };
  return typeof told === "number" && Number.isSafeInteger(told) && told >= 0 ? [told] : [];
}
