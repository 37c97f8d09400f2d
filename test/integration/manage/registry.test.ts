// The registry on a real store, without a server: many changes at once, a store that refuses, and a core that is behind.
import { describe, expect, it } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { failed, ok } from "../../../src/domain/result.ts";
import { Manage } from "../../../src/manage/manage.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { CONFIG_DEFAULTS } from "../../support/manage/config-defaults.ts";
import { opened, temporaryFolder } from "../../support/store/store-files.ts";
import type { Store } from "../../../src/store/store.ts";
import type { WantedInstance } from "../../../src/stream/stream.ts";

function over(store: Store): Manage {
  let clock = 1_756_029_600_000_000;
  return new Manage({
    store,
    bus: new EmbeddedBus(),
    now: () => (clock += 7),
    log: SILENT_LOG,
    configDefaults: CONFIG_DEFAULTS,
  });
}

async function made(manage: Manage, parameters: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const done = await manage.registry.create({ name: "Flat", code: "def f(): pass", parameters }, "test");
  if (!done.ok) throw new Error(done.failure.code);
  return done.value.strategyId;
}

function seenIn(parameters: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return Object.keys(parameters["seen"] as object);
}

describe("the registry", () => {
  it("loses none of 1,000 changes of one strategy that come at once, also for who reads the store afterwards", async () => {
    const file = `${temporaryFolder()}/engine.db`;
    const store = await opened({ file });
    const manage = over(store);
    await manage.load();
    const id = await made(manage, { seen: {} });
    const names = Array.from({ length: 1_000 }, (_, index) => `k${index}`);
    const done = await Promise.all(
      names.map((name, index) => manage.registry.update(id, { parameters: { seen: { [name]: index } } }, "test")),
    );
    expect(done.every(({ ok }) => ok)).toBe(true);
    const versions = new Set(done.map((one) => (one.ok ? one.value.version : "")));
    expect(versions.size).toBe(1_000);
    const check = (of: Manage): void => {
      expect(seenIn(of.registry.get(id)?.parameters)).toEqual(names);
      expect(of.registry.get(id)?.version).toBe("1.0.1000");
      expect(of.registry.versionsOf(id)).toHaveLength(1_001);
    };
    check(manage);
    await store.close();
    const again = over(await opened({ file }));
    await again.load();
    check(again);
    const old = await again.registry.version(id, "1.0.500");
    expect(seenIn(old?.parameters)).toHaveLength(500);
    expect(old?.code).toBe("def f(): pass");
  });

  it("changes nothing when the store refuses, says why, and goes on answering reads", async () => {
    const store = await opened({ file: null });
    const manage = over(store);
    await manage.load();
    const id = await made(manage);
    const before = manage.registry.get(id);
    await store.close();
    const refused = { ok: false, failure: { code: "shutting_down" } };
    expect(await manage.registry.update(id, { name: "Other" }, "test")).toEqual(refused);
    expect(await manage.registry.move(id, "stop", { actor: "test" })).toEqual(refused);
    expect(await manage.remove(id, true, "test")).toEqual(refused);
    expect(await manage.registry.create({ name: "b", code: "c" }, "test")).toEqual(refused);
    expect(await manage.performance.track(id, { pnl: 1, success: true, executionTimeMs: null })).toEqual(refused);
    expect(manage.registry.get(id)).toBe(before);
    expect(manage.registry.size).toBe(1);
    expect(manage.performance.metrics(id).total_trades).toBe(0);
  });

  it("refuses text that cannot be stored as it is, and keeps what can", async () => {
    const manage = over(await opened({ file: null }));
    await manage.load();
    const refused = await manage.registry.create({ name: "a\u0000b", code: "x" }, "test");
    expect(refused).toMatchObject({ ok: false, failure: { code: "validation_error" } });
    expect(manage.registry.size).toBe(0);
    const id = await made(manage, { "a\u0000": "b\u0000", deep: { "\ud800": 1 } });
    expect(manage.registry.get(id)?.parameters).toEqual({ "a\u0000": "b\u0000", deep: { "\ud800": 1 } });
  });

  it("keeps a thousand tracked results of a strategy and the sums of all", async () => {
    const store = await opened({ file: null });
    const manage = over(store);
    await manage.load();
    const id = await made(manage);
    const results = Array.from({ length: 1_200 }, (_, pnl) => ({ pnl, success: true, executionTimeMs: 1 }));
    await Promise.all(results.map((result) => manage.performance.track(id, result)));
    expect(manage.performance.metrics(id)).toMatchObject({ total_trades: 1_200, total_pnl: (1_199 * 1_200) / 2 });
    const rows = await store.query("SELECT count(*) AS n, min(pnl) AS oldest FROM performance", []);
    expect(rows).toEqual([{ n: 1_000, oldest: 200 }]);
    await manage.close();
  });

  it("hands over to a stream that joins what was registered before, and takes back what the core has no place for", async () => {
    const store = await opened({ file: null });
    const manage = over(store);
    await manage.load();
    const registered = await manage.registry.register({ type: "momentum_rider" }, "test");
    if (!registered.ok) throw new Error(registered.failure.code);
    const { strategyId: id } = registered.value;
    const core = new PickyCore();
    await manage.join(core.plane);
    expect(core.wanted).toEqual([{ strategyId: id, parameters: {} }]);
    const refused = await manage.registry.update(id, { parameters: { confirm_bar_ms: 60_000 } }, "test");
    expect(refused).toMatchObject({ ok: false, failure: { code: "capacity_exceeded" } });
    expect(core.wanted.at(-1)).toEqual({ strategyId: id, parameters: {} });
    expect(manage.registry.get(id)).toMatchObject({ version: "1.0.0", parameters: {} });
    const rows = await store.query(
      "SELECT version, versions.parameters FROM strategies JOIN versions USING (strategy_id, version)",
      [],
    );
    expect(rows).toEqual([{ version: "1.0.0", parameters: "{}" }]);
    expect(await store.query("SELECT count(*) AS n FROM versions", [])).toEqual([{ n: 1 }]);
    expect(manage.registry.lastError(id)).toBeNull();
    await manage.close();
  });

  it("tells whoever listens of a change that stays because the store cannot take it back", async () => {
    const store = await opened({ file: null });
    const manage = over({
      commit: (statements) => store.commit(statements),
      undo: () => Promise.resolve(failed({ code: "storage_unavailable" })),
      query: (sql, params) => store.query(sql, params),
      reads: store.reads,
      status: () => store.status(),
      close: () => store.close(),
    });
    await manage.load();
    const heard: (string | undefined)[] = [];
    manage.registry.listen((_, after) => heard.push(after?.version));
    const registered = await manage.registry.register({ type: "momentum_rider" }, "test");
    if (!registered.ok) throw new Error(registered.failure.code);
    const { strategyId: id } = registered.value;
    await manage.join(new PickyCore().plane);
    const refused = await manage.registry.update(id, { parameters: { confirm_bar_ms: 60_000 } }, "test");
    expect(refused).toMatchObject({ ok: false, failure: { code: "capacity_exceeded" } });
    expect(manage.registry.get(id)).toMatchObject({ version: "1.0.1" });
    expect(manage.registry.lastError(id)).toContain("MAX_INSTANCES");
    expect(heard).toEqual(["1.0.0", "1.0.1"]);
    await manage.close();
  });

  it("says of a strategy for which a start had no place why it is not there", async () => {
    const manage = over(await opened({ file: null }));
    await manage.load();
    const registered = await manage.registry.register(
      { type: "momentum_rider", parameters: { confirm_bar_ms: 1_000 } },
      "test",
    );
    if (!registered.ok) throw new Error(registered.failure.code);
    await manage.join(new PickyCore().plane);
    expect(manage.registry.lastError(registered.value.strategyId)).toContain("MAX_INSTANCES");
    await manage.close();
  });
});

/** Notes what it is asked for, and has no place for a confirming timeframe. */
class PickyCore {
  readonly wanted: { readonly strategyId: string; readonly parameters: object }[] = [];
  readonly plane: Parameters<Manage["join"]>[0];

  constructor() {
    const full = { code: "capacity_exceeded", what: "cells", limit: 1, setting: "MAX_INSTANCES" } as const;
    const roster = {
      bring: ({ strategyId, parameters }: WantedInstance) => {
        if (parameters["confirm_bar_ms"] !== undefined) return failed(full);
        this.wanted.push({ strategyId, parameters });
        return ok("running" as const);
      },
      drop: () => ok(0),
      retain: () => ok(0),
    };
    this.plane = { roster, evaluated: () => Promise.resolve(), blocked: null };
  }
}
