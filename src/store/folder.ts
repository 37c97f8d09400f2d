// Makes a folder and those above it that are missing, open to their owner only. Node's own `recursive` asks without end where a file system answers
// that a folder under an existing one is not there (/proc does); here each is asked for once, and the refusal is thrown.
import { existsSync, mkdirSync, statSync } from "node:fs";
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
