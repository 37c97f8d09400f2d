// Stores that are too large to be checked before they are served, and who checks them behind that.
import { join } from "node:path";
import { openStore, type ThreadedStore } from "../../../src/store/store.ts";
import { largeStore } from "./damaged-file.ts";
import { KeptLog, opened, temporaryFolder } from "./store-files.ts";

export const CHECKED = "the database is being checked";
export const WHOLE = "the database was checked and is whole";

export async function large(): Promise<string> {
  const file = join(temporaryFolder(), "engine.db");
  await largeStore(file);
  return file;
}
export async function served(file: string, log: KeptLog, onTrouble?: (reason: string) => void): Promise<ThreadedStore> {
  const store = await opened({ file, log, ...(onTrouble === undefined ? {} : { onTrouble }) });
  store.checkRest();
  return store;
}
export async function refusal(file: string): Promise<string> {
  const again = await openStore({ file, log: new KeptLog() });
  if (!again.ok) return again.failure;
  await again.value.close();
  throw new Error("it was opened");
}
export function checker(log: KeptLog): number {
  const begun = log.lines.find((line) => line.startsWith(CHECKED)) ?? "";
  return (JSON.parse(begun.slice(CHECKED.length)) as { readonly pid: number }).pid;
}
export function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
