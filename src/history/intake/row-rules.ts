// What a row must be to be kept: the bounds of the live feed (src/domain/event.ts), without its doubts about the future.
// The answer is the end of a sentence that begins with the row's place, or null.
import { FIELDS, type EventKind } from "../../domain/event.ts";
import { COLUMNS } from "../dataset.ts";

const SMALLEST = 1e-12;
const LARGEST = 1e15;
const POSITIVE = new Set(["price", "bid", "ask", "open", "high", "low", "close", "interval_hours"]);
const NOT_NEGATIVE = new Set(["volume", "bid_size", "ask_size", "source_weight", "hash", "announced_at"]);
/** May be absent. */
const OPTIONAL = new Set(["expected"]);
const SIZE_MAX = 1e30;

/** One check for each of the kind's columns. */
type Check = (value: number) => string | null;
const CHECKS = new Map(Object.entries(COLUMNS).map(([kind, names]) => [kind, names.map(checkOf)] as const));

export function faultOf(kind: EventKind, values: ArrayLike<number>): string | null {
  const checks = CHECKS.get(kind) ?? [];
  for (let column = 0; column < checks.length; column++) {
    const fault = checks[column]?.(values[column] ?? Number.NaN) ?? null;
    if (fault !== null) return fault;
  }
  if (kind === "bar") return barFault(values);
  return kind === "quote" && (values[0] ?? 0) > (values[1] ?? 0) ? `bid ${values[0]} is above ask ${values[1]}` : null;
}

function checkOf(name: string): Check {
  const rule = FIELDS.find(([field]) => field === name)?.[1] ?? "must be a finite number";
  const fault = (value: number): string => `${name} ${rule}, found ${value}`;
  if (POSITIVE.has(name)) return (value) => (value >= SMALLEST && value <= LARGEST ? null : fault(value));
  if (NOT_NEGATIVE.has(name)) return (value) => (value >= 0 && value <= SIZE_MAX ? null : fault(value));
  if (OPTIONAL.has(name)) return (value) => (Number.isFinite(value) || Number.isNaN(value) ? null : fault(value));
  return (value) => (Number.isFinite(value) ? null : fault(value));
}

function barFault(values: ArrayLike<number>): string | null {
  const open = values[0] ?? 0;
  const high = values[1] ?? 0;
  const low = values[2] ?? 0;
  const close = values[3] ?? 0;
  if (low > high) return `low ${low} is above high ${high}`;
  if (open > high || close > high) return `high ${high} is below open ${open} or close ${close}`;
  return open < low || close < low ? `low ${low} is above open ${open} or close ${close}` : null;
}
