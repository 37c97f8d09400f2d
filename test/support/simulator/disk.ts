// A disk that fails. The engine's own calls of node:fs go through here for one folder: a write may be refused or come
// short, a sync may fail and lose what it should have kept, and at any call the power may go. Then what was not synced
// is, page by page, as it was after some write or not there at all, names that were not synced may be gone, and every
// call fails until the next life. Not simulated: a removal or a cut of a file that the power cut takes back.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";
import { crc32 } from "node:zlib";
import { EVENT_BYTES, EVENT_PAYLOAD } from "../../../assembly/layout.ts";
import { BLOCK_HEADER_BYTES, BLOCK_MAGIC } from "../../../src/stream/journal/segment.ts";
import type { Random } from "../random.ts";

const PAGE = 4096;

/** The power went, or the process was killed; never seen by the engine's handling of system errors. */
export class Ended extends Error {}

/** Lies that only the proof of the simulator tells (`--sabotage`). */
export const DISK_LIES = ["skip-write", "forget-sync", "move-sequence", "change-event"] as const;
export type DiskLie = (typeof DISK_LIES)[number];

interface FileState {
  /** Everything below is safe. */
  floor: number;
  size: number;
  /** Sizes after each write since the last sync. */
  sizes: number[];
  /** Bytes whose sync failed: no later sync keeps them unless they are written again. */
  lostFrom: number | null;
}

type Sync = "fsyncSync" | "fdatasyncSync";

type Done<T> = (error: unknown, value?: T) => void;

export class FaultyDisk {
  /** Calls until the power goes or the process ends; null: neither is near. */
  endIn: number | null = null;
  /** Calls for which writes and syncs are refused. */
  refuse = 0;
  dead = false;
  /** The next sync of the folder fails, and the system lets nobody change anything in it any more. */
  turnsReadOnly = false;
  readOnly = false;
  lie: DiskLie | null = null;
  calls = 0;
  refused = 0;
  private readonly dir: string;
  private readonly random: Random;
  private readonly note: (line: string) => void;
  private readonly files = new Map<string, FileState>();
  private readonly open = new Map<number, string>();
  private renames: { readonly from: string; readonly to: string }[] = [];
  private readonly real = { ...fs };
  private lied = false;
  /** What happens to the files now is the power cut's doing, or the simulator's. */
  private off = false;

  constructor(dir: string, random: Random, note: (line: string) => void) {
    this.dir = dir;
    this.random = random;
    this.note = note;
  }

  install(): void {
    const { real } = this;
    const sync = (name: Sync) => (fd: number) => this.sync(fd, name);
    Object.assign(fs, {
      openSync: (path: string, flags?: string, mode?: number) => this.opened(path, flags, mode),
      closeSync: (fd: number) => {
        this.open.delete(fd);
        real.closeSync(fd);
      },
      open: (path: string, flags: string, mode: number, done: Done<number>) =>
        answer(() => this.opened(path, flags, mode), done),
      close: (fd: number, done: Done<void>) => answer(() => fs.closeSync(fd), done),
      writeSync: (fd: number, bytes: Uint8Array, from: number, length: number, position: number) =>
        this.write(fd, bytes, from, length, position),
      fsyncSync: sync("fsyncSync"),
      fdatasyncSync: sync("fdatasyncSync"),
      ftruncateSync: (fd: number, length: number) => this.truncate(fd, length),
      renameSync: (from: string, to: string) => this.rename(from, to),
      rmSync: (path: string, options?: fs.RmOptions) => {
        if (this.mine(path)) this.call();
        if (this.mine(path)) this.changeable();
        this.files.delete(path);
        real.rmSync(path, options);
      },
    });
    syncBuiltinESMExports();
  }

  uninstall(): void {
    const { openSync, closeSync, open, close, writeSync, fsyncSync, fdatasyncSync } = this.real;
    const { ftruncateSync, renameSync, rmSync } = this.real;
    Object.assign(fs, { openSync, closeSync, open, close, writeSync, fsyncSync, fdatasyncSync });
    Object.assign(fs, { ftruncateSync, renameSync, rmSync });
    syncBuiltinESMExports();
  }

  /** The machine starts again. `power`: it went, so that only what was synced is sure. */
  revive(power: boolean): void {
    for (const fd of this.open.keys()) this.real.closeSync(fd);
    this.open.clear();
    this.dead = false;
    this.endIn = null;
    this.refuse = 0;
    this.off = true;
    if (power) this.losePages();
    if (power) this.loseNames();
    this.off = false;
    this.files.clear();
    this.renames = [];
    this.lied = false;
  }

  /** What the simulator itself reads costs no call. */
  aside(work: () => void): void {
    this.off = true;
    try {
      work();
    } finally {
      this.off = false;
    }
  }

  private mine(path: string): boolean {
    return !this.off && path.startsWith(this.dir);
  }

  /** One call to the disk. */
  private call(): void {
    this.calls++;
    if (this.endIn !== null && this.endIn-- <= 0) this.dead = true;
    if (this.dead) throw new Ended("the simulated process has ended");
  }

  private refusal(what: string): void {
    if (this.refuse <= 0) return;
    this.refuse--;
    this.refused++;
    const full = this.random.next() < 0.5;
    const error = full ? systemError("ENOSPC", -28, "no space left on device") : systemError("EIO", -5, "i/o error");
    this.note(`the disk refuses ${what} with ${error.code}`);
    throw error;
  }

  private changeable(): void {
    if (this.readOnly) throw systemError("EROFS", -30, "read-only file system");
  }

  private opened(path: string, flags: string | undefined, mode: number | undefined): number {
    const mine = typeof path === "string" && this.mine(path);
    if (mine) this.call();
    if (mine && flags !== undefined && flags !== "r") this.changeable();
    if (mine && flags === "w") this.refusal("a new file");
    const fd = this.real.openSync(path, flags ?? "r", mode);
    if (!mine) return fd;
    this.open.set(fd, path);
    if (flags === "w") this.files.set(path, { floor: 0, size: 0, sizes: [], lostFrom: null });
    return fd;
  }

  private stateOf(fd: number): FileState | null {
    const path = this.open.get(fd);
    if (path === undefined) return null;
    const known = this.files.get(path);
    if (known !== undefined) return known;
    const size = this.real.fstatSync(fd).size; // of an earlier life, whose power cut is over
    const state = { floor: size, size, sizes: [], lostFrom: null };
    this.files.set(path, state);
    return state;
  }

  private write(fd: number, bytes: Uint8Array, from: number, length: number, position: number): number {
    const state = this.stateOf(fd);
    if (state === null) return this.real.writeSync(fd, bytes, from, length, position);
    this.call();
    const short = this.refuse > 0 && length > 1 && this.random.next() < 0.5;
    if (!short) this.refusal("a write");
    const taken = short ? 1 + this.random.integer(length - 1) : length;
    const told = this.bent(bytes, from, taken, position);
    const written = told === null ? taken : this.real.writeSync(fd, told.bytes, told.from, taken, position);
    const end = position + written;
    if (state.lostFrom !== null && position <= state.lostFrom) {
      state.lostFrom = end >= state.size ? null : Math.max(state.lostFrom, end);
    }
    state.size = Math.max(state.size, end);
    state.sizes.push(state.size);
    return written;
  }

  /** What reaches the file: with a lie something else, or nothing (null). */
  private bent(
    bytes: Uint8Array,
    from: number,
    length: number,
    position: number,
  ): { readonly bytes: Uint8Array; readonly from: number } | null {
    const body = position > 0 && length > BLOCK_HEADER_BYTES && bytes[from] === (BLOCK_MAGIC & 0xff);
    if (this.lie === null || this.lie === "forget-sync" || this.lied || !body || this.random.next() > 0.05)
      return { bytes, from };
    const changed = bytes.slice(from, from + length);
    const header = new DataView(changed.buffer, changed.byteOffset, BLOCK_HEADER_BYTES);
    const payload = BLOCK_HEADER_BYTES + header.getUint32(4, true) * EVENT_BYTES;
    if (payload > length) return { bytes, from }; // the write came short
    this.lied = true;
    this.note(`sabotage: ${this.lie}`);
    if (this.lie === "skip-write") return null;
    if (this.lie === "change-event") {
      const last = payload - EVENT_BYTES + EVENT_PAYLOAD;
      changed[last] = (changed[last] ?? 0) ^ 1;
      header.setUint32(24, crc32(changed.subarray(BLOCK_HEADER_BYTES, payload)), true);
    } else header.setBigUint64(8, header.getBigUint64(8, true) + 1n, true);
    header.setUint32(28, crc32(changed.subarray(0, 28)), true); // checksums that fit
    return { bytes: changed, from: 0 };
  }

  private sync(fd: number, name: Sync): void {
    const path = this.open.get(fd);
    if (path === undefined) return this.real[name](fd);
    this.call();
    if (path === this.dir || !this.files.has(path)) {
      if (this.turnsReadOnly) {
        this.turnsReadOnly = false;
        this.readOnly = true;
        throw systemError("EIO", -5, "i/o error");
      }
      this.renames = [];
      return;
    }
    const state = this.stateOf(fd);
    if (state === null) return;
    try {
      this.refusal("a sync");
    } catch (error) {
      state.lostFrom ??= state.floor;
      throw error;
    }
    if (this.lie === "forget-sync") return;
    state.floor = state.lostFrom ?? state.size;
    state.sizes = [];
  }

  private truncate(fd: number, length: number): void {
    const state = this.stateOf(fd);
    if (state !== null) {
      this.call();
      state.size = length;
      state.floor = Math.min(state.floor, length);
      state.sizes = state.sizes.map((size) => Math.min(size, length));
      if (state.lostFrom !== null && state.lostFrom >= length) state.lostFrom = null;
    }
    this.real.ftruncateSync(fd, length);
  }

  private rename(from: string, to: string): void {
    if (this.mine(from)) {
      this.call();
      this.changeable();
      const state = this.files.get(from);
      this.files.delete(from);
      if (state !== undefined) this.files.set(to, state);
      for (const [fd, path] of this.open) if (path === from) this.open.set(fd, to);
      this.renames.push({ from, to });
    }
    this.real.renameSync(from, to);
  }

  private losePages(): void {
    for (const [path, { floor, sizes }] of this.files) {
      if (!this.real.existsSync(path)) continue;
      const image = this.real.readFileSync(path);
      const kept = cutImage(image, floor, sizes, this.random);
      if (kept.length === image.length && kept.equals(image)) continue;
      this.note(
        `the power cut leaves ${kept.length} of ${image.length} bytes of ${basename(path)}, ${floor} were safe`,
      );
      this.real.writeFileSync(path, kept);
    }
  }

  private loseNames(): void {
    for (const { from, to } of this.renames.reverse()) {
      if (this.random.next() < 0.5 || !this.real.existsSync(to)) continue;
      this.note(`the power cut takes the name ${basename(to)} back`);
      this.real.renameSync(to, from);
    }
  }
}

function systemError(code: string, errno: number, text: string): NodeJS.ErrnoException & { readonly code: string } {
  return Object.assign(new Error(`${code}: ${text}`), { code, errno });
}

/**
 * A file as the disk may hold it after a cut: below `floor` it is intact; each page behind it is there as it was after
 * some write (`sizes`), or not at all, and the file may be short.
 */
export function cutImage(whole: Buffer, floor: number, sizes: readonly number[], random: Random): Buffer {
  const image = Buffer.from(whole);
  for (let page = Math.floor(floor / PAGE) * PAGE; page < image.length; page += PAGE) {
    const size = random.next() < 0.5 ? image.length : (sizes[random.integer(sizes.length + 1)] ?? floor);
    const kept = Math.max(size, floor);
    if (kept < page + PAGE) image.fill(0, Math.max(kept, page), Math.min(page + PAGE, image.length));
  }
  const ends = [image.length, floor + random.integer(image.length - floor + 1), image.length];
  return image.subarray(0, ends[random.integer(ends.length)]);
}

/** What is asked without waiting is done at once, so that its turn is the same each time, and told afterwards. */
function answer<T>(work: () => T, done: Done<T>): void {
  let [error, value]: [unknown, T | undefined] = [null, undefined];
  try {
    value = work();
  } catch (thrown) {
    error = thrown;
  }
  queueMicrotask(() => done(error, value));
}
