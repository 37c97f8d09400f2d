// A catalogue entry as the outside sees it: the same fields in GET /strategy-types, in `strategy-engine strategies`
// and in docs/strategies.md.
import type { Family, StrategyType, Tier } from "./strategies.ts";

export interface ParameterDescription {
  readonly name: string;
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly meaning: string;
}

export interface StrategyDescription {
  readonly name: string;
  readonly family: Family;
  readonly tier: Tier;
  readonly description: string;
  readonly inputs: readonly string[];
  readonly bar_ms: number;
  /** How many symbols one signal is about: least and most. */
  readonly symbols: readonly [number, number];
  readonly formula: string;
  readonly entry: string;
  readonly exit: string;
  readonly confidence: string;
  readonly reference: string;
  readonly waits_for: string;
  readonly values: readonly string[];
  readonly parameters: readonly ParameterDescription[];
  /** What must hold between parameters, such as "fast_length < slow_length". */
  readonly rules: readonly string[];
}

export function describeStrategy(type: StrategyType): StrategyDescription {
  const { name, family, tier, description, inputs, formula, entry, exit, confidence, reference } = type;
  return {
    name,
    family,
    tier,
    description,
    inputs,
    bar_ms: type.barMs,
    symbols: type.legs,
    formula,
    entry,
    exit,
    confidence,
    reference,
    waits_for: type.readiness,
    values: type.values.filter((value) => value !== null),
    parameters: type.parameters.map((parameter) => {
      const { name: parameterName, default: value, min, max, unit, meaning } = parameter;
      return { name: parameterName, default: value, min, max, unit, meaning };
    }),
    rules: type.relations.map(({ smaller, larger, orEqual }) => `${smaller} ${orEqual ? "<=" : "<"} ${larger}`),
  };
}
