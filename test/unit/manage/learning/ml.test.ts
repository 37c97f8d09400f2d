// What becomes of a model once it is there: the one that trades is looked at with every set of newer bars, and each look is
// kept. Real history, real training; only the thread is left out.
import { expect, it } from "vitest";
import { ok } from "../../../../src/domain/result.ts";
import type { Outcome } from "../../../../src/learning/outcome.ts";
import { TRAIN } from "../../../../src/learning/models.ts";
import type { LearnedModel, LearningContext } from "../../../../src/manage/learning/learner.ts";
import { contentOf, driftOf, MlLearner } from "../../../../src/manage/learning/ml.ts";
import { deployedModels } from "../../../../src/manage/learning/model-carrier.ts";
import { runTraining, type TrainingSpec } from "../../../../src/manage/learning/training-job.ts";
import type { Registry } from "../../../../src/manage/registry/registry.ts";
import type { ModelRecord } from "../../../../src/store/learning.ts";
import { SILENT_LOG } from "../../../../src/telemetry/log.ts";
import { storeBars } from "../../../support/learning/bar-tables.ts";
import { surgeMarket } from "../../../support/learning/surge-market.ts";
import { dataDir } from "../../../support/manage/engine.ts";

const LEARNT = 1_500;
const MINUTE_US = 60_000_000;

/** One that learns what is in the folder; hashes of `deployed` are those of models that trade. */
function learner(dir: string, deployed: Set<string>) {
  const models = new Map<string, ModelRecord>();
  const train = (spec: TrainingSpec) => Promise.resolve({ result: runTraining(spec, () => false), ms: 0 });
  const ml = new MlLearner({
    trainer: { train, close: () => Promise.resolve() },
    dataDir: dir,
    settings: { ...TRAIN, seed: 4, rounds: 10 },
    share: 1,
    deployed: () => Promise.resolve(deployed),
    log: SILENT_LOG,
  });
  let now = 0;
  const context = (): LearningContext => {
    now += MINUTE_US;
    const keepModel = ({
      modelId = `model_${models.size}`,
      kind,
      strategy,
      samples,
      lineage,
      content,
    }: LearnedModel) => {
      const createdAt = models.get(modelId)?.createdAt ?? now;
      const times = { createdAt, updatedAt: now };
      const record = { modelId, kind, strategyType: strategy, samples, lineage, content, ...times };
      models.set(modelId, record);
      return Promise.resolve(ok(record));
    };
    const propose = (): unknown => Promise.resolve(ok({}));
    return { now, keepModel, propose, models: () => [...models.values()] } as unknown as LearningContext;
  };
  /** Until what is there was looked at, and what came of it is kept. */
  const learnt = async (bars: number): Promise<void> => {
    storeBars(dir, surgeMarket({ seed: 4, bars, edge: 1.5, until: LEARNT }));
    for (let beat = 0; beat < 3; beat++) await ml.cycle(context());
  };
  const of = (place: number): ModelRecord => {
    const found = models.get(`model_${place}`);
    if (found === undefined) throw new Error(`there are ${models.size} models`);
    return found;
  };
  /** What closed trades of the strategy came to. */
  const heard = async (outcomes: readonly Pick<Outcome, "net" | "confidenceRaw">[]): Promise<void> => {
    const { strategyType: strategy } = of(0);
    for (const outcome of outcomes) ml.onOutcome({ strategy, ...outcome } as Outcome);
    await ml.cycle(context());
  };
  return { learnt, heard, of, rechecks: (place: number) => (of(place).lineage["rechecks"] ?? []) as readonly object[] };
}

it("a deployed model is looked at with all bars that came since, each time that there are more", async () => {
  const deployed = new Set<string>();
  const { learnt, of, rechecks } = learner(dataDir(), deployed);
  await learnt(LEARNT);
  deployed.add(String(of(0).lineage["model_hash"]));
  expect(rechecks(0)).toEqual([]);
  await learnt(LEARNT + 100);
  await learnt(LEARNT + 150);
  // The second one is newer by now, and never traded.
  expect(rechecks(0)).toMatchObject([{ drifts: [] }, { drifts: [] }]);
  expect(rechecks(1)).toHaveLength(1);
  const [first, second] = rechecks(0) as readonly { rows: number; data_hash: string }[];
  expect((second?.rows ?? 0) - (first?.rows ?? 0)).toBe(50);
  expect(second?.data_hash).toBe(of(2).lineage["data_hash"]);
  expect(driftOf(of(0))).toEqual([]);
  // The market is another one by now: that is found in the one that trades.
  await learnt(LEARNT + 5_000);
  expect(rechecks(0)).toHaveLength(3);
  expect(driftOf(of(0))).not.toEqual([]);
  expect(rechecks(0)[2]).toMatchObject({ drifts: driftOf(of(0)) });
  expect(rechecks(1)).toHaveLength(1);
});

it("what a deployed model's trades came to is its own, also when a newer one is there that never traded", async () => {
  const deployed = new Set<string>();
  const { learnt, heard, of } = learner(dataDir(), deployed);
  await learnt(LEARNT);
  await learnt(LEARNT + 100);
  const seen = (place: number): number => contentOf(of(place))?.known.watch.seen ?? Number.NaN;
  const [first, second] = [seen(0), seen(1)];
  await heard([{ net: 0.01, confidenceRaw: 0.6 }]);
  expect([seen(0), seen(1)]).toEqual([first, second]);
  deployed.add(String(of(0).lineage["model_hash"]));
  await heard([
    { net: 0.01, confidenceRaw: 0.6 },
    { net: -0.01, confidenceRaw: 0.7 },
  ]);
  expect([seen(0), seen(1)]).toEqual([first + 2, second]);
});

it("what trades is known by the text of the version that is deployed", async () => {
  const hash = "0f".repeat(32);
  const codes: Readonly<Record<string, string>> = { "1.0.0": `// Learned: model ${hash}.\nrest`, "1.0.1": "other" };
  const registry = (deployedVersion: string | null) =>
    ({
      named: () => [{ strategyId: "s1", deployedVersion }],
      version: (_: string, version: string) => Promise.resolve({ code: codes[version] }),
    }) as unknown as Registry;
  expect([...(await deployedModels(registry("1.0.0"), ["learned_a"]))]).toEqual([hash]);
  expect([...(await deployedModels(registry("1.0.1"), ["learned_a"]))]).toEqual([]);
  expect([...(await deployedModels(registry(null), ["learned_a"]))]).toEqual([]);
});
