// A record of a table as a test writes it and reads it back, whatever the table.
import type { Statement, Store } from "../../../src/store/store.ts";

export type Sample = readonly [
  table: string,
  statement: Statement,
  load: (store: Store) => Promise<readonly unknown[]>,
  record: unknown,
];

interface AnyTable<R> {
  put(record: R): Statement;
  load(store: Store): Promise<readonly unknown[]>;
}

export function sample<R>(name: string, table: AnyTable<R>, record: R): Sample {
  return [name, table.put(record), (store) => table.load(store), record];
}
