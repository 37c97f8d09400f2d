// Group commit: what waits together becomes one transaction of the database and shares its sync, and still each commit
// is all or nothing by itself: a savepoint around each takes back what a refused one had begun, and its neighbours stay.
// When the disk is full, each is tried again alone, so that a large one does not take small ones with it.
import { type SqlDriver, SqlError, type SqlFaultKind, type SqlValue } from "./driver.ts";

export interface Statement {
  /** A constant of our code; values are its parameters. */
  readonly sql: string;
  readonly params: readonly SqlValue[];
}
export type Commit = readonly Statement[];

export interface Fault {
  readonly kind: SqlFaultKind;
  readonly reason: string;
}
/** null: it is durable. */
export type Outcome = Fault | null;

export function commitGroup(driver: SqlDriver, group: readonly Commit[]): readonly Outcome[] {
  const [first] = group;
  if (first === undefined) return [];
  if (group.length === 1) return [commitAlone(driver, first)];
  try {
    return driver.transaction(() => group.map((commit) => commitInside(driver, commit)));
  } catch (error) {
    const fault = faultOf(error);
    // Nothing of the group was kept. Alone, those that fit will fit.
    return group.map((commit) => (fault.kind === "full" ? commitAlone(driver, commit) : fault));
  }
}

function commitAlone(driver: SqlDriver, commit: Commit): Outcome {
  try {
    driver.transaction(() => apply(driver, commit));
    return null;
  } catch (error) {
    return faultOf(error);
  }
}

function commitInside(driver: SqlDriver, commit: Commit): Outcome {
  driver.run("SAVEPOINT one");
  try {
    apply(driver, commit);
    driver.run("RELEASE one");
    return null;
  } catch (error) {
    // Some faults end the whole transaction; then its other commits are gone as well.
    if (!driver.inTransaction) throw error;
    driver.run("ROLLBACK TO one");
    driver.run("RELEASE one");
    return faultOf(error);
  }
}

function apply(driver: SqlDriver, commit: Commit): void {
  for (const { sql, params } of commit) driver.run(sql, params);
}

export function faultOf(error: unknown): Fault {
  if (error instanceof SqlError) return { kind: error.kind, reason: error.message };
  throw error;
}
