// The registry of models: each with what it came from. At most KEPT_MAX are kept; of those the ones that learnt last.
// Main thread only; times are microseconds of the wall clock.
import type { Failure } from "../../domain/failure.ts";
import { ok, type Result } from "../../domain/result.ts";
import { type ModelRecord, modelTable } from "../../store/learning.ts";
import type { Store } from "../../store/store.ts";
import { newId } from "../ids.ts";
import type { LearnedModel } from "./learner.ts";

export const KEPT_MAX = 500;

export class Models {
  private readonly store: Store;
  private readonly now: () => number;
  /** The one that learnt last comes last. */
  private readonly models = new Map<string, ModelRecord>();

  constructor(store: Store, now: () => number) {
    this.store = store;
    this.now = now;
  }

  async load(): Promise<void> {
    for (const model of await modelTable.load(this.store, "ORDER BY updated_at, model_id"))
      this.models.set(model.modelId, model);
  }

  all(): readonly ModelRecord[] {
    return [...this.models.values()];
  }

  /** In the order in which they were made, whenever they learnt. */
  listed(): readonly ModelRecord[] {
    return this.all().toSorted((a, b) => a.createdAt - b.createdAt || (a.modelId < b.modelId ? -1 : 1));
  }

  async keep({ strategy, ...given }: LearnedModel): Promise<Result<ModelRecord, Failure>> {
    const { modelId = newId("model"), kind, samples, lineage, content } = given;
    const updatedAt = this.now();
    const createdAt = this.models.get(modelId)?.createdAt ?? updatedAt;
    const record = { modelId, kind, strategyType: strategy, samples, lineage, content, createdAt, updatedAt };
    const spare = this.models.has(modelId) || this.models.size < KEPT_MAX ? undefined : this.all()[0];
    const old = spare === undefined ? [] : [modelTable.remove({ modelId: spare.modelId })];
    const stored = await this.store.commit([modelTable.put(record), ...old]);
    if (!stored.ok) return stored;
    if (spare !== undefined) this.models.delete(spare.modelId);
    this.models.delete(modelId); // so that it comes last
    this.models.set(modelId, record);
    return ok(record);
  }
}
