// What an instance may be asked for: the request, and why one is refused. Knows the catalogue and the symbols that there
// are, never the room that is left.
import { misfits } from "../domain/parameter-rules.ts";
import type { StrategyType } from "../domain/strategies.ts";

export interface InstanceRequest {
  readonly strategy: string;
  readonly parameters?: Readonly<Record<string, number>>;
  /** Symbol ids; none: every symbol, also those that come later. */
  readonly symbols?: readonly number[];
  /** Which symbols join `symbols` later, by name and ASSET_ code; none: no other ones. */
  readonly joins?: (name: string, asset: number) => boolean;
  readonly barMs?: number;
  readonly strategyId: string | null;
}

export type InstanceFailure =
  | { readonly code: "capacity_exceeded"; readonly what: string; readonly limit: number; readonly setting: string }
  | { readonly code: "not_available"; readonly what: string }
  | { readonly code: "overloaded" }
  | { readonly code: "validation_error"; readonly field: string; readonly issue: string };

const BAR_MS_MAX = 2_592_000_000; // as confirm_bar_ms

/** Whether each symbol stands for itself. */
export function single(type: StrategyType): boolean {
  return type.legs[1] === 1;
}

/** Kinds of events that are about no symbol. */
const BROAD: ReadonlySet<string> = new Set(["macro", "rates"]);

interface Concerned {
  readonly type: StrategyType;
  /** Null: every symbol. */
  readonly symbols: readonly number[] | null;
}

/** Whether it sees events about one of these symbols; with none of them, events about no symbol. */
export function concerns({ type, symbols }: Concerned, touched: ReadonlySet<number>): boolean {
  if (touched.size === 0) return type.inputs.some((kind) => BROAD.has(kind));
  return symbols === null || symbols.some((symbol) => touched.has(symbol));
}

/** `legsFault`: why these symbols are no legs of the strategy. */
export function refusedRequest(
  type: StrategyType,
  request: InstanceRequest,
  known: readonly number[],
  legsFault: (symbols: readonly number[]) => string | null,
): InstanceFailure | null {
  const wrong = refusedValues(type, request.parameters ?? {}, request.barMs);
  if (wrong !== null) return wrong;
  const refuse = (issue: string): InstanceFailure => ({ code: "validation_error", field: "symbols", issue });
  const { symbols } = request;
  const left = new Set(known);
  const odd = symbols?.find((symbol) => !left.delete(symbol));
  if (odd !== undefined)
    return refuse(`must be known symbols, each named once; number ${odd} is unknown or named twice`);
  if (single(type)) return null;
  const count = symbols?.length ?? 0;
  if (count < type.legs[0] || count > type.legs[1])
    return refuse(`must name ${range(type.legs)} symbols for ${type.name}, not ${count}`);
  const fault = legsFault(symbols ?? []);
  return fault === null ? null : refuse(fault);
}

/** Parameters that the type does not have, that are out of range, or that do not fit each other. */
export function refusedValues(
  type: StrategyType,
  parameters: Readonly<Record<string, number>>,
  barMs?: number,
): InstanceFailure | null {
  for (const [name, value] of Object.entries(parameters)) {
    const parameter = type.parameters.find((entry) => entry.name === name);
    const field = `parameters.${name}`;
    if (!parameter) return { code: "validation_error", field, issue: `is not a parameter of ${type.name}` };
    if (!(value >= parameter.min && value <= parameter.max)) {
      const issue = `must be a number from ${parameter.min} to ${parameter.max}, not ${value}`;
      return { code: "validation_error", field, issue };
    }
  }
  const [misfit] = misfits(type, (name) => parameters[name]);
  if (misfit !== undefined)
    return { code: "validation_error", field: `parameters.${misfit.name}`, issue: misfit.issue };
  if (barMs === undefined || (Number.isInteger(barMs) && barMs >= 0 && barMs <= BAR_MS_MAX)) return null;
  const issue = `must be whole milliseconds from 0 (every tick) to ${BAR_MS_MAX}, not ${barMs}`;
  return { code: "validation_error", field: "bar_ms", issue };
}

function range([least, most]: readonly [number, number]): string {
  return least === most ? String(least) : `${least} to ${most}`;
}
