// The format of a segment file: <first sequence, 20 digits>.journal. Little-endian; offsets in bytes; pure functions.
//
//   0 ......... 128 ................................................................................... end of file
//   +----------+---------+---------------------+---------+---------------------+---- - - -
//   | header   | block   | count x 64 B events | block   | count x 64 B events | ...
//   +----------+---------+---------------------+---------+---------------------+---- - - -
//
// Header, 128 B:
//    0    4         8        12      16               24        32 .............. 64 ....... 124   128
//   +----+---------+--------+-------+----------------+---------+-----------------+---------+-----+
//   |magic| format | layout | event | first sequence | created | sha256 of core  | zeros   | CRC |
//   +----+---------+--------+-------+----------------+---------+-----------------+---------+-----+
//    u32   u32      u32      u32     u64              f64 us    32 bytes                    u32 of bytes 0..123
//
// Block header, 32 B, at a multiple of 32:
//    0       4       8                16               24            28            32
//   +-------+-------+----------------+----------------+-------------+-------------+
//   | magic | count | first sequence | synced         | payload CRC | header CRC  |
//   +-------+-------+----------------+----------------+-------------+-------------+
//    u32     u32     u64              u64              u32           u32 of bytes 0..27
//
// count: 1 .. BLOCK_EVENTS_MAX. Sequences rise by one from event to event, across blocks and across files.
// synced: when this block was built, every event below that sequence was known to be on the disk. A bad block that is
// followed by one that vouches for it was damaged after it had been safe; only the rest may be a torn write.
// A file is complete and synced before the next one is made, so only the last file can have a torn tail.
import { crc32 } from "node:zlib";
import * as layout from "../../../assembly/layout.ts";
import type { Result } from "../../domain/result.ts";
import { failed, ok } from "../../domain/result.ts";
import type { EpochUs } from "../../domain/units.ts";

export const SEGMENT_MAGIC = 0x4a474553; // "SEGJ"
export const SEGMENT_FORMAT = 1;
export const SEGMENT_HEADER_BYTES = 128;
export const BLOCK_MAGIC = 0x4b434c42; // "BLCK"
export const BLOCK_HEADER_BYTES = 32;
export const BLOCK_ALIGNMENT = 32;
export const BLOCK_EVENTS_MAX = 4096;
export const BLOCK_BYTES_MAX = BLOCK_HEADER_BYTES + BLOCK_EVENTS_MAX * layout.EVENT_BYTES;

const HEADER_CRC = 124;
const BLOCK_CRC = 28;

export interface SegmentHeader {
  readonly layoutVersion: number;
  readonly eventBytes: number;
  readonly firstSequence: number;
  /** Wall clock when the file was made. */
  readonly created: EpochUs;
  /** sha256 of the core that was running, 64 hexadecimal digits. */
  readonly coreHash: string;
}

export interface BlockHeader {
  readonly count: number;
  readonly firstSequence: number;
  readonly synced: number;
  readonly payloadCrc: number;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SEGMENT_MAGIC, true);
  view.setUint32(4, SEGMENT_FORMAT, true);
  view.setUint32(8, header.layoutVersion, true);
  view.setUint32(12, header.eventBytes, true);
  view.setBigUint64(16, BigInt(header.firstSequence), true);
  view.setFloat64(24, header.created, true);
  bytes.set(Buffer.from(header.coreHash, "hex").subarray(0, 32), 32);
  view.setUint32(HEADER_CRC, crc32(bytes.subarray(0, HEADER_CRC)), true);
  return bytes;
}

/** The failure says what is wrong with the bytes; whether that is damage or another version is the caller's verdict. */
export function decodeSegmentHeader(bytes: Uint8Array): Result<SegmentHeader, string> {
  if (bytes.length < SEGMENT_HEADER_BYTES) return failed("the header is short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  if (view.getUint32(0, true) !== SEGMENT_MAGIC) return failed("the file does not begin like a segment");
  if (view.getUint32(HEADER_CRC, true) !== crc32(bytes.subarray(0, HEADER_CRC))) {
    return failed("the header's checksum is wrong");
  }
  const format = view.getUint32(4, true);
  if (format !== SEGMENT_FORMAT) return failed(`the format is ${format}, this engine reads ${SEGMENT_FORMAT}`);
  return ok({
    layoutVersion: view.getUint32(8, true),
    eventBytes: view.getUint32(12, true),
    firstSequence: Number(view.getBigUint64(16, true)),
    created: view.getFloat64(24, true),
    coreHash: Buffer.from(bytes.subarray(32, 64)).toString("hex"),
  });
}

/** Writes the header of the block whose payload already follows it in the same buffer. */
export function sealBlock(
  bytes: Uint8Array,
  offset: number,
  count: number,
  firstSequence: number,
  synced: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, BLOCK_HEADER_BYTES);
  const payload = offset + BLOCK_HEADER_BYTES;
  view.setUint32(0, BLOCK_MAGIC, true);
  view.setUint32(4, count, true);
  view.setBigUint64(8, BigInt(firstSequence), true);
  view.setBigUint64(16, BigInt(synced), true);
  view.setUint32(24, crc32(bytes.subarray(payload, payload + count * layout.EVENT_BYTES)), true);
  view.setUint32(BLOCK_CRC, crc32(bytes.subarray(offset, offset + BLOCK_CRC)), true);
}

/** The header at an offset, or null when these 32 bytes are not one. The payload is not looked at. */
export function readBlockHeader(bytes: Uint8Array, offset: number): BlockHeader | null {
  if (bytes.length < offset + BLOCK_HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, BLOCK_HEADER_BYTES);
  if (view.getUint32(0, true) !== BLOCK_MAGIC) return null;
  if (view.getUint32(BLOCK_CRC, true) !== crc32(bytes.subarray(offset, offset + BLOCK_CRC))) return null;
  const count = view.getUint32(4, true);
  if (count === 0 || count > BLOCK_EVENTS_MAX) return null;
  return {
    count,
    firstSequence: Number(view.getBigUint64(8, true)),
    synced: Number(view.getBigUint64(16, true)),
    payloadCrc: view.getUint32(24, true),
  };
}

export function blockBytes(count: number): number {
  return BLOCK_HEADER_BYTES + count * layout.EVENT_BYTES;
}
