// The adaptation engine: brings the settings of each strategy to what the market's regime asks for (src/learning/
// adaptation.ts), by itself at learning beats or when somebody asks, and takes them back when outcomes are worse with
// them. Every change goes through the book, so it is bounded, stored, audited, and an event of the stream; instances keep
// their windows and positions. By itself it changes thresholds only, unless operators say otherwise, and nothing while
// the regime is unknown. Main thread only; times are engine clock, microseconds.
import { explain, type Failure } from "../../domain/failure.ts";
import { type Regime, REGIMES } from "../../domain/regime.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { STRATEGIES, type StrategyType } from "../../domain/strategies.ts";
import {
  type Adapted,
  adapted,
  type AdaptationState,
  coolingDown,
  factorsFor,
  intending,
  type Move,
  movesTo,
  NOT_ADAPTED,
  observe,
  settled,
  takenBack,
  undone,
} from "../../learning/adaptation.ts";
import type { AdaptationSettings } from "../../learning/adaptation-settings.ts";
import { regimeMeant } from "../../learning/conditions.ts";
import type { Outcome } from "../../learning/outcome.ts";
import type { ChangeRecord } from "../../store/learning.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { forcedQuality } from "./forced-quality.ts";
import type { Learner, LearningChange, LearningContext, Undoing } from "./learner.ts";
import { isParameters, type LearningTarget, type LearningValue } from "./target.ts";

/** What changes go through: the context of a learner, or the book on behalf of somebody. */
export interface Changing {
  readonly now: number;
  valueOf(target: LearningTarget): LearningValue | null;
  apply(change: LearningChange): Promise<Result<unknown, Failure>>;
  /** What `restore` gets after a restart. */
  keep(state: JsonObject): Promise<Result<void, Failure>>;
}

export interface Forced {
  readonly regime: Regime;
  /** Whether it is the one that was asked for, or else the market's own. */
  readonly isMeant: boolean;
  /** What was not understood and why nothing was changed, each where it was so. */
  readonly notes: readonly string[];
  readonly version: string;
  /** By strategy, by setting. */
  readonly changes: ReadonlyMap<string, readonly Pick<Move, "name" | "from" | "to">[]>;
}

type Evidence = Readonly<Record<string, number>>;

const NOT_UNDERSTOOD =
  `market_conditions name no regime that is known (regime: ${REGIMES.join(", ")}; or volatility high or low, trend ` +
  "strong or sideways), so the market's own is meant";
/** Outcomes of a strategy that are looked at together: each look writes lists of hundreds of numbers anew. */
const HEARD_AT_ONCE = 64;

export class Adaptation implements Learner {
  readonly name = "adaptation";
  private readonly settings: () => AdaptationSettings;
  private readonly states = new Map<string, AdaptationState>();
  /** What came since a state was written. */
  private readonly unheard = new Map<string, Outcome[]>();
  private readonly worse = new Map<string, Evidence>();
  /** By strategy: one change is over before the next one looks at what is in force. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private dirty = false;

  constructor(settings: () => AdaptationSettings) {
    this.settings = settings;
  }

  restore(kept: JsonObject | null): void {
    const states = (kept?.["states"] ?? {}) as Readonly<Record<string, AdaptationState>>;
    for (const { name } of STRATEGIES) {
      const state = states[name];
      if (state !== undefined) this.states.set(name, { ...NOT_ADAPTED, ...state });
    }
  }

  onOutcome(outcome: Outcome): void {
    const { strategy } = outcome;
    const unheard = this.unheard.get(strategy);
    if (unheard === undefined) this.unheard.set(strategy, [outcome]);
    else unheard.push(outcome);
    if (unheard !== undefined && unheard.length >= HEARD_AT_ONCE) this.hear(strategy);
    this.dirty = true;
  }

  /** Before anybody looks at its state. */
  private hear(strategy: string): void {
    const unheard = this.unheard.get(strategy);
    if (unheard === undefined || unheard.length === 0) return;
    const { state, worse } = observe(this.states.get(strategy) ?? NOT_ADAPTED, unheard);
    unheard.length = 0;
    this.set(strategy, state);
    if (worse !== null) this.worse.set(strategy, worse);
  }

  private all(): Readonly<Record<string, AdaptationState>> {
    for (const strategy of this.unheard.keys()) this.hear(strategy);
    return Object.fromEntries(this.states);
  }

  /** What somebody did not want is not set again by itself for a while. */
  onTakenBack({ strategyType, before }: ChangeRecord, now: number): Undoing | null {
    const { state, own } = undone(this.stateOf(strategyType), before, now);
    if (!own) return null;
    return {
      state: { states: { ...this.all(), [strategyType]: state } },
      done: () => this.set(strategyType, undone(this.stateOf(strategyType), before, now).state),
    };
  }

  async cycle(context: LearningContext): Promise<void> {
    const { automatic } = this.settings();
    if (!context.frozen) {
      for (const type of STRATEGIES) {
        await this.inTurn(type, async () => {
          this.settle(type, context);
          if (await this.takeBack(type, context)) return;
          if (automatic !== "off") await this.follow(type, context, automatic === "all");
        });
      }
    }
    await this.kept(context);
  }

  /**
   * Now, of one strategy or all of a family, for the regime that the conditions tell of or else the market is in. Whether
   * it was taken back before and how long ago the last change was does not matter. That nothing needs changing, or may
   * be changed further, is no failure: it was looked at, as asked.
   */
  async force(
    types: readonly StrategyType[],
    conditions: Readonly<Record<string, unknown>>,
    market: Regime,
    changing: Changing,
  ): Promise<Result<Forced, Failure>> {
    const meant = regimeMeant(conditions);
    const regime = meant ?? market;
    const { version } = this.settings();
    const changes = new Map<string, readonly Move[]>();
    const notes = meant === null && Object.keys(conditions).length > 0 ? [NOT_UNDERSTOOD] : [];
    for (const type of types) {
      const made = await this.inTurn(type, () => this.forceOne(type, regime, changing));
      await this.kept(changing);
      if (made.ok && made.value.length > 0) changes.set(type.name, made.value);
      else if (made.ok) notes.push(`${type.name} has what the regime ${regime} asks for`);
      // Its settings are at their bounds; nobody sent a wrong field.
      else if (made.failure.code === "validation_error") notes.push(`${type.name}: ${explain(made.failure)}`);
      else return made;
    }
    return ok({ regime, isMeant: meant !== null, notes, version, changes });
  }

  private async forceOne(
    type: StrategyType,
    regime: Regime,
    changing: Changing,
  ): Promise<Result<readonly Move[], Failure>> {
    this.settle(type, changing);
    const [state, valueOf] = [this.stateOf(type.name), valuesOf(type, changing)];
    const moves = movesTo(this.settings().sets[type.family][regime] ?? {}, state, valueOf);
    const fresh = state.recent.slice(Math.max(0, state.recent.length - (state.heard - state.stepped)));
    const quality = forcedQuality(fresh, valueOf("min_signal_quality"));
    const wanted = quality === null ? moves : [...moves.filter(({ name }) => name !== quality.name), quality];
    const made = await this.make(type, regime, wanted, changing, reasonFor(regime, "somebody asked for it"), {});
    if (quality !== null && made.ok && made.value.includes(quality)) {
      this.set(type.name, { ...this.stateOf(type.name), stepped: state.heard });
    }
    return made;
  }

  /** In force: of each strategy that has a factor other than 1, its regime and since when. */
  inForce(): ReadonlyMap<string, Pick<AdaptationState, "regime" | "since">> {
    const listed = [...this.states].filter(([, { written }]) =>
      Object.values(written).some(({ factor }) => factor !== 1),
    );
    return new Map(listed.map(([name, { regime, since }]) => [name, { regime, since }]));
  }

  private async kept(changing: Changing): Promise<void> {
    if (!this.dirty) return;
    const states = this.all();
    this.dirty = false;
    const kept = await changing.keep({ states });
    if (!kept.ok) this.dirty = true;
  }

  private async takeBack(type: StrategyType, context: LearningContext): Promise<boolean> {
    const before = this.stateOf(type.name);
    const evidence = this.worse.get(type.name);
    if (evidence === undefined) return false;
    const moves = movesTo({}, before, valuesOf(type, context));
    const reason = `its outcomes are worse since it has the settings for ${before.regime}, so they are taken back`;
    const made = await this.write(type, moves, context, reason, evidence);
    // What could not be written now is written at the next beat.
    this.set(type.name, takenBack(this.stateOf(type.name), made, context.now));
    if (made.length === moves.length) this.worse.delete(type.name);
    return true;
  }

  private async follow(type: StrategyType, context: LearningContext, parameters: boolean): Promise<void> {
    const regime = context.marketRegime;
    const state = this.stateOf(type.name);
    if (regime === "unknown" || coolingDown(state, context.now)) return;
    const { sets } = this.settings();
    const factors = factorsFor(sets, type.family, regime, state, context.now);
    // A parameter that was set because somebody asked is taken out again; by itself none is set.
    const wanted = parameters ? factors : { ...factors, risk_tolerance: 1 };
    const moves = movesTo(wanted, state, valuesOf(type, context));
    if (moves.length > 0) await this.make(type, regime, moves, context, reasonFor(regime, "the market is"), {});
  }

  private async make(
    type: StrategyType,
    regime: Regime,
    moves: readonly Move[],
    changing: Changing,
    reason: string,
    evidence: Evidence,
  ): Promise<Result<readonly Move[], Failure>> {
    let fault: Failure | null = null;
    if (moves.length > 0) {
      // Else a factor that a killed process had written would be taken for what was there before, and multiplied again.
      this.set(type.name, intending(this.stateOf(type.name), regime, moves, changing.now));
      await this.kept(changing);
    }
    const made = await this.write(type, moves, changing, reason, evidence, (failure) => (fault ??= failure));
    if (moves.length > 0 && made.length === 0 && fault !== null) {
      this.settle(type, changing);
      return failed(fault);
    }
    if (made.length > 0) {
      this.set(type.name, adapted(this.stateOf(type.name), regime, made, changing.now, true));
      // What was found spoke of other settings.
      this.worse.delete(type.name);
    }
    return ok(made);
  }

  /** The moves that could be made; a bound of one does not keep the others. */
  private async write(
    type: StrategyType,
    moves: readonly Move[],
    changing: Changing,
    reason: string,
    evidence: Evidence,
    onFault: (failure: Failure) => void = () => undefined,
  ): Promise<readonly Move[]> {
    const made: Move[] = [];
    for (const move of moves) {
      const numbers = { ...evidence, factor: move.factor, set_version: this.settings().version };
      const target = targetOf(type, move.name);
      const to = target.kind === "parameters" ? { [move.name]: move.to } : move.to;
      const done = await changing.apply({ target, to, reason, evidence: numbers });
      if (done.ok) made.push(move);
      else onFault(done.failure);
    }
    return made;
  }

  private settle(type: StrategyType, changing: Changing): void {
    const state = this.stateOf(type.name);
    if (state.intended !== null) this.set(type.name, settled(state, valuesOf(type, changing)));
  }

  private inTurn<T>({ name }: StrategyType, work: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(name) ?? Promise.resolve()).then(work);
    this.turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  }

  private stateOf(strategy: string): AdaptationState {
    this.hear(strategy);
    return this.states.get(strategy) ?? NOT_ADAPTED;
  }
  private set(strategy: string, state: AdaptationState): void {
    this.states.set(strategy, state);
    this.dirty = true;
  }
}

function targetOf({ name: strategy }: StrategyType, name: Adapted): LearningTarget {
  return name === "risk_tolerance"
    ? { kind: "parameters", strategy, names: [name] }
    : { kind: "threshold", strategy, name };
}

function valuesOf(type: StrategyType, changing: Changing): (name: Adapted) => number | null {
  return (name) => {
    const value = changing.valueOf(targetOf(type, name));
    if (typeof value === "number") return value;
    return value !== null && isParameters(value) ? (value[name] ?? null) : null;
  };
}

function reasonFor(regime: Regime, because: string): string {
  return because === "the market is" ? `the market is ${regime}` : `settings for ${regime}: ${because}`;
}
