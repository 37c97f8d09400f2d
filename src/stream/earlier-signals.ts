// What a restart gives of the signals that it computes again. Those of events below a number that the run before kept
// were judged and told then: risk let pass what that run kept, and nobody is told again. The others were told to nobody:
// they are new. So neither rules nor an emergency stop of today change what was given, and nothing is given twice.
import type { Approved } from "../domain/approved.ts";
import type { Signal } from "../domain/signal.ts";
import type { Recovered } from "./recover.ts";
import { approvedEarlier, assessAgain, type RiskRules, type RiskState } from "./risk/risk.ts";
import type { SignalRecord } from "./rings/signal-ring.ts";
import { type Names, viewSignals } from "./signal-view.ts";
import { type SignalArchive, signalFile } from "./sinks/archive.ts";
import type { KeptSignals } from "./sinks/signal-file.ts";
import type { StreamOptions } from "./stream-options.ts";

/** A stream that is being opened. */
interface Opening {
  readonly options: StreamOptions;
  readonly recovered: Recovered;
  readonly archive: SignalArchive;
  readonly rules: RiskRules;
  readonly risk: RiskState;
  readonly names: Names;
}

const NOTHING_KEPT: KeptSignals = { signals: [], told: null };

/** `early`: the signals of the tail. What was given of them is known again, as it was; those that nobody was told of. */
export function recall(early: readonly SignalRecord[], opening: Opening): SignalRecord[] {
  const { options, recovered, archive, rules, risk, names } = opening;
  const { carry, signalMark } = options;
  const file = signalFile(options);
  const kept = carry ? { signals: carry.archive.all(), told: carry.progress.released } : (file?.read() ?? NOTHING_KEPT);
  const told = toldBefore(kept, carry ? 0 : recovered.marked);
  const old = early.filter(({ sequence }) => sequence < told);
  const again = viewSignals(old, names, signalMark);
  const given = givenBefore(kept, recovered.snapshot ?? 0, again, rules, risk);
  if (!carry) archive.append(given);
  if (file) archive.keepIn(file, Math.min(told, recovered.totals.sequence));
  return early.slice(old.length);
}

/**
 * The first event of whose signals nobody was told. `marked`: as the newest mark in the journal says, for signals that a
 * disk had refused. Where nothing was kept (no folder, or one of an engine that kept no such number) all were told.
 */
function toldBefore({ told }: KeptSignals, marked: number): number {
  return told === null ? Infinity : Math.max(told, marked);
}

/** All that the run before let pass: of events in front of `from` as it was kept, then of those computed again. */
function givenBefore(
  { told, signals }: KeptSignals,
  from: number,
  again: readonly Signal[],
  rules: RiskRules,
  risk: RiskState,
): readonly Approved[] {
  const ids = new Set(signals.map(({ id }) => id));
  const earlier = approvedEarlier(signals.filter(({ sequence }) => sequence < from));
  const passed = (signal: Signal): boolean | null => {
    if (signal.sequence < from) return true;
    const isKept = signal.action !== "exit" && !signal.demo; // of the others there is no record, and nobody hears of them
    return isKept && told !== null && signal.sequence < told ? ids.has(signal.id) : null;
  };
  return assessAgain([...earlier, ...again], passed, rules, risk);
}
