// Rules between parameters of one of the 18 strategies, such as a fast average that must be shorter than the slow one.
// Registered strategies, instances, backtests, sweeps and the command line all ask here. Pure.
import type { StrategyType } from "./strategies.ts";

/** A parameter that does not fit another one; `issue` is the end of the sentence that its name begins. */
export interface Misfit {
  readonly name: string;
  readonly issue: string;
}

/**
 * Parameters that are each allowed, and not together. `given` knows the value of a parameter, or undefined where it is
 * left out and has its default.
 */
export function misfits(type: StrategyType, given: (name: string) => number | undefined): readonly Misfit[] {
  const defaultOf = (name: string): number => type.parameters.find((one) => one.name === name)?.default ?? 0;
  return type.relations.flatMap(({ smaller, larger, orEqual }) => {
    const low = given(smaller) ?? defaultOf(smaller);
    const high = given(larger) ?? defaultOf(larger);
    if (low < high || (orEqual && low === high)) return [];
    const [name, other, rule] =
      given(smaller) === undefined
        ? [larger, smaller, orEqual ? "must not be below" : "must be above"]
        : [smaller, larger, orEqual ? "must not be above" : "must be below"];
    const bound = other === smaller ? low : high;
    const standard = given(other) === undefined ? ", its default" : "";
    return [{ name, issue: `${rule} ${other} of ${type.name}, which is ${bound}${standard}` }];
  });
}
