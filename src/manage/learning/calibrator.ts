// Keeps the map from raw to published confidence of each strategy in line with its closed outcomes. A map is fitted to the
// newest OUTCOMES_MAX of them, from CALIBRATED_FROM on and again with every REFIT_AFTER more; it is brought into force step by
// step, each within the bounds of a change, and left alone while it is nearly what is in force. When nothing has closed for
// so long that the evidence is stale, the raw confidence comes back the same way: a map that has silenced its strategy does
// not keep it silent for ever.
// What somebody took back is left alone until REFIT_AFTER outcomes have closed since, or none for so long again.
import { STRATEGIES } from "../../domain/strategies.ts";
import {
  type CalibrationMap,
  CALIBRATED_FROM,
  distance,
  fitCalibration,
  reliabilityOf,
  towards,
} from "../../learning/calibration.ts";
import type { Outcome } from "../../learning/outcome.ts";
import type { ChangeRecord } from "../../store/learning.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { Holds } from "./holds.ts";
import type { Learner, LearningContext, Slice, Undoing } from "./learner.ts";
import { isMap } from "./target.ts";

const OUTCOMES_MAX = 5_000;
const REFIT_AFTER = 50;
/** Maps that are nearer to each other than this are the same. */
const NEAR = 0.02;
/** Below what a change may move a confidence by at once (target.ts). */
const STEP = 0.24;
const STALE_US = 14 * 86_400_000_000;

interface Evidence {
  outcomes: Outcome[];
  /** Outcomes since the newest fit. */
  fresh: number;
  /** What the newest fit asks for; undefined: there was none. */
  wanted: CalibrationMap | null | undefined;
  fitted: number;
}

export class Calibrator implements Learner {
  readonly name = "calibration";
  private readonly strategies = new Map<string, Evidence>();
  private turn: string[] = [];
  /** Since when, engine clock. */
  private readonly holds = new Holds();
  private unkept = false;

  remember(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) this.onOutcome(outcome);
  }

  onOutcome(outcome: Outcome): void {
    const evidence = this.evidenceOf(outcome.strategy);
    evidence.outcomes.push(outcome);
    if (evidence.outcomes.length >= 2 * OUTCOMES_MAX) evidence.outcomes = evidence.outcomes.slice(-OUTCOMES_MAX);
    evidence.fresh += 1;
  }

  restore(kept: JsonObject | null): void {
    this.holds.restore(kept?.["held"]);
  }

  onTakenBack({ what, strategyType }: ChangeRecord, now: number): Undoing | null {
    if (what !== "calibration") return null;
    const done = (): void => {
      this.holds.hold(strategyType, now);
      this.unkept = true;
    };
    return { state: { held: this.holds.stateWith(strategyType, now) }, done };
  }

  /** One strategy a slice. */
  async cycle(context: LearningContext): Promise<Slice> {
    await this.keep(context);
    if (context.frozen) return;
    if (this.turn.length === 0) {
      // One that its map has silenced may have no outcome that is remembered.
      const concerned = (name: string): boolean => this.strategies.has(name) || (mapOf(name, context) ?? []).length > 0;
      this.turn = STRATEGIES.map(({ name }) => name).filter(concerned);
    }
    const strategy = this.turn.shift();
    if (strategy !== undefined) await this.calibrate(strategy, this.evidenceOf(strategy), context);
    return this.turn.length > 0 ? "more" : undefined;
  }

  private async keep(context: LearningContext): Promise<void> {
    if (!this.unkept) return;
    this.unkept = false;
    const kept = await context.keep({ held: this.holds.state() });
    if (!kept.ok) this.unkept = true;
  }

  private evidenceOf(strategy: string): Evidence {
    const known = this.strategies.get(strategy) ?? { outcomes: [], fresh: 0, wanted: undefined, fitted: 0 };
    this.strategies.set(strategy, known);
    return known;
  }

  private async calibrate(strategy: string, evidence: Evidence, context: LearningContext): Promise<void> {
    this.fit(strategy, evidence, context.now);
    const target = { kind: "calibration", strategy } as const;
    const value = mapOf(strategy, context);
    if (evidence.wanted === undefined || value === null) return;
    const present: CalibrationMap | null = value.length === 0 ? null : value;
    const apart = distance(present, evidence.wanted);
    if (apart < NEAR) return;
    const next = towards(present, evidence.wanted, STEP) ?? [];
    const stale = evidence.wanted === null;
    const { ece, outcomes } = reliabilityOf(evidence.outcomes.slice(-OUTCOMES_MAX));
    await context.apply({
      target,
      to: next,
      reason: stale
        ? "nothing has closed for two weeks, so what confidence was worth then is not known to hold"
        : `what a confidence is worth by ${evidence.fitted} closed outcomes differs from what is published by up to ` +
          apart.toFixed(3),
      evidence: { outcomes, fitted_to: evidence.fitted, furthest: apart, ece_of_published: ece },
    });
  }

  private fit(strategy: string, evidence: Evidence, now: number): void {
    const held = this.holds.of(strategy) ?? -Infinity;
    const newest = Math.max(evidence.outcomes.at(-1)?.closedAt ?? -Infinity, held);
    if (now - newest > STALE_US) {
      evidence.wanted = null;
      return;
    }
    if (held > -Infinity) {
      evidence.wanted = undefined;
      if (evidence.outcomes.filter(({ closedAt }) => closedAt > held).length < REFIT_AFTER) return;
      this.holds.release(strategy);
      this.unkept = true;
    }
    const enough = evidence.outcomes.length >= CALIBRATED_FROM;
    const again = evidence.wanted === undefined || evidence.wanted === null || evidence.fresh >= REFIT_AFTER;
    if (!enough || !again) return;
    const used = evidence.outcomes.slice(-OUTCOMES_MAX);
    evidence.wanted = fitCalibration(used);
    evidence.fitted = used.length;
    evidence.fresh = 0;
  }
}

/** Empty: the raw confidence; null: nobody can say now. */
function mapOf(strategy: string, context: LearningContext): CalibrationMap | null {
  const value = context.valueOf({ kind: "calibration", strategy });
  return value !== null && isMap(value) ? value : null;
}
