// kill -9 in the middle of more than a thousand concurrent commits, again and again on the same file: whatever was
// confirmed is there, and of each commit all of its statements or none.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Random } from "../../support/random.ts";
import { opened, temporaryFolder } from "../../support/store/store-files.ts";

const WRITER = fileURLToPath(new URL("../../support/store-writer.js", import.meta.url));
const ROUNDS = 6;

/** Lets a process write from number `first` on and kills it after so many confirmations; all that it confirmed. */
async function writeAndKill(file: string, first: number, confirmations: number): Promise<readonly number[]> {
  const record = `${file}.${first}.confirmed`;
  const descriptor = openSync(record, "w");
  const child = spawn(process.execPath, [WRITER, file, String(first)], {
    stdio: ["ignore", "pipe", "inherit", descriptor],
  });
  const ended = new Promise((done) => child.once("close", (code, signal) => done(signal ?? code)));
  let seen = 0;
  const lines = createInterface(child.stdout!);
  lines.on("line", () => ++seen === confirmations && child.kill("SIGKILL"));
  expect(await ended).toBe("SIGKILL");
  closeSync(descriptor);
  return readFileSync(record, "utf8").trimEnd().split("\n").map(Number);
}

it("a store that is killed while it writes has lost nothing that it confirmed, and holds no half of a commit", async () => {
  const file = join(temporaryFolder(), "engine.db");
  const random = new Random(20_251_121);
  const confirmed: number[] = [];
  let first = 0;
  for (let round = 0; round < ROUNDS; round++) {
    confirmed.push(...(await writeAndKill(file, first, 1 + Math.floor(random.next() * 4000))));
    const store = await opened({ file });
    const rows = await store.query("SELECT updated_at AS n, count(*) AS parts FROM config GROUP BY updated_at", []);
    const parts = new Map(rows.map((row) => [Number(row["n"]), row["parts"]]));
    expect(new Set(parts.values())).toEqual(new Set([3]));
    expect(confirmed.filter((n) => !parts.has(n))).toEqual([]);
    expect(await store.query("PRAGMA integrity_check", [])).toEqual([{ integrity_check: "ok" }]);
    first = Math.max(...parts.keys()) + 1;
    await store.close();
  }
  expect(confirmed.length).toBeGreaterThan(1000);
});
