// What tests of the store share: a folder of their own, a log that is kept, and statements that need no other row.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { Statement, StoreLog, StoreOptions, ThreadedStore } from "../../../src/store/store.ts";
import { openStore } from "../../../src/store/store.ts";

export class KeptLog implements StoreLog {
  readonly lines: string[] = [];
  private awaited: { readonly text: string; readonly done: () => void }[] = [];

  info(message: string, fields: object = {}): void {
    const line = `${message} ${JSON.stringify(fields)}`;
    this.lines.push(line);
    for (const { text, done } of this.awaited) if (line.includes(text)) done();
    this.awaited = this.awaited.filter(({ text }) => !line.includes(text));
  }
  warn(message: string, fields: object = {}): void {
    this.info(message, fields);
  }
  error(message: string, fields: object = {}): void {
    this.info(message, fields);
  }
  until(text: string): Promise<void> {
    if (this.lines.some((line) => line.includes(text))) return Promise.resolve();
    return new Promise((done) => this.awaited.push({ text, done }));
  }
}

export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "store-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export async function opened(
  options: Partial<StoreOptions> & { readonly file: string | null },
): Promise<ThreadedStore> {
  const store = await openStore({ log: new KeptLog(), ...options });
  if (!store.ok) throw new Error(store.failure);
  onTestFinished(() => store.value.close());
  return store.value;
}

export function putConfig(component: string, value: object): Statement {
  return {
    sql: "INSERT INTO config (component, value, updated_at) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET value = excluded.value",
    params: [component, JSON.stringify(value)],
  };
}

/** Fails when the component is there already. */
export function addConfig(component: string): Statement {
  return { sql: "INSERT INTO config (component, value, updated_at) VALUES (?, '{}', 1)", params: [component] };
}

/** Ends the storage thread as a mistake in it would: the values are no list, which nothing there expects. */
export async function crash(store: ThreadedStore): Promise<void> {
  await store.commit([{ sql: "SELECT 1", params: null as unknown as [] }]);
}

/** Matches text that holds this part. */
export function textWith(part: string): unknown {
  return expect.stringContaining(part);
}

/** A query that has no end. */
export const ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

/** One step of the database, in which it hears no interruption; its time goes with the square of `length`: 4e5 take seconds. */
export function stubborn(length: number): string {
  return `SELECT instr(printf('%.*c', ${length}, 'a'), printf('%.*c', ${length / 2}, 'a') || 'b') AS found`;
}
