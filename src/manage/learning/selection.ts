// Selection as a learner: hears every closed outcome, keeps what it knows at each beat in which it learnt something, and
// asks for other capital weights of the engine's own instances at most every WEIGHTS_EVERY_US of the engine clock. By the
// policy these are proposed (default), applied, or neither; either way within a floor, a cap and a largest step, and with
// the numbers behind them. After a restart the stored outcomes behind what was kept are learnt again. A weight that
// somebody took back is left alone until its strategy has as many outcomes more as make a sample. Main thread only.
import { createHash } from "node:crypto";
import type { Regime } from "../../domain/regime.ts";
import { REGIMES } from "../../domain/regime.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import type { Outcome } from "../../learning/outcome.ts";
import { type Optimal, Selection, SELECTION_DEFAULTS, type SelectionState } from "../../learning/selection.ts";
import type { ChangeRecord } from "../../store/learning.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { Holds } from "./holds.ts";
import type { Learner, LearningChange, LearningContext, Undoing } from "./learner.ts";

/** `propose`: an operator decides. */
export type SelectionPolicy = "off" | "propose" | "apply";

const WEIGHTS_EVERY_US = 600_000_000;
/** Smaller differences are not worth a change. */
const CHANGE_MIN = 0.05;
/** Of what is kept; another one is not taken up. */
const FORM = 2;
const MODEL_ID = "model_selection";

export class SelectionLearner implements Learner {
  readonly name = "selection";
  private readonly policy: SelectionPolicy;
  private selection = new Selection(NAMES);
  private news = 0;
  private weighedAt = -Infinity;
  private remembered: readonly Outcome[] = [];
  /** Of the newest outcome that was taken: the outcome, or the mark of the one that was kept; empty: there was none. */
  private newest: Outcome | string = "";
  /** By the outcomes that there were. */
  private readonly holds = new Holds();

  constructor(policy: SelectionPolicy) {
    this.policy = policy;
  }

  remember(outcomes: readonly Outcome[]): void {
    this.remembered = outcomes;
  }

  restore(kept: JsonObject | null): void {
    const known = this.remembered.map(markOf);
    const from = kept?.["form"] === FORM ? known.lastIndexOf(String(kept["mark"])) + 1 : 0;
    if (kept?.["form"] === FORM) this.resume(kept);
    // None of them is the one that was kept last: nobody knows which of them are new.
    if (from > 0 || this.newest === "") for (const outcome of this.remembered.slice(from)) this.onOutcome(outcome);
    this.remembered = [];
  }

  private resume(kept: JsonObject): void {
    this.newest = String(kept["mark"]);
    this.holds.restore(kept["held"]);
    this.selection = new Selection(NAMES, SELECTION_DEFAULTS, kept["selection"] as SelectionState);
  }

  onOutcome(outcome: Outcome): void {
    this.selection.take(outcome);
    this.newest = outcome;
    this.news++;
  }

  onTakenBack({ what, strategyType }: ChangeRecord): Undoing | null {
    if (what !== "weight") return null;
    const samples = this.samplesOf(strategyType);
    const done = (): void => {
      this.holds.hold(strategyType, samples);
      this.news++;
    };
    return { state: { ...this.state(), held: this.holds.stateWith(strategyType, samples) }, done };
  }

  async cycle(context: LearningContext): Promise<void> {
    if (this.news > 0) await this.keep(context);
    if (this.policy === "off" || context.frozen || context.now - this.weighedAt < WEIGHTS_EVERY_US) return;
    this.weighedAt = context.now;
    for (const change of this.changes(context)) {
      if (this.policy === "apply") await context.apply(change);
      else await context.propose(change);
    }
  }

  /** What is proven to earn in this regime, best first; empty while nothing is. */
  optimal(regime: Regime): readonly Optimal[] {
    return this.selection.optimal(regime);
  }

  /** What is known, for who judges pairs of strategies and symbols. */
  estimate(strategy: string, basis: Regime | "all") {
    return this.selection.estimate(strategy, basis);
  }

  private async keep(context: LearningContext): Promise<void> {
    const { news } = this;
    const { selection, ...state } = this.state();
    const kept = await context.keep({ ...state, selection });
    if (!kept.ok) return;
    this.news -= news;
    const state_hash = createHash("sha256").update(JSON.stringify(selection)).digest("hex");
    await context.keepModel({
      modelId: MODEL_ID,
      kind: "selection",
      strategy: "all",
      samples: this.selection.shares("unknown").rounds,
      lineage: { method: "multiplicative weights, proofs by betting", form: FORM, state_hash },
      content: JSON.stringify(this.content()),
    });
  }

  private state() {
    const { newest } = this;
    const mark = typeof newest === "string" ? newest : markOf(newest);
    return { form: FORM, mark, selection: this.selection.state(), held: this.holds.state() };
  }

  private samplesOf(strategy: string): number {
    return this.selection.estimate(strategy, "all")?.samples ?? 0;
  }

  private isHeld(strategy: string): boolean {
    const from = this.holds.of(strategy);
    return from !== undefined && this.samplesOf(strategy) < from + SELECTION_DEFAULTS.samplesMin;
  }

  private content(): JsonObject {
    const regimes = REGIMES.map((regime) => {
      const { basis, rounds, cash, strategies } = this.selection.shares(regime);
      const optimal = this.selection.optimal(regime).map(({ strategy }) => strategy);
      const shares = strategies.flatMap(({ strategy, share, samples }) => {
        return samples === 0 ? [] : [{ strategy, share, ...this.numbers(strategy, basis) }];
      });
      return [regime, { basis, rounds, cash, optimal, shares }] as const;
    });
    return { left_out: this.selection.leftOut, regimes: Object.fromEntries(regimes) };
  }

  private numbers(strategy: string, basis: Regime | "all") {
    const found = this.selection.estimate(strategy, basis);
    if (found === null) return { samples: 0 };
    const { samples, winRate, mean, low, high, proven } = found;
    return { samples, win_rate: winRate, mean, low, high, proven };
  }

  private changes(context: LearningContext): readonly LearningChange[] {
    const now = new Map<string, number>();
    for (const strategy of NAMES) {
      const weight = context.valueOf({ kind: "weight", strategy });
      if (typeof weight === "number") now.set(strategy, weight);
    }
    const { basis, strategies } = this.selection.shares(context.marketRegime);
    const wanted = this.selection.weights(context.marketRegime, now);
    return strategies.flatMap(({ strategy, share }): readonly LearningChange[] => {
      const [from, to] = [now.get(strategy), wanted.get(strategy)];
      if (from === undefined || to === undefined || Math.abs(to - from) < CHANGE_MIN) return [];
      if (this.isHeld(strategy)) return [];
      const of = basis === "all" ? "all markets" : `${basis} markets`;
      const reason = `by its outcomes in ${of} its share of the capital is ${(share * 100).toFixed(1)} %`;
      const evidence: JsonObject = {
        basis,
        share,
        equal: 1 / (strategies.length + 1),
        ...this.numbers(strategy, basis),
      };
      return [{ target: { kind: "weight", strategy }, to, reason, evidence }];
    });
  }
}

const NAMES: readonly string[] = STRATEGIES.map(({ name }) => name);

function markOf({ strategy, instance, symbol, openedAt, closedAt, net }: Outcome): string {
  return [strategy, instance, symbol, openedAt, closedAt, net].join(" ");
}
