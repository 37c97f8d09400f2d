// A process that writes to a store until it is killed: node store-writer.js FILE FIRST. Always IN_FLIGHT commits of three
// statements each are under way. The number of each that was confirmed goes to descriptor 3, a file, before the next one
// is begun, and to stdout, where it may come late.
import { writeSync } from "node:fs";
import { openStore, type Statement } from "../../src/store/store.ts";

const IN_FLIGHT = 1200;
const [, , file = "", first = "0"] = process.argv;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const store = await openStore({ file, log: silent });
if (!store.ok) throw new Error(store.failure);
let next = Number(first);

function part(name: string, n: number): Statement {
  return { sql: "INSERT INTO config (component, value, updated_at) VALUES (?, '{}', ?)", params: [`${name}${n}`, n] };
}

async function writeOn(): Promise<void> {
  if (!store.ok) return;
  for (;;) {
    const n = next++;
    const outcome = await store.value.commit([part("a", n), part("b", n), part("c", n)]);
    if (!outcome.ok) throw new Error(outcome.failure.code);
    writeSync(3, `${n}\n`);
    process.stdout.write(`${n}\n`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, writeOn));
