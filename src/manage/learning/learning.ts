// The learning manager, and the door of the room: gives learners outcomes, beats and a context; keeps the book of changes,
// proposals and models; has the switch that freezes all of it. Nothing here waits in the way of an event: the stream calls
// at its beats, and is answered at once. Main thread only.
import type { JobLine } from "../../bus/bus.ts";
import { explain, type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { StrategyType } from "../../domain/strategies.ts";
import { type AdaptationSettings, readAdaptation } from "../../learning/adaptation-settings.ts";
import { type Outcome, teaches } from "../../learning/outcome.ts";
import type { StrategyCompiler } from "../../sandbox/sandbox.ts";
import { type ChangeRecord, learningStateTable } from "../../store/learning.ts";
import type { Statement, Store } from "../../store/store.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Log } from "../../telemetry/log.ts";
import { ruleCompiler } from "../compiling.ts";
import type { Audit } from "../oversight/oversight.ts";
import { Adaptation, type Forced } from "./adaptation.ts";
import { Applicator, type ApplicatorPlane, type PairTable } from "./applicator.ts";
import { ChangeBook, FROZEN as FROZEN_ISSUE, type SetThresholds } from "./book.ts";
import { COMPOSITION } from "./composer.ts";
import { compositionCarrier } from "./composition-carrier.ts";
import { Following } from "./following.ts";
import { type Insights, insightsOf } from "./insights.ts";
import type { Learner, LearningContext, RegimeSource, Undoing } from "./learner.ts";
import { learnersOf } from "./learners.ts";
import { type MlOptions, MODEL_PROPOSAL } from "./ml.ts";
import { type CarrierOptions, deployedModels, modelCarrier } from "./model-carrier.ts";
import type { GeneratorPolicy } from "./generator.ts";
import { Models } from "./models.ts";
import { FROZEN, Freezing } from "./freezing.ts";
import type { LearningPlane } from "./plane.ts";
import { Proposals } from "./proposals.ts";
import { MarketWatch } from "./regimes.ts";
import { type Frame, Rounds } from "./rounds.ts";
import { SelectionLearner, type SelectionPolicy } from "./selection.ts";
import type { LearningTarget, LearningValue } from "./target.ts";
import { LearningThread, type Search } from "./work.ts";

export type { ChangeRecord, ModelRecord, ProposalRecord } from "../../store/learning.ts";
export type {
  LargeProposal,
  LearnedModel,
  Learner,
  LearningChange,
  LearningContext,
  LearningProposal,
  RegimeSource,
} from "./learner.ts";
export type { PairView } from "./applicator.ts";
export type { FollowedPlane } from "./following.ts";
export type { LearningPlane } from "./plane.ts";
export type { Forced } from "./adaptation.ts";
export type { Insights } from "./insights.ts";
export { begunFor } from "./begun.ts";
export { CANARY, type GeneratorPolicy } from "./generator.ts";
export type { Carrier } from "./proposals.ts";
export type { SelectionPolicy } from "./selection.ts";
export type { LearningTarget, LearningValue } from "./target.ts";

export interface LearningOptions {
  readonly store: Store;
  readonly audit: Audit;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly thresholds: () => SetThresholds;
  readonly settings?: LearningSettings;
  /** With recorded history; null: there is none. */
  readonly dataDir: string | null;
  readonly engineVersion: string;
  /** By which other processes are handed trials of the generator; without it none are. */
  readonly line?: JobLine | null;
  /** As operators set it. */
  readonly adaptation?: () => AdaptationSettings;
  /** In place of the engine's own. */
  readonly learners?: readonly Learner[];
}
export interface LearningSettings {
  /** Share of one processor that learning may have. */
  readonly share: number;
  readonly policy: GeneratorPolicy;
  /** What becomes of weights and switches that outcomes speak for; they are proposed without it. */
  readonly selection?: SelectionPolicy;
}

const SETTINGS: LearningSettings = { share: 0.05, policy: "propose" };
/** Of generation and of training; they share what learning may have. */
const THREADS = 2;
const SIGNALS_MAX = 1_000;
const NO_SEARCH = "the generator is at no search; GET /learning/search shows what it is at";

export class Learning {
  readonly book: ChangeBook;
  readonly proposals: Proposals;
  readonly models: Models;
  readonly rounds: Rounds;
  readonly thread: LearningThread;
  /** Published signals on their way to outcomes, and the outcomes at hand. */
  readonly following: Following;
  private readonly market = new MarketWatch();
  private readonly adaptation: Adaptation;
  readonly selection: SelectionLearner;
  private readonly applicator: Applicator;
  private readonly freezing: Freezing;
  private readonly options: LearningOptions;
  private readonly learners: readonly Learner[];
  /** Nothing is deployed before there is a registry. */
  private deployedModels: MlOptions["deployed"] = () => Promise.resolve(new Set());
  private regimes: RegimeSource = this.market;
  private plane: LearningPlane | null = null;

  constructor(options: LearningOptions) {
    const { store, audit, now, log, settings = SETTINGS } = options;
    this.options = options;
    const share = settings.share / THREADS;
    this.thread = new LearningThread({ share, log, line: options.line ?? null });
    const { selection: switching = "propose" } = settings;
    const selection = new SelectionLearner(switching);
    const applicator = new Applicator(switching, (strategy, basis) => selection.estimate(strategy, basis));
    this.selection = selection;
    this.applicator = applicator;
    const { dataDir, engineVersion } = options;
    this.adaptation = new Adaptation(options.adaptation ?? (() => readAdaptation({}, 0)));
    const { market, adaptation, thread } = this;
    const deployed: MlOptions["deployed"] = (names) => this.deployedModels(names);
    const known = { market, adaptation, selection, applicator, deployed, plane: () => this.plane };
    const parts = { policy: settings.policy, thread, dataDir, engineVersion, log, share, ...known };
    this.learners = options.learners ?? learnersOf(parts);
    this.following = new Following({ store, log, onOutcome: (outcome) => this.outcome(outcome) });
    this.book = new ChangeBook(options);
    this.freezing = new Freezing({ audit, now, book: this.book, onFrozen: () => this.thread.stop() });
    this.proposals = new Proposals({ store, audit, now, log, book: this.book });
    this.models = new Models(store, now);
    this.rounds = new Rounds({
      learners: this.learners,
      contextFor: (name, frame) => this.contextFor(name, frame),
      share: settings.share,
      log,
    });
  }

  async load(): Promise<void> {
    await Promise.all([this.book.load(), this.proposals.load(), this.models.load(), this.following.load()]);
    const kept = new Map<string, JsonObject>();
    for (const { name, value } of await learningStateTable.load(this.options.store)) kept.set(name, value);
    this.freezing.restore(kept.get(FROZEN) ?? null);
    const outcomes = [...this.following.history.newest()].filter(teaches).toReversed();
    for (const learner of this.learners) {
      learner.remember?.(outcomes);
      learner.restore?.(kept.get(keptName(learner.name)) ?? null);
    }
  }

  /** Approved models and compositions become strategies of this registry, through these pipelines, by this compiler. */
  deployBy(rooms: Omit<CarrierOptions, "models"> & { readonly compiler: Pick<StrategyCompiler, "compile"> }): void {
    this.thread.compileBy(ruleCompiler(rooms.compiler));
    this.deployedModels = (names) => deployedModels(rooms.registry, names);
    this.proposals.carryOut(MODEL_PROPOSAL, modelCarrier({ ...rooms, models: () => this.models.all() }));
    this.proposals.carryOut(COMPOSITION, compositionCarrier({ ...rooms, proposals: () => this.proposals.all() }));
  }

  /** The stream in which changes take effect from now on, before it takes a tick. */
  join(plane: LearningPlane & ApplicatorPlane): void {
    this.plane = plane;
    this.market.join(plane.regimes);
    this.book.join(plane);
    this.applicator.join(plane);
  }

  /** The engine serves: what was decided and not done before the process ended is done. */
  resume(): Promise<void> {
    return this.proposals.resume();
  }

  regimesFrom(source: RegimeSource): void {
    this.regimes = source;
  }

  /** What the engine makes of the market now; null while there is no stream. */
  insights(): Insights | null {
    const { market, adaptation, selection, plane, book } = this;
    if (plane === null) return null;
    const page = plane.archive.query({ limit: SIGNALS_MAX });
    const signals = page.ok ? page.value.signals : [];
    const now = plane.regimes.clock;
    const success = this.following.history.success(now, signals);
    const valueOf = (target: LearningTarget): LearningValue | null => book.valueOf(target);
    const optimal = selection.optimal(market.market);
    return insightsOf({ now, market, adaptation, valueOf, success, optimal });
  }

  /** Adapts strategies now, on somebody's behalf. */
  adapt(
    types: readonly StrategyType[],
    conditions: Readonly<Record<string, unknown>>,
    actor: string,
  ): Promise<Result<Forced, Failure>> {
    const { book, market, plane, adaptation } = this;
    if (book.frozen) return Promise.resolve(failed({ code: "conflict", issue: FROZEN_ISSUE }));
    if (plane === null) return Promise.resolve(failed({ code: "restarting" }));
    return adaptation.force(types, conditions, market.market, {
      now: plane.regimes.clock,
      valueOf: (target) => book.valueOf(target),
      apply: (change) => book.apply(change, actor),
      keep: (value) => this.keep(adaptation.name, value),
    });
  }

  /** Which of the engine's own strategies are worth running on which symbols, each with its reason. */
  application(strategy: string | null): PairTable {
    return this.applicator.table(strategy, (symbol) => this.regimes.of(symbol));
  }

  /** Of the capital, by the outcomes of the engine's own instance; null: there is none. Fails while there is no stream. */
  weightOf(strategy: string): Result<number | null, Failure> {
    if (this.plane === null) return failed({ code: "restarting" });
    const weight = this.book.valueOf({ kind: "weight", strategy });
    return ok(typeof weight === "number" ? weight : null);
  }

  /** A change is undone on somebody's behalf; who made it hears of it. */
  async takeBack(changeId: string, actor: string): Promise<Result<ChangeRecord, Failure>> {
    const now = this.plane?.regimes.clock ?? 0;
    const undoings: Undoing[] = [];
    const made = await this.book.takeBack(changeId, actor, (by) =>
      this.learners.flatMap((learner) => {
        const undoing = learner.onTakenBack?.(by, now) ?? null;
        if (undoing === null) return [];
        undoings.push(undoing);
        return [this.keeping(learner.name, undoing.state)];
      }),
    );
    if (made.ok) for (const { done } of undoings) done();
    return made;
  }

  /** A trade that ended, to the learners when it says something of what they change. */
  outcome(outcome: Outcome): void {
    if (teaches(outcome)) this.rounds.outcome(outcome);
  }

  /** Behind a learning beat of the stream; engine clock. */
  beat(clock: number): void {
    this.following.expire(clock);
    this.rounds.beat(clock);
  }

  /**
   * In force at once; when the store cannot keep it, it is so until the process ends, and whoever asked is told. The way
   * back waits for the store.
   */
  async freeze(frozen: boolean, actor: string): Promise<Result<null, Failure>> {
    const done = await this.freezing.set(frozen, actor);
    if (done.ok && !frozen) await this.resume();
    return done;
  }

  /** What the generator is at; null: nothing. */
  get search(): Search | null {
    return this.thread.search;
  }

  /** The generator's search ends here, on somebody's behalf; what was tried stays counted. The next one comes in its turn. */
  async cancelSearch(actor: string): Promise<Result<null, Failure>> {
    const { search } = this;
    if (search === null) return failed({ code: "conflict", issue: NO_SEARCH });
    this.thread.stop();
    const { tried, planned } = search;
    const change = { actor, action: "learning.cancel_search", target: search.strategy, from: { tried, planned } };
    await this.options.audit.note({ ...change, to: null });
    return ok(null);
  }

  /** What is wrong; null: nothing. */
  get trouble(): string | null {
    return this.thread.trouble;
  }

  async close(): Promise<void> {
    // First: a round may wait for what the thread computes.
    await this.thread.close();
    await this.following.close();
    await this.rounds.close();
    for (const learner of this.learners) await learner.close?.();
    this.book.close();
  }

  private contextFor(name: string, frame: Frame): LearningContext {
    const { book, proposals, models, regimes } = this;
    const source = `learning:${name}`;
    const { log } = this.options;
    return {
      ...frame,
      get frozen() {
        return book.frozen;
      },
      marketRegime: regimes.market,
      regimeOf: (symbol) => regimes.of(symbol),
      valueOf: (target) => book.valueOf(target),
      apply: async (change) => {
        const made = await book.apply(change, source);
        if (!made.ok) log.info("a change of learning was refused", { learner: name, reason: explain(made.failure) });
        return made;
      },
      revert: (changeId, reason, evidence) => book.revert(changeId, { reason, evidence }, source),
      note: (change) => book.note(change, source),
      propose: (proposal) => proposals.propose(proposal, source),
      keepModel: (model) => models.keep(model),
      models: (kind) => models.all().filter((model) => model.kind === kind),
      keep: (value) => this.keep(name, value),
    };
  }

  private keep(learner: string, value: JsonObject): Promise<Result<void, Failure>> {
    return this.options.store.commit([this.keeping(learner, value)]);
  }
  private keeping(learner: string, value: JsonObject): Statement {
    return learningStateTable.put({ name: keptName(learner), value, updatedAt: this.options.now() });
  }
}

function keptName(learner: string): string {
  return `learner:${learner}`;
}
