// What can be wrong with a journal folder, as data and as one sentence each: what was found and what to do next.
export type JournalFailure =
  | { readonly code: "journal_locked"; readonly dir: string; readonly holder: string }
  | { readonly code: "journal_unusable"; readonly dir: string; readonly reason: string }
  | { readonly code: "journal_damaged"; readonly damage: Damage }
  | { readonly code: "journal_gap"; readonly dir: string; readonly from: number; readonly to: number }
  | { readonly code: "journal_version"; readonly file: string; readonly found: string; readonly expected: string }
  | { readonly code: "journal_stopped"; readonly reason: string }
  | { readonly code: "snapshot_busy" }
  | { readonly code: "snapshot_damaged"; readonly file: string; readonly reason: string }
  | { readonly code: "snapshot_disk"; readonly reason: string }
  | { readonly code: "snapshot_layout"; readonly file: string; readonly found: string; readonly expected: string }
  | {
      readonly code: "snapshot_plan";
      readonly what: string;
      readonly needed: number;
      readonly available: number;
      readonly made?: Made;
    };

/** Of the engine whose snapshot it is. */
export interface Made {
  readonly maxSymbols: number;
  readonly maxInstances: number;
}

/** Bytes that were safe once and are not what was written. from, to: first and last sequence that they held. */
export interface Damage {
  readonly file: string;
  readonly offset: number;
  readonly from: number;
  /** null when nothing readable follows that would say. */
  readonly to: number | null;
  readonly reason: string;
  /** What to do in place of moving files away; left out: nothing but that helps. */
  readonly instead?: string;
}

export class JournalError extends Error {
  readonly failure: JournalFailure;

  constructor(failure: JournalFailure) {
    super(explainJournal(failure));
    this.name = "JournalError";
    this.failure = failure;
  }
}

export function explainJournal(failure: JournalFailure): string {
  switch (failure.code) {
    case "journal_locked":
      return `journal folder ${failure.dir} is in use by ${failure.holder}; stop that engine or set another DATA_DIR`;
    case "journal_unusable":
      return `journal folder ${failure.dir} cannot be locked or written (${failure.reason}); check that DATA_DIR can be written and has room`;
    case "journal_damaged":
      return explainDamage(failure.damage);
    case "journal_gap":
      return `journal folder ${failure.dir} lacks the events ${failure.from} to ${failure.to}; restore the missing .journal file, or a .snapshot of sequence ${failure.to} or later`;
    case "journal_version":
      return `${failure.file} has ${failure.found} but this engine reads ${failure.expected}; move the journal folder away or start the version that wrote it`;
    case "journal_stopped":
      return `the journal has stopped: ${failure.reason}`;
    case "snapshot_busy":
      return "the snapshot before this one is still being written; take the next one later";
    case "snapshot_damaged":
      return `snapshot ${failure.file} is damaged: ${failure.reason}; an older one and more of the journal will do`;
    case "snapshot_disk":
      return `the snapshot could not be written: ${failure.reason}; the journal still holds every event`;
    case "snapshot_layout":
      return `snapshot ${failure.file} has ${failure.found} and this engine needs ${failure.expected}; only the journal itself can restore the state`;
    case "snapshot_plan":
      return `what the journal holds needs room for ${failure.needed} ${failure.what} and the memory has ${failure.available}; raise MAX_SYMBOLS or MAX_INSTANCES to what they were when it was made${explainMade(failure.made)}`;
  }
}

function explainMade(made: Made | undefined): string {
  return made === undefined ? "" : ` (${made.maxSymbols} and ${made.maxInstances})`;
}

function explainDamage(damage: Damage): string {
  const events = damage.to === null ? `events from ${damage.from} on` : `events ${damage.from} to ${damage.to}`;
  const instead = damage.instead ?? `move it and all later files away to go on from event ${damage.from}`;
  return `${damage.file} is damaged at byte ${damage.offset} (${events}): ${damage.reason}; restore the file from a copy, or ${instead}`;
}
