// The format of a snapshot file, <sequence>.snapshot: the engine's state before that event. Little-endian.
//
//    0       4        8        12             16         24            32            36 ..... 60        64
//   +-------+--------+--------+--------------+----------+-------------+-------------+--------+---------+
//   | magic | format | layout | description  | sequence | state bytes | description | zeros  | header  |
//   |       |        |        | bytes        |          |             | CRC         |        | CRC     |
//   +-------+--------+--------+--------------+----------+-------------+-------------+--------+---------+
//    u32     u32      u32      u32            u64        u64           u32                    u32 of bytes 0..59
//   64: description (JSON: clock, extents, memory plan, core hash, regions), then the regions back to back, then
//   end - 4 x (regions + 2): u32 CRC of each region · u32 CRC of those · u32 magic
//
// A file is written under a temporary name, synced and then renamed; what is found under its name was complete once.
// It is checked again at open, because disks forget. SnapshotWriter works in small steps so that the journal goes on
// meanwhile, and syncs every few megabytes so that no single sync stalls it for long.
import { closeSync, fdatasyncSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import { crc32 } from "node:zlib";
import * as layout from "../../../assembly/layout.ts";
import type { Result } from "../../domain/result.ts";
import { failed, ok } from "../../domain/result.ts";
import type { EpochUs } from "../../domain/units.ts";
import type { MemoryPlan } from "../rings/memory-plan.ts";
import { syncFolder } from "../../store/folder.ts";
import { SNAPSHOT_SUFFIX, TEMPORARY_SUFFIX, numberedPath, writeFully } from "./files.ts";
import { readFully } from "./segment-reader.ts";
import type { Extents } from "../rings/state-reader.ts";
import type { StateRegion } from "../rings/state-regions.ts";

export const SNAPSHOT_MAGIC = 0x50414e53; // "SNAP"
export const SNAPSHOT_FORMAT = 1;
export const SNAPSHOT_HEADER_BYTES = 64;
export const SNAPSHOT_STEP_BYTES = 1024 * 1024;
const SYNC_EVERY_STEPS = 8;
const DESCRIPTION_BYTES_MAX = 1024 * 1024;

export interface SnapshotDescription {
  /** The first event that the state does not contain. */
  readonly nextSequence: number;
  /** Engine clock at the event before it. */
  readonly clock: EpochUs;
  readonly coreHash: string;
  readonly extents: Extents;
  readonly plan: MemoryPlan;
  readonly regions: readonly StateRegion[];
}

export interface Snapshot extends SnapshotDescription {
  readonly path: string;
  readonly layoutVersion: number;
  readonly bytes: number;
  /** Where the regions begin in the file, and the CRC of each. */
  readonly offset: number;
  readonly regionCrcs: readonly number[];
}

export class SnapshotWriter {
  private readonly dir: string;
  private readonly path: string;
  private readonly temporary: string;
  private readonly state: Uint8Array;
  private readonly crcs: number[] = [];
  private readonly regions: readonly StateRegion[];
  private fd: number;
  private readonly offset: number;
  private done = 0; // bytes of the state
  private region = 0;
  private regionEnd = 0;
  private steps = 0;

  /** `state`: the regions of the description, back to back. May throw system errors, as may step. */
  constructor(dir: string, description: SnapshotDescription, state: Uint8Array) {
    this.dir = dir;
    this.state = state;
    this.regions = description.regions;
    this.path = numberedPath(dir, description.nextSequence, SNAPSHOT_SUFFIX);
    this.temporary = this.path + TEMPORARY_SUFFIX;
    this.regionEnd = this.regions[0]?.bytes ?? 0;
    const head = encodeHead(description, state.length);
    this.offset = head.length;
    this.fd = openSync(this.temporary, "w");
    try {
      writeFully(this.fd, head, 0, head.length, 0);
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Writes the next piece; true when the snapshot is complete and on the disk. After an error: abandon. */
  step(): boolean {
    const end = Math.min(this.done + SNAPSHOT_STEP_BYTES, this.state.length);
    writeFully(this.fd, this.state, this.done, end, this.offset + this.done);
    this.check(end);
    this.steps++;
    if (this.done < this.state.length) {
      if (this.steps % SYNC_EVERY_STEPS === 0) fdatasyncSync(this.fd);
      return false;
    }
    this.finish();
    return true;
  }

  /** Gives up and removes what was written. */
  abandon(): void {
    this.close();
    rmSync(this.temporary, { force: true });
  }

  private close(): void {
    const fd = this.fd;
    this.fd = -1;
    if (fd >= 0) closeSync(fd);
  }

  private check(end: number): void {
    while (this.done < end) {
      const until = Math.min(end, this.regionEnd);
      this.crcs[this.region] = crc32(this.state.subarray(this.done, until), this.crcs[this.region] ?? 0);
      this.done = until;
      if (until < this.regionEnd) return;
      this.region++;
      this.regionEnd += this.regions[this.region]?.bytes ?? 0;
    }
  }

  private finish(): void {
    const trailer = encodeTrailer(this.crcs);
    writeFully(this.fd, trailer, 0, trailer.length, this.offset + this.state.length);
    fsyncSync(this.fd);
    this.close();
    renameSync(this.temporary, this.path);
    syncFolder(this.dir);
  }
}

function encodeHead(description: SnapshotDescription, stateBytes: number): Uint8Array {
  const total = description.regions.reduce((sum, region) => sum + region.bytes, 0);
  if (total !== stateBytes) throw new RangeError(`the regions have ${total} bytes, the state ${stateBytes}`);
  const text = Buffer.from(JSON.stringify(description));
  const bytes = new Uint8Array(SNAPSHOT_HEADER_BYTES + text.length);
  bytes.set(text, SNAPSHOT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SNAPSHOT_MAGIC, true);
  view.setUint32(4, SNAPSHOT_FORMAT, true);
  view.setUint32(8, layout.LAYOUT_VERSION, true);
  view.setUint32(12, text.length, true);
  view.setBigUint64(16, BigInt(description.nextSequence), true);
  view.setBigUint64(24, BigInt(stateBytes), true);
  view.setUint32(32, crc32(text), true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

function encodeTrailer(crcs: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * (crcs.length + 2));
  const view = new DataView(bytes.buffer);
  crcs.forEach((crc, index) => view.setUint32(index * 4, crc, true));
  view.setUint32(crcs.length * 4, crc32(bytes.subarray(0, crcs.length * 4)), true);
  view.setUint32(crcs.length * 4 + 4, SNAPSHOT_MAGIC, true);
  return bytes;
}

/** Reads and checks the whole file, in pieces; the failure says what is wrong with it. */
export function verifySnapshot(path: string): Result<Snapshot, string> {
  const fd = openSync(path, "r");
  try {
    const snapshot = readHead(path, fd);
    if (!snapshot.ok) return snapshot;
    const wrong = readRegions(fd, snapshot.value, () => undefined);
    return wrong === null ? snapshot : failed(wrong);
  } finally {
    closeSync(fd);
  }
}

/** How many rows a state has, by its own first region, GLOBALS. */
export function describeState(state: Uint8Array): { readonly extents: Extents; readonly clock: EpochUs } {
  const view = new DataView(state.buffer, state.byteOffset, layout.GLOBALS_BYTES);
  return {
    clock: view.getFloat64(layout.GLOBALS_CLOCK, true),
    extents: {
      symbols: view.getUint32(layout.GLOBALS_SYMBOLS, true),
      series: view.getUint32(layout.GLOBALS_SERIES, true),
      cells: Array.from({ length: layout.STRATEGY_COUNT }, (_, code) =>
        view.getUint32(layout.GLOBALS_CELLS + code * 4, true),
      ),
      groups: view.getUint32(layout.GLOBALS_GROUPS, true),
      instances: view.getUint32(layout.GLOBALS_INSTANCES, true),
    },
  };
}

/** Streams the regions through `take` (bytes, region, offset in the region); what is wrong with them, or null. */
export function readRegions(
  fd: number,
  snapshot: Snapshot,
  take: (bytes: Uint8Array, region: StateRegion, offset: number) => void,
): string | null {
  const piece = new Uint8Array(SNAPSHOT_STEP_BYTES);
  let position = snapshot.offset;
  for (const [index, region] of snapshot.regions.entries()) {
    let crc = 0;
    for (let done = 0; done < region.bytes;) {
      const bytes = Math.min(piece.length, region.bytes - done);
      const read = readSync(fd, piece, 0, bytes, position);
      if (read === 0) return `the file ends inside region ${region.region}`;
      crc = crc32(piece.subarray(0, read), crc);
      take(piece.subarray(0, read), region, done);
      done += read;
      position += read;
    }
    if (crc !== snapshot.regionCrcs[index]) return `the checksum of region ${region.region} is wrong`;
  }
  return null;
}

export function readHead(path: string, fd: number): Result<Snapshot, string> {
  const header = new Uint8Array(SNAPSHOT_HEADER_BYTES);
  if (readFully(fd, header, header.length, 0) < header.length) return failed("the header is short");
  const view = new DataView(header.buffer);
  if (view.getUint32(0, true) !== SNAPSHOT_MAGIC) return failed("the file does not begin like a snapshot");
  if (view.getUint32(60, true) !== crc32(header.subarray(0, 60))) return failed("the header's checksum is wrong");
  const format = view.getUint32(4, true);
  if (format !== SNAPSHOT_FORMAT) return failed(`the format is ${format}, this engine reads ${SNAPSHOT_FORMAT}`);
  const length = view.getUint32(12, true);
  if (length > DESCRIPTION_BYTES_MAX) return failed(`a description of ${length} bytes is too long`);
  const text = new Uint8Array(length);
  const read = readFully(fd, text, length, SNAPSHOT_HEADER_BYTES);
  if (read < length || crc32(text) !== view.getUint32(32, true)) return failed("the description's checksum is wrong");
  const description = readDescription(Buffer.from(text).toString("utf8"));
  if (description === null) return failed("the description is none of a snapshot");
  const offset = SNAPSHOT_HEADER_BYTES + length;
  const bytes = Number(view.getBigUint64(24, true));
  const regionCrcs = readTrailer(fd, offset + bytes, description.regions.length);
  if (!regionCrcs.ok) return regionCrcs;
  return ok({
    ...description,
    path,
    layoutVersion: view.getUint32(8, true),
    bytes,
    offset,
    regionCrcs: regionCrcs.value,
  });
}

/** Its form is checked and not only its sum: who can write the file can write a sum as well. Null: it is not of this form. */
function readDescription(text: string): SnapshotDescription | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // the caller says so
  }
  if (!isFields(value)) return null;
  const { nextSequence, clock, coreHash, extents, plan, regions } = value;
  if (!isCount(nextSequence) || typeof clock !== "number" || typeof coreHash !== "string" || !isFields(plan))
    return null;
  if (!isFields(extents) || !areCounts(extents["cells"])) return null;
  const { symbols, series, groups, instances } = extents;
  if (!areCounts([symbols, series, groups, instances]) || !Array.isArray(regions)) return null;
  const whole = regions.every((one) => isFields(one) && areCounts([one["region"], one["bytes"]]));
  return whole ? (value as unknown as SnapshotDescription) : null;
}
function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
function areCounts(values: unknown): boolean {
  return Array.isArray(values) && values.every(isCount);
}

function readTrailer(fd: number, position: number, regions: number): Result<readonly number[], string> {
  const bytes = new Uint8Array(4 * (regions + 2));
  if (fstatSync(fd).size !== position + bytes.length) return failed("the file does not have its full length");
  if (readFully(fd, bytes, bytes.length, position) < bytes.length) return failed("the file ends early");
  const view = new DataView(bytes.buffer);
  const intact = view.getUint32(regions * 4, true) === crc32(bytes.subarray(0, regions * 4));
  if (!intact || view.getUint32(regions * 4 + 4, true) !== SNAPSHOT_MAGIC) return failed("the trailer is wrong");
  return ok(Array.from({ length: regions }, (_, index) => view.getUint32(index * 4, true)));
}
