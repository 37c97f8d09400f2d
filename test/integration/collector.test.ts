// V8's threads beside the engine's: where processors are few, they give way.
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, getPriority } from "node:os";
import { afterEach, expect, it } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";

const FEW_PROCESSORS = 4;
/** As many as node starts unless it is told another number. */
const HELPERS = 4;

let engine: EngineProcess | null = null;
afterEach(async () => {
  await engine?.stop();
  engine = null;
});

/** Of each thread by its number: what /proc/N/stat has in its nineteenth field; the second may hold spaces. */
function nicenessOf(pid: number): ReadonlyMap<number, number> {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return new Map(
    threads.map((thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
      return [thread, Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[16])];
    }),
  );
}

it("marking old objects gives way to the engine's main thread, which does not give way itself", async () => {
  engine = await EngineProcess.start({ DATA_DIR: "" });
  const own = getPriority();
  const { pid } = engine;
  // In the order in which they were started, whatever others have started in between; numbers may have begun again.
  const all = [...nicenessOf(pid)].toSorted(([one], [other]) => one - other);
  const first = [...all.filter(([thread]) => thread >= pid), ...all.filter(([thread]) => thread < pid)].slice(
    0,
    HELPERS + 2,
  );
  expect(first.length).toBe(HELPERS + 2);
  const lower = first.filter(([, nice]) => nice > own).map(([thread]) => thread);
  expect(lower).not.toContain(pid);
  expect(lower.length >= HELPERS).toBe(availableParallelism() <= FEW_PROCESSORS);
});
