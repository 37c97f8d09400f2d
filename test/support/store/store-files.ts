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

/** One step of the database, in which it hears no interruption, of so many seconds on this machine, or a little more. */
export async function stubborn(store: ThreadedStore, seconds: number): Promise<string> {
  const timed = async (length: number): Promise<number> => {
    const from = performance.now();
    await store.query(searching(length), []);
    return performance.now() - from;
  };
  let length = 5e4;
  while ((await timed(length)) < MEASURED_MS) length *= 2;
  const tookMs = Math.min(await timed(length), await timed(length), await timed(length));
  return searching(Math.ceil(length * Math.sqrt((seconds * 1_000) / tookMs)));
}
const MEASURED_MS = 20;

/** Its time goes with the square of `length`. */
function searching(length: number): string {
  return `SELECT instr(printf('%.*c', ${length}, 'a'), printf('%.*c', ${length / 2}, 'a') || 'b') AS found`;
}
