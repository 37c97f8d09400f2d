// When a thread of executions is taken for one that hangs: what it does with the time is looked at, not the time alone.
import { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { PATIENCE, Stillness } from "../../../src/manage/executions/stillness.ts";
import { threadState, type ThreadState } from "../../../src/sandbox/sandbox.ts";

const MOST = 4;
const EVERY_MS = 500;

/** Looks until it hangs, at most `times`; null: it does not. `state` at each look. */
function lookedAt(
  times: number,
  state: (look: number) => ThreadState | null,
  beat: (look: number) => number = () => 7,
): number | null {
  const stillness = new Stillness(7);
  for (let look = 1; look <= times; look++) {
    stillness.look(beat(look), look * EVERY_MS, () => state(look));
    if (stillness.hangs(MOST)) return look;
  }
  return null;
}

const waiting = (look: number): ThreadState => ({ ready: true, usedNs: look * 1e6 });

describe("a thread that has not moved", () => {
  it("hangs after so many looks where it sleeps, where it computes, and where nobody can tell", () => {
    expect(lookedAt(99, () => ({ ready: false, usedNs: 0 }))).toBe(MOST);
    expect(lookedAt(99, (look) => ({ ready: true, usedNs: look * 0.1 * EVERY_MS * 1e6 }))).toBe(MOST);
    expect(lookedAt(99, () => null)).toBe(MOST);
  });

  it("does not hang while it waits for the processor, but for so long", () => {
    expect(lookedAt(PATIENCE * MOST - 1, waiting)).toBeNull();
    expect(lookedAt(999, waiting)).toBe(PATIENCE * MOST);
  });

  it("has only the looks counted at which it did not wait", () => {
    const state = (look: number): ThreadState => (look <= 20 ? waiting(look) : { ready: false, usedNs: 20e6 });
    // The first look has none before it, so nothing is known of the time.
    expect(lookedAt(99, state)).toBe(20 + MOST - 1);
  });

  it("begins anew with each move", () => {
    const beat = (look: number): number => (look % MOST === 0 ? look : look - (look % MOST));
    expect(
      lookedAt(
        99,
        () => ({ ready: false, usedNs: 0 }),
        (look) => beat(look) + 100,
      ),
    ).toBeNull();
  });
});

/** A thread that says its number and goes on so. */
async function thread(then: string): Promise<number> {
  const code = `
    const { parentPort } = require("node:worker_threads");
    parentPort.postMessage(Number(require("node:fs").readlinkSync("/proc/thread-self").split("/").at(-1)));
    setImmediate(() => { ${then} });`;
  const worker = new Worker(code, { eval: true });
  onTestFinished(async () => void (await worker.terminate()));
  return new Promise((resolve) => worker.once("message", resolve));
}

describe.runIf(process.platform === "linux")("the state of a thread, as another one sees it", () => {
  it("is ready where it computes, with what it has had of the processor", async () => {
    const busy = await thread("for (;;);");
    await expect.poll(() => (threadState(busy)?.usedNs ?? 0) > 200e6).toBe(true);
    await expect.poll(() => threadState(busy)?.ready).toBe(true);
  });

  it("is not ready where it waits for something, and is none where it is gone", async () => {
    const still = await thread("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);");
    await expect.poll(() => threadState(still)?.ready).toBe(false);
    expect(threadState(2 ** 30)).toBeNull();
  });
});
