// One look at the history by whoever trains: what it takes, what it makes of it, and that a thread makes the same.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { decodeModel, modelHash, TRAIN } from "../../../../src/learning/models.ts";
import { contentOf } from "../../../../src/manage/learning/ml.ts";
import { strategyOf } from "../../../../src/manage/learning/model-lineage.ts";
import {
  runTraining,
  type TrainedBefore,
  type TrainingEnd,
  type TrainingSpec,
} from "../../../../src/manage/learning/training-job.ts";
import { TrainingThread } from "../../../../src/manage/learning/training-thread.ts";
import { storeBars } from "../../../support/learning/bar-tables.ts";
import { surgeMarket } from "../../../support/learning/surge-market.ts";
import { dataDir } from "../../../support/manage/engine.ts";

const SETTINGS = { ...TRAIN, seed: 4, rounds: 15 };
const never = (): boolean => false;

function history(bars: number, until = Infinity): string {
  const dir = dataDir();
  storeBars(dir, surgeMarket({ seed: 4, bars, edge: 1.5, until }));
  return dir;
}
const spec = (dir: string, before: readonly TrainedBefore[] = []): TrainingSpec => {
  return { dataDir: dir, settings: SETTINGS, before, now: 1 };
};
function ended(given: TrainingSpec): TrainingEnd {
  const done = runTraining(given, never);
  if (!done.ok || done.value === null) throw new Error("there was nothing to train on");
  return done.value;
}
function madeBy({ dataset, made }: TrainingEnd): TrainedBefore {
  if (!made.ok) throw new Error(made.failure);
  return { dataset: dataset.id, dataHash: dataset.hash, content: made.value.content };
}

describe("training on the history", () => {
  it("makes a model of a dataset once, and again when there are more bars", () => {
    const dir = history(1_500);
    const first = ended(spec(dir));
    const before = [madeBy(first)];
    expect(runTraining(spec(dir, before), never)).toEqual({ ok: true, value: null });
    storeBars(dir, surgeMarket({ seed: 4, bars: 1_700, edge: 1.5 }));
    const second = ended(spec(dir, before));
    expect(second.dataset.id).toBe(first.dataset.id);
    expect(second.dataset.hash).not.toBe(first.dataset.hash);
    expect(second.rechecked).toHaveLength(1);
    expect(second.rechecked[0]?.rows).toBeGreaterThan(150);
    expect(runTraining(spec(dir, [...before, madeBy(second)]), never)).toEqual({ ok: true, value: null });
  });

  it("keeps a file that decodes, with the hashes of what it follows from", () => {
    const { made, dataset, codeHash } = ended(spec(history(1_500)));
    if (!made.ok) throw new Error(made.failure);
    const bytes = Buffer.from(made.value.content.file, "base64");
    expect(decodeModel(bytes)).toMatchObject({ ok: true, value: { barMs: 60_000, enter: made.value.trained.enter } });
    expect(modelHash(bytes)).toBe(made.value.hash);
    expect([dataset.hash, codeHash].every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
    expect(dataset.symbol).toBe("BTCUSD");
  });

  it("gives the same in a thread of its own", async () => {
    const given = spec(history(900));
    const thread = new TrainingThread();
    onTestFinished(() => thread.close());
    const { result } = await thread.train(given);
    const again = ended(given);
    expect(result).toEqual({ ok: true, value: { ...again, dataset: result.ok ? result.value?.dataset : null } });
    expect(again.made.ok).toBe(true);
  });

  it("finds that the model before foretells nothing any more on newer bars", () => {
    const learnt = 2_500;
    const dir = history(learnt);
    const before = [madeBy(ended(spec(dir)))];
    storeBars(dir, surgeMarket({ seed: 4, bars: 8_000, edge: 1.5, until: learnt }));
    expect(ended(spec(dir, before)).rechecked[0]?.drifts.join()).toContain("no better than the base rate");
  });

  it("trains anew where the model before cannot be read, and does not judge it", () => {
    const dir = history(900);
    const known = madeBy(ended(spec(dir)));
    if (known.content === null) throw new Error("no model");
    const file = Buffer.from(known.content.file, "base64");
    file[40] = (file[40] ?? 0) ^ 1;
    storeBars(dir, surgeMarket({ seed: 4, bars: 1_000, edge: 1.5 }));
    const damaged = { ...known, content: { ...known.content, file: file.toString("base64") } };
    const end = ended(spec(dir, [damaged]));
    expect([end.rechecked, end.made.ok]).toEqual([[], true]);
  });

  it("counts itself among what was tried on the data, once", () => {
    const dir = history(900);
    const trials = (): number | undefined => {
      const { made } = ended(spec(dir));
      return made.ok ? made.value.trained.evidence.trials : undefined;
    };
    expect([trials(), trials()]).toEqual([2, 2]);
    const other = ended({ ...spec(dir), settings: { ...SETTINGS, seed: 5 } }).made;
    expect(other.ok && other.value.trained.evidence.trials).toBe(4);
  });

  it("leaves a damaged dataset behind, says so, and goes on with the next", () => {
    const dir = history(900);
    storeBars(dir, surgeMarket({ seed: 5, bars: 900, edge: 0 }), "ETHUSD");
    const file = join(dir, "history", "BTCUSD@bar-1m.columns");
    const bytes = readFileSync(file);
    bytes[5_000] = (bytes[5_000] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { dataset, made } = ended(spec(dir));
    expect([dataset.symbol, made.ok]).toEqual(["BTCUSD", false]);
    const next = ended(spec(dir, [{ dataset: dataset.id, dataHash: dataset.hash, content: null }]));
    expect([next.dataset.symbol, next.made.ok]).toEqual(["ETHUSD", true]);
  });

  it("leaves a dataset behind that breaks it, and names it", () => {
    const dir = history(900);
    const known = madeBy(ended(spec(dir)));
    storeBars(dir, surgeMarket({ seed: 4, bars: 1_000, edge: 1.5 }));
    const broken = JSON.parse(
      JSON.stringify({ ...known, content: { ...known.content, known: null } }),
    ) as TrainedBefore;
    const { dataset, made } = ended(spec(dir, [broken]));
    expect([dataset.id, made]).toMatchObject([known.dataset, { ok: false, broken: true }]);
  });

  it("reads no model back whose numbers for the watch are not there", () => {
    const { content } = madeBy(ended(spec(history(900))));
    if (content === null) throw new Error("no model");
    const read = (known: unknown) => contentOf({ content: JSON.stringify({ file: content.file, known }) });
    expect(read(content.known)).toEqual(content);
    const { reference, watch, until } = content.known;
    for (const known of [
      null,
      {},
      1,
      { reference, watch, until },
      { ...content.known, reference: { ...reference, cuts: [1] } },
    ])
      expect(read(known)).toBeNull();
  });

  it("names strategies of different data differently", () => {
    const names = ["BTC~USD", "BTC-USD", "BTC.USD"].map((symbol) => strategyOf({ id: `${symbol}@bar-1m` }));
    expect(new Set(names).size).toBe(3);
    expect(names.every((name) => /^learned_btc_usd_bar_1m_[0-9a-f]{8}$/.test(name))).toBe(true);
  });

  it("takes no dataset that is too short, and ends when it is asked to", () => {
    const dir = dataDir();
    storeBars(dir, surgeMarket({ seed: 1, bars: 300, edge: 0 }));
    expect(runTraining(spec(dir), never)).toEqual({ ok: true, value: null });
    expect(runTraining(spec(history(900)), () => true)).toEqual({ ok: true, value: null });
  });

  it("is answered when its thread dies, with the time that it took, and the next one has another thread", async () => {
    const given = spec(history(900));
    const thread = new TrainingThread();
    onTestFinished(() => thread.close());
    const lost = thread.train(given);
    void thread["worker"]?.terminate();
    const { result, ms } = await lost;
    expect(result).toEqual({ ok: false, failure: "its thread ended" });
    expect(ms).toBeGreaterThan(0);
    const next = (await thread.train(given)).result;
    expect(next.ok && next.value?.made.ok).toBe(true);
  });

  it("is answered when its thread is closed meanwhile", async () => {
    const thread = new TrainingThread();
    const done = thread.train(spec(history(2_000)));
    await thread.close();
    expect((await done).result.ok).toBe(false);
  });
});
