// The bytes of the one file in a folder.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export function onlyNameIn(dir: string): Uint8Array {
  const [name, ...more] = readdirSync(dir);
  if (name === undefined || more.length > 0) throw new Error(`${dir} has not exactly one file`);
  return new Uint8Array(readFileSync(join(dir, name)));
}
