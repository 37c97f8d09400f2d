// The rooms of oversight and settings against a real store: what is confirmed, what is not, and what a tampered or a full
// database does to them.
import { describe, expect, it } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { Alerts, ALERTS_MAX } from "../../../src/manage/oversight/alerts.ts";
import { Audit } from "../../../src/manage/oversight/audit.ts";
import { entryAfter } from "../../../src/manage/oversight/chain.ts";
import { Flags } from "../../../src/manage/settings/flags.ts";
import { RuntimeConfig } from "../../../src/manage/settings/runtime-config.ts";
import { auditTable } from "../../../src/store/operations.ts";
import type { Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { CONFIG_DEFAULTS } from "../../support/manage/config-defaults.ts";
import { opened } from "../../support/store/store-files.ts";

function clock(): () => number {
  let us = 1_756_029_600_000_000;
  return () => (us += 1_000);
}
async function trail(store: Store): Promise<Audit> {
  const audit = new Audit(store, clock(), SILENT_LOG);
  await audit.load();
  return audit;
}
const change = (target: string): Parameters<Audit["record"]>[0] => ({
  actor: "ops",
  action: "test",
  target,
  from: null,
  to: { target },
});
/** From now on the database has no room for anything more. */
async function fill(store: Store): Promise<void> {
  await store.query("PRAGMA max_page_count = 1", []);
  for (let n = 0; ; n++) {
    const params = [`filler${n}`, JSON.stringify({ x: "x".repeat(n % 2 === 0 ? 3000 : 10) })];
    const sql = "INSERT INTO config (component, value, updated_at) VALUES (?, ?, 1)";
    if (!(await store.commit([{ sql, params }])).ok && n % 2 === 1) return;
  }
}

describe("the audit trail", () => {
  it("is one chain, whoever writes at the same moment, and goes on after a restart", async () => {
    const store = await opened({ file: null });
    const first = await trail(store);
    await Promise.all(Array.from({ length: 50 }, (_, n) => first.record(change(`c${n}`))));
    const second = await trail(store);
    await second.record(change("later"));
    const { entries } = await second.page({ limit: 500 });
    expect(entries.map(({ position }) => position)).toEqual(Array.from({ length: 51 }, (_, n) => 51 - n));
    expect(await second.verify()).toMatchObject({ entries: 51, broken: null });
  });

  it.each([
    ["an entry was changed", "UPDATE audit SET actor = 'somebody' WHERE position = 3", 3, "changed"],
    ["what it tells was changed", "UPDATE audit SET after = '{}' WHERE position = 4", 4, "changed"],
    ["an entry was taken out", "DELETE FROM audit WHERE position = 2", 2, "missing"],
    [
      "two entries changed places",
      "UPDATE audit SET target = CASE position WHEN 2 THEN 'c2' ELSE 'c1' END WHERE position IN (2, 3)",
      2,
      "changed",
    ],
  ])("shows where %s", async (_, sql, position, what) => {
    const store = await opened({ file: null });
    const audit = await trail(store);
    for (let n = 0; n < 5; n++) await audit.record(change(`c${n}`));
    expect((await audit.verify()).broken).toBeNull();
    expect(await store.commit([{ sql, params: [] }])).toEqual({ ok: true });
    expect((await audit.verify()).broken).toEqual({ position, what });
  });

  it("shows where an entry was written anew, hash and all", async () => {
    const store = await opened({ file: null });
    const audit = await trail(store);
    for (let n = 0; n < 5; n++) await audit.record(change(`c${n}`));
    const [third, second] = (await audit.page({ limit: 2, before: 4 })).entries;
    if (third === undefined || second === undefined) throw new Error("entries are missing");
    const forged = entryAfter(second, change("forged"), third.timestamp);
    expect(await store.commit([auditTable.put(forged)])).toEqual({ ok: true });
    const what = "not the successor of the entry before it";
    expect((await audit.verify()).broken).toEqual({ position: 4, what });
  });

  it("takes many together: those that are refused take none of their neighbours with them", async () => {
    const store = await opened({ file: null });
    const audit = await trail(store);
    const broken = { sql: "INSERT INTO config VALUES ('a', '[]', 1)", params: [] };
    const outcomes = await Promise.all(
      Array.from({ length: 600 }, (_, n) => audit.record(change(`c${n}`), n % 97 === 5 ? [broken] : [])),
    );
    const refused = outcomes.flatMap((outcome, n) => (outcome.ok ? [] : [n]));
    expect(refused).toEqual([5, 102, 199, 296, 393, 490, 587]);
    const { entries } = await audit.page({ limit: 1_000 });
    const wanted = Array.from({ length: 600 }, (_, n) => `c${n}`).filter((_, n) => n % 97 !== 5);
    expect(entries.map(({ target }) => target).reverse()).toEqual(wanted);
    expect(await audit.verify()).toMatchObject({ entries: 593, broken: null });
    expect(store.status().groups).toBeLessThan(100);
  });

  it("goes on after entries that another hand has added or taken away at its end", async () => {
    const store = await opened({ file: null });
    const audit = await trail(store);
    for (let n = 0; n < 3; n++) await audit.record(change(`c${n}`));
    await store.commit([{ sql: "DELETE FROM audit WHERE position = 3", params: [] }]);
    expect(await audit.record(change("next"))).toEqual({ ok: true });
    expect(await audit.verify()).toMatchObject({ entries: 3, broken: null });
  });

  it("has no entry of a change that was refused, and no gap where it would have been", async () => {
    const store = await opened({ file: null });
    const audit = await trail(store);
    await audit.record(change("one"));
    const broken = { sql: "INSERT INTO config VALUES ('a', '[]', 1)", params: [] };
    expect(await audit.record(change("two"), [broken])).toMatchObject({ failure: { code: "conflict" } });
    await audit.record(change("three"));
    const { entries } = await audit.page({ limit: 10 });
    expect(entries.map(({ position, target }) => [position, target])).toEqual([
      [2, "three"],
      [1, "one"],
    ]);
    expect((await audit.verify()).broken).toBeNull();
  });
});

describe("a full disk", () => {
  it("refuses settings and flags with a clear failure and leaves them as they were, in memory and on disk", async () => {
    const store = await opened({ file: null });
    const audit = await trail(store);
    const flags = new Flags(store, audit, clock());
    const options = { store, bus: new EmbeddedBus(), audit, now: clock(), defaults: CONFIG_DEFAULTS };
    const config = new RuntimeConfig(options);
    await Promise.all([flags.load(), config.load()]);
    await config.put("desk", { a: 1 }, "ops");
    await flags.put({ name: "one", enabled: true, rolloutPercent: 100, description: "" }, "ops");
    await fill(store);
    const large = { text: "y".repeat(5000) };
    expect(await config.put("desk", large, "ops")).toMatchObject({ failure: { code: "storage_full" } });
    const described = { name: "one", enabled: false, rolloutPercent: 0, description: "z".repeat(5000) };
    expect(await flags.put(described, "ops")).toMatchObject({ failure: { code: "storage_full" } });
    expect(config.get("desk")?.value).toEqual({ a: 1 });
    expect(flags.isOn("one", "anybody")).toBe(true);
    const again = new RuntimeConfig(options);
    await again.load();
    expect(again.get("desk")?.value).toEqual({ a: 1 });
    expect((await audit.verify()).broken).toBeNull();
  });

  it("does not silence an alert: it is told and listed all the same", async () => {
    const store = await opened({ file: null });
    const alerts = new Alerts({ store, now: clock(), log: SILENT_LOG });
    await fill(store);
    const told: string[] = [];
    alerts.onAlert(({ message }) => told.push(message));
    const message = `the disk is full ${"!".repeat(5000)}`;
    alerts.raise({ level: "critical", type: "system", message });
    await alerts.close();
    expect(told).toEqual([message]);
    expect(alerts.page({ limit: 10 }).alerts).toHaveLength(1);
  });
});

describe("alerts", () => {
  it("are kept up to their number, the newest ones, in memory and in the store", async () => {
    const store = await opened({ file: null });
    const options = { store, now: clock(), log: SILENT_LOG };
    const alerts = new Alerts(options);
    for (let n = 1; n <= ALERTS_MAX + 200; n++) alerts.raise({ level: "info", type: "system", message: `n${n}` });
    await alerts.close();
    expect(await store.query("SELECT count(*) AS n, min(position) AS first FROM alerts", [])).toEqual([
      { n: ALERTS_MAX, first: 201 },
    ]);
    const again = new Alerts(options);
    await again.load();
    expect(again.page({ limit: 1 }).alerts).toMatchObject([{ message: `n${ALERTS_MAX + 200}` }]);
    expect(again.open()).toHaveLength(ALERTS_MAX);
  });

  it("keep their places in pages while new ones come in and others are acknowledged", async () => {
    const store = await opened({ file: null });
    const alerts = new Alerts({ store, now: clock(), log: SILENT_LOG });
    const raised = Array.from({ length: 7 }, (_, n) => alerts.raise({ level: "info", type: "risk", message: `n${n}` }));
    const first = alerts.page({ limit: 3, acknowledged: false });
    expect(first.alerts.map(({ message }) => message)).toEqual(["n6", "n5", "n4"]);
    await alerts.acknowledge(raised[5]!.alertId, "ops");
    alerts.raise({ level: "info", type: "risk", message: "new" });
    const second = alerts.page({ limit: 10, acknowledged: false, before: first.next ?? 0 });
    expect(second.alerts.map(({ message }) => message)).toEqual(["n3", "n2", "n1", "n0"]);
    expect(second.next).toBeNull();
  });
});

describe("a feature flag", () => {
  it("is on for its share of subjects, always the same ones, and a larger share holds the smaller", async () => {
    const store = await opened({ file: null });
    const flags = new Flags(store, await trail(store), clock());
    const subjects = Array.from({ length: 10_000 }, (_, n) => `strat_${n}`);
    const on = async (rolloutPercent: number, enabled = true): Promise<ReadonlySet<string>> => {
      await flags.put({ name: "sizing", enabled, rolloutPercent, description: "" }, "ops");
      return new Set(subjects.filter((subject) => flags.isOn("sizing", subject)));
    };
    const [none, tenth, half, all] = [await on(0), await on(10), await on(50), await on(100)];
    expect([none.size, all.size]).toEqual([0, 10_000]);
    // Five standard deviations of a fair draw.
    expect(Math.abs(tenth.size - 1000)).toBeLessThan(150);
    expect(Math.abs(half.size - 5000)).toBeLessThan(250);
    expect([...tenth].every((subject) => half.has(subject))).toBe(true);
    expect((await on(100, false)).size).toBe(0);
    expect(flags.isOn("unknown", "strat_1")).toBe(false);
    await flags.put({ name: "other", enabled: true, rolloutPercent: 10, description: "" }, "ops");
    const other = subjects.filter((subject) => flags.isOn("other", subject) && tenth.has(subject));
    expect(other.length).toBeLessThan(200); // its own tenth, not the same one
    const again = new Flags(store, await trail(store), clock());
    await again.load();
    expect(subjects.filter((subject) => again.isOn("other", subject)).length).toBeGreaterThan(850);
  });
});
