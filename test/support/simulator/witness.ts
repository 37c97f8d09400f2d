// The store as the management sees it, with a note of every commit: what was confirmed must be there after a restart, and
// what was refused must not be. Told by rows whose ids are new each time, those of trades and of executions. A commit whose
// thread was lost may or may not have been stored; one that is handed in again is open again.
import type { Failure } from "../../../src/domain/failure.ts";
import { failed, ok, type Result } from "../../../src/domain/result.ts";
import type { Reader, Row, SqlValue, Statement, Store, StoreStatus } from "../../../src/store/store.ts";
import { must } from "./facts.ts";
import type { StoreLies } from "./lies.ts";

const NEW_ROW = /^\s*INSERT INTO (?:trades|executions) /;

export class Promises {
  confirmed = new Set<string>();
  refused = new Set<string>();
  refusals = 0;

  check(stored: ReadonlySet<string>, end: string): void {
    for (const id of this.confirmed) must(stored.has(id), () => `${id} was confirmed, and is not there after a ${end}`);
    for (const id of this.refused) must(!stored.has(id), () => `${id} was refused, and is there after a ${end}`);
    this.refused.clear();
  }
}

export class WitnessStore implements Store {
  private readonly inner: Store;
  private readonly promises: Promises;
  private readonly lies: StoreLies;

  /** `lies`: for the proof of the simulator. */
  constructor(inner: Store, promises: Promises, lies: StoreLies) {
    this.inner = inner;
    this.promises = promises;
    this.lies = lies;
  }

  async commit(given: readonly Statement[]): Promise<Result<void, Failure>> {
    const { promises } = this;
    const statements = this.lies.handed(given);
    if (statements.length === 0) return ok(undefined);
    const ids = statements.filter(({ sql }) => NEW_ROW.test(sql)).map(({ params }) => String(params[0]));
    for (const id of ids) promises.refused.delete(id);
    const stored = this.lies.bent(statements);
    if (stored === null) return ok(undefined);
    const kept = await this.inner.commit(stored);
    const lie = kept.ok ? this.lies.answer(statements) : null;
    const done = lie === null ? kept : failed(lie);
    if (done.ok) for (const id of ids) promises.confirmed.add(id);
    else {
      promises.refusals++;
      // In doubt, and read as refused only where the store has said why.
      if (done.failure.code !== "storage_unavailable") for (const id of ids) promises.refused.add(id);
    }
    return done.ok ? done : failed(done.failure);
  }

  undo(statements: readonly Statement[]): Promise<Result<void, Failure>> {
    return this.commit(statements);
  }
  query(sql: string, params: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.inner.query(sql, params);
  }
  get reads(): Reader {
    return this.inner.reads;
  }
  status(): StoreStatus {
    return this.inner.status();
  }
  close(): Promise<void> {
    return this.inner.close();
  }
}
