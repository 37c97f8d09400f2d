import { expect, it } from "vitest";
import { Beats } from "../../../src/stream/beats.ts";

it("goes on beating when the wall clock is put back", () => {
  let now = Date.UTC(2026, 10, 18, 12) * 1000;
  let beats = 0;
  const intervals = { fastMs: 100, tacticalMs: 1000, strategicMs: 60_000, learningMs: 60_000 };
  const beat = (): boolean => (beats++, true);
  const driver = new Beats({ intervals, now: () => now, beat, evaluated: () => Promise.resolve() });
  now += 100_000;
  driver.tick();
  expect(beats).toBe(1);
  now -= 3_600_000_000;
  for (let step = 0; step < 10; step++) {
    now += 100_000;
    driver.tick();
  }
  expect(beats).toBeGreaterThanOrEqual(10);
});
