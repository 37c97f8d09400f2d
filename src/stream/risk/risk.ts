// Risk: Signal -> Approved or Refused. What leaves the engine is Approved, and only this file can make one.
// Every rule reads the signal, the rules and an explicit state, and nothing else; times are the signal's engine clock
// in microseconds, so a replay of the same events gives the same verdicts. Runs on the main thread.
import type { Approved } from "../../domain/approved.ts";
import type { Signal } from "../../domain/signal.ts";
import type { EpochUs } from "../../domain/units.ts";

export type { Approved };

export type RefusalReason =
  "non_finite" | "bad_confidence" | "bad_price_order" | "low_confidence" | "cooldown" | "emergency_stop";

export interface Refused {
  readonly signal: Signal;
  readonly reason: RefusalReason;
}

export type Verdict =
  { readonly approved: true; readonly signal: Approved } | { readonly approved: false; readonly reason: RefusalReason };

export interface RiskRules {
  /** Entries below this confidence (0..1) are refused. */
  readonly confidenceFloor: number;
  /**
   * Least engine-clock time between two entries of one instance on one symbol, of each group by itself: a group's legs
   * leave together. The core keeps the same rule first.
   */
  readonly cooldownUs: number;
}

/** All that the rules remember. `emergencyStop` is the latch: set, only exits pass. */
export interface RiskState {
  emergencyStop: boolean;
  /** Engine clock of the last approved entry by instance, symbol and group, least recent first. */
  readonly lastEntryUs: Map<string, EpochUs>;
}

/** More pairs than this are forgotten, least recent first; a forgotten pair has only the core's own cool-down. */
export const COOLDOWN_PAIRS_MAX = 65_536;

export function createRiskState(): RiskState {
  return { emergencyStop: false, lastEntryUs: new Map() };
}

export function checkRiskRules(rules: RiskRules): void {
  const { confidenceFloor, cooldownUs } = rules;
  if (!(confidenceFloor >= 0 && confidenceFloor <= 1)) throw new RangeError("the confidence floor must be 0..1");
  if (!(Number.isSafeInteger(cooldownUs) && cooldownUs >= 0)) throw new RangeError("the cool-down must be >= 0 us");
}

/** The verdict on one signal; changes nothing. */
export function judge(signal: Signal, rules: RiskRules, state: RiskState): Verdict {
  const reason = signal.action === "exit" ? refuseExit(signal) : refuseEntry(signal, rules, state);
  return reason === null ? { approved: true, signal: signal as Approved } : { approved: false, reason };
}

/** Signals that an earlier run of the engine approved and kept. */
export function approvedEarlier(signals: readonly Signal[]): readonly Approved[] {
  return signals as readonly Approved[];
}

/**
 * Those of an earlier run's signals that it let pass: as `passed` remembers it, and by the rules of now where that does
 * not know (null). Their cool-downs go on.
 */
export function assessAgain(
  signals: readonly Signal[],
  passed: (signal: Signal) => boolean | null,
  rules: RiskRules,
  state: RiskState,
): readonly Approved[] {
  return approvedEarlier(signals).filter((signal) => {
    const known = passed(signal);
    const approved = known ?? judge(signal, rules, state).approved;
    if (approved && signal.action !== "exit") noteEntry(signal, rules, state);
    return approved;
  });
}

/** The verdicts on a batch, in order; each approved entry starts its cool-down before the next signal is judged. */
export function assess(
  signals: readonly Signal[],
  rules: RiskRules,
  state: RiskState,
): { readonly approved: readonly Approved[]; readonly refused: readonly Refused[] } {
  const approved: Approved[] = [];
  const refused: Refused[] = [];
  for (const signal of signals) {
    const verdict = judge(signal, rules, state);
    if (!verdict.approved) {
      refused.push({ signal, reason: verdict.reason });
      continue;
    }
    approved.push(verdict.signal);
    if (signal.action !== "exit") noteEntry(signal, rules, state);
  }
  return { approved, refused };
}

/** An exit only reduces what is held: it has no stop and no target, and neither latch nor cool-down holds it back. */
function refuseExit(signal: Signal): RefusalReason | null {
  const { entry, confidence, clock, eventTime } = signal;
  return allFinite([entry, confidence, clock, eventTime]) ? null : "non_finite";
}

function refuseEntry(signal: Signal, rules: RiskRules, state: RiskState): RefusalReason | null {
  const { entry, stop, target, confidence, confidenceRaw, clock, eventTime } = signal;
  if (!allFinite([entry, stop, target, confidence, confidenceRaw, clock, eventTime])) return "non_finite";
  if (!Object.values(signal.extra).every((value) => typeof value !== "number" || Number.isFinite(value))) {
    return "non_finite";
  }
  if (confidence < 0 || confidence > 1) return "bad_confidence";
  const ordered =
    signal.action === "buy" ? 0 < stop && stop < entry && entry < target : 0 < target && target < entry && entry < stop;
  if (!ordered) return "bad_price_order";
  if (state.emergencyStop) return "emergency_stop";
  if (confidence < rules.confidenceFloor) return "low_confidence";
  const last = state.lastEntryUs.get(pairOf(signal));
  return last !== undefined && clock - last < rules.cooldownUs ? "cooldown" : null;
}

function noteEntry(signal: Signal, rules: RiskRules, state: RiskState): void {
  const pairs = state.lastEntryUs;
  const pair = pairOf(signal);
  pairs.delete(pair); // so that the map stays ordered by time
  pairs.set(pair, signal.clock);
  for (const [oldest, since] of pairs) {
    if (signal.clock - since < rules.cooldownUs && pairs.size <= COOLDOWN_PAIRS_MAX) break;
    if (oldest === pair) break;
    pairs.delete(oldest);
  }
}

function pairOf(signal: Signal): string {
  return `${signal.instance}:${signal.symbol}:${signal.extra["group"] ?? ""}`;
}

function allFinite(numbers: readonly number[]): boolean {
  return numbers.every(Number.isFinite);
}
