// Alerts that the store had no room for: they are stored, in order, as soon as it has, and are there behind a kill, with
// what is to be brought to webhooks. A real database; nothing is closed where a process is killed.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { failed } from "../../../src/domain/result.ts";
import { Alerts, type AlertsOptions } from "../../../src/manage/oversight/alerts.ts";
import { openLibsql } from "../../../src/store/sqlite/libsql-driver.ts";
import type { Store } from "../../../src/store/store.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { startEngine, type Message } from "../../support/manage/engine.ts";
import { smallDisk } from "../../support/full-disk.ts";
import { mountProblem } from "../../support/small-disk.ts";
import { opened } from "../../support/store/store-files.ts";

const AT = 1_800_000_000_000_000;
const MINUTE = 60_000_000;
const SECRET = "0123456789abcdef0123456789abcdef";

interface Disk {
  /** For everything, or for alerts alone, whose rows are larger than those of what became of a delivery. */
  full: boolean | "for alerts";
}

async function smallStore(): Promise<{ readonly store: Store; readonly disk: Disk }> {
  const store = await opened({ file: null });
  const disk: Disk = { full: false };
  const commit: Store["commit"] = (statements) =>
    disk.full === true || (disk.full !== false && statements.some(({ sql }) => sql.includes("INTO alerts ")))
      ? Promise.resolve(failed({ code: "storage_full" }))
      : store.commit(statements);
  const query: Store["query"] = (sql, params) => store.query(sql, params);
  const { reads } = store;
  const rest = { undo: commit, status: () => store.status(), close: () => store.close() };
  return { store: { commit, query, reads, ...rest }, disk };
}

async function alertsOver(store: Store, more: Partial<AlertsOptions> = {}): Promise<Alerts> {
  const alerts = new Alerts({ store, now: () => AT, log: SILENT_LOG, ...more });
  await alerts.load();
  onTestFinished(() => alerts.close());
  return alerts;
}

/** What answers at a webhook, and the messages of the alerts that it took. */
async function webhook(): Promise<{ readonly url: string; readonly took: string[]; readonly is: { up: boolean } }> {
  const [took, is]: [string[], { up: boolean }] = [[], { up: false }];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { message } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly message: string };
      if (is.up) took.push(message);
      response.writeHead(is.up ? 200 : 503).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, took, is };
}

const stored = async (store: Store): Promise<readonly unknown[]> =>
  (await store.query("SELECT message FROM alerts ORDER BY position", [])).map((row) => row["message"]);
const messages = (alerts: Alerts) => alerts.page({ limit: 10 }).alerts.map(({ message }) => message);
const raise = (alerts: Alerts, message: string) => alerts.raise({ level: "critical", type: "system", message });

describe("alerts of a full disk", () => {
  it("are stored in order with the next one that is, as they are then", async () => {
    const { store, disk } = await smallStore();
    const alerts = await alertsOver(store);
    raise(alerts, "one");
    await expect.poll(() => stored(store)).toEqual(["one"]);
    disk.full = true;
    const two = raise(alerts, "two");
    raise(alerts, "three");
    raise(alerts, "two"); // counts up
    expect(await alerts.acknowledge(two.alertId, "ops")).toMatchObject({ failure: { code: "storage_full" } });
    expect(await stored(store)).toEqual(["one"]);
    disk.full = false;
    raise(alerts, "four");
    await expect.poll(() => stored(store)).toEqual(["one", "two", "three", "four"]);
    expect(await alerts.acknowledge(two.alertId, "ops")).toMatchObject({ ok: true });
    // A kill.
    const next = await alertsOver(store);
    expect(next.page({ limit: 10 }).alerts).toMatchObject([
      { message: "four", position: 4 },
      { message: "three", position: 3 },
      { message: "two", position: 2, occurrences: 2, acknowledged: true },
      { message: "one", position: 1 },
    ]);
  });

  it("are stored by themselves when there is room again, and come to webhooks that took nothing before a kill", async () => {
    const { store, disk } = await smallStore();
    const { url, took, is } = await webhook();
    const webhooks = { webhooks: [{ url, secret: SECRET }], allowPrivate: true, firstWaitMs: 1 };
    const alerts = await alertsOver(store, { webhooks: { ...webhooks, firstWaitMs: 600_000 } });
    disk.full = true;
    raise(alerts, "lost before");
    await expect.poll(() => alerts.deliveries(alerts.open()[0]!)).toMatchObject([{ attempts: 1 }]);
    disk.full = false;
    await expect.poll(() => stored(store), { timeout: 5_000 }).toEqual(["lost before"]);
    is.up = true;
    const next = await alertsOver(store, { webhooks });
    await expect.poll(() => took).toEqual(["lost before"]);
    expect(messages(next)).toEqual(["lost before"]);
  });

  it("whose delivery came about before there was room do not come to a webhook again", async () => {
    const { store, disk } = await smallStore();
    const { url, took, is } = await webhook();
    is.up = true;
    const webhooks = { webhooks: [{ url, secret: SECRET }], allowPrivate: true, firstWaitMs: 1 };
    const alerts = await alertsOver(store, { webhooks });
    disk.full = "for alerts";
    raise(alerts, "told at once");
    const states = async () => (await store.query("SELECT state FROM alert_deliveries", [])).map(({ state }) => state);
    await expect.poll(states).toEqual(["delivered"]);
    expect(await stored(store)).toEqual([]);
    disk.full = false;
    await expect.poll(() => stored(store), { timeout: 5_000 }).toEqual(["told at once"]);
    const next = await alertsOver(store, { webhooks });
    raise(next, "two");
    await expect.poll(() => took).toEqual(["told at once", "two"]);
  });

  it("have positions of their own, also where of an earlier one nothing but its delivery is stored", async () => {
    const { store } = await smallStore();
    const before = await alertsOver(store, {
      webhooks: {
        webhooks: [{ url: "http://127.0.0.1:1/", secret: SECRET }],
        allowPrivate: true,
        firstWaitMs: 600_000,
      },
    });
    for (const message of ["one", "two", "three"]) raise(before, message);
    await expect.poll(() => stored(store)).toHaveLength(3);
    await store.commit([{ sql: "DELETE FROM alerts WHERE position > 1", params: [] }]);
    const next = await alertsOver(store);
    expect(raise(next, "four").position).toBe(4);
  });

  it("are new ones again behind a clock that was ahead, and the same ones within five minutes either way", async () => {
    const { store } = await smallStore();
    let now = AT + 60 * MINUTE;
    const alerts = await alertsOver(store, { now: () => now });
    raise(alerts, "again");
    now = AT;
    raise(alerts, "again");
    now = AT - 4 * MINUTE;
    raise(alerts, "again");
    expect(alerts.page({ limit: 10 }).alerts).toMatchObject([{ occurrences: 2 }, { occurrences: 1 }]);
  });
});

describe("an engine whose disk was full", () => {
  const problem = mountProblem();

  it.skipIf(problem !== null)("has its alerts behind kill -9, and brings them to the webhook", async () => {
    const { dir, fill, free } = smallDisk();
    const { url, took, is } = await webhook();
    const env = { DATA_DIR: dir, ALERT_WEBHOOKS: `${url}|${SECRET}`, ALERT_WEBHOOK_ALLOW_PRIVATE: "true" };
    const engine = await startEngine(env);
    fill();
    const note = "x".repeat(20_000); // more than is left in the log of the store
    const change = async (n: number) => (await engine.ask("PUT", `/config/c${n}`, { note })).status;
    for (let n = 0; (await change(n)) === 200; n++) expect(n).toBeLessThan(1_000);
    fill();
    expect((await engine.ask("POST", "/risk/emergency-stop", { reason: "drill" })).status).toBe(200);
    const told = async (one: typeof engine): Promise<readonly unknown[]> =>
      ((await one.get("/alerts")) as { readonly alerts: readonly Message[] }).alerts.map(({ message }) => message);
    expect(await told(engine)).toContain("emergency stop: drill");
    free();
    const rows = (): readonly unknown[] => {
      const database = openLibsql(join(dir, "engine.db"), true);
      const found = database.all("SELECT message FROM alerts ORDER BY position DESC", []);
      database.close();
      return found.map(({ message }) => message);
    };
    await expect.poll(rows, { timeout: 5_000 }).toContain("emergency stop: drill");
    const before = rows();
    await engine.kill();

    is.up = true;
    const next = await startEngine(env);
    expect(await told(next)).toEqual(expect.arrayContaining([...before]));
    await expect.poll(() => took, { timeout: 20_000 }).toContain("emergency stop: drill");
    await next.kill();
  });
});
