// What memory keeps of pipelines, over a real store: all of those that are under way, a few words of those that have ended.
// The rest of these is read from the store when somebody asks for it.
import { describe, expect, it } from "vitest";
import { Ledger } from "../../../src/manage/pipeline/ledger.ts";
import { newRecord } from "../../../src/manage/pipeline/record.ts";
import { DEFAULT_SETTINGS } from "../../../src/manage/pipeline/settings.ts";
import { headOf, type PipelineRecord } from "../../../src/store/pipelines.ts";
import type { Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { stillHeld } from "../../support/collected.ts";
import { closed, deploy, ofType, openManage, until } from "../../support/manage/managed.ts";
import { wholePipeline } from "../../support/manage/whole-pipeline.ts";
import { crash, opened, temporaryFolder } from "../../support/store/store-files.ts";

const ROLLOUT = [{ percent: 100, at: "2026-01-01T00:00:00.000Z" }];

/** A ledger over this store, and how its pipelines begin: all of one strategy. */
async function ledgerOver(store: Store) {
  const strategyId = await ofType(await openManage({}, { store }));
  const ledger = new Ledger({ store, now: () => 1, log: SILENT_LOG });
  const begin = async (startedAt: number): Promise<PipelineRecord> => {
    const record = newRecord({ strategyId, version: "1.0.0" }, { type: "direct" }, DEFAULT_SETTINGS, startedAt);
    expect(await ledger.put(record)).toMatchObject({ ok: true });
    return record;
  };
  return { ledger, begin };
}

/** As it ends: with what nobody else holds. */
function ended(record: PipelineRecord): PipelineRecord {
  const results = { backtest: { passed: true, bins: Array.from({ length: 500 }, String) } };
  return { ...record, status: "completed", results, rollout: [...ROLLOUT], certificate: { agrees: true }, endedAt: 9 };
}

/** Ends them; what is left of them in memory by anybody's doing shows in the references. */
async function end(ledger: Ledger, records: readonly PipelineRecord[]): Promise<readonly WeakRef<object>[]> {
  const held: WeakRef<object>[] = [];
  for (const record of records) {
    const last = ended(record);
    expect(await ledger.put(last)).toMatchObject({ ok: true });
    held.push(...[last, last.results, last.rollout, last.certificate ?? {}].map((part) => new WeakRef(part)));
  }
  return held;
}

describe("of a pipeline that has ended", () => {
  it("memory keeps a few words, and nothing that its stages found", async () => {
    const { ledger, begin } = await ledgerOver(await opened({ file: null }));
    const records = [await begin(1), await begin(2)];
    const held = await end(ledger, records);
    expect(await stillHeld(held)).toBe(0);
    expect(ledger.all()).toEqual(records.map((record) => headOf(ended(record))));
  });

  it("everything is read from the store, beside those that are under way and in the order that was asked for", async () => {
    const { ledger, begin } = await ledgerOver(await opened({ file: null }));
    const [first, second, third] = [await begin(1), await begin(2), await begin(3)];
    await end(ledger, [first, third]);
    const ids = [third, second, first].map(({ pipelineId }) => pipelineId);
    expect(await ledger.read(ids)).toEqual({ ok: true, value: [ended(third), second, ended(first)] });
    expect(await ledger.read(["pipe_none"])).toEqual({ ok: true, value: [] });
  });

  it("everything is read in parts, so that other work comes between", async () => {
    const store = await opened({ file: null });
    const parts: number[] = [];
    const query: Store["query"] = (sql, params) => {
      parts.push((JSON.parse(String(params[0])) as unknown[]).length);
      return store.reads.query(sql, params);
    };
    const ask: Store["query"] = (sql, params) => store.query(sql, params);
    const { ledger, begin } = await ledgerOver({ ...rest(store), query: ask, reads: { query } });
    const records: PipelineRecord[] = [];
    for (let n = 0; n < 60; n++) records.push(await begin(n));
    await end(ledger, records);
    parts.length = 0;
    const ids = records.map(({ pipelineId }) => pipelineId);
    expect(await ledger.read(ids)).toEqual({ ok: true, value: records.map(ended) });
    expect(parts).toEqual([25, 25, 10]);
  });

  it("everything is read although it ends while others are read", async () => {
    const { ledger, begin } = await ledgerOver(await opened({ file: null }));
    const [first, second] = [await begin(1), await begin(2)];
    await end(ledger, [first]);
    const read = ledger.read([first.pipelineId, second.pipelineId]);
    ledger.add(ended(second)); // as by a commit that was handed in before
    await ledger.put(ended(second));
    expect(await read).toEqual({ ok: true, value: [ended(first), ended(second)] });
  });

  it("a start reads a few words, and all of one that had not", async () => {
    const store = await opened({ file: null });
    const { ledger, begin } = await ledgerOver(store);
    const [first, second] = [await begin(1), await begin(2)];
    await end(ledger, [first]);
    const asked: string[] = [];
    const query: Store["query"] = (sql, params) => {
      asked.push(`${sql} ${JSON.stringify(params)}`);
      return store.query(sql, params);
    };
    const later = new Ledger({ store: { ...rest(store), query }, now: () => 2, log: SILENT_LOG });
    await later.load();
    expect(later.all()).toEqual([headOf(ended(first)), headOf(second)]);
    expect([later.underway(first.pipelineId), later.underway(second.pipelineId)]).toEqual([null, second]);
    const whole = asked.filter((statement) => statement.includes("results"));
    expect(whole).toHaveLength(1);
    expect([whole[0]?.includes(second.pipelineId), whole[0]?.includes(first.pipelineId)]).toEqual([true, false]);
  });

  it("a store that cannot be read is told, and one under way is shown nevertheless", async () => {
    const store = await opened({ file: null });
    const { ledger, begin } = await ledgerOver(store);
    const [first, second] = [await begin(1), await begin(2)];
    await end(ledger, [first]);
    await crash(store); // one in memory does not come back
    const refused = { ok: false, failure: { code: "storage_unavailable" } };
    expect(await ledger.read([second.pipelineId, first.pipelineId])).toMatchObject(refused);
    expect(await ledger.read([second.pipelineId])).toEqual({ ok: true, value: [second] });
  });
});

it("a start shows what ended before it as it was", async () => {
  const file = `${temporaryFolder()}/engine.db`;
  const before = await openManage(
    { stages: ["syntax_check", "performance_validation"] },
    { store: await opened({ file }) },
  );
  const strategyId = await ofType(before);
  const pipelineId = await deploy(before, strategyId);
  const record = await until(before, pipelineId);
  expect(Object.keys(record.results)).not.toEqual([]);
  await closed(before);
  const store = await opened({ file });
  const after = await openManage({ stages: ["syntax_check", "performance_validation"] }, { store, laterUs: 1e9 });
  expect(after.pipelines.list({ strategyId })).toEqual([headOf(record)]);
  expect(await wholePipeline(after, pipelineId)).toEqual(record);
  expect(after.pipelines.recent()).toEqual([record]);
});

it("of a strategy that was deleted no curve is kept to compare others with", async () => {
  const manage = await openManage();
  const { registry, pipelines } = manage;
  const strategyId = await ofType(manage);
  const curves = pipelines["company"]["curves"];
  pipelines["company"].remember(strategyId, { equity_curve: [{ timestamp: 1, equity: 1_000 }] });
  expect([...curves.keys()]).toEqual([strategyId]);
  expect(await registry.remove(strategyId, false, "test")).toMatchObject({ ok: true });
  expect(curves.size).toBe(0);
});

/** The other methods of a store. */
function rest(store: Store): Omit<Store, "query"> {
  return {
    commit: (statements) => store.commit(statements),
    undo: (statements) => store.undo(statements),
    reads: store.reads,
    status: () => store.status(),
    close: () => store.close(),
  };
}
