// Reads one dataset's file and vouches for every block that it hands out. Synchronous, from any thread; the memory is that
// of one block, whatever the length of the file. A file is complete from its first moment under its name and never
// changes: who has it open reads it to its end, even when it is replaced or deleted meanwhile.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { COLUMNS, type Block, type Dataset, type Span } from "./dataset.ts";
import { HistoryFault, IMPORT_AGAIN } from "./fault.ts";
import {
  decodeHeader,
  decodeIndex,
  decodeTrailer,
  HEADER_BYTES,
  INDEX_BYTES,
  TIME_COLUMNS,
  TRAILER_BYTES,
  type IndexEntry,
} from "./file-format.ts";
import { cutBlock } from "./span.ts";

export class DatasetFile {
  readonly path: string;
  readonly bytes: number;
  readonly dataset: Dataset;
  readonly index: readonly IndexEntry[];
  private readonly fd: number;
  private readonly blockRows: number;

  /** Throws HistoryFault on a file whose frame is damaged; the blocks are looked at when they are read. */
  static open(path: string): DatasetFile {
    const fd = openSync(path, "r");
    try {
      return new DatasetFile(path, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  private constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
    this.bytes = fstatSync(fd).size;
    const header = decodeHeader(this.take(0, HEADER_BYTES));
    if (!header.ok) throw this.fault(header.failure);
    const trailer = decodeTrailer(this.take(Math.max(0, this.bytes - TRAILER_BYTES), TRAILER_BYTES), this.bytes);
    if (!trailer.ok) throw this.fault(trailer.failure);
    const { blocks, indexOffset, jsonBytes, crc } = trailer.value;
    const tail = this.take(indexOffset, blocks * INDEX_BYTES + jsonBytes);
    if (crc32(tail) !== crc) throw this.fault("the checksum of its index is wrong");
    if (crc32(this.take(HEADER_BYTES, header.value.jsonBytes)) !== header.value.jsonCrc) {
      throw this.fault("the checksum of its identity is wrong");
    }
    this.index = decodeIndex(tail, blocks);
    this.dataset = JSON.parse(Buffer.from(tail.subarray(blocks * INDEX_BYTES)).toString()) as Dataset;
    this.blockRows = header.value.blockRows;
    const columns = COLUMNS[this.dataset.kind] as readonly string[] | undefined;
    if (columns?.length !== header.value.columns - TIME_COLUMNS)
      throw this.fault("its columns are not those of its kind");
  }

  /** Blocks in order; their arrays are filled again for the next one. */
  *blocks(span: Span = {}): Generator<Block> {
    const { from = -Infinity, to = Infinity } = span;
    const width = COLUMNS[this.dataset.kind].length + TIME_COLUMNS;
    const memory = new ArrayBuffer(this.largestBlock() * width * 8);
    for (let number = this.firstBlock(from); number < this.index.length; number++) {
      const entry = this.index[number];
      if (!entry || entry.firstKnown >= to) return;
      const block = cutBlock(this.readBlock(entry, number, width, memory), span);
      if (block) yield block;
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  private largestBlock(): number {
    return this.index.reduce((most, { rows }) => Math.max(most, rows), 0);
  }

  /** The first block that may hold rows known at or after `from`. */
  private firstBlock(from: number): number {
    let low = 0;
    let high = this.index.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.index[middle]?.lastKnown ?? Infinity) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private readBlock(entry: IndexEntry, number: number, width: number, memory: ArrayBuffer): Block {
    const bytes = new Uint8Array(memory, 0, entry.rows * width * 8);
    const where = `block ${number + 1} of ${this.index.length}`;
    if (entry.rows > this.blockRows || readFully(this.fd, bytes, entry.offset) < bytes.length) {
      throw this.fault(`${where} is not whole`);
    }
    if (crc32(bytes) !== entry.crc) throw this.fault(`the checksum of ${where} is wrong`);
    const column = (at: number): Float64Array => new Float64Array(memory, at * entry.rows * 8, entry.rows);
    const columns = Array.from({ length: width - TIME_COLUMNS }, (_, at) => column(at + TIME_COLUMNS));
    return { rows: entry.rows, time: column(0), known: column(1), columns };
  }

  private take(offset: number, length: number): Uint8Array {
    if (offset < 0 || length < 0 || offset + length > Math.max(this.bytes, length)) throw this.fault("it is cut off");
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readFully(this.fd, bytes, offset));
  }

  private fault(what: string): HistoryFault {
    return new HistoryFault(this.path, what, IMPORT_AGAIN);
  }
}

function readFully(fd: number, bytes: Uint8Array, offset: number): number {
  let done = 0;
  while (done < bytes.length) {
    const read = readSync(fd, bytes, done, bytes.length - done, offset + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
