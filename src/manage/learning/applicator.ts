// The strategy applicator: which of the engine's own strategies are worth running on which symbols. It walks over all pairs,
// a bounded number at each slice, judges each (src/learning/application.ts) and, when a walk is over, asks for a strategy to
// be switched off or on that has given the same answer for several walks. By the policy that is proposed (default), applied,
// or left; either way the table of pairs can be read with a reason for each. Strategies of several legs have no pairs.
// A switch that somebody took back is left alone: one that was to rest until it has as many outcomes more as make a sample,
// one that was to run, and makes none, for a week. What it remembers between walks outlives a restart. Main thread only.
import type { Regime } from "../../domain/regime.ts";
import { isMultiLeg, STRATEGIES, type StrategyType } from "../../domain/strategies.ts";
import {
  judge,
  type Judged,
  RETRY_AFTER_US,
  type Memory,
  NO_MEMORY,
  type Pair,
  REASONS,
  type Reason,
  sway,
  wordsOf,
} from "../../learning/application.ts";
import { type Estimate, SELECTION_DEFAULTS } from "../../learning/selection.ts";
import type { ChangeRecord } from "../../store/learning.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { ownedCells, type PairState, pairsOf } from "../../stream/pairs.ts";
import type { Stream } from "../../stream/stream.ts";
import { Holds } from "./holds.ts";
import type { Learner, LearningChange, LearningContext, Slice, Undoing } from "./learner.ts";
import type { SelectionPolicy } from "./selection.ts";

/** The stream as the applicator sees it. */
export type ApplicatorPlane = Pick<Stream, "compute" | "instruments" | "carry">;
export interface PairView extends Judged {
  readonly strategy: string;
  readonly symbol: string;
  readonly regime: Regime;
  readonly detail: string;
}

export interface RankedPair {
  readonly type: StrategyType;
  readonly cell: number;
  /** Its place among all pairs, which it keeps while others come. */
  readonly rank: number;
}

/** Every pair; one is judged when it is looked at. */
export interface PairTable {
  readonly pairs: readonly RankedPair[];
  /** None of one that is gone. */
  readonly view: (pair: RankedPair) => readonly PairView[];
}

/** More than a strategy has cells. */
const CELLS_MOST = 2 ** 25;
/** Cells that one slice looks at. */
export const PAIRS_PER_SLICE = 500;
const FORM = 1;
const MODEL_ID = "model_applicator";
const TYPES: readonly StrategyType[] = STRATEGIES.filter(({ built, code }) => built && !isMultiLeg(code));

type Counts = Record<Reason, number>;
type Estimates = (strategy: string, basis: Regime | "all") => Estimate | null;

export class Applicator implements Learner {
  readonly name = "applicator";
  private readonly policy: SelectionPolicy;
  private readonly estimate: Estimates;
  private plane: ApplicatorPlane | null = null;
  private memories = new Map<string, Memory>();
  private counts = new Map<string, Counts>();
  private at = { type: 0, from: 0 };
  private late: number | null = null;
  private beats = { cycles: 0, overruns: 0 };
  private kept = "";
  /** What was taken back: of those that run on, by the outcomes that there were; of those that rest on, since when. */
  private readonly heldOn = new Holds();
  private readonly heldOff = new Holds();

  constructor(policy: SelectionPolicy, estimate: Estimates) {
    this.policy = policy;
    this.estimate = estimate;
  }

  join(plane: ApplicatorPlane): void {
    this.plane = plane;
    const { cycles, overruns } = plane.carry.meters.fast;
    this.beats = { cycles, overruns };
  }

  restore(kept: JsonObject | null): void {
    if (kept?.["form"] !== FORM) return;
    this.memories = new Map(Object.entries(kept["memories"] as Readonly<Record<string, Memory>>));
    this.heldOn.restore(kept["held_on"]);
    this.heldOff.restore(kept["held_off"]);
  }

  onTakenBack({ what, strategyType, after }: ChangeRecord, now: number): Undoing | null {
    if (what !== "enabled") return null;
    const [holds, at] = after === true ? [this.heldOn, this.samplesOf(strategyType)] : [this.heldOff, now];
    const held = after === true ? "held_on" : "held_off";
    const done = (): void => holds.hold(strategyType, at);
    return { state: { ...this.state(), [held]: holds.stateWith(strategyType, at) }, done };
  }

  async cycle(context: LearningContext): Promise<Slice> {
    const { plane, at } = this;
    if (plane === null) return undefined;
    if (at.type === 0 && at.from === 0) this.begin(plane);
    const type = TYPES[at.type];
    if (type !== undefined) {
      const pairs = pairsOf(plane, type.code, at.from, PAIRS_PER_SLICE);
      for (const pair of pairs ?? []) {
        const counts = this.countsOf(type.name);
        counts[judge(this.pairOf(type, pair, context.regimeOf(pair.symbol)), SELECTION_DEFAULTS.samplesMin).reason]++;
      }
      this.at = pairs === null ? { type: at.type + 1, from: 0 } : { type: at.type, from: at.from + PAIRS_PER_SLICE };
      return "more";
    }
    this.at = { type: 0, from: 0 };
    await this.conclude(context);
    return undefined;
  }

  /** Of a strategy, or of all without one. */
  table(strategy: string | null, regimeOf: (symbol: string) => Regime): PairTable {
    const { plane } = this;
    if (plane === null) return { pairs: [], view: () => [] };
    const asked = TYPES.filter(({ name }) => strategy === null || name === strategy);
    const pairs = asked.flatMap((type) =>
      ownedCells(plane, type.code).map((cell) => ({ type, cell, rank: type.code * CELLS_MOST + cell })),
    );
    const view = ({ type, cell }: RankedPair): readonly PairView[] =>
      (pairsOf(plane, type.code, cell, 1) ?? []).map((state) => this.viewOf(type, state, regimeOf(state.symbol)));
    return { pairs, view };
  }

  private viewOf(type: StrategyType, state: PairState, regime: Regime): PairView {
    const pair = this.pairOf(type, state, regime);
    const judged = judge(pair, SELECTION_DEFAULTS.samplesMin);
    return { strategy: type.name, symbol: state.symbol, regime, ...judged, detail: wordsOf(judged.reason, pair) };
  }

  private begin(plane: ApplicatorPlane): void {
    this.counts = new Map();
    const { cycles, overruns } = plane.carry.meters.fast;
    const looked = cycles - this.beats.cycles;
    this.late = looked > 0 ? (overruns - this.beats.overruns) / looked : null;
    this.beats = { cycles, overruns };
  }

  private pairOf({ name }: StrategyType, { missing, wants, cost }: PairState, regime: Regime): Pair {
    const [here, anywhere] = [this.estimate(name, regime), this.estimate(name, "all")];
    return { regime, missing, wants, cost, here, anywhere, late: this.late };
  }

  private countsOf(strategy: string): Counts {
    const known = this.counts.get(strategy);
    if (known !== undefined) return known;
    const counts = Object.fromEntries(REASONS.map((reason) => [reason, 0])) as Counts;
    this.counts.set(strategy, counts);
    return counts;
  }

  private async conclude(context: LearningContext): Promise<void> {
    for (const { name } of TYPES) {
      const on = context.valueOf({ kind: "enabled", strategy: name });
      if (typeof on !== "boolean") continue;
      const counts = this.countsOf(name);
      const rest = counts.costly + counts.loses + counts.crowded;
      const look = { now: context.now, on, run: counts.proven + counts.unproven, rest, samples: this.samplesOf(name) };
      const { memory, ask } = sway(this.memories.get(name) ?? NO_MEMORY, look, SELECTION_DEFAULTS.samplesMin);
      const held = this.isHeld(name, on, context.now);
      // Looks count anew behind it.
      this.memories.set(name, held ? { ...memory, against: 0 } : memory);
      if (ask === null || held || this.policy === "off" || context.frozen) continue;
      await this.ask(context, this.change(name, ask));
    }
    await this.keep(context);
  }

  private async ask(context: LearningContext, change: LearningChange): Promise<void> {
    if (this.policy === "apply") await context.apply(change);
    else await context.propose(change);
  }

  private change(strategy: string, to: boolean): LearningChange {
    const { costly, loses, crowded, proven, unproven, ...waiting } = this.countsOf(strategy);
    const pairs = costly + loses + crowded + proven + unproven;
    const running = proven + unproven;
    const reason = to
      ? running > 0
        ? `worth running on ${running} of ${pairs} symbols`
        : "it has rested long enough for another trial"
      : `worth running on none of ${pairs} symbols: on ${loses} it loses, on ${costly} costs eat it, on ${crowded} the processor is busy`;
    const evidence = { samples: this.samplesOf(strategy), costly, loses, crowded, proven, unproven, ...waiting };
    return { target: { kind: "enabled", strategy }, to, reason, evidence };
  }

  /** Somebody took a switch back, and nothing has come since that would say more than then. */
  private isHeld(strategy: string, on: boolean, now: number): boolean {
    const from = (on ? this.heldOn : this.heldOff).of(strategy);
    if (from === undefined) return false;
    return on ? this.samplesOf(strategy) < from + SELECTION_DEFAULTS.samplesMin : now < from + RETRY_AFTER_US;
  }

  private state() {
    const memories = Object.fromEntries(this.memories);
    return { form: FORM, memories, held_on: this.heldOn.state(), held_off: this.heldOff.state() };
  }

  private samplesOf(strategy: string): number {
    return this.estimate(strategy, "all")?.samples ?? 0;
  }

  /** When something is different from what was kept last. */
  private async keep(context: LearningContext): Promise<void> {
    const content = JSON.stringify({ late: this.late, pairs: Object.fromEntries(this.counts) });
    const state = this.state();
    const now = content + JSON.stringify(state);
    if (now === this.kept) return;
    const kept = await context.keep(state);
    if (!kept.ok) return;
    this.kept = now;
    const samples = TYPES.reduce((sum, { name }) => sum + this.samplesOf(name), 0);
    const lineage = { method: "rules over readiness, cost and outcomes", form: FORM };
    await context.keepModel({ modelId: MODEL_ID, kind: "application", strategy: "all", samples, lineage, content });
  }
}
