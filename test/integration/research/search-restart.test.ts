// A search that is killed goes on over its file: no trial runs twice, and the result is that of a search never killed.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { search } from "../../../src/research/search/search.ts";
import { analytic, hill } from "../../support/research/analytic.ts";
import { hillSearch } from "../../support/research/hill-search.ts";

const WRITER = fileURLToPath(new URL("../../support/research/search-writer.js", import.meta.url));
/** Of one life, twice of which is less than all. */
const TRIALS_MOST = 25;
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "search-"));
  folders.push(folder);
  return join(folder, "trials");
}
const linesOf = (path: string): number => (existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0);

/** Kills the writer without warning once so many lines are in the file. */
async function killedAfter(kind: string, path: string, lines: number): Promise<void> {
  const writer = spawn(process.execPath, [WRITER, kind, path, String(TRIALS_MOST)], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    writer.once("exit", () => {
      clearInterval(look);
      resolve();
    });
  });
  const look = setInterval(() => {
    if (linesOf(path) >= lines) writer.kill("SIGKILL");
  });
  await ended;
}

describe("a killed search", () => {
  it.each(["random", "tpe"] as const)("%s: goes on without running a finished trial again", async (kind) => {
    const path = newFile();
    await killedAfter(kind, path, 10);
    await killedAfter(kind, path, 30);
    const finished = linesOf(path) - 1;
    expect(finished).toBeGreaterThanOrEqual(29);
    expect(finished).toBeLessThan(60);
    appendFileSync(path, "0123456789abcdef {cut o"); // what a power cut leaves of a line
    const resumed = analytic(hill);
    const result = await search(resumed.evaluate, hillSearch(kind, path));
    expect(resumed.calls()).toBe(60 - finished);
    expect(result).toEqual(await search(analytic(hill).evaluate, hillSearch(kind, null)));
    expect(linesOf(path)).toBe(61);
  });

  it("is not mixed with another search, and not continued over a damaged file", async () => {
    const path = newFile();
    await search(analytic(hill).evaluate, hillSearch("random", path));
    const other = await search(analytic(hill).evaluate, { ...hillSearch("random", path), seed: 12 });
    expect(other.ok ? "" : other.failure).toContain("belongs to another search");
    writeFileSync(path, readFileSync(path, "utf8").replace('"number":7', '"number":8'));
    const damaged = await search(analytic(hill).evaluate, hillSearch("random", path));
    expect(damaged.ok ? "" : damaged.failure).toMatch(/line \d+ of the file of trials is damaged/);
  });
});
