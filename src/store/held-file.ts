// A lock of the operating system on a file: one process has it, and it ends with that process, however it ends. It holds
// between containers of a host, whose process ids say nothing to each other, and between hosts as far as their file
// system has locks (NFS 4 has). It is the lock that SQLite takes on a database that is being written: the file stays
// empty. The file is never removed, because whoever had it open would then hold a lock that nobody else can see. Nor may
// anything in the process that has the lock open the file once more, even to copy it: the system ends such locks of a
// process with any close of the file.
import { SqlError, type SqlDriver } from "./sqlite/driver.ts";
import { openLibsql } from "./sqlite/libsql-driver.ts";

/** Of several that try at once one gets it: the others' tries are over by then. */
const TRIES_MS = 250;

export class HeldFile {
  private readonly driver: SqlDriver;

  private constructor(driver: SqlDriver) {
    this.driver = driver;
  }

  /** Null: somebody has it, of this process or another one. Throws an SqlError where the file cannot be made or locked. */
  static take(path: string): HeldFile | null {
    const driver = openLibsql(path, true);
    try {
      driver.script(`PRAGMA busy_timeout = ${TRIES_MS}`);
      driver.script("BEGIN EXCLUSIVE");
      return new HeldFile(driver);
    } catch (error) {
      driver.close();
      if (error instanceof SqlError && error.kind === "busy") return null;
      throw error;
    }
  }

  release(): void {
    this.driver.script("ROLLBACK");
    this.driver.close();
  }
}
