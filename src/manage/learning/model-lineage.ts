// What is kept beside a model: where it came from, what it was trained with, how good it was and on what, and what is needed
// to watch it. In the words of the API.
import { createHash } from "node:crypto";
import type { JsonObject } from "../../store/strategies.ts";
import type { MadeModel, TrainingEnd } from "./training-job.ts";

/**
 * The name of the strategy that models of this data become: versions of one strategy follow each other. The hash keeps apart
 * what is folded to the same letters.
 */
export function strategyOf({ id }: Pick<TrainingEnd["dataset"], "id">): string {
  const hash = createHash("sha256").update(id).digest("hex").slice(0, 8);
  return `learned_${id.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_")}_${hash}`;
}

export function lineageOf({ dataset, codeHash }: TrainingEnd, made: MadeModel): JsonObject {
  const { evidence, inSample, outOfSample, importances, enter } = made.trained;
  const sample = (one: typeof inSample): JsonObject => ({
    rows: one.rows,
    auc: one.auc,
    log_loss: one.logLoss,
    calibration_error: one.calibrationError,
  });
  return {
    dataset: dataset.id,
    symbol: dataset.symbol,
    bar_ms: dataset.intervalMs,
    rows: dataset.rows,
    from: dataset.from,
    to: dataset.to,
    data_hash: dataset.hash,
    code_hash: codeHash,
    model_hash: made.hash,
    model: made.kind,
    seed: made.settings.seed,
    settings: { ...made.settings },
    enter,
    in_sample: sample(inSample),
    out_of_sample: sample(outOfSample),
    evidence: {
      bets: evidence.bets,
      win_rate: evidence.winRate,
      mean_net: evidence.meanNet,
      sharpe: evidence.sharpe,
      deflated_sharpe: evidence.deflated,
      ranking: evidence.ranking,
      trials: evidence.trials,
    },
    proven: evidence.holds,
    sentence: evidence.sentence,
    importances: importances.map(({ input, gain, permutation }) => ({ input, gain, permutation })),
    drift: { found: [] },
  };
}
