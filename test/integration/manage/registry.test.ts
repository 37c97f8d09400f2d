// The registry on a real store, without a server: many changes at once, a store that refuses, and a core that is behind.
import { describe, expect, it } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { Manage } from "../../../src/manage/manage.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { CONFIG_DEFAULTS } from "../../support/manage/config-defaults.ts";
import { opened, temporaryFolder } from "../../support/store/store-files.ts";
import type { Store } from "../../../src/store/store.ts";

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
  const done = await manage.registry.create({ name: "Flat", code: "def f(): pass", parameters });
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
      names.map((name, index) => manage.registry.update(id, { parameters: { seen: { [name]: index } } })),
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
    expect(await manage.registry.update(id, { name: "Other" })).toEqual(refused);
    expect(await manage.registry.move(id, "stop")).toEqual(refused);
    expect(await manage.remove(id, true)).toEqual(refused);
    expect(await manage.registry.create({ name: "b", code: "c" })).toEqual(refused);
    expect(await manage.performance.track(id, { pnl: 1, success: true, executionTimeMs: null })).toEqual(refused);
    expect(manage.registry.get(id)).toBe(before);
    expect(manage.registry.size).toBe(1);
    expect(manage.performance.metrics(id).total_trades).toBe(0);
  });

  it("refuses text that cannot be stored as it is, and keeps what can", async () => {
    const manage = over(await opened({ file: null }));
    await manage.load();
    const refused = await manage.registry.create({ name: "a\u0000b", code: "x" });
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

  it("tries a change again by itself that the core could not take at once", async () => {
    const store = await opened({ file: null });
    const manage = over(store);
    await manage.load();
    const registered = await manage.registry.register({ type: "momentum_rider" });
    expect(registered.ok).toBe(true);
    // No stream has joined yet: it takes over what is there when it does.
    const brought: string[] = [];
    const roster = {
      bring: ({ strategyId, enabled }: { strategyId: string; enabled: boolean }) => {
        brought.push(`${strategyId} ${enabled}`);
        return { ok: true, value: "running" };
      },
      drop: () => ({ ok: true, value: 0 }),
      retain: () => ({ ok: true, value: 0 }),
    };
    const plane = { roster, evaluated: () => Promise.resolve(), blocked: null };
    await manage.join(plane as unknown as Parameters<Manage["join"]>[0]);
    expect(brought).toEqual(registered.ok ? [`${registered.value.strategyId} true`] : []);
    await manage.close();
  });
});
