// What was compiled, kept on disk from one start to the next: one file for each code, named by the hash of everything that
// its bytes follow from. A file carries the checksum of its name and content; one that is torn, was changed or has another's
// name is not there. It guards against damage, not against whoever may write there. Nothing depends on it: what cannot be
// read or written is compiled. Bounded in number and bytes; what was used longest ago goes.
//   file   SHA-256 of its name (64 hexadecimal digits) and the module, 32 bytes; the module
import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../store/folder.ts";

const SUM_BYTES = 32;
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
  async read(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const file = this.fileOf(key);
    try {
      const bytes = await readFile(file);
      const module = bytes.subarray(SUM_BYTES);
      if (bytes.length <= SUM_BYTES || !sumOf(key, module).equals(bytes.subarray(0, SUM_BYTES))) return null;
      const now = Date.now() / 1000;
      await utimes(file, now, now).catch(() => undefined);
      return Uint8Array.from(module);
    } catch {
      return null;
    }
  }

  /** Resolves when it is there, or cannot be. */
  async write(key: string, module: Uint8Array): Promise<void> {
    const file = this.fileOf(key);
    const partial = `${file}.${process.pid}-${++this.count}${UNFINISHED}`;
    try {
      makeFolder(this.folder);
      await writeFile(partial, Buffer.concat([sumOf(key, module), module]));
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

function sumOf(key: string, module: Uint8Array): Buffer {
  return createHash("sha256").update(key).update(module).digest();
}
