// A database that fails: the SQL driver of the store, whose writes and commits are refused when the simulator says so, with
// everything that the real one says in such a case. A fault comes in the middle of a commit, at its end, or takes the whole
// transaction with it, as SQLite does for some.
import {
  type Row,
  type SqlDriver,
  SqlError,
  type SqlFaultKind,
  type SqlStatement,
  type SqlValue,
} from "../../../src/store/sqlite/driver.ts";
import type { Random } from "../random.ts";

const WRITES = /^\s*(?:INSERT|UPDATE|DELETE)/;

interface Coming {
  readonly kind: SqlFaultKind;
  /** Writes that are still taken; null: the commit itself is refused. */
  writes: number | null;
  /** It takes the transaction with it. */
  readonly whole: boolean;
}

export class StoreFaults {
  refused = 0;
  /** Passes for which the thread does nothing. */
  slow = 0;
  private coming: Coming | null = null;
  private off = true;
  private again = 0;
  private readonly random: Random;
  private readonly note: (line: string) => void;

  constructor(random: Random, note: (line: string) => void) {
    this.random = random;
    this.note = note;
  }

  /** From now on it fails, or does not. */
  allow(faults: boolean): void {
    this.off = !faults;
    this.coming = null;
    this.again = 0;
    this.slow = 0;
  }

  /** Something will fail. */
  arm(): void {
    const { random } = this;
    if (random.next() < 0.25) {
      this.slow = random.integer(200);
      return;
    }
    this.again = random.next() < 0.3 ? 1 + random.integer(6) : 0;
    this.next();
  }

  write(driver: SqlDriver): void {
    if (this.off || this.coming === null || this.coming.writes === null || this.coming.writes-- > 0) return;
    if (this.coming.whole && driver.inTransaction) driver.script("ROLLBACK");
    this.fail(this.coming.kind);
  }
  commit(): void {
    if (!this.off && this.coming?.writes === null) this.fail(this.coming.kind);
  }

  private next(): void {
    const { random } = this;
    const kind = (["busy", "full", "full", "io"] as const)[random.integer(4)] ?? "io";
    const writes = random.next() < 0.2 ? null : random.integer(12);
    this.coming = { kind, writes, whole: random.next() < 0.3 };
  }

  private fail(kind: SqlFaultKind): never {
    this.coming = null;
    this.refused++;
    this.note(`the store refuses: ${kind}`);
    if (this.again-- > 0) this.next();
    throw new SqlError(kind, `simulated: ${kind}`);
  }
}

export class FaultyDriver implements SqlDriver {
  private readonly inner: SqlDriver;
  private readonly faults: StoreFaults;

  constructor(inner: SqlDriver, faults: StoreFaults) {
    this.inner = inner;
    this.faults = faults;
  }

  get inTransaction(): boolean {
    return this.inner.inTransaction;
  }
  prepare(sql: string): SqlStatement {
    return this.inner.prepare(sql);
  }
  run(sql: string, params: readonly SqlValue[] = []): number {
    if (WRITES.test(sql)) this.faults.write(this.inner);
    return this.inner.run(sql, params);
  }
  get(sql: string, params: readonly SqlValue[] = []): Row | undefined {
    return this.inner.get(sql, params);
  }
  all(sql: string, params: readonly SqlValue[] = []): readonly Row[] {
    return this.inner.all(sql, params);
  }
  iterate(sql: string, params: readonly SqlValue[] = []): Generator<Row, void> {
    return this.inner.iterate(sql, params);
  }
  script(sql: string): void {
    this.inner.script(sql);
  }
  transaction<T>(work: () => T): T {
    return this.inner.transaction(() => {
      const value = work();
      this.faults.commit();
      return value;
    });
  }
  close(): void {
    this.inner.close();
  }
}
