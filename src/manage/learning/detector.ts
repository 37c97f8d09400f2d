// Estimates the parameters of regime_shift_detector again, every few hours of the engine clock, from what the core's own
// windows hold (src/learning/regime-fit.ts); two passes in each slice. Better ones out of sample come
// into force as a bounded change in the book; the detector keeps its windows and its state. Main thread only.
import { RegimeFit, observationsOf, type RegimeBounds, type RegimeModel } from "../../learning/regime-fit.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Learner, LearningContext, Slice } from "./learner.ts";
import type { RegimePlane } from "./regimes.ts";
import { isParameters, type LearningTarget } from "./target.ts";

const EVERY_US = 6 * 3600 * 1_000_000;
const SYMBOLS_MAX = 16;
/** Of a symbol: enough for observations in and out of sample. */
const CLOSES_MIN = 200;
const REFERENCE = 500;
/** Of a slice; one takes about half a millisecond. */
const PASSES = 2;
const STRATEGY = "regime_shift_detector";
const NAMES: Readonly<Record<keyof RegimeModel, string>> = {
  sigma0: "sigma_0",
  sigma1: "sigma_1",
  move01: "move_01",
  move10: "move_10",
};
/** What is estimated has two states; a detector that somebody gave three keeps what it was given. */
const STATES: LearningTarget = { kind: "parameters", strategy: STRATEGY, names: ["states"] };
const TARGET: LearningTarget = { kind: "parameters", strategy: STRATEGY, names: Object.values(NAMES) };
/** Whatever was in force: half to double of it at once, and never beyond these. */
const RANGES: RegimeBounds = {
  sigma0: [0.2, 2.5],
  sigma1: [0.6, 6],
  move01: [0.001, 0.02],
  move10: [0.004, 0.08],
};

export class DetectorFit implements Learner {
  readonly name = "regime_detector";
  private readonly columns: () => readonly (readonly number[])[];
  private fit: RegimeFit | null = null;
  private fitted = false;
  private last = 0;

  constructor(plane: () => Pick<RegimePlane, "lnCloses"> | null) {
    this.columns = () => plane()?.lnCloses(SYMBOLS_MAX, CLOSES_MIN) ?? [];
  }

  restore(kept: JsonObject | null): void {
    const at = kept?.["at"];
    if (typeof at === "number") this.last = at;
  }

  async cycle(context: LearningContext): Promise<Slice> {
    if (context.frozen) return undefined;
    if (this.fit !== null) return this.goOn(this.fit, context);
    if (this.last > 0 && context.now - this.last < EVERY_US) return undefined;
    const inForce = modelOf(context.valueOf(TARGET));
    if (inForce === null || !twoStates(context.valueOf(STATES))) return undefined;
    const columns = this.columns().map((closes) => observationsOf(closes, REFERENCE));
    const fit = new RegimeFit(columns, inForce, boundsAround(inForce));
    if (!fit.enough) return undefined;
    [this.fit, this.fitted] = [fit, false];
    return "more";
  }

  private async goOn(fit: RegimeFit, context: LearningContext): Promise<Slice> {
    for (let pass = 0; pass < PASSES && !this.fitted; pass++) this.fitted = !fit.pass();
    if (!this.fitted) return "more";
    this.fit = null;
    this.last = context.now;
    // Somebody may have changed it while passes were made.
    if (!twoStates(context.valueOf(STATES))) return undefined;
    const { candidate, better, gain, observations, columns, columnsBetter } = fit.verdict();
    if (better) {
      await context.apply({
        target: TARGET,
        to: Object.fromEntries(
          Object.entries(NAMES).map(([field, name]) => [name, candidate[field as keyof RegimeModel]]),
        ),
        reason: `more likely by ${gain.toFixed(1)} nats on ${observations} returns that they were not estimated from`,
        evidence: { gain_nats: gain, observations, symbols: columns, symbols_better: columnsBetter },
      });
    }
    await context.keep({ at: this.last });
    return undefined;
  }
}

function twoStates(value: ReturnType<LearningContext["valueOf"]>): boolean {
  return value !== null && isParameters(value) && (value["states"] ?? 0) < 2.5;
}

function modelOf(value: ReturnType<LearningContext["valueOf"]>): RegimeModel | null {
  if (value === null || !isParameters(value)) return null;
  const of = (field: keyof RegimeModel): number => value[NAMES[field]] ?? Number.NaN;
  const model = { sigma0: of("sigma0"), sigma1: of("sigma1"), move01: of("move01"), move10: of("move10") };
  return Object.values(model).every(Number.isFinite) ? model : null;
}

function boundsAround(model: RegimeModel): RegimeBounds {
  const around = (field: keyof RegimeModel): readonly [number, number] => {
    const [least, most] = RANGES[field];
    const value = Math.max(least, Math.min(most, model[field]));
    return [Math.max(least, value / 2), Math.min(most, value * 2)];
  };
  return { sigma0: around("sigma0"), sigma1: around("sigma1"), move01: around("move01"), move10: around("move10") };
}
