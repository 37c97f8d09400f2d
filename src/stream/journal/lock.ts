// One engine per journal folder, whichever container or machine it runs in. Two things say who has it:
//   lock.held  a lock of the operating system on this file, which ends with the process that has it: that decides
//   lock       who that is, in words: for the message to the second one, and where a file system has no such locks a
//              living process that is named there and that can be seen from here counts as well
// A folder whose holder was killed can be taken at once; so can a copy, because a lock is on a file and not in it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { HeldFile } from "../../store/held-file.ts";
import { JournalError } from "./failure.ts";
import { describe, livesHere, ownLine } from "./holder.ts";

const NAME = "lock";
const HELD = "lock.held";

export class FolderLock {
  private readonly path: string;
  private readonly line: string;
  private readonly held: HeldFile;

  private constructor(path: string, line: string, held: HeldFile) {
    this.path = path;
    this.line = line;
    this.held = held;
  }

  /** Throws a JournalError while a living process holds the folder, and when it cannot be used. */
  static take(dir: string): FolderLock {
    const path = resolve(dir, NAME);
    const held = usable(dir, () => HeldFile.take(resolve(dir, HELD)));
    if (held === null) throw locked(dir, usable(dir, () => read(path)) ?? "");
    try {
      const before = usable(dir, () => read(path));
      if (before !== null && livesHere(before)) throw locked(dir, before);
      const line = ownLine();
      usable(dir, () => writeFileSync(path, line));
      return new FolderLock(path, line, held);
    } catch (error) {
      held.release();
      throw error;
    }
  }

  release(): void {
    if (read(this.path) === this.line) rmSync(this.path, { force: true });
    this.held.release();
  }
}

function usable<T>(dir: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new JournalError({ code: "journal_unusable", dir, reason: error.message });
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function locked(dir: string, line: string): JournalError {
  return new JournalError({ code: "journal_locked", dir, holder: describe(line) ?? "an engine that has just begun" });
}
