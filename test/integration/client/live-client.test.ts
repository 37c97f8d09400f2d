// The WebSocket side of the client against a real server, with faults in between.
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { LiveClient, type Item } from "../../../src/client/client.ts";
import { wireSignal } from "../../../src/domain/signal.ts";
import { SYSTEM_TIME } from "../../../src/server/live/time.ts";
import { acknowledged, liveClient, oneTo, seqs, takeUntil, upTo } from "../../support/client-run.ts";
import { eventually } from "../../support/eventually.ts";
import { FaultProxy } from "../../support/fault-proxy.ts";
import { startServer } from "../../support/server/start.ts";
import { approvedBuys } from "../../support/signals.ts";

async function proxyTo(port: number): Promise<FaultProxy> {
  const proxy = await FaultProxy.create({ port, host: "127.0.0.1" });
  onTestFinished(() => proxy.close());
  return proxy;
}

/**
 * For a line that is held up until what lies on it fills up, which takes a busy machine many seconds: neither end takes
 * that for silence and breaks it off, with which everything on its way would be lost and not only what was dropped.
 */
const HELD_UP = { silenceMs: 600_000, time: { ...SYSTEM_TIME, nowMs: () => Date.now() / 10 } };

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe.each(["json", "msgpack"] as const)("in %s", (encoding) => {
  it("an iteration gets the snapshot and then every event, once and in order", async () => {
    const { http, live } = startServer();
    live.onApproved(approvedBuys(1, 3));
    const options = { snapshot: true, filter: { symbols: undefined } }; // as one that is not there
    const subscription = liveClient(http, { encoding }).subscribe("signals", options as object);
    await acknowledged(subscription);
    live.onApproved(approvedBuys(4, 20));
    const items = await takeUntil(subscription, (taken) => taken.length === 21);
    expect(items[0]).toEqual({
      kind: "snapshot",
      seq: 3,
      epoch: live.epoch,
      data: approvedBuys(1, 3).map(wireSignal),
    });
    expect(seqs(items)).toEqual(oneTo(23, 4));
    expect(items[1]).toMatchObject({ replayed: false, data: wireSignal(approvedBuys(4, 1)[0]!) });
    expect(await subscription.closed).toBeNull();
  });

  it("nothing is lost and nothing doubled over connections that break again and again", async () => {
    const { port, live } = startServer();
    const proxy = await proxyTo(port);
    const client = liveClient(`http://127.0.0.1:${proxy.port}`, { encoding });
    const subscription = client.subscribe("signals", { filter: { symbols: ["AAA"] } });
    await acknowledged(subscription);
    const taking = takeUntil(subscription, upTo(2_000));
    for (let first = 1; first <= 2_000; first += 20) {
      live.onApproved(approvedBuys(first, 20, ["AAA", "BBB"]));
      if (first % 200 === 1) proxy.cut();
      await turn();
    }
    const items = await taking;
    expect(seqs(items)).toEqual(oneTo(1_000).map((n) => n * 2));
    expect(items.every(({ kind }) => kind === "update")).toBe(true);
    expect(items.some((item) => item.kind === "update" && item.replayed)).toBe(true);
  });
});

describe("what is missing", () => {
  it("is fetched again when the engine had to drop it", async () => {
    const { port, live } = startServer({ live: { bufferBytes: 65_536, time: HELD_UP.time } });
    const proxy = await proxyTo(port);
    const { silenceMs } = HELD_UP;
    const subscription = liveClient(`http://127.0.0.1:${proxy.port}`, { silenceMs }).subscribe("signals");
    await acknowledged(subscription);
    proxy.hold();
    let last = 0;
    while (live.stats().dropped === 0) {
      live.onApproved(approvedBuys(last + 1, 500));
      last += 500;
      await turn();
      if (last > 200_000) throw new Error("nothing was dropped");
    }
    // What the engine keeps reaches back before the first loss, so that all of it can be had again.
    live.onApproved(approvedBuys(last + 1, 3_000));
    last += 3_000;
    proxy.release();
    const items = await takeUntil(subscription, upTo(last));
    expect(seqs(items)).toEqual(oneTo(last));
  });

  it("is told as a gap when the engine no longer has it", async () => {
    const { port, live } = startServer();
    const proxy = await proxyTo(port);
    const client = liveClient(`http://127.0.0.1:${proxy.port}`);
    const subscription = client.subscribe("signals");
    await acknowledged(subscription);
    live.onApproved(approvedBuys(1, 5));
    const iterator = subscription[Symbol.asyncIterator]();
    for (let n = 0; n < 5; n += 1) await iterator.next();
    await proxy.refuse();
    for (let first = 6; first <= 12_005; first += 500) live.onApproved(approvedBuys(first, 500));
    await proxy.accept();
    expect((await iterator.next()).value).toMatchObject({ kind: "snapshot", seq: 12_005 });
    expect((await iterator.next()).value).toEqual({ kind: "gap", reason: "too_old", fromSeq: 6, toSeq: 2_005 });
    for (let seq = 2_006; seq <= 12_005; seq += 1) expect((await iterator.next()).value).toMatchObject({ seq });
    live.onApproved(approvedBuys(12_006, 1));
    expect((await iterator.next()).value).toMatchObject({ seq: 12_006, replayed: false });
  });

  it("is noticed at the next heartbeat even when nothing follows it", async () => {
    const { port, live } = startServer();
    const proxy = await proxyTo(port);
    // A class of sockets that loses every update until told otherwise.
    let losing = true;
    class Losing extends WebSocket {
      override addEventListener(type: never, listener: never): void {
        const given = listener as (event: { data: unknown }) => void;
        const through = (event: { data: unknown }): void => {
          const text = String(event.data);
          if (!(losing && text.includes('"type":"update"') && !text.includes('"replay":true'))) given(event);
        };
        super.addEventListener(type, type === "message" ? (through as never) : listener);
      }
    }
    const client = liveClient(`http://127.0.0.1:${proxy.port}`, { WebSocket: Losing });
    const subscription = client.subscribe("signals");
    await acknowledged(subscription);
    live.onApproved(approvedBuys(1, 3));
    const items = await takeUntil(subscription, (taken) => taken.length === 3);
    expect(seqs(items)).toEqual([1, 2, 3]);
    losing = false;
  });
});

describe("a reader that is slower than its buffer", () => {
  it("with pause loses nothing, holds no more than the buffer, and leaves other subscriptions alone", async () => {
    const { http, live } = startServer();
    const client = liveClient(http);
    const slow = client.subscribe("signals", { bufferSize: 50 });
    const quick: number[] = [];
    const all = client.subscribe("signals", {
      filter: { symbols: ["BTCUSD"] },
      onItem: (item) => item.kind === "update" && quick.push(item.seq),
    });
    await Promise.all([acknowledged(slow), acknowledged(all)]);
    for (let first = 1; first <= 3_000; first += 100) {
      live.onApproved(approvedBuys(first, 100));
      await turn();
    }
    await eventually(
      () => quick.length,
      (count) => count >= 3_000,
    );
    expect(slow.position?.seq).toBe(50);
    const items = await takeUntil(slow, upTo(3_000));
    expect(seqs(items)).toEqual(oneTo(3_000));
    expect(quick).toEqual(oneTo(3_000));
  });

  it("with drop loses the newest and is told which, before what comes next", async () => {
    const { http, live } = startServer();
    const client = liveClient(http);
    const slow = client.subscribe("signals", { bufferSize: 10, whenFull: "drop" });
    await acknowledged(slow);
    live.onApproved(approvedBuys(1, 30));
    await eventually(
      () => slow.position?.seq,
      (seq) => seq === 30,
    );
    const iterator = slow[Symbol.asyncIterator]();
    for (let seq = 1; seq <= 10; seq += 1) expect((await iterator.next()).value).toMatchObject({ seq });
    live.onApproved(approvedBuys(31, 1));
    expect((await iterator.next()).value).toEqual({ kind: "gap", reason: "buffer_full", fromSeq: 11, toSeq: 30 });
    expect((await iterator.next()).value).toMatchObject({ seq: 31 });
  });

  it("with close is ended, and says why", async () => {
    const { http, live } = startServer();
    const slow = liveClient(http).subscribe("signals", { bufferSize: 10, whenFull: "close" });
    await acknowledged(slow);
    live.onApproved(approvedBuys(1, 11));
    expect(await slow.closed).toEqual({ code: "buffer_full", size: 10 });
    expect(seqs(await takeUntil(slow, () => false))).toEqual(oneTo(10));
  });
});

describe("endings", () => {
  it("a filter that the channel lacks is a value, and the client goes on", async () => {
    const { http, live } = startServer();
    const client = liveClient(http);
    const refused = client.subscribe("trades", { filter: { tiers: ["fast"] } });
    expect(await refused.ready).toMatchObject({ ok: false, failure: { code: "refused", error: "bad_filter" } });
    expect(await refused.closed).toMatchObject({ code: "refused", error: "bad_filter" });
    const good = client.subscribe("signals");
    await acknowledged(good);
    live.onApproved(approvedBuys(1, 1));
    expect(await takeUntil(good, () => true)).toHaveLength(1);
  });

  it("a key that is not known ends everything with unauthorized; a good one lets in", async () => {
    const access = {
      required: true,
      authenticate: (key: string) => (key === "good" ? ({ id: "good", role: "read" } as const) : null),
    };
    const { http } = startServer({ live: { access } });
    const wrong = liveClient(http, { apiKey: "bad" });
    expect(await wrong.subscribe("signals").closed).toMatchObject({ code: "unauthorized" });
    expect(wrong.state).toBe("closed");
    await acknowledged(liveClient(http, { apiKey: "good" }).subscribe("signals"));
  });

  it("a key whose sockets are too many waits for a place, and gets the next one", async () => {
    const access = { required: true, authenticate: () => ({ id: "good", role: "read" }) as const };
    const { http } = startServer({ live: { access, maxConnections: 8 } });
    const first = Array.from({ length: 7 }, () => liveClient(http, { apiKey: "good" }));
    for (const client of first) await acknowledged(client.subscribe("signals"));
    const states: string[] = [];
    const late = liveClient(http, { apiKey: "good", onState: (state) => states.push(state) });
    const subscription = late.subscribe("signals");
    await eventually(
      () => states,
      (seen) => seen.filter((state) => state === "waiting").length > 1,
    );
    first[0]?.close();
    await acknowledged(subscription);
    expect(late.state).toBe("open");
  });

  it("an engine that is away ends it after as many attempts as were allowed", async () => {
    const { http, server } = startServer();
    await server.close();
    const states: string[] = [];
    const client = new LiveClient({
      url: http,
      WebSocket,
      reconnect: { firstMs: 1, mostMs: 2, attempts: 3 },
      onState: (state) => states.push(state),
    });
    expect(await client.subscribe("signals").closed).toEqual({ code: "unreachable", attempts: 3 });
    expect(states.at(-1)).toBe("closed");
  });

  it("an abort signal ends one subscription, or the client with all of them", async () => {
    const { http, live } = startServer();
    const [one, all] = [new AbortController(), new AbortController()];
    const client = liveClient(http, { signal: all.signal });
    const first = client.subscribe("signals", { signal: one.signal });
    const second = client.subscribe("metrics");
    await acknowledged(first);
    one.abort();
    expect(await first.closed).toEqual({ code: "aborted" });
    expect(await takeUntil(first, () => false)).toEqual([]);
    expect(client.state).toBe("open");
    all.abort();
    expect(await second.closed).toEqual({ code: "aborted" });
    await eventually(
      () => live.stats().connections,
      (count) => count === 0,
    );
  });

  it("a connection that has gone silent is made again", async () => {
    const { port, live } = startServer();
    const proxy = await proxyTo(port);
    const client = liveClient(`http://127.0.0.1:${proxy.port}`, { silenceMs: 1_500 });
    const subscription = client.subscribe("signals");
    await acknowledged(subscription);
    proxy.hold();
    live.onApproved(approvedBuys(1, 10));
    await eventually(
      () => client.state,
      (state) => state !== "open",
    );
    proxy.release();
    const items = await takeUntil(subscription, (taken) => taken.length === 10);
    expect(seqs(items)).toEqual(oneTo(10));
  });

  it("leaving an iteration unsubscribes, but not what another subscription of the same still needs", async () => {
    const { http, live } = startServer();
    const client = liveClient(http);
    const [first, second] = [client.subscribe("signals"), client.subscribe("signals")];
    await Promise.all([acknowledged(first), acknowledged(second)]);
    live.onApproved(approvedBuys(1, 1));
    await takeUntil(first, () => true);
    live.onApproved(approvedBuys(2, 1));
    const items: Item<unknown>[] = [...(await takeUntil(second, (taken) => taken.length === 2))];
    expect(seqs(items)).toEqual([1, 2]);
  });

  it("the global class of sockets is taken where none is handed in; without either it says what to do", async () => {
    const { http } = startServer();
    const kept = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
    onTestFinished(() => {
      if (kept === undefined) Reflect.deleteProperty(globalThis, "WebSocket");
      else Object.defineProperty(globalThis, "WebSocket", kept);
    });
    Reflect.deleteProperty(globalThis, "WebSocket");
    expect(() => new LiveClient({ url: http })).toThrow("hand in that of the package ws");
    Object.defineProperty(globalThis, "WebSocket", { value: WebSocket, configurable: true });
    const client = new LiveClient({ url: http });
    await acknowledged(client.subscribe("signals"));
    client.close();
  });
});
