// What a learner is, and what it is given. A learner listens to closed outcomes and gets a slice of work at each learning
// beat; it changes nothing by itself: it proposes, or it asks for a bounded change. Its time and its chance come with the
// context, so it repeats itself on the same stream. Main thread only; heavy work goes to the learning thread.
import type { Failure } from "../../domain/failure.ts";
import type { Random } from "../../domain/random.ts";
import type { Regime } from "../../domain/regime.ts";
import type { Result } from "../../domain/result.ts";
import type { Outcome } from "../../learning/outcome.ts";
import type { ChangeRecord, ModelRecord, ProposalRecord } from "../../store/learning.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { LearningTarget, LearningValue } from "./target.ts";

export interface Learner {
  readonly name: string;
  onOutcome?(outcome: Outcome): void;
  /** Outcomes of earlier runs, oldest first: as many as are at hand. Before the first outcome and cycle. */
  remember?(outcomes: readonly Outcome[]): void;
  /** Takes up what it has kept (`context.keep`) in an earlier run; null: nothing. Before the first outcome and cycle. */
  restore?(kept: JsonObject | null): void;
  /** Somebody takes a change back, by this one; engine clock. Null: that is nothing to this learner. */
  onTakenBack?(by: ChangeRecord, now: number): Undoing | null;
  /** Whatever it has begun elsewhere ends. */
  close?(): Promise<void>;
  /** One slice of work at a learning beat, at most `budgetMs`. "more": it has not finished; it is asked again soon. */
  cycle?(context: LearningContext): Slice | Promise<Slice>;
}
/** What a taking back means to a learner. */
export interface Undoing {
  /** What `restore` gets after a restart from then on; it is stored together with the change. */
  readonly state: JsonObject;
  /** Once it is stored. */
  readonly done: () => void;
}

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a slice that says nothing is the usual one
export type Slice = void | "more";

/** What is to become of a target, and why. */
export interface LearningChange {
  readonly target: LearningTarget;
  readonly to: LearningValue;
  /** A sentence for people. */
  readonly reason: string;
  /** The numbers behind it. */
  readonly evidence: JsonObject;
}

/** A change that the core has made by itself, to be told of. */
export interface CoreChange extends LearningChange {
  readonly from: LearningValue;
}

/** What waits for somebody's word: a change, or something that the one who is registered for `kind` carries out. */
export type LearningProposal = LearningChange | LargeProposal;
export interface LargeProposal {
  readonly kind: string;
  /** One open proposal for each subject; a newer one takes its place. */
  readonly subject: string;
  readonly what: string;
  readonly strategy: string;
  readonly from: unknown;
  /** All that is needed to carry it out. */
  readonly to: unknown;
  readonly reason: string;
  readonly evidence: JsonObject;
}

/** A model as its maker hands it in; one of the same id takes its place. */
export interface LearnedModel {
  readonly modelId?: string;
  readonly kind: string;
  readonly strategy: string;
  readonly samples: number;
  readonly lineage: JsonObject;
  /** The model itself. */
  readonly content: string;
}

export interface LearningContext {
  /** Engine clock, microseconds. */
  readonly now: number;
  /** For what its slice may last, milliseconds. */
  readonly budgetMs: number;
  /** Seeded by the learner's name and the beat. */
  readonly random: Random;
  /** Nothing may be changed; whatever only observes goes on. */
  readonly frozen: boolean;
  readonly marketRegime: Regime;
  regimeOf(symbol: string): Regime;
  /** What is in force now; null: there is no such thing. */
  valueOf(target: LearningTarget): LearningValue | null;
  /** Null: it has this value already. */
  apply(change: LearningChange): Promise<Result<ChangeRecord | null, Failure>>;
  /** Takes a change back that `apply` has made. Null: the value is what it was before. */
  revert(changeId: string, reason: string, evidence: JsonObject): Promise<Result<ChangeRecord | null, Failure>>;
  /** Tells of a change that the core has made by itself. */
  note(change: CoreChange): Promise<Result<ChangeRecord, Failure>>;
  propose(proposal: LearningProposal): Promise<Result<ProposalRecord, Failure>>;
  /** Keeps a model, with where it came from. */
  keepModel(model: LearnedModel): Promise<Result<ModelRecord, Failure>>;
  models(kind: string): readonly ModelRecord[];
  /** What `restore` gets after a restart. */
  keep(state: JsonObject): Promise<Result<void, Failure>>;
}

/** Who knows the regimes of the moment. */
export interface RegimeSource {
  readonly market: Regime;
  of(symbol: string): Regime;
}
