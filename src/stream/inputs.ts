// INPUT_ bits of the core in words: what a strategy waits for.
import * as layout from "../../assembly/layout.ts";

const INPUTS: readonly (readonly [bit: number, name: string])[] = [
  [layout.INPUT_TRADE, "trade events"],
  [layout.INPUT_QUOTE, "quote events"],
  [layout.INPUT_SECOND_VENUE, "quotes of a second venue"],
  [layout.INPUT_FUNDING, "funding events"],
  [layout.INPUT_NEWS, "news events"],
  [layout.INPUT_EARNINGS, "earnings events"],
  [layout.INPUT_MACRO, "macro events"],
  [layout.INPUT_RATES, "rates events"],
];

/** By the bits that are known: asked for every pair of a strategy and a symbol. */
const NAMES = Array.from({ length: 1 + INPUTS.reduce((all, [bit]) => all | bit, 0) }, (_, wants) =>
  INPUTS.flatMap(([bit, name]) => ((wants & bit) === 0 ? [] : [name])),
);

export function inputNames(wants: number): readonly string[] {
  return NAMES[wants & (NAMES.length - 1)] ?? [];
}
