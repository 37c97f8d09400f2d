// Beside the database, a file that says: it was found whole, and nobody but an engine has written to it since. It holds what
// the system says of the database's file (which one, how long, when it was changed last, which nobody can set) and the boot:
// what is in the system's memory outlives a kill -9, and what a power cut or another machine may have done to the file
// cannot have happened. Whatever differs, is not there or cannot be read counts as no mark, so a write that fails, or was
// cut off, only costs the next start its check. It is never synced: behind a power cut it would not count.
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { MIGRATIONS } from "./migrate.ts";

const BOOT = "/proc/sys/kernel/random/boot_id";

export class WholeMark {
  private readonly file: string;
  private readonly path: string;
  private readonly boot: string | null;
  /** What it says; null: nothing. */
  private said: string | null = null;

  /** `boot` null: this system does not say which one it is, and no mark counts. */
  constructor(file: string, boot: string | null = bootId()) {
    this.file = file;
    this.path = `${file}.whole`;
    this.boot = boot;
  }

  /** Whether it counts. It is gone then: until it is put, a start checks the file before it serves. */
  take(): boolean {
    if (this.boot === null) return false;
    try {
      const counts = readFileSync(this.path, "utf8") === this.now();
      this.drop();
      return counts;
    } catch {
      return false;
    }
  }

  /** It was found whole. */
  put(): void {
    this.said = "";
    this.follow();
  }

  /** Behind what an engine has written: some of it may have gone from the log into the file. */
  follow(): void {
    if (this.said === null || this.boot === null) return;
    try {
      const now = this.now();
      if (now === this.said) return;
      writeFileSync(this.path, now, { mode: 0o600 });
      this.said = now;
    } catch {
      // As it stands it does not count, and the next group of commits tries again.
    }
  }

  drop(): void {
    this.said = null;
    rmSync(this.path, { force: true });
  }

  /** An engine with other tables changes the file at its start, and checks it before. */
  private now(): string {
    const { dev, ino, size, ctimeNs } = statSync(this.file, { bigint: true });
    return `${this.boot} ${dev} ${ino} ${size} ${ctimeNs} ${MIGRATIONS.length}\n`;
  }
}

function bootId(): string | null {
  try {
    return readFileSync(BOOT, "utf8").trim();
  } catch {
    return null;
  }
}
