// Makes a folder and those above it that are missing, open to their owner only. Node's own `recursive` asks without end
// where a file system answers that a folder under an existing one is not there (/proc does); here each is asked for once,
// and the refusal is thrown. Once at once, and once for a folder that may let its caller wait. And what
// makes a change of names in one permanent.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

const OWNER_ONLY = 0o700;

export function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    try {
      mkdirSync(path, { mode: OWNER_ONLY });
    } catch (error) {
      // Another process may have been quicker.
      if (!(existsSync(path) && statSync(path).isDirectory())) throw error;
    }
  }
}

/** The same in another thread: this one does not wait for a network. */
export async function makeFolderAside(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let path = resolve(folder); (await kindOf(path)) === "none"; path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    try {
      await mkdir(path, { mode: OWNER_ONLY });
    } catch (error) {
      if ((await kindOf(path)) !== "folder") throw error;
    }
  }
}

/** Makes created, renamed and removed names survive a power cut. */
export function syncFolder(dir: string): void {
  const folder = openSync(dir, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

async function kindOf(path: string): Promise<"folder" | "file" | "none"> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return "none";
  }
}
