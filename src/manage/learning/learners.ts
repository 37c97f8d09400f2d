// Everybody who learns, in the order in which they have their turn at a beat.
import { TRAIN } from "../../learning/models.ts";
import type { Adaptation } from "./adaptation.ts";
import type { Applicator } from "./applicator.ts";
import { Calibrator } from "./calibrator.ts";
import { Composer } from "./composer.ts";
import { DetectorFit } from "./detector.ts";
import { Generator, type GeneratorOptions } from "./generator.ts";
import type { Learner } from "./learner.ts";
import { MlLearner, type MlOptions } from "./ml.ts";
import type { LearningPlane } from "./plane.ts";
import type { MarketWatch } from "./regimes.ts";
import type { SelectionLearner } from "./selection.ts";
import { ThresholdTeller } from "./threshold-teller.ts";
import { TrainingThread } from "./training-thread.ts";

/** What learners are made of; some are asked by others as well. */
export interface LearnerParts extends Omit<GeneratorOptions, "founders"> {
  /** Share of one processor that a thread of learning may have. */
  readonly share: number;
  /** The stream of the moment; null: there is none yet. */
  readonly plane: () => LearningPlane | null;
  /** Those whom others ask as well. */
  readonly market: MarketWatch;
  readonly adaptation: Adaptation;
  readonly selection: SelectionLearner;
  readonly applicator: Applicator;
  /** Hashes of the models that trade now, of the strategies of these names. */
  readonly deployed: MlOptions["deployed"];
}

export function learnersOf(parts: LearnerParts): readonly Learner[] {
  const { dataDir, share, plane, market, adaptation, selection, applicator, policy, deployed, log } = parts;
  const detector = new DetectorFit(() => market.joined);
  const teller = new ThresholdTeller((strategy) => plane()?.learned.thresholdsOf(strategy) ?? null);
  const models = { settings: TRAIN, share, deployed, log };
  const ml = dataDir === null ? [] : [new MlLearner({ trainer: new TrainingThread(), dataDir, ...models })];
  const composer = new Composer(policy !== "off");
  const generator = new Generator({ ...parts, founders: () => composer.found });
  const proposing = [selection, applicator, composer, ...ml, generator];
  return [market, detector, adaptation, teller, new Calibrator(), ...proposing];
}
