// The book of changes. A change is written ahead: its value is computed, stored with its entry in the audit trail, then
// brought into the core as control events that carry its number, then told. Changes stand in one queue, so numbers rise
// in the order of the events; so do thresholds that operators set for all, and what was learnt of a threshold before them
// counts no more. A stream that joins is asked for the newest number that it knows: what is stored beyond it was lost
// between the two, by a kill or with a journal, and comes into force before the first tick. Frozen: nothing is changed
// until somebody unfreezes. Main thread only; times are microseconds of the wall clock.
import { isDeepStrictEqual } from "node:util";
import { explain, type Failure, invalid } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import {
  type ChangeRecord,
  changeTable,
  forgetChanges,
  learnedValueTable,
  type LearnedValueRecord,
  learningStateTable,
} from "../../store/learning.ts";
import type { Statement, Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Audit } from "../oversight/oversight.ts";
import { newId } from "../ids.ts";
import { Queues } from "../queues.ts";
import type { Numbering } from "../settings/settings.ts";
import { evidenceOf, movedAlong, takenBack, withOwn, withoutOwn } from "./class-qualities.ts";
import type { CoreChange, LearningChange } from "./learner.ts";
import { type LearningPlane, type OwnQualities, ownQualities, parametersOf, settingOf, valueIn } from "./plane.ts";
import {
  beyondBounds,
  isParameters,
  type LearningTarget,
  type LearningValue,
  targetOf,
  whatOf,
  wordOf,
} from "./target.ts";

export interface BookOptions {
  readonly store: Store;
  readonly audit: Audit;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly thresholds: () => SetThresholds;
}

/** Thresholds as operators have set them for all. */
export interface SetThresholds {
  /** Microseconds; 0: never. */
  readonly setAt: number;
  /** They are stored and not in the stream yet. */
  readonly owed: boolean;
  /** The number of those that the stream had when it was joined. */
  readonly found: number;
  /** It was given them then, so it lacks what was learnt of them since, whatever its number of changes says. */
  readonly renewed: boolean;
}

export interface ChangePage {
  readonly changes: readonly ChangeRecord[];
  readonly next: number | null;
}

/** What goes with a change into its transaction. */
export type With = (record: ChangeRecord) => readonly Statement[];
/** What the store calls a change that is about to be made. */
type Draft = Pick<ChangeRecord, "before" | "after" | "reason" | "evidence" | "source" | "reverts" | "applied">;

/** What goes with a value, and whether that alone is another. */
interface Along {
  readonly value: LearningValue;
  readonly own: OwnQualities | null;
  readonly moves: boolean;
  readonly evidence: JsonObject;
}

const KEPT_MAX = 10_000;
const REASON_MAX = 500;
const RETRY_MS = 50;
const PAGE = "WHERE position < ? ORDER BY position DESC LIMIT ?";
const LATER = "WHERE strategy_type = ? AND position > ? ORDER BY position";
const NOTHING: With = () => [];
/** Under which the store keeps the number of the thresholds that operators have set. */
const SET = "thresholds";
export const FROZEN =
  "learning is frozen, so nothing that it may change is changed; POST /learning/unfreeze lets it go on";

export class ChangeBook {
  frozen = false;
  /** Since the process began. */
  applied = 0;
  refused = 0;
  private readonly options: BookOptions;
  private readonly queues = new Queues();
  private readonly values = new Map<string, LearnedValueRecord>();
  private newest = 0;
  private setNumber = 0;
  /** The newest change that the stream has. */
  private known = 0;
  private plane: LearningPlane | null = null;
  /** Stored and not yet in the stream, in the order of their numbers. */
  private owed: LearnedValueRecord[] = [];
  private allowanceOwed = false;
  private retry: NodeJS.Timeout | undefined;

  constructor(options: BookOptions) {
    this.options = options;
  }

  async load(): Promise<void> {
    const { store } = this.options;
    for (const row of await learnedValueTable.load(store)) this.values.set(row.target, row);
    const [last] = await changeTable.load(store, "ORDER BY position DESC LIMIT 1");
    const [set] = await learningStateTable.load(store, "WHERE name = ?", [SET]);
    this.setNumber = Number(set?.value["number"] ?? 0);
    const applied = [...this.values.values()].map(({ position }) => position);
    this.newest = Math.max(last?.position ?? 0, this.setNumber, ...applied);
  }

  /** The stream in which changes take effect from now on, before it takes a tick. */
  join(plane: LearningPlane): void {
    this.plane = plane;
    const { found, renewed } = this.options.thresholds();
    this.known = plane.learned.number;
    // A store that was lost while the journal stayed must not give numbers out again.
    this.newest = Math.max(this.newest, this.known, found);
    const lacks = ({ position, target }: LearnedValueRecord): boolean =>
      position > this.known || (renewed && isThreshold(target));
    this.owed = [...this.values.values()]
      .filter((value) => lacks(value) && !this.overruled(value))
      .toSorted((one, other) => one.position - other.position);
    // A stream begins as the store said; one that was frozen while it opened is told.
    this.allowanceOwed = this.frozen && plane.learned.isOn;
    this.pay();
  }

  close(): void {
    this.plane = null;
    clearTimeout(this.retry);
  }

  /** Of the thresholds that operators set last; 0: never, or by a version that gave them none. */
  get thresholdsNumber(): number {
    return this.setNumber;
  }

  /**
   * Operators set all thresholds: `keep` stores them and what is handed to it, in the queue of changes, then `take`
   * brings them into the stream. Changes before are in the stream, or overruled; changes after go by what is set now.
   */
  readonly renumber: Numbering["renumber"] = (keep, take) =>
    this.queues.run("changes", async () => {
      const number = ++this.newest;
      const kept = await keep([
        learningStateTable.put({ name: SET, value: { number }, updatedAt: this.options.now() }),
      ]);
      if (!kept.ok) return kept;
      this.setNumber = number;
      take();
      return kept;
    });

  /** Whether learning may change anything; in the core as well. */
  freeze(frozen: boolean): void {
    this.frozen = frozen;
    this.allowanceOwed = true;
    this.pay();
  }

  valueOf(target: LearningTarget): LearningValue | null {
    return this.plane === null ? null : valueIn(this.plane, target);
  }

  /** `source`: a learner's name or who asked. Null: the value is the same already. */
  apply(change: LearningChange, source: string, more?: With): Promise<Result<ChangeRecord | null, Failure>> {
    return this.make(change, source, null, more);
  }

  async revert(
    changeId: string,
    why: { readonly reason: string; readonly evidence: JsonObject },
    source: string,
  ): Promise<Result<ChangeRecord | null, Failure>> {
    const [found] = await changeTable.load(this.options.store, "WHERE change_id = ?", [changeId]);
    const target = targetOf(found?.target ?? "");
    if (found === undefined || target === null)
      return failed({ code: "not_found", kind: "learned change", id: changeId });
    return this.make({ target, to: found.before as LearningValue, ...why }, source, changeId);
  }

  /** On somebody's behalf, who must know what it undoes: not once it was taken back, or something later is in force. */
  async takeBack(changeId: string, actor: string, more?: With): Promise<Result<ChangeRecord, Failure>> {
    const { store } = this.options;
    const [found] = await changeTable.load(store, "WHERE change_id = ?", [changeId]);
    const target = targetOf(found?.target ?? "");
    if (found === undefined || target === null)
      return failed({ code: "not_found", kind: "learned change", id: changeId });
    const why = { reason: `taken back: ${found.reason}`, evidence: { change_id: changeId } };
    const against = async (): Promise<Failure | null> => {
      if (this.overruled({ ...found, updatedAt: found.createdAt }))
        return { code: "conflict", issue: `operators have set all thresholds since ${changeId} was made` };
      return laterThan(found, target, await changeTable.load(store, LATER, [found.strategyType, found.position]));
    };
    const change = { target, to: found.before as LearningValue, ...why };
    const made = await this.make(change, actor, changeId, more, against);
    // What was within bounds then need not be any more; nobody sent a wrong field.
    if (!made.ok && made.failure.code === "validation_error")
      return failed({ code: "conflict", issue: `it cannot be taken back as things are now: ${explain(made.failure)}` });
    if (!made.ok) return made;
    if (made.value !== null) return ok(made.value);
    return failed({ code: "conflict", issue: `${found.what} is what it was before ${changeId} already` });
  }

  /** A change that the core has made by itself: it is told of, and not applied. */
  note({ target, from, to, reason, evidence }: CoreChange, source: string): Promise<Result<ChangeRecord, Failure>> {
    return this.queues.run("changes", () =>
      this.record(target, { before: from, after: to, reason, evidence, source, reverts: null, applied: false }, null),
    );
  }

  async page({ limit, before }: { readonly limit: number; readonly before?: number }): Promise<ChangePage> {
    const params = [before ?? Number.MAX_SAFE_INTEGER, limit + 1];
    const found = await changeTable.load(this.options.store.reads, PAGE, params);
    const changes = found.slice(0, limit);
    return { changes, next: found.length > limit ? (changes.at(-1)?.position ?? null) : null };
  }

  private make(
    change: LearningChange,
    source: string,
    reverts: string | null,
    more: With = NOTHING,
    unless: () => Promise<Failure | null> = () => Promise.resolve(null),
  ): Promise<Result<ChangeRecord | null, Failure>> {
    return this.queues.run("changes", async () => {
      const against = await unless();
      if (against !== null) return failed(against);
      const { target, reason } = change;
      const from = await this.present(target);
      const fault = from.ok ? this.fault(target, from.value, change.to, reverts !== null) : from.failure;
      if (fault !== null || !from.ok) {
        this.refused += 1;
        return failed(fault ?? { code: "restarting" });
      }
      const along = await this.along(change, from.value, source, reverts);
      const to = along.value;
      if (same(from.value, to) && !along.moves) return ok(null);
      const evidence = { ...change.evidence, ...along.evidence };
      const draft = { before: from.value, after: to, reason, evidence, source, reverts, applied: true };
      const made = await this.record(target, draft, along.own, more);
      if (!made.ok) return made;
      const { position, createdAt: updatedAt } = made.value;
      const value = { target: wordOf(target), position, value: withOwn(to, along.own), updatedAt };
      this.values.set(value.target, value);
      this.owed.push(value);
      this.applied += 1;
      this.pay();
      return made;
    });
  }

  /** What goes with a min_signal_quality; null: nothing, and it holds in every regime. */
  private async along(
    { target, to }: LearningChange,
    from: LearningValue,
    source: string,
    reverts: string | null,
  ): Promise<Along> {
    const own = this.plane === null ? null : ownQualities(this.plane, target);
    if (own === null) return { value: to, own, moves: false, evidence: {} };
    const evidence = evidenceOf(own);
    const [found] =
      reverts === null ? [] : await changeTable.load(this.options.store, "WHERE change_id = ?", [reverts]);
    if (found === undefined)
      return { value: to, own: isByLearning(source) ? movedAlong(own, from, to) : null, moves: false, evidence };
    const back = takenBack(found, own, from);
    return { ...back, moves: !isDeepStrictEqual(back.own, own), evidence };
  }

  /** What is in force, everything behind it evaluated. */
  private async present(target: LearningTarget): Promise<Result<LearningValue, Failure>> {
    const { plane } = this;
    if (this.frozen) return failed({ code: "conflict", issue: FROZEN });
    if (plane === null) return failed({ code: "restarting" });
    const reached = await plane.evaluated().then(
      () => true,
      () => false,
    );
    if (!reached) return failed({ code: "restarting" });
    if (this.owed.length > 0 || this.options.thresholds().owed)
      return failed({ code: "overloaded", what: "the event ring" });
    const value = valueIn(plane, target);
    return value === null
      ? failed(invalid("strategy", `must be one of the engine's own with that value, and ${target.strategy} is not`))
      : ok(value);
  }

  private fault(target: LearningTarget, from: LearningValue, to: LearningValue, back: boolean): Failure | null {
    if (this.frozen) return { code: "conflict", issue: FROZEN };
    const { plane } = this;
    return plane === null
      ? { code: "restarting" }
      : beyondBounds(target, from, to, parametersOf(plane, target.strategy), back);
  }

  private async record(
    target: LearningTarget,
    draft: Draft,
    own: OwnQualities | null,
    more: With = () => [],
  ): Promise<Result<ChangeRecord, Failure>> {
    const { audit, now } = this.options;
    const position = ++this.newest;
    const [word, createdAt] = [wordOf(target), now()];
    const named = { changeId: newId("change"), target: word, what: whatOf(target), strategyType: target.strategy };
    const record: ChangeRecord = { ...draft, ...named, position, createdAt, reason: draft.reason.slice(0, REASON_MAX) };
    const value = { target: word, position, value: withOwn(draft.after as LearningValue, own), updatedAt: createdAt };
    const action = draft.applied ? (draft.reverts === null ? "learning.change" : "learning.revert") : "learning.note";
    const told = { actor: draft.source, action, target: word, from: draft.before, to: draft.after };
    const stored = await audit.record(told, [
      changeTable.insert(record),
      ...(draft.applied ? [learnedValueTable.put(value)] : []),
      forgetChanges(position - KEPT_MAX),
      ...more(record),
    ]);
    return stored.ok ? ok(record) : stored;
  }

  /** What operators set since counts. By their clock only where a version has set them that gave them no number. */
  private overruled({ target, position, updatedAt }: Omit<LearnedValueRecord, "value">): boolean {
    if (!isThreshold(target)) return false;
    return this.setNumber > 0 ? position < this.setNumber : updatedAt < this.options.thresholds().setAt;
  }

  /** Brings into the stream what is not in it; what it has no room for now, in a moment. */
  private pay(): void {
    clearTimeout(this.retry);
    const { plane } = this;
    if (plane === null) return;
    if (this.allowanceOwed && plane.learned.allow(!this.frozen)) this.allowanceOwed = false;
    // What operators set comes first: it is of all strategies, and what was learnt since goes on from there.
    for (let next = this.owed[0]; next !== undefined && !this.options.thresholds().owed; next = this.owed[0]) {
      const target = targetOf(next.target);
      // Operators may have set it since it was computed.
      const counts = target !== null && !this.overruled(next);
      const { value, own } = withoutOwn(next.value);
      const setting = !counts ? null : settingOf(target, value, own);
      const known = Math.max(this.known, next.position);
      if (!plane.learned.bring(setting === null ? [] : [setting], known)) break;
      this.known = known;
      this.owed.shift();
    }
    if (this.owed.length > 0 || this.allowanceOwed) this.retry = setTimeout(() => this.pay(), RETRY_MS);
  }
}

function isThreshold(word: string): boolean {
  return word.startsWith("threshold:");
}

/** A learner, and not somebody. */
function isByLearning(source: string): boolean {
  return source.startsWith("learning:");
}

function same(one: LearningValue, other: LearningValue): boolean {
  if (!isParameters(one) || !isParameters(other)) return isDeepStrictEqual(one, other);
  return Object.keys(other).every((name) => one[name] === other[name]);
}

/** What is against taking a change back: one that was made of the same thing later; `later`: oldest first. */
function laterThan(found: ChangeRecord, target: LearningTarget, later: readonly ChangeRecord[]): Failure | null {
  const names = target.kind === "parameters" ? target.names : [];
  const touching = later.filter((one) => {
    const other = targetOf(one.target);
    if (other?.kind !== "parameters") return one.target === found.target;
    return other.names.some((name) => names.includes(name));
  });
  const back = touching.find(({ reverts }) => reverts === found.changeId);
  if (back !== undefined)
    return { code: "conflict", issue: `${found.changeId} was taken back already, by ${back.changeId}` };
  const [next] = touching;
  if (next === undefined) return null;
  const { changeId, what } = next;
  return { code: "conflict", issue: `${what} was changed again later, by ${changeId}; take that back first` };
}
