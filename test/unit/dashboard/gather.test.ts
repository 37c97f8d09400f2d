import { describe, expect, it } from "vitest";
import { gathering } from "../../../src/dashboard/gather.ts";

describe("what the socket tells", () => {
  it("is shown once a frame, all of it, in its order", () => {
    const [frames, taken] = [[] as (() => void)[], [] as unknown[]];
    const { add } = gathering<string, number>({
      take: (channel, items) => taken.push([channel, items]),
      soon: (run) => frames.push(run),
      complain: () => undefined,
    });
    for (const item of [1, 2, 3]) add("signals", item);
    expect([frames.length, taken]).toEqual([1, []]);
    frames.shift()?.();
    expect(taken).toEqual([["signals", [1, 2, 3]]]);
    add("signals", 4);
    expect(frames).toHaveLength(1);
  });

  it("tells with each plan how many were shown the last time, so that crowds can be shown less often", () => {
    const [frames, crowds] = [[] as (() => void)[], [] as number[]];
    const { add } = gathering<string, number>({
      take: () => undefined,
      soon: (run, crowd) => {
        frames.push(run);
        crowds.push(crowd);
      },
      complain: () => undefined,
    });
    for (const item of [1, 2, 3]) add("signals", item);
    frames.shift()?.();
    add("trades", 4);
    frames.shift()?.();
    add("trades", 5);
    expect(crowds).toEqual([0, 3, 1]);
  });

  it("is shown when the tab is hidden before its frame, and goes on behind that", () => {
    const [frames, taken] = [[] as (() => void)[], [] as unknown[]];
    const { add, flush } = gathering<string, number>({
      take: (_, items) => taken.push(...items),
      soon: (run) => frames.push(run),
      complain: () => undefined,
    });
    add("signals", 1);
    flush();
    add("signals", 2);
    expect([taken, frames.length]).toEqual([[1], 2]);
    for (const run of frames) run();
    expect(taken).toEqual([1, 2]);
  });

  it("of one channel is not lost, nor shown twice, when another one fails", () => {
    const [taken, complaints] = [[] as number[], [] as unknown[]];
    const { add, flush } = gathering<string, number>({
      take: (channel, items) => {
        if (channel === "bad") throw new Error("cannot be shown");
        taken.push(...items);
      },
      soon: () => undefined,
      complain: (error) => complaints.push(error),
    });
    add("bad", 1);
    add("good", 2);
    flush();
    flush();
    expect([taken, complaints.length]).toEqual([[2], 1]);
  });
});
