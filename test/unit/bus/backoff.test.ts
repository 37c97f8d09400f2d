import { expect, it } from "vitest";
import { retryDelayMs } from "../../../src/bus/backoff.ts";

const ATTEMPTS = Array.from({ length: 40 }, (_, index) => index + 1);

it("doubles from a second, with up to a fifth of jitter", () => {
  expect([1, 2, 3].map((attempt) => retryDelayMs(attempt, false, 0))).toEqual([1_000, 2_000, 4_000]);
  expect(retryDelayMs(3, false, 0.5)).toBe(4_400);
});

it("never waits longer than 6 s for a Redis that cannot be reached", () => {
  for (const attempt of ATTEMPTS) expect(retryDelayMs(attempt, false, 0.999_999)).toBeLessThanOrEqual(6_000);
});

it("grows to half a minute when Redis refuses us", () => {
  expect(retryDelayMs(5, true, 0)).toBe(16_000);
  for (const attempt of ATTEMPTS) {
    expect(retryDelayMs(attempt, true, 0)).toBeGreaterThanOrEqual(1_000);
    expect(retryDelayMs(attempt, true, 0.999_999)).toBeLessThanOrEqual(30_000);
  }
});
