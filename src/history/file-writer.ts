// Writes one dataset's file block by block, under a temporary name; `finish` brings it to the disk and `rename` gives it
// its name in one step. A process that is killed before leaves the old file and a leftover that the next opening removes.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { syncFolder } from "../store/folder.ts";
import { ColumnHash } from "./column-hash.ts";
import { COLUMNS, type Block, type Dataset } from "./dataset.ts";
import { datasetId, type Identity } from "./dataset-id.ts";
import {
  BLOCK_ROWS,
  encodeHeader,
  encodeIndex,
  encodeJson,
  encodeTrailer,
  HEADER_BYTES,
  TIME_COLUMNS,
  type IndexEntry,
} from "./file-format.ts";

export const TEMPORARY_SUFFIX = ".part";

/** What the rows do not tell. */
export type Remarks = Pick<Dataset, "source" | "synthetic" | "quality" | "importedAt">;

export class DatasetWriter {
  rows = 0;
  private readonly identity: Identity & { readonly unit: string };
  private readonly temporary: string;
  private readonly fd: number;
  private readonly blockRows: number;
  private memory: Float64Array;
  private readonly width: number;
  private readonly index: IndexEntry[] = [];
  private readonly hash: ColumnHash;
  private filled = 0;
  private offset: number;
  private from = Number.NaN;
  private to = Number.NaN;
  private open = true;
  private finished = false;

  /** `temporary`: a name beside the final one, nobody else's. */
  constructor(temporary: string, identity: Identity & { readonly unit: string }, blockRows = BLOCK_ROWS) {
    const { symbol, kind, intervalMs, venue, unit } = identity;
    // Nothing else of what the caller's object may hold belongs into the file.
    this.identity = { symbol, kind, intervalMs, venue, unit };
    this.temporary = temporary;
    this.blockRows = blockRows;
    const columns = COLUMNS[identity.kind].length;
    this.width = columns + TIME_COLUMNS;
    this.hash = new ColumnHash(columns);
    this.memory = new Float64Array(blockRows * this.width);
    this.fd = openSync(temporary, "w");
    const json = encodeJson(this.identity);
    writeFully(this.fd, encodeHeader(this.width, blockRows, json), 0);
    writeFully(this.fd, json, HEADER_BYTES);
    this.offset = HEADER_BYTES + json.length;
  }

  /** One row of a block; rows must come in the order of the file. */
  add(block: Block, at: number): void {
    const { memory, blockRows, filled } = this;
    memory[filled] = block.time[at] ?? Number.NaN;
    memory[blockRows + filled] = block.known[at] ?? Number.NaN;
    for (let column = 0; column < block.columns.length; column++) {
      memory[(column + TIME_COLUMNS) * blockRows + filled] = block.columns[column]?.[at] ?? Number.NaN;
    }
    if (++this.filled === blockRows) this.flush();
  }

  /** Rows begin to end of a block, copied column by column. */
  addRows(block: Block, begin: number, end: number): void {
    let at = begin;
    while (at < end) {
      const count = Math.min(end - at, this.blockRows - this.filled);
      const columns = [block.time, block.known, ...block.columns];
      columns.forEach((values, column) => {
        this.memory.set(values.subarray(at, at + count), column * this.blockRows + this.filled);
      });
      this.filled += count;
      at += count;
      if (this.filled === this.blockRows) this.flush();
    }
  }

  /** The dataset, on the disk under its temporary name. */
  finish(remarks: Remarks): Dataset {
    if (this.filled > 0) this.flush();
    const dataset: Dataset = {
      id: datasetId(this.identity),
      ...this.identity,
      rows: this.rows,
      from: this.from,
      to: this.to,
      hash: this.hash.digest(),
      ...remarks,
    };
    const index = encodeIndex(this.index);
    const json = encodeJson(dataset);
    const tail = Buffer.concat([index, json]);
    const trailer = encodeTrailer(this.index.length, this.offset, json.length, tail);
    writeFully(this.fd, Buffer.concat([tail, trailer]), this.offset);
    fsyncSync(this.fd);
    this.close();
    this.finished = true;
    return dataset;
  }

  /** Gives the finished file its name; without being finished there is nothing to name. */
  rename(path: string): void {
    if (!this.finished) return;
    renameSync(this.temporary, path);
    syncFolder(dirname(path));
  }

  /** Nothing is left of it. */
  abandon(): void {
    this.close();
    rmSync(this.temporary, { force: true });
  }

  private close(): void {
    if (!this.open) return;
    this.open = false;
    this.memory = new Float64Array(0); // an import may hold many finished writers until it names all their files
    closeSync(this.fd);
  }

  private flush(): void {
    const { filled: rows, memory, blockRows, width } = this;
    if (rows < blockRows) {
      for (let column = 1; column < width; column++) {
        memory.copyWithin(column * rows, column * blockRows, column * blockRows + rows);
      }
    }
    const column = (at: number): Float64Array => memory.subarray(at * rows, (at + 1) * rows);
    const block: Block = {
      rows,
      time: column(0),
      known: column(1),
      columns: Array.from({ length: width - TIME_COLUMNS }, (_, at) => column(at + TIME_COLUMNS)),
    };
    const bytes = new Uint8Array(memory.buffer, 0, rows * width * 8);
    writeFully(this.fd, bytes, this.offset);
    const [firstKnown = Number.NaN] = block.known;
    const lastKnown = block.known[rows - 1] ?? Number.NaN;
    this.index.push({ firstKnown, lastKnown, offset: this.offset, rows, crc: crc32(bytes) });
    this.hash.add(block);
    if (this.rows === 0) this.from = block.time[0] ?? Number.NaN;
    this.to = block.time[rows - 1] ?? Number.NaN;
    this.rows += rows;
    this.offset += bytes.length;
    this.filled = 0;
  }
}

function writeFully(fd: number, bytes: Uint8Array, offset: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
}
