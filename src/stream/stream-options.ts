// What opens a stream, what one that is opened again takes over from the one before, and what one says of itself.
import type { EpochUs } from "../domain/units.ts";
import type { Log } from "../telemetry/log.ts";
import type { Beats } from "./beats.ts";
import type { OnClock } from "./engine-clock.ts";
import type { IngestCounters } from "./ingest/ingest.ts";
import type { JournalStatus, JournalSync, Retention } from "./journal/journal.ts";
import type { TierIntervals } from "./kernels/tier-clock.ts";
import type { Approved, RiskRules } from "./risk/risk.ts";
import type { Capacity } from "./rings/memory-plan.ts";
import type { SignalTotals } from "./rings/signal-ring.ts";
import type { SignalArchive } from "./sinks/archive.ts";

export interface StreamOptions {
  readonly capacity: Capacity;
  readonly tiers: TierIntervals;
  readonly rules: RiskRules;
  /** As they were set since, asked when the records are open. */
  readonly rulesNow?: () => RiskRules;
  readonly learning: boolean;
  /** False: learning is frozen. Asked when the records are open. */
  readonly mayLearn?: () => boolean;
  /** Behind each learning beat; engine clock. Must return at once. */
  readonly onLearningBeat?: (clock: EpochUs) => void;
  readonly journal: JournalSettings | null;
  /** Wall clock, microseconds. */
  readonly now: () => EpochUs;
  /** Milliseconds; never falls. */
  readonly monotonicMs: () => number;
  /** Told when the engine clock is found ahead of the wall clock, and when it is caught up. */
  readonly onClock?: OnClock;
  /** What a stream that is opened again after a fault takes over from the one before; its signals were published. */
  readonly carry?: Carry;
  /** Done when the journal's lock is held, so that no other engine works in this folder, and before anything is read. */
  readonly beforeRecovery?: () => Promise<void>;
  /** The strategy of an instance's mark that came out of the journal (owners.ts); null: there is none any more. */
  readonly ownerName?: (mark: number) => string | null;
  /** What ids of signals begin with behind `sig_`: a shard's, so that two shards never give the same. */
  readonly signalMark?: string;
  readonly log: Log;
  /** Who hears of signals is not there yet when the stream is open: they wait for `speak`. */
  readonly holdsBack?: boolean;
  /** Approved signals of one release, exits included; in the order of the stream. */
  readonly onApproved: (signals: readonly Approved[]) => void;
  readonly onFailure: (reason: string) => void;
}

export interface JournalSettings {
  readonly dir: string;
  readonly sync: JournalSync;
  readonly segmentBytes: number;
  readonly retention: Retention;
  readonly snapshotMs: number;
  /** Where the archive of signals is kept; none: a restart has those since the newest snapshot. */
  readonly signalsDir?: string;
}

export interface Carry {
  readonly counters: IngestCounters;
  readonly archive: SignalArchive;
  readonly meters: Beats["meters"];
  readonly published: Float64Array;
  /** Signals of events below this sequence were released; later ones are still to be published. Kept up by each stream. */
  readonly progress: { released: number };
  /** Whether the emergency stop is in force, also when it could not be recorded any more. */
  readonly stopped: () => boolean;
}

export interface StreamStatus {
  readonly failure: string | null;
  readonly journal: JournalStatus | null;
  readonly nextSequence: number;
  readonly evaluated: number;
  readonly totals: SignalTotals;
  readonly emergencyStop: boolean;
}
