// A chapter of the demonstration: what was planted, what was found, how sure it is, and whether that is what was promised.
import { REGIMES, type Regime } from "../../../src/domain/regime.ts";

export interface Chapter {
  readonly title: string;
  readonly planted: string;
  readonly lines: readonly string[];
  /** Each promise, and whether it was kept. */
  readonly promises: readonly Promised[];
}
export interface Promised {
  readonly what: string;
  readonly kept: boolean;
}

const LETTERS: Readonly<Record<Regime, string>> = {
  trending: "T",
  ranging: "·",
  volatile: "V",
  calm: "c",
  unknown: " ",
};
const FULL = "█";
const HALF = "▌";

/** One letter for so many bars: the regime that most of them have. */
export function strip(regimes: readonly Regime[], bars: number): string {
  return Array.from({ length: Math.ceil(regimes.length / bars) }, (_, at) => {
    const part = regimes.slice(at * bars, (at + 1) * bars);
    const count = (regime: Regime): number => part.filter((one) => one === regime).length;
    return LETTERS[REGIMES.toSorted((a, b) => count(b) - count(a))[0] ?? "unknown"];
  }).join("");
}

/** A bar for a value from 0 to 1. */
export function bar(value: number, width: number): string {
  const halves = Math.round(2 * width * Math.max(0, Math.min(1, value)));
  return (FULL.repeat(halves >> 1) + (halves % 2 === 1 ? HALF : "")).padEnd(width);
}

export function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
