// The learner of models: at a learning beat it has the history looked at in a thread of its own; what comes back is kept in
// the registry of models with where it came from, and proposed as a strategy when the evidence out of sample holds. The model
// that is deployed, and the newest one, are judged on newer bars whenever there are some, and each of these looks is kept
// with the model. One whose inputs or losses drift is marked, and its strategy is not proposed any more until it was
// trained on newer bars. Main thread only; nothing here takes longer than reading one answer.
import { failed } from "../../domain/result.ts";
import type { Outcome } from "../../learning/outcome.ts";
import { isKnown, lossDrifts, watched, Workbench } from "../../learning/models.ts";
import type { ModelRecord } from "../../store/learning.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Log } from "../../telemetry/log.ts";
import type { LargeProposal, Learner, LearningContext } from "./learner.ts";
import { lineageOf, strategyOf } from "./model-lineage.ts";
import type { ModelContent, TrainedBefore, TrainingEnd, TrainingSpec } from "./training-job.ts";
import type { TrainingDone } from "./training-worker.ts";

export const MODEL_KIND = "ml";
export const MODEL_PROPOSAL = "model";

export interface Trainer {
  train(spec: TrainingSpec): Promise<TrainingDone>;
  close(): Promise<void>;
}

export interface MlOptions {
  readonly trainer: Trainer;
  readonly dataDir: string;
  readonly settings: TrainingSpec["settings"];
  /** Share of one processor that training may have over time. */
  readonly share: number;
  /** Hashes of the models that trade now, of the strategies of these names. */
  readonly deployed: (strategies: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly log: Log;
}

const US_PER_MS = 1_000;
/** The newest looks at a model that are kept with it. */
export const RECHECKS_KEPT = 50;

export class MlLearner implements Learner {
  readonly name = "models";
  private readonly options: MlOptions;
  private done: TrainingDone | null = null;
  private busy = false;
  /** Engine clock. */
  private restsUntil = 0;
  /** Looked at without a model coming of it: not again before the data change. */
  private readonly barren = new Map<string, TrainedBefore>();
  private readonly heard: Outcome[] = [];
  private readonly bench = new Workbench();

  constructor(options: MlOptions) {
    this.options = options;
  }

  onOutcome(outcome: Outcome): void {
    if (outcome.strategy.startsWith("learned_") && this.heard.length < 1_000) this.heard.push(outcome);
  }

  async cycle(context: LearningContext): Promise<void> {
    try {
      await this.hear(context);
    } finally {
      await this.learn(context);
    }
  }

  close(): Promise<void> {
    return this.options.trainer.close();
  }

  private async learn(context: LearningContext): Promise<void> {
    const { done } = this;
    this.done = null;
    if (done !== null) this.restsUntil = context.now + (done.ms / this.options.share) * US_PER_MS;
    if (done?.result.ok === false) throw new Error(`a model could not be trained: ${done.result.failure}`);
    if (done?.result.ok === true && done.result.value !== null) await this.take(done.result.value, context);
    if (!this.busy && context.now >= this.restsUntil) await this.look(context);
  }

  private async look(context: LearningContext): Promise<void> {
    const { dataDir, settings, trainer } = this.options;
    const models = context.models(MODEL_KIND).toSorted((one, other) => one.createdAt - other.createdAt);
    const deployed = await this.options.deployed([...new Set(models.map(({ strategyType }) => strategyType))]);
    const before = [...models.map((model) => beforeOf(model, deployed)), ...this.barren.values()];
    this.busy = true;
    const answered = (done: TrainingDone): void => {
      this.busy = false;
      this.done = done;
    };
    void trainer
      .train({ dataDir, settings, before, now: context.now })
      .then(answered, (error: unknown) => answered({ result: failed(String(error)), ms: 0 }));
  }

  private async take(end: TrainingEnd, context: LearningContext): Promise<void> {
    const { dataset, made } = end;
    const last = newestOf(context.models(MODEL_KIND), dataset.id);
    await this.looked(end, context);
    if (!made.ok) {
      this.barren.set(dataset.id, { dataset: dataset.id, dataHash: dataset.hash, content: null });
      if (made.broken) throw new Error(`no model could be trained of ${dataset.id}: ${made.failure}`);
      return;
    }
    const strategy = strategyOf(dataset);
    const { evidence, outOfSample } = made.value.trained;
    const lineage = lineageOf(end, made.value);
    const content = JSON.stringify(made.value.content);
    const given = { kind: MODEL_KIND, strategy, samples: outOfSample.rows, lineage, content };
    const kept = await context.keepModel(given);
    if (!kept.ok) return;
    if (evidence.holds) await context.propose(proposalOf(kept.value, last, evidence.sentence));
  }

  /** Keeps with each model what newer bars say of it. One that has drifted stays so, whatever later bars say. */
  private async looked({ dataset, rechecked }: TrainingEnd, context: LearningContext): Promise<void> {
    for (const { modelId, rows, watch, drifts } of rechecked) {
      const model = context.models(MODEL_KIND).find((one) => one.modelId === modelId);
      if (model === undefined) continue;
      const found = drifts.length > 0 ? [...drifts] : [...driftOf(model)];
      if (found.length > 0 && driftOf(model).length === 0)
        this.options.log.warn("a model has drifted", { model_id: modelId, strategy: model.strategyType, found });
      const look = { at: context.now, data_hash: dataset.hash, rows, bets: watch.seen, drifts: [...drifts] };
      const rechecks = [...rechecksOf(model), look].slice(-RECHECKS_KEPT);
      await context.keepModel({ ...asGiven(model), lineage: { ...model.lineage, drift: { found }, rechecks } });
    }
  }

  /** Outcomes of models that trade go into the watch on their losses. One that cannot be taken in is left out. */
  private async hear(context: LearningContext): Promise<void> {
    if (this.heard.length === 0) return;
    const deployed = await this.options.deployed([...new Set(this.heard.map(({ strategy }) => strategy))]);
    const heard = this.heard.splice(0);
    for (const [place, outcome] of heard.entries()) {
      if (await this.hears(outcome, deployed, context)) continue;
      this.heard.unshift(...heard.slice(place));
      return;
    }
  }

  /** False: it could not be stored now. */
  private async hears(outcome: Outcome, deployed: ReadonlySet<string>, context: LearningContext): Promise<boolean> {
    // A newer one that never traded has nothing to answer for.
    const model = context
      .models(MODEL_KIND)
      .findLast((one) => one.strategyType === outcome.strategy && deployed.has(String(one.lineage["model_hash"])));
    const content = model === undefined ? null : contentOf(model);
    if (model === undefined || content === null) return true;
    const { known } = content;
    const label = outcome.net > 0 ? 1 : 0;
    const watch = watched(this.bench.core, known.watch, known.reference, label, outcome.confidenceRaw);
    const found = lossDrifts(watch)
      ? [`after ${watch.seen} outcomes it foretells no better than the base rate`]
      : driftOf(model);
    const lineage = { ...model.lineage, drift: { found: [...found] } };
    const next: ModelContent = { ...content, known: { ...known, watch } };
    return (await context.keepModel({ ...asGiven(model), lineage, content: JSON.stringify(next) })).ok;
  }
}

/** What has drifted of a model, for people. */
export function driftOf({ lineage }: Pick<ModelRecord, "lineage">): readonly string[] {
  const drift = lineage["drift"] as { readonly found?: readonly string[] } | undefined;
  return drift?.found ?? [];
}

/** What newer bars have said of a model, oldest first. */
function rechecksOf({ lineage }: Pick<ModelRecord, "lineage">): readonly JsonObject[] {
  const { rechecks } = lineage;
  return Array.isArray(rechecks) ? (rechecks as readonly JsonObject[]) : [];
}

/** A record as its maker handed it in. */
function asGiven({ modelId, kind, strategyType: strategy, samples, content }: ModelRecord) {
  return { modelId, kind, strategy, samples, content };
}

function newestOf(models: readonly ModelRecord[], dataset: string): ModelRecord | undefined {
  return models
    .filter(({ lineage }) => lineage["dataset"] === dataset)
    .toSorted((one, other) => one.createdAt - other.createdAt)
    .at(-1);
}

/** What is kept of a model; null: it cannot be read. */
export function contentOf({ content }: Pick<ModelRecord, "content">): ModelContent | null {
  try {
    const kept = JSON.parse(content) as Partial<ModelContent> | null;
    return typeof kept?.file === "string" && isKnown(kept.known) ? (kept as ModelContent) : null;
  } catch {
    return null;
  }
}

function beforeOf(model: ModelRecord, deployed: ReadonlySet<string>): TrainedBefore {
  const { dataset, data_hash: dataHash, model_hash: hash } = model.lineage;
  const { modelId } = model;
  const of = { dataset: String(dataset), dataHash: String(dataHash), content: contentOf(model) };
  return { ...of, modelId, deployed: deployed.has(String(hash)) };
}

function proposalOf(model: ModelRecord, last: ModelRecord | undefined, sentence: string): LargeProposal {
  const { modelId, strategyType, lineage } = model;
  const { model_hash: hash, symbol, data_hash: data, seed, evidence, importances } = lineage;
  return {
    kind: MODEL_PROPOSAL,
    subject: strategyType,
    what: "learned_model",
    strategy: strategyType,
    from: last?.lineage["model_hash"] ?? null,
    to: { model_id: modelId, model_hash: hash, symbol },
    reason: `a model of ${String(symbol)} holds out of sample: ${sentence}`,
    evidence: {
      data_hash: data ?? null,
      seed: seed ?? null,
      out_of_sample: evidence ?? null,
      importances: importances ?? null,
    },
  };
}
