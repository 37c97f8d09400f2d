// The pieces of a file, gzipped or not, and its lines: one piece in memory at a time. A reader that stops early closes
// the file.
import { createReadStream, type ReadStream } from "node:fs";
import { createGunzip } from "node:zlib";

const LINE_BYTES_MAX = 1024 * 1024;

/** A file that cannot be what its name says; the message is one sentence for people. */
export class FileFault extends Error {}

export interface OpenFile {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Bytes read so far, as the file lies on disk. */
  bytesRead(): number;
  close(): void;
}

export function openFile(path: string): OpenFile {
  const file: ReadStream = createReadStream(path);
  if (!path.endsWith(".gz")) return { pieces: file, bytesRead: () => file.bytesRead, close: () => file.destroy() };
  const plain = createGunzip();
  file.on("error", (error) => plain.destroy(error));
  file.pipe(plain);
  const close = (): void => {
    file.destroy();
    plain.destroy();
  };
  return { pieces: plain, bytesRead: () => file.bytesRead, close };
}

export interface Line {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** The lines of each piece that end in it, without their line ends; empty ones are counted but left out. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Line[]> {
  let rest: Uint8Array = new Uint8Array(0);
  let number = 0;
  for await (const piece of pieces) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    const lines: Line[] = [];
    let from = 0;
    for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
      number += 1;
      addLine(lines, number, bytes.subarray(from, end));
      from = end + 1;
    }
    rest = bytes.slice(from);
    if (rest.length > LINE_BYTES_MAX) throw new FileFault(tooLong(number + 1));
    if (lines.length > 0) yield lines;
  }
  const last: Line[] = [];
  addLine(last, number + 1, rest);
  if (last.length > 0) yield last;
}

function tooLong(line: number): string {
  return `line ${line} is longer than ${LINE_BYTES_MAX} bytes; each row needs a line of its own, ended by a line feed`;
}

function addLine(lines: Line[], number: number, bytes: Uint8Array): void {
  const line = bytes[bytes.length - 1] === 13 ? bytes.subarray(0, -1) : bytes;
  if (line.length > 0) lines.push({ number, bytes: line });
}
