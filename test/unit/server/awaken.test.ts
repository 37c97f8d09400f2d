// A channel that is fed only for somebody: who comes first waits until it is known what there is.
import { expect, it } from "vitest";
import { Live } from "../../../src/server/live/live.ts";
import { connectReader, StubbornReader } from "../../support/server/stubborn-reader.ts";
import { HandTime } from "../../support/server/time.ts";
import { approvedBuys } from "../../support/signals.ts";

/** A live side whose signals are known when `known` is called. */
function asleep() {
  const asked: string[] = [];
  let known = (): void => undefined;
  const live = new Live({
    bufferBytes: 1 << 20,
    slowMs: 10_000,
    maxConnections: 10,
    time: new HandTime(),
    awaken: (channel) => {
      if (channel !== "signals") return null;
      asked.push(channel);
      return new Promise((resolve) => (known = resolve));
    },
  });
  const reader = new StubbornReader();
  const connection = connectReader(live, reader);
  const ask = (request: Readonly<Record<string, unknown>>): void =>
    connection.onMessage(Buffer.from(JSON.stringify(request)), false);
  const answers = (): readonly unknown[] => {
    reader.take(100);
    return reader.read.splice(0);
  };
  answers();
  return { live, connection, asked, ask, answers, known: () => known() };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("shows what came to be known meanwhile, and answers what was asked behind it in its order", async () => {
  const { live, asked, ask, answers, known } = asleep();
  ask({ op: "subscribe", id: 1, channel: "signals", snapshot: true });
  ask({ op: "ping", id: 2 });
  await turn();
  expect([answers(), asked]).toEqual([[], ["signals"]]);
  live.onApproved(approvedBuys(1, 2));
  known();
  await turn();
  live.onApproved(approvedBuys(3, 1));
  expect(answers()).toMatchObject([
    { type: "subscribed", id: 1, seq: 2 },
    { type: "snapshot", seq: 2, data: [{}, {}] },
    { type: "pong", id: 2 },
    { type: "update", seq: 3, prev: 2 },
  ]);
});

it("keeps nobody waiting who asks for another channel", () => {
  const { ask, answers, asked } = asleep();
  ask({ op: "subscribe", id: 1, channel: "alerts" });
  expect(answers()).toMatchObject([{ type: "subscribed", id: 1 }]);
  expect(asked).toEqual([]);
});

it("feeds nobody for a socket that has gone while it waited", async () => {
  const { live, connection, ask, known } = asleep();
  ask({ op: "subscribe", id: 1, channel: "signals" });
  ask({ op: "subscribe", id: 2, channel: "trades" });
  live.forget(connection);
  known();
  await turn();
  expect(live.channels.relayed.isHeard).toBe(false);
  expect(live.channels.trades.isHeard).toBe(false);
});

it("runs no timer for sockets while there are none", () => {
  const time = new HandTime();
  const timers: number[] = [];
  const every = time.every.bind(time);
  time.every = (intervalMs, run) => {
    timers.push(intervalMs);
    const stop = every(intervalMs, run);
    return () => {
      timers.splice(timers.indexOf(intervalMs), 1);
      stop();
    };
  };
  const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 10, time });
  expect(timers).toEqual([1_000]);
  const [one, other] = [connectReader(live, new StubbornReader()), connectReader(live, new StubbornReader())];
  expect(timers).toEqual([1_000, 250]);
  live.forget(one);
  expect(timers).toEqual([1_000, 250]);
  live.forget(other);
  expect(timers).toEqual([1_000]);
  connectReader(live, new StubbornReader());
  expect(timers).toEqual([1_000, 250]);
  live.shutdown();
  expect(timers).toEqual([]);
});
