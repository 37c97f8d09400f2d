// Names that somebody gave and nothing reads, and which known name was probably meant. They are kept or passed over as the
// API says, and told of: a limit that is misspelt is a limit that is not there. Pure.
import { nearest } from "./nearest.ts";

export interface Unread {
  readonly name: string;
  /** Null: nothing is near. */
  readonly meant: string | null;
}

/** Names of one parameter, in the order in which they are looked for. */
export type Spellings = readonly string[];

/** As a part of an answer. */
export interface UnreadWords {
  readonly did_you_mean?: Readonly<Record<string, string>>;
}

/** The same of risk limits. */
export interface UnusedLimits extends UnreadWords {
  readonly unused_risk_limits?: readonly string[];
}

/** Risk limits of a strategy that the engine keeps; others are stored and bind nobody. */
export const STRATEGY_LIMITS = [
  "max_position_size",
  "daily_loss_limit",
  "max_drawdown",
  "max_open_positions",
  "max_trades_per_day",
  "var_95",
  "expected_shortfall_95",
  "max_correlation",
] as const;

/** Of a strategy's parameters, those that the engine itself reads, whatever its code is. */
export const ENGINE_PARAMETERS = [
  "symbols",
  "position_size",
  "stop_loss",
  "take_profit",
  "max_position_size",
  "max_open_positions",
  "max_trades_per_day",
  "allow_short",
  "fee_bps",
  "slippage_bps",
  "careful_costs",
  "latency_ms",
  "strategy_class",
  "execution",
] as const;

/** Told of at a time, and characters of each. */
const TOLD_MAX = 20;
const NAME_MAX = 64;
/** Names that one is compared with: an author's constructor may have thousands of arguments. */
const COMPARED_MAX = 256;
/** Letters in which a slip differs from what was meant: of a short name half of them, of a long one a few. */
const SLIPS_MAX = 4;

export function unread(given: object, known: readonly string[]): readonly Unread[] {
  const names = new Set(known);
  const others = Object.keys(given).filter((name) => !names.has(name));
  return others.slice(0, TOLD_MAX).map((name) => ({ name: name.slice(0, NAME_MAX), meant: meantBy(name, known) }));
}

/** By somebody who wrote something else. */
export function meantBy(name: string, known: readonly string[]): string | null {
  if (name.length > NAME_MAX) return null;
  const third = Math.max(2, Math.floor(name.length / 3));
  return nearest(name, known.slice(0, COMPARED_MAX), Math.min(SLIPS_MAX, third, Math.floor(name.length / 2)));
}

export function unreadLimits(riskLimits: object): readonly Unread[] {
  return unread(riskLimits, STRATEGY_LIMITS);
}

/** `declared`: what the code names, each in the spellings that it takes; of those that are given the first is read. */
export function unreadParameters(parameters: object, declared: readonly Spellings[]): readonly Unread[] {
  const read = declared.flatMap((spellings) => {
    const given = spellings.find((one) => Object.hasOwn(parameters, one));
    return given === undefined ? spellings : [given];
  });
  return unread(parameters, [...read, ...ENGINE_PARAMETERS]);
}

export function limitUnread({ name, meant }: Unread): string {
  return `risk_limits.${name} is no limit and does nothing${perhaps(meant)}`;
}

export function parameterUnread({ name, meant }: Unread): string {
  return `the parameter ${name} is given and nothing reads it${perhaps(meant)}`;
}

function perhaps(meant: string | null): string {
  return meant === null ? "" : `; perhaps ${meant} is meant`;
}

export function namesOf(found: readonly Unread[]): readonly string[] {
  return found.map(({ name }) => name);
}

/** By name, what was probably meant; left out where nothing is known. */
export function meantWords(found: readonly Unread[]): UnreadWords {
  const words = found.flatMap(({ name, meant }) => (meant === null ? [] : [[name, meant] as const]));
  return words.length === 0 ? {} : { did_you_mean: Object.fromEntries(words) };
}

/** Left out where there are none. */
export function unusedLimits(riskLimits: object): UnusedLimits {
  const found = unreadLimits(riskLimits);
  return found.length === 0 ? {} : { unused_risk_limits: namesOf(found), ...meantWords(found) };
}
