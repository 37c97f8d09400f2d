// The format of a dataset's file, <id>.columns. Little-endian; offsets in bytes; pure functions.
//
//   0 ...... 32 ............. multiple of 8 ............................................................ end of file
//   +--------+----------------+---------+---------+-- - - --+----------------+---------------+---------+
//   | header | identity, JSON | block 0 | block 1 |         | index, 32 B    | dataset, JSON | trailer |
//   +--------+----------------+---------+---------+-- - - --+ for each block +---------------+ 32 B    |
//
// Header:                                                Block: whole columns, one after the other, each rows x f64
//    0       4        8         12           16       20         28    32         +------+-------+----------+-- -
//   +-------+--------+---------+------------+--------+----------+-----+           | time | known | column 0 |
//   | magic | format | columns | block rows | length | JSON CRC |     | CRC       +------+-------+----------+-- -
//   +-------+--------+---------+------------+--------+----------+-----+ of 0..27
//
// Index entry:  first known f64 | last known f64 | offset f64 | rows u32 | CRC of the block u32
// Trailer:      magic u32 | blocks u32 | index offset f64 | length of the JSON u32 | CRC of index and JSON u32 | zero u32
//               | CRC of the trailer u32
// Rows stand in the order of known, then of time. The index is found from the end, so a part of a file that was cut off
// is noticed at once, and a span is found without reading what lies outside it.
import { crc32 } from "node:zlib";
import { failed, ok, type Result } from "../domain/result.ts";

export const FILE_MAGIC = 0x4c4f4348; // "HCOL"
export const TRAILER_MAGIC = 0x444e4548; // "HEND"
export const FILE_FORMAT = 1;
export const FILE_SUFFIX = ".columns";
export const HEADER_BYTES = 32;
export const INDEX_BYTES = 32;
export const TRAILER_BYTES = 32;
export const BLOCK_ROWS = 16_384;
export const BLOCK_ROWS_MAX = 1 << 20;
/** The two times, which every kind has. */
export const TIME_COLUMNS = 2;

const JSON_BYTES_MAX = 1 << 20;

export interface Header {
  /** With the two times. */
  readonly columns: number;
  readonly blockRows: number;
  readonly jsonBytes: number;
  readonly jsonCrc: number;
}

export interface IndexEntry {
  readonly firstKnown: number;
  readonly lastKnown: number;
  readonly offset: number;
  readonly rows: number;
  readonly crc: number;
}

export interface Trailer {
  readonly blocks: number;
  readonly indexOffset: number;
  readonly jsonBytes: number;
  readonly crc: number;
}

/** JSON with spaces behind it, so that what follows lies at a multiple of 8. */
export function encodeJson(value: unknown): Uint8Array {
  const text = Buffer.from(JSON.stringify(value));
  const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(32);
  bytes.set(text);
  return bytes;
}

export function encodeHeader(columns: number, blockRows: number, json: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, FILE_MAGIC, true);
  view.setUint32(4, FILE_FORMAT, true);
  view.setUint32(8, columns, true);
  view.setUint32(12, blockRows, true);
  view.setUint32(16, json.length, true);
  view.setUint32(20, crc32(json), true);
  view.setUint32(28, crc32(bytes.subarray(0, 28)), true);
  return bytes;
}

export function decodeHeader(bytes: Uint8Array): Result<Header, string> {
  if (bytes.length < HEADER_BYTES) return failed("it is shorter than a header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (view.getUint32(0, true) !== FILE_MAGIC) return failed("it does not begin like a dataset");
  if (view.getUint32(28, true) !== crc32(bytes.subarray(0, 28))) return failed("the checksum of its header is wrong");
  const format = view.getUint32(4, true);
  if (format !== FILE_FORMAT) return failed(`its format is ${format}, this engine reads ${FILE_FORMAT}`);
  const header = {
    columns: view.getUint32(8, true),
    blockRows: view.getUint32(12, true),
    jsonBytes: view.getUint32(16, true),
    jsonCrc: view.getUint32(20, true),
  };
  const sane = header.jsonBytes <= JSON_BYTES_MAX && header.blockRows <= BLOCK_ROWS_MAX && header.columns <= 16;
  return sane ? ok(header) : failed("its header holds impossible sizes");
}

export function encodeIndex(entries: readonly IndexEntry[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(entries.length * INDEX_BYTES));
  entries.forEach(({ firstKnown, lastKnown, offset, rows, crc }, index) => {
    const at = index * INDEX_BYTES;
    view.setFloat64(at, firstKnown, true);
    view.setFloat64(at + 8, lastKnown, true);
    view.setFloat64(at + 16, offset, true);
    view.setUint32(at + 24, rows, true);
    view.setUint32(at + 28, crc, true);
  });
  return new Uint8Array(view.buffer);
}

export function decodeIndex(bytes: Uint8Array, blocks: number): readonly IndexEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: blocks }, (_, index) => {
    const at = index * INDEX_BYTES;
    return {
      firstKnown: view.getFloat64(at, true),
      lastKnown: view.getFloat64(at + 8, true),
      offset: view.getFloat64(at + 16, true),
      rows: view.getUint32(at + 24, true),
      crc: view.getUint32(at + 28, true),
    };
  });
}

/** `tail`: index and JSON as they are written in front of it. */
export function encodeTrailer(blocks: number, indexOffset: number, jsonBytes: number, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, TRAILER_MAGIC, true);
  view.setUint32(4, blocks, true);
  view.setFloat64(8, indexOffset, true);
  view.setUint32(16, jsonBytes, true);
  view.setUint32(20, crc32(tail), true);
  view.setUint32(28, crc32(bytes.subarray(0, 28)), true);
  return bytes;
}

export function decodeTrailer(bytes: Uint8Array, fileBytes: number): Result<Trailer, string> {
  if (bytes.length < TRAILER_BYTES) return failed("its end is missing");
  const view = new DataView(bytes.buffer, bytes.byteOffset, TRAILER_BYTES);
  if (view.getUint32(0, true) !== TRAILER_MAGIC) return failed("its end is missing");
  if (view.getUint32(28, true) !== crc32(bytes.subarray(0, 28))) return failed("the checksum of its end is wrong");
  const trailer = {
    blocks: view.getUint32(4, true),
    indexOffset: view.getFloat64(8, true),
    jsonBytes: view.getUint32(16, true),
    crc: view.getUint32(20, true),
  };
  const { blocks, indexOffset, jsonBytes } = trailer;
  const fits = indexOffset + blocks * INDEX_BYTES + jsonBytes + TRAILER_BYTES === fileBytes;
  return fits && jsonBytes <= JSON_BYTES_MAX ? ok(trailer) : failed("its parts do not add up to its length");
}
