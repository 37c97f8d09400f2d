import { describe, expect, it } from "vitest";
import { WorkTimes } from "../../../../src/manage/pipeline/work-times.ts";

type Step = readonly [ms: number, does: "asked" | "began" | "ended"];

/** Of a stage that is under way from 100 until `until`. */
function spent(steps: readonly Step[], until: number, idle = 0): number {
  let now = 0;
  const times = new WorkTimes(
    () => () => undefined,
    () => now,
  );
  let work: ReturnType<WorkTimes["asked"]> | null = null;
  for (const [ms, does] of steps) {
    now = ms;
    if (does === "asked") work = times.asked("backtest");
    else work?.[does]();
  }
  times.idle("backtest", idle);
  now = until;
  return times.spent("backtest", 100);
}

describe("the time of a stage", () => {
  it.each<[string, readonly Step[], number, number]>([
    [
      "is that of work that was done before it began",
      [
        [10, "asked"],
        [20, "began"],
        [80, "ended"],
      ],
      101,
      61,
    ],
    [
      "is that of work that began before it",
      [
        [10, "asked"],
        [20, "began"],
        [150, "ended"],
      ],
      151,
      131,
    ],
    [
      "has no waiting for a thread in it",
      [
        [100, "asked"],
        [140, "began"],
        [190, "ended"],
      ],
      191,
      51,
    ],
    [
      "nor that of work which was asked for before it",
      [
        [10, "asked"],
        [140, "began"],
        [190, "ended"],
      ],
      191,
      51,
    ],
    [
      "nor that of work which never began",
      [
        [110, "asked"],
        [150, "ended"],
      ],
      151,
      11,
    ],
    ["is what passes where nothing is asked for", [], 130, 30],
  ])("%s", (_, steps, until, ms) => {
    expect(spent(steps, until)).toBe(ms);
  });

  it("has nothing in it of what stood still", () => {
    expect(spent([], 130, 20)).toBe(10);
  });
});
