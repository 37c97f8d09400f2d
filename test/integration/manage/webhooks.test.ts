// Alerts that are brought to webhooks: real HTTP servers that fail, hang, redirect and close, a real store, and an engine
// that ends in between.
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { Alerts } from "../../../src/manage/oversight/alerts.ts";
import { post } from "../../../src/manage/oversight/webhooks/post.ts";
import { ATTEMPTS_MAX, WAITING_MAX } from "../../../src/manage/oversight/webhooks/webhooks.ts";
import type { Store } from "../../../src/store/store.ts";
import { createLog, SILENT_LOG } from "../../../src/telemetry/log.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { ownTime } from "../../support/own-time.ts";
import { opened } from "../../support/store/store-files.ts";

const SECRET = "s3cret-of-the-hook-0123";
/** Of a request that is answered, however busy the machine is, and of one that never is. */
const PATIENCE_MS = 60_000;
const HANGS_MS = 3_000;

interface Heard {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

class Hook {
  readonly heard: Heard[] = [];
  readonly server: Server;
  port = 0;

  constructor(answer: (response: ServerResponse, heard: Heard, count: number) => void) {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const one = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() };
        this.heard.push(one);
        answer(response, one, this.heard.length);
      });
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.port = (this.server.address() as AddressInfo).port;
    onTestFinished(() => {
      this.server.closeAllConnections();
      this.server.close();
    });
    return this;
  }

  url(host = "127.0.0.1"): string {
    return `http://${host}:${this.port}/hook?token=hidden`;
  }
}

function hook(answer: (response: ServerResponse, heard: Heard, count: number) => void): Promise<Hook> {
  return new Hook(answer).open();
}
const status = (code: number) => (response: ServerResponse) => void response.writeHead(code).end();

function store(file: string | null = null): Promise<Store> {
  return opened({ file, log: SILENT_LOG });
}

interface Setup {
  readonly store?: Store;
  readonly allowPrivate?: boolean;
  readonly timeoutMs?: number;
  readonly firstWaitMs?: number;
  readonly lines?: string[];
}

async function alertsTo(urls: readonly string[], setup: Setup = {}): Promise<Alerts> {
  const { allowPrivate = true, timeoutMs = PATIENCE_MS, firstWaitMs = 1, lines } = setup;
  const log =
    lines === undefined
      ? SILENT_LOG
      : createLog("debug", { write: (line) => void lines.push(line), flushSync: () => undefined });
  const webhooks = { webhooks: urls.map((url) => ({ url, secret: SECRET })), allowPrivate, timeoutMs, firstWaitMs };
  const nameOf = (id: string): string => `the name of ${id}`;
  const kept = setup.store ?? (await store());
  const alerts = new Alerts({ store: kept, now: () => Date.now() * 1_000, log, webhooks, nameOf });
  await alerts.load();
  onTestFinished(() => alerts.close());
  return alerts;
}

const raise = (alerts: Alerts, message = "daily loss limit reached") =>
  alerts.raise({ level: "critical", type: "risk", message });
const stateOf = (alerts: Alerts, alert: ReturnType<typeof raise>) => alerts.deliveries(alert)[0];

describe("an alert", () => {
  it("is posted as it is shown, signed over the time and the body", async () => {
    const server = await hook(status(204));
    const alerts = await alertsTo([server.url()]);
    const message = "ledger: \u00e4 \u{1f4c9}";
    const alert = alerts.raise({ level: "critical", type: "risk", message, strategyId: "strat_abc123" });
    await expect.poll(() => stateOf(alerts, alert)?.state).toBe("delivered");
    const [heard] = server.heard;
    expect(JSON.parse(heard?.body ?? "")).toEqual(alerts.view(alert));
    expect(alerts.view(alert)).toMatchObject({ strategy_name: "the name of strat_abc123" });
    const time = String(heard?.headers["x-timestamp"]);
    expect(Math.abs(Number(time) - Date.now() / 1_000)).toBeLessThan(60);
    const expected = createHmac("sha256", SECRET).update(`${time}.${heard?.body}`).digest("hex");
    expect(heard?.headers["x-signature"]).toBe(`sha256=${expected}`);
    expect(heard?.headers["content-type"]).toBe("application/json");
    expect(alerts.deliveries(alert)).toEqual([
      { webhook: `127.0.0.1:${server.port}`, state: "delivered", attempts: 1, error: null },
    ]);
  });

  it("is tried again where the server fails, closes or hangs, and other webhooks do not wait", async () => {
    const faults = [500, 0, -1, 429];
    const bad = await hook((response, _, count) => {
      const fault = faults[count - 1] ?? 200;
      if (fault === 0) response.destroy();
      else if (fault > 0) response.writeHead(fault).end();
    });
    const good = await hook(status(200));
    const alerts = await alertsTo([bad.url(), good.url()], { timeoutMs: HANGS_MS });
    const took = ownTime();
    const [first, second] = [raise(alerts, "one"), raise(alerts, "two")];
    expect(took()).toBeLessThan(200);
    await expect.poll(() => alerts.deliveries(second).map(({ state }) => state)).toEqual(["delivered", "delivered"]);
    await expect.poll(() => stateOf(alerts, first)?.state).toBe("delivered");
    const attempts = [first, second].map((alert) => stateOf(alerts, alert)?.attempts ?? 0);
    expect(attempts.reduce((sum, count) => sum + count)).toBe(faults.length + 2);
    const messages = (one: Hook) => one.heard.map(({ body }) => (JSON.parse(body) as { message: string }).message);
    expect([messages(bad)[0], messages(bad).length]).toEqual(["one", faults.length + 2]);
    expect(messages(good)).toEqual(["one", "two"]);
  });

  it("is given up after so many attempts, and the next one is tried all the same", async () => {
    const server = await hook((response, { body }) => void response.writeHead(body.includes("bad") ? 503 : 200).end());
    const alerts = await alertsTo([server.url()]);
    const [bad, next] = [raise(alerts, "bad"), raise(alerts, "next")];
    await expect.poll(() => stateOf(alerts, next)?.state).toBe("delivered");
    await expect.poll(() => stateOf(alerts, bad)?.state).toBe("failed");
    expect(stateOf(alerts, bad)).toMatchObject({ attempts: ATTEMPTS_MAX, error: "it answered 503" });
  });

  it("is given up at once where the server refuses it and would again, and not for what passes", async () => {
    const final = ["400", "405", "413", "414", "415", "422"];
    const tried = new Set<string>();
    const server = await hook((response, { body }) => {
      const { message } = JSON.parse(body) as { message: string };
      const passes = !final.includes(message) && tried.has(message);
      tried.add(message);
      response.writeHead(passes ? 200 : Number(message)).end();
    });
    const alerts = await alertsTo([server.url()]);
    const refused = final.map((message) => raise(alerts, message));
    const passing = ["401", "403", "404", "408", "425", "429"].map((message) => raise(alerts, message));
    const open = () =>
      [...refused, ...passing].filter((one) => (stateOf(alerts, one)?.state ?? "pending") === "pending");
    await expect.poll(open).toEqual([]);
    for (const one of refused) {
      const error = `it answered ${one.message}, and would again`;
      expect(stateOf(alerts, one)).toMatchObject({ state: "failed", attempts: 1, error });
    }
    for (const one of passing) expect(stateOf(alerts, one)).toMatchObject({ state: "delivered", attempts: 2 });
  });

  it("stands aside while it waits to be tried again, before a restart and behind it; others go in order", async () => {
    const file = `${dataDir()}/engine.db`;
    const taken: string[] = [];
    const server = await hook((response, { body }) => {
      const { message } = JSON.parse(body) as { message: string };
      if (message !== "poison") taken.push(message);
      response.writeHead(message === "poison" ? 503 : 200).end();
    });
    const first = await store(file);
    const before = await alertsTo([server.url()], { store: first, firstWaitMs: 3_600_000 });
    const poison = raise(before, "poison");
    await expect.poll(() => stateOf(before, poison)?.attempts).toBe(1);
    for (const message of ["one", "two"]) raise(before, message);
    const three = raise(before, "three");
    await expect.poll(() => stateOf(before, three)?.state).toBe("delivered");
    expect(stateOf(before, poison)).toMatchObject({ state: "pending", attempts: 1 });
    await before.close();
    await first.close();
    const second = await store(file);
    const after = await alertsTo([server.url()], { store: second, firstWaitMs: 3_600_000 });
    await expect.poll(() => stateOf(after, poison)?.attempts).toBe(2);
    const four = raise(after, "four");
    await expect.poll(() => stateOf(after, four)?.state).toBe("delivered");
    expect(stateOf(after, poison)).toMatchObject({ state: "pending", attempts: 2 });
    expect(taken).toEqual(["one", "two", "three", "four"]);
    await after.close();
    await second.close();
  });

  it("is given up where too many wait, critical ones last", async () => {
    let asked = (): void => undefined;
    const underWay = new Promise<void>((resolve) => (asked = resolve));
    const server = await hook(() => asked()); // and never answers
    const alerts = await alertsTo([server.url()]);
    const info = (number: number) => alerts.raise({ level: "info", type: "system", message: `number ${number}` });
    const first = info(0);
    await underWay;
    const critical = raise(alerts);
    const others = Array.from({ length: WAITING_MAX }, (_, index) => info(index + 1));
    const states = () => others.map((one) => stateOf(alerts, one)?.state);
    await expect.poll(states).not.toContain(undefined);
    expect([first, critical].map((one) => stateOf(alerts, one)?.state)).toEqual(["pending", "pending"]);
    expect(states()).toEqual(others.map((_, index) => (index < 2 ? "failed" : "pending")));
    expect(stateOf(alerts, others[0] ?? first)?.error).toBe("too many alerts waited");
  });

  it("comes after a restart where it had not come before, and what had come does not come again", async () => {
    const file = `${dataDir()}/engine.db`;
    let up = true;
    const server = await hook((response) => void response.writeHead(up ? 200 : 503).end());
    const first = await store(file);
    const before = await alertsTo([server.url()], { store: first, firstWaitMs: 60_000 });
    const came = raise(before, "came");
    await expect.poll(() => stateOf(before, came)?.state).toBe("delivered");
    up = false;
    const open = raise(before, "open");
    await expect.poll(() => stateOf(before, open)?.attempts).toBe(1);
    await before.close();
    await first.close();
    up = true;
    const second = await store(file);
    const after = await alertsTo([server.url()], { store: second });
    await expect.poll(() => stateOf(after, open)?.state).toBe("delivered");
    expect(stateOf(after, came)).toMatchObject({ state: "delivered", attempts: 1 });
    expect(server.heard.map(({ body }) => (JSON.parse(body) as { message: string }).message)).toEqual([
      "came",
      "open",
      "open",
    ]);
    await after.close();
    await second.close();
  });
});

describe("a webhook", () => {
  it("follows a redirect that keeps the method, to an address that is looked at as well, and no other one", async () => {
    const target = await hook(status(200));
    const through = await hook((response) => void response.writeHead(307, { location: target.url() }).end());
    const other = await hook((response) => void response.writeHead(302, { location: target.url() }).end());
    const round = await hook((response) => void response.writeHead(308, { location: "/again" }).end());
    const file = await hook((response) => void response.writeHead(307, { location: "file:///etc/passwd" }).end());
    const urls = [through, other, round, file].map((one) => one.url());
    const alerts = await alertsTo(urls, { firstWaitMs: 60_000 });
    const alert = raise(alerts);
    await expect.poll(() => alerts.deliveries(alert).map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
    expect(alerts.deliveries(alert).map(({ error }) => error)).toEqual([
      null,
      "it answered 302",
      "it redirected more than 3 times",
      "it led to file:, which is not taken here",
    ]);
    expect(target.heard).toHaveLength(1);
  });

  it("never reaches this host or its network, by address, by name or through a redirect, unless that is allowed", async () => {
    const server = await hook(status(200));
    const urls = [server.url(), server.url("localhost"), server.url("[::ffff:127.0.0.1]"), server.url("2130706433")];
    const alerts = await alertsTo(urls, { allowPrivate: false, firstWaitMs: 60_000 });
    const alert = raise(alerts);
    await expect.poll(() => alerts.deliveries(alert).map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1]);
    for (const { error } of alerts.deliveries(alert)) expect(error).toMatch(/^its address is loopback, private/);
    expect(server.heard).toEqual([]);
  });

  it("is looked at again at each redirect, by every address that its name has", async () => {
    const server = await hook(status(200));
    const allows = (address: string): boolean => address === "127.0.0.1";
    const through = async (location: string): Promise<string> => {
      const first = await hook((response) => void response.writeHead(307, { location }).end());
      const url = new URL(first.url());
      const sent = await post({ url, body: "{}", headers: {}, allows, timeoutMs: PATIENCE_MS });
      return sent.ok ? "sent" : sent.failure.why;
    };
    expect(await through(server.url())).toBe("sent");
    expect(await through(server.url("127.0.0.2"))).toMatch(/^its address is loopback, private/);
    expect(await through(server.url("[::1]"))).toMatch(/^its address is loopback, private/);
    expect(server.heard).toHaveLength(1);
    const url = new URL(server.url("localhost"));
    const seen: string[] = [];
    const none = (address: string): boolean => seen.push(address) < 0;
    const sent = await post({ url, body: "{}", headers: {}, allows: none, timeoutMs: PATIENCE_MS });
    expect(sent.ok).toBe(false);
    expect(seen).not.toEqual([]);
    expect(server.heard).toHaveLength(1);
  });

  it("is told of by its host alone, whatever fails: no URL and no secret in any log or row", async () => {
    const lines: string[] = [];
    const server = await hook((response) => response.destroy());
    const kept = await store();
    const alerts = await alertsTo([server.url()], { lines, store: kept, firstWaitMs: 60_000 });
    const alert = raise(alerts);
    await expect.poll(() => stateOf(alerts, alert)?.attempts).toBe(1);
    await alerts.close();
    const rows = JSON.stringify(await kept.query("SELECT * FROM alert_deliveries", []));
    const told = `${lines.join("")}${rows}${JSON.stringify(alerts.deliveries(alert))}`;
    expect(told).toContain("an alert was not delivered");
    expect(told).not.toContain("hidden");
    expect(told).not.toContain(SECRET);
  });
});

describe("a webhook that answers no HTTP", () => {
  it.each([
    ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"],
    ["nothing and an end", ""],
  ])("%s is a failed attempt, at once", async (_, answer) => {
    const server = createTcp((socket) => void socket.once("data", () => socket.end(answer)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const began = Date.now();
    const posted = await post({ url, body: "{}", headers: {}, allows: () => true, timeoutMs: 60_000 });
    expect(posted.ok).toBe(false);
    expect(Date.now() - began).toBeLessThan(30_000);
  });
});

describe("an alert that is found again", () => {
  it("counts up and is told once, until it is acknowledged, another one, or five minutes old", async () => {
    let clock = 1_800_000_000_000_000;
    const kept = await store();
    const alerts = new Alerts({ store: kept, now: () => clock, log: SILENT_LOG });
    const told: string[] = [];
    alerts.onAlert(({ alertId }) => told.push(alertId));
    const first = raise(alerts);
    for (let time = 0; time < 100; time++) {
      clock += 1_000_000;
      expect(raise(alerts).alertId).toBe(first.alertId);
    }
    expect(told).toEqual([first.alertId]);
    expect(alerts.get(first.alertId)).toMatchObject({ occurrences: 101, lastAt: clock });
    expect(raise(alerts, "another").alertId).not.toBe(first.alertId);
    clock += 201_000_000;
    const second = raise(alerts);
    expect(second.alertId).not.toBe(first.alertId);
    await alerts.acknowledge(second.alertId, "test");
    const third = raise(alerts);
    expect(third.alertId).not.toBe(second.alertId);
    const keyed = (message: string) => alerts.raise({ level: "info", type: "system", message, key: "disk" });
    expect(keyed("92 % full").alertId).toBe(keyed("93 % full").alertId);
    await alerts.close();
    const again = new Alerts({ store: kept, now: () => clock, log: SILENT_LOG });
    await again.load();
    expect(again.get(first.alertId)).toMatchObject({ occurrences: 101 });
    await again.close();
  });

  it("is told anew when a state has been another one in between", async () => {
    const alerts = new Alerts({ store: await store(), now: () => 1_800_000_000_000_000, log: SILENT_LOG });
    const told: string[] = [];
    alerts.onAlert(({ message }) => told.push(message));
    const turn = (message: string) => alerts.raise({ level: "critical", type: "risk", message, state: "stop" });
    for (const message of ["stopped", "stopped", "lifted", "stopped", "lifted"]) turn(message);
    expect(told).toEqual(["stopped", "lifted", "stopped", "lifted"]);
    await alerts.close();
  });

  it("while it is being acknowledged is a new one, and the acknowledgement stands in the store", async () => {
    const kept = await store();
    const now = (): number => 1_800_000_000_000_000;
    const alerts = new Alerts({ store: kept, now, log: SILENT_LOG });
    const first = raise(alerts);
    const acknowledging = alerts.acknowledge(first.alertId, "test");
    await Promise.resolve();
    raise(alerts);
    await acknowledging;
    const second = raise(alerts);
    expect(second.alertId).not.toBe(first.alertId);
    await alerts.close();
    const again = new Alerts({ store: kept, now, log: SILENT_LOG });
    await again.load();
    expect(again.get(first.alertId)?.acknowledged).toBe(true);
    expect(again.get(second.alertId)?.acknowledged).toBe(false);
    await again.close();
  });

  it("is that alert also where an earlier one is missing in the store", async () => {
    const kept = await store();
    const now = (): number => 1_800_000_000_000_000;
    const before = new Alerts({ store: kept, now, log: SILENT_LOG });
    for (const message of ["one", "two", "three"]) raise(before, message);
    await before.close();
    await kept.commit([{ sql: "DELETE FROM alerts WHERE position = 2", params: [] }]);
    const alerts = new Alerts({ store: kept, now, log: SILENT_LOG });
    await alerts.load();
    const four = raise(alerts, "four");
    raise(alerts, "five");
    expect(raise(alerts, "four")).toMatchObject({ alertId: four.alertId, message: "four", occurrences: 2 });
    await alerts.close();
  });
});
