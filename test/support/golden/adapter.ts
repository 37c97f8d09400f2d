// What stands between a golden case and the engine: an adapter says which calls it answers, with which parameters, and
// returns plain values (numbers, lists, records) that compare.ts judges.
//   no adapter, or a parameter or value that the adapter does not know    the engine lacks it: "missing"
//   an adapter that throws NotApplicable                                  nothing of the kind belongs to an engine
//   an adapter that returns Partly                                        some fields are answered, the others missing
//   an adapter that returns Doubtful                                      a field hangs on rounding, by a proved bound
import type { GoldenData } from "./data.ts";
import type { Engine } from "./engine.ts";
import { GoldenError, type GoldenCase } from "./format.ts";

export interface Question {
  readonly engine: Engine;
  readonly data: GoldenData;
  readonly golden: GoldenCase;
}
/** Whether the engine can compute with this value of a parameter. */
export type Accepts = (value: unknown) => boolean;
export interface Adapter {
  /** Matched against the case's call. */
  readonly call: RegExp;
  /** Further conditions, where the call alone does not tell. */
  readonly when?: (golden: GoldenCase) => boolean;
  readonly params?: Readonly<Record<string, Accepts>>;
  answer(question: Question): unknown;
}

export class Missing extends Error {}
export class NotApplicable extends Error {}

/** An answer without some fields; `lacks` gives the reason for each. */
export class Partly {
  readonly values: unknown;
  readonly lacks: Readonly<Record<string, string>>;

  constructor(values: unknown, lacks: Readonly<Record<string, string>>) {
    this.values = values;
    this.lacks = lacks;
  }
}

/**
 * Values of which some are only known up to a bound, for the reason given. A recorded value outside of the bound is a
 * failure; one inside, but beyond the case's tolerance, cannot be judged: the field is missing.
 */
export class Doubtful {
  readonly values: unknown;
  readonly bounds: Readonly<Record<string, number>>;
  readonly reason: string;

  constructor(values: unknown, bounds: Readonly<Record<string, number>>, reason: string) {
    this.values = values;
    this.bounds = bounds;
    this.reason = reason;
  }
}

export const count: Accepts = (value) => Number.isInteger(value) && Number(value) >= 0;
export function upTo(most: number): Accepts {
  return (value) => count(value) && Number(value) <= most;
}
export const number: Accepts = (value) => typeof value === "number";
export function oneOf(...allowed: readonly unknown[]): Accepts {
  return (value) => allowed.includes(value);
}
export function optional(accepts: Accepts): Accepts {
  return (value) => value === undefined || accepts(value);
}

export const NO_ADAPTER = "no function of the engine is known for this call";

/** The adapter of a case; throws Missing when there is none, or none for its parameters. */
export function adapterOf(golden: GoldenCase, adapters: readonly Adapter[]): Adapter {
  const known = adapters.filter(({ call, when }) => call.test(golden.call) && (when?.(golden) ?? true));
  const [adapter, other] = known;
  if (adapter === undefined) throw new Missing(NO_ADAPTER);
  if (other !== undefined) throw new GoldenError(`two adapters answer the call ${golden.call}`);
  const { params = {} } = adapter;
  for (const [name, value] of Object.entries(golden.params)) {
    if (params[name] === undefined) throw new Missing(`the engine's function has no parameter ${name}`);
    if (!params[name](value)) throw new Missing(`parameter ${name} = ${JSON.stringify(value)} is not offered`);
  }
  const absent = Object.keys(params).find((name) => params[name]?.(golden.params[name]) === false);
  if (absent !== undefined) throw new GoldenError(`the case gives no parameter ${absent}`);
  return adapter;
}

/** Constant terms of a regression as the core numbers them (assembly/math/moments.ts). */
export const TERMS = { none: -1, constant: 0, trend: 1 } as const;

/** Most lags of a Dickey-Fuller test, and f64 that it takes besides its columns (assembly/math/dickey-fuller.ts). */
export const LAGS_MAX = 32;
export const LAGS_SCRATCH = 4096;
