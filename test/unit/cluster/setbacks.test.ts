// A shard that fails once is started again at once; one that fails again and again is left alone longer and longer.
import { expect, it } from "vitest";
import { Setbacks } from "../../../src/cluster/setbacks.ts";

it("waits longer from failure to failure, half a minute at most, and forgets after a good minute", () => {
  const setbacks = new Setbacks();
  let now = 0;
  const waits: number[] = [];
  for (let count = 0; count < 9; count++) {
    const wait = setbacks.note(4, now);
    waits.push(wait);
    if (wait > 0) expect(setbacks.avoided(4, now + wait - 1)).toBe(true);
    expect(setbacks.avoided(4, now + wait)).toBe(false);
    now += wait;
  }
  expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(setbacks.note(4, now + 60_000)).toBe(0);
  expect(setbacks.avoided(5, now)).toBe(false);
  expect(setbacks.total).toBe(10);
});

it("two in a minute, of whichever shards, say that the node fails; a good minute later it does not", () => {
  const setbacks = new Setbacks();
  setbacks.note(1, 0);
  expect(setbacks.failing(1)).toBe(false);
  setbacks.note(2, 59_999);
  expect(setbacks.failing(60_000)).toBe(true);
  expect(setbacks.failing(119_998)).toBe(true);
  expect(setbacks.failing(119_999)).toBe(false);
  setbacks.note(3, 119_999);
  expect(setbacks.failing(120_000)).toBe(false);
});
