// What all sockets of one key or address may ask for together, and how much of it happens in one turn of the loop.
import { describe, expect, it } from "vitest";
import { Caller, Callers, FEEDS_MAX, WORK_AT_ONCE, WORK_PER_SECOND } from "../../../src/server/live/callers.ts";
import { Live, type LiveOptions } from "../../../src/server/live/live.ts";
import { StubbornReader } from "../../support/server/stubborn-reader.ts";
import { HandTime } from "../../support/server/time.ts";
import { approvedBuys } from "../../support/signals.ts";
import type { Message } from "../../support/server/client.ts";
import type { Connection } from "../../../src/server/live/connection.ts";

const KEPT = 10_000;
/** Matches nothing, so that everything that is kept is looked at. */
const FOREIGN = { symbols: ["FOREIGN"] };

interface Socket {
  readonly connection: Connection;
  readonly ask: (request: Readonly<Record<string, unknown>>) => void;
  readonly answers: () => readonly Message[];
}

function stage(events = KEPT, more: Partial<LiveOptions> = {}) {
  const time = new HandTime();
  const live = new Live({ bufferBytes: 1 << 22, slowMs: 10_000, maxConnections: 2_000, time, ...more });
  if (events > 0) live.onApproved(approvedBuys(1, events));
  const open = (address: string): Socket => {
    const reader = new StubbornReader();
    const connection = live.connect(reader, { encoding: "json", onFull: "drop", address });
    const ask = (request: Readonly<Record<string, unknown>>): void =>
      connection.onMessage(Buffer.from(JSON.stringify(request)), false);
    const answers = (): readonly Message[] => {
      reader.take(Infinity);
      return reader.read.splice(0);
    };
    return { connection, ask, answers };
  };
  return { time, live, open };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const codes = (answers: readonly Message[]): readonly unknown[] => answers.map(({ type, code }) => code ?? type);

/** Subscribed to what nothing matches, and told so. */
async function listening(socket: Socket): Promise<string> {
  socket.ask({ op: "subscribe", id: 0, channel: "signals", filter: FOREIGN });
  for (;;) {
    const [answer] = socket.answers();
    if (answer !== undefined) return String(answer["sub"]);
    await turn();
  }
}

describe("the work of a caller", () => {
  it("is bounded over all of its sockets, while others are served, and comes back with time", async () => {
    const { time, open } = stage();
    const sockets = Array.from({ length: 25 }, () => open("hostile"));
    const sub = await listening(sockets[0] as Socket);
    for (const socket of sockets.slice(1)) await listening(socket);
    let served = 0;
    let refused = 0;
    for (const socket of sockets)
      for (let id = 1; id <= 90; id += 1) socket.ask({ op: "replay", id, sub, from_seq: 1 });
    while (served + refused < 25 * 90) {
      await turn();
      for (const socket of sockets)
        for (const code of codes(socket.answers())) {
          if (code === "replayed") served += 1;
          else if (code === "rate_limited") refused += 1;
        }
    }
    expect(served).toBeLessThanOrEqual(WORK_AT_ONCE / KEPT);
    expect(served).toBeGreaterThan((0.9 * WORK_AT_ONCE) / KEPT);
    const another = open("hostile");
    another.ask({ op: "subscribe", id: 1, channel: "trades" });
    const neighbour = open("neighbour");
    neighbour.ask({ op: "subscribe", id: 1, channel: "trades" });
    expect([codes(another.answers()), codes(neighbour.answers())]).toEqual([["rate_limited"], ["subscribed"]]);
    time.pass(1_000);
    another.ask({ op: "subscribe", id: 1, channel: "trades" });
    expect(codes(another.answers())).toEqual(["subscribed"]);
  });

  it("is not that of its address before it has shown a key: strangers there cannot keep it from doing so", () => {
    const authenticate = (key: string) => (key === "good" ? ({ id: "good", role: "read" } as const) : null);
    const { open } = stage(0, { access: { required: true, authenticate } });
    const long = { op: "ping", id: 1, more: "x".repeat(60_000) };
    const refused = new Set<unknown>();
    for (let n = 0; n < 60; n += 1) {
      const stranger = open("proxy");
      for (let k = 0; k < 40; k += 1) stranger.ask(long);
      for (const code of codes(stranger.answers())) refused.add(code);
    }
    expect([...refused]).toEqual(["auth_required"]);
    const known = open("proxy");
    known.ask({ op: "auth", id: 2, api_key: "good" });
    expect(codes(known.answers())).toEqual(["authenticated"]);
    known.ask(long);
    expect(codes(known.answers())).toEqual(["pong"]);
  });

  it("is not forgotten with its sockets", () => {
    const time = new HandTime();
    const callers = new Callers(time);
    callers.of("hostile").spend(WORK_AT_ONCE);
    for (let n = 0; n < 5_000; n += 1) callers.of(`passer-by ${n}`);
    expect(callers.of("hostile").exhausted).toBe(true);
    expect(callers.size).toBeLessThan(1_100);
    time.pass(1_000);
    expect(callers.of("hostile").exhausted).toBe(false);
  });

  it("comes back by the second, and no further than full", () => {
    const time = new HandTime();
    const caller = new Caller(time);
    caller.spend(WORK_AT_ONCE + WORK_PER_SECOND);
    time.pass(1_000);
    expect(caller.exhausted).toBe(true);
    time.pass(1);
    expect([caller.exhausted, caller.idle]).toEqual([false, false]);
    time.pass(3_600_000);
    expect(caller.idle).toBe(true);
    caller.spend(WORK_AT_ONCE);
    expect(caller.exhausted).toBe(true);
  });
});

it("no turn of the loop looks at much more than it may, and who waits is answered in the order of asking", async () => {
  const { open } = stage();
  const sockets = Array.from({ length: 10 }, (_, n) => open(`address ${n}`));
  const subs: string[] = [];
  for (const socket of sockets) subs.push(await listening(socket));
  await turn();
  sockets.forEach((socket, n) => {
    for (let id = 1; id <= 5; id += 1) socket.ask({ op: "replay", id, sub: subs[n], from_seq: 1 });
    socket.ask({ op: "ping", id: 6 });
  });
  const got = sockets.map((): unknown[] => []);
  let turns = 0;
  for (; got.some((ids) => ids.length < 6); turns += 1) {
    let replays = 0;
    sockets.forEach((socket, n) => {
      for (const { id, type } of socket.answers()) {
        got[n]?.push(id);
        if (type === "replayed") replays += 1;
      }
    });
    expect(replays).toBeLessThanOrEqual(3);
    await turn();
  }
  expect(turns).toBeGreaterThanOrEqual(16);
  expect(got).toEqual(sockets.map(() => [1, 2, 3, 4, 5, 6]));
});

it("a long replay is sent in several turns, without a seam to what is live", async () => {
  const { live, open } = stage();
  const { ask, answers } = open("reader");
  ask({ op: "subscribe", id: 1, channel: "signals", from_seq: 0, epoch: live.epoch });
  const first = answers().slice(1);
  expect(first.length).toBeLessThan(2_000);
  live.onApproved(approvedBuys(KEPT + 1, 5));
  const seqs = first.map(({ seq }) => seq);
  while (seqs.length < KEPT - 5) {
    await turn();
    for (const { type, seq } of answers()) if (type === "update") seqs.push(seq);
  }
  for (let more = 0; more < 20; more += 1) await turn();
  for (const { type, seq } of answers()) if (type === "update") seqs.push(seq);
  expect(seqs).toEqual(Array.from({ length: KEPT + 5 }, (_, index) => index + 1));
});

it("a line of long replays keeps nobody's subscription waiting", async () => {
  const { live, open } = stage();
  const readers = Array.from({ length: 30 }, () => open("reader"));
  for (const { ask } of readers) ask({ op: "subscribe", id: 1, channel: "signals", from_seq: 0, epoch: live.epoch });
  for (const { answers } of readers) while (answers().length === 0) await turn();
  const neighbour = open("neighbour");
  neighbour.ask({ op: "subscribe", id: 1, channel: "signals", filter: FOREIGN });
  let turns = 0;
  for (let answers = neighbour.answers(); answers.length === 0; answers = neighbour.answers()) {
    turns += 1;
    await turn();
  }
  expect(turns).toBeLessThan(10);
});

it("different filters are counted over all sockets of a caller, as long as somebody holds them", () => {
  const { live, open } = stage(0);
  const perSocket = 50;
  const sockets = Array.from({ length: FEEDS_MAX / perSocket }, () => open("hostile"));
  sockets.forEach((socket, n) => {
    for (let k = 0; k < perSocket; k += 1)
      socket.ask({ op: "subscribe", id: k, channel: "signals", filter: { symbols: [`X${n}Y${k}`] } });
    expect(new Set(codes(socket.answers()))).toEqual(new Set(["subscribed"]));
  });
  const one = open("hostile");
  const wants = (symbol: string): readonly unknown[] => {
    one.ask({ op: "subscribe", id: 1, channel: "signals", filter: { symbols: [symbol] } });
    return codes(one.answers());
  };
  expect(wants("NEW")).toEqual(["too_many_subscriptions"]);
  expect(wants("X0Y0")).toEqual(["subscribed"]);
  live.forget((sockets[1] as Socket).connection);
  expect(wants("NEW")).toEqual(["subscribed"]);
});
