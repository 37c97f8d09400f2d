// What was compiled, kept on disk from one start to the next: one file for each code, named by the hash of everything that
// its bytes follow from. A file carries the checksum of its name and content; one that is torn, was changed or has another's
// name is not there. It guards against damage, not against whoever may write there. Nothing depends on it: what cannot be
// read or written is compiled. Bounded in number and bytes; what was used longest ago goes.
//   file   SHA-256 of its name (64 hexadecimal digits) and all that follows, 32 bytes; bytes of what it tells, 4, little
//          endian; what it tells, as JSON; the module
import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../store/folder.ts";
import type { Told } from "./artefact.ts";

/** A compiled strategy, with its counter, and what it says of itself. */
export interface Kept extends Told {
  readonly wasm: Uint8Array<ArrayBuffer>;
}

/**
 * Part of the names: raised when what the compiler makes of the same code would become another module, or tell something else,
 * by another counter, another cost, other rules for what is declared.
 */
export const FORM = "2";
const SUM_BYTES = 32;
const LENGTH_BYTES = 4;
const OURS = /^[0-9a-f]{64}\.wasm$/;
const UNFINISHED = ".partial";
const STALE_MS = 3_600_000;

export interface Bounds {
  readonly files: number;
  readonly bytes: number;
}
const STANDARD: Bounds = { files: 512, bytes: 64 * 1_048_576 };

export class CompiledFiles {
  private readonly folder: string;
  private readonly bounds: Bounds;
  private count = 0;

  constructor(folder: string, bounds: Bounds = STANDARD) {
    this.folder = folder;
    this.bounds = bounds;
  }

  /** Null: it has to be compiled. */
  async read(key: string): Promise<Kept | null> {
    const file = this.fileOf(key);
    try {
      const bytes = await readFile(file);
      const content = bytes.subarray(SUM_BYTES);
      if (!sumOf(key, content).equals(bytes.subarray(0, SUM_BYTES))) return null;
      const from = LENGTH_BYTES + content.readUInt32LE(0);
      const { parameters, tests } = JSON.parse(content.toString("utf8", LENGTH_BYTES, from)) as Told;
      const now = Date.now() / 1000;
      await utimes(file, now, now).catch(() => undefined);
      return { parameters, tests, wasm: Uint8Array.from(content.subarray(from)) };
    } catch {
      return null;
    }
  }

  /** Resolves when it is there, or cannot be. */
  async write(key: string, { wasm, parameters, tests }: Kept): Promise<void> {
    const file = this.fileOf(key);
    const partial = `${file}.${process.pid}-${++this.count}${UNFINISHED}`;
    const told = Buffer.from(JSON.stringify({ parameters, tests } satisfies Told));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(told.length);
    const content = Buffer.concat([length, told, wasm]);
    try {
      makeFolder(this.folder);
      await writeFile(partial, Buffer.concat([sumOf(key, content), content]));
      await rename(partial, file);
      await this.trim();
    } catch {
      await rm(partial, { force: true }).catch(() => undefined);
    }
  }

  private async trim(): Promise<void> {
    const names = await readdir(this.folder);
    const found = await Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs } = await stat(join(this.folder, name));
        return { name, size, mtimeMs };
      }),
    );
    const newest = found.filter(({ name }) => OURS.test(name)).toSorted((a, b) => b.mtimeMs - a.mtimeMs);
    let bytes = 0;
    const gone = newest.filter(({ size }, index) => (bytes += size) > this.bounds.bytes || index >= this.bounds.files);
    const stale = found.filter(({ name, mtimeMs }) => name.endsWith(UNFINISHED) && Date.now() - mtimeMs > STALE_MS);
    await Promise.all([...gone, ...stale].map(({ name }) => rm(join(this.folder, name), { force: true })));
  }

  private fileOf(key: string): string {
    return join(this.folder, `${key}.wasm`);
  }
}

function sumOf(key: string, content: Uint8Array): Buffer {
  return createHash("sha256").update(key).update(content).digest();
}
