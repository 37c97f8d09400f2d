// Signals of the engine against those of a twin.
import { expect } from "vitest";
import type { BarSignal } from "./bars.ts";

/** Same bars, same actions, same numbers to a relative `tolerance`; at least `least` of them, or nothing was compared. */
export function expectAgreement(
  found: readonly BarSignal[],
  twin: readonly BarSignal[],
  tolerance: number,
  least: number,
): void {
  const short = (list: readonly BarSignal[]): readonly string[] => list.map(({ bar, action }) => `${bar}:${action}`);
  expect(short(found)).toEqual(short(twin));
  expect(found.length).toBeGreaterThanOrEqual(least);
  found.forEach((signal, index) => {
    const other = twin[index];
    const numbers = ({ entry, stop, target, confidence, values }: BarSignal): readonly number[] => [
      entry,
      stop,
      target,
      confidence,
      ...values,
    ];
    if (other === undefined) return;
    numbers(signal).forEach((value, place) => {
      const wanted = numbers(other)[place] ?? Number.NaN;
      const scale = place >= 4 ? Math.max(1, Math.abs(wanted)) : Math.abs(wanted);
      expect(
        Math.abs(value - wanted),
        `bar ${signal.bar}, number ${place}: ${value}, twin ${wanted}`,
      ).toBeLessThanOrEqual(tolerance * scale);
    });
  });
}
