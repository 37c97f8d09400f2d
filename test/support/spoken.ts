// Compares what a core said with what its twin said: the same actions at the same times, and prices and confidence
// that agree to eight digits.
import { expect } from "vitest";
import type { Spoken } from "./lone-instance.ts";

export function near(found: readonly Spoken[], wanted: readonly Spoken[]): void {
  expect(found.map(({ action, time }) => [action, time])).toEqual(wanted.map(({ action, time }) => [action, time]));
  found.forEach((one, index) => {
    const other = wanted[index] ?? one;
    for (const key of ["entry", "stop", "target", "confidence"] as const) {
      expect(Math.abs(one[key] - other[key])).toBeLessThanOrEqual(1e-8 * Math.abs(other[key]));
    }
  });
}
