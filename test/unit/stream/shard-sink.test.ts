import { expect, it } from "vitest";
import type { ShardPublisher } from "../../../src/bus/bus.ts";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { ARCHIVE_SIGNALS, SignalArchive } from "../../../src/stream/sinks/archive.ts";
import { Outlets } from "../../../src/stream/sinks/outlets.ts";
import { approvedEarlier } from "../../../src/stream/risk/risk.ts";
import { ShardSink } from "../../../src/stream/sinks/shard-sink.ts";
import { eventually } from "../../support/eventually.ts";
import { QUIET } from "../../support/quiet-log.ts";
import { buySignal } from "../../support/signals.ts";

/** A stream of signals that lies in memory, and may be away. */
function stage() {
  const at = { next: 10, durable: 0, away: false, asked: 0, looks: 0, stopped: false };
  const waiters: { readonly sequence: number; readonly resolve: () => void; readonly reject: (why: Error) => void }[] =
    [];
  /** As the journal tells of it. */
  const moved = (durable: number): void => {
    at.durable = durable;
    for (const { sequence, resolve } of waiters) if (sequence <= durable) resolve();
  };
  const stop = (): void => {
    at.stopped = true;
    for (const { reject } of waiters) reject(new Error("stopped"));
  };
  const said: string[] = [];
  const out = {
    say: (signals: readonly { readonly id: string }[]): Promise<string | null> => {
      at.asked += 1;
      if (!at.away) said.push(...signals.map(({ id }) => id));
      return Promise.resolve(at.away ? null : (said.at(-1) ?? "0-0"));
    },
  };
  const sink = new ShardSink({
    out,
    log: QUIET,
    nextSequence: () => at.next,
    durableNext: () => {
      at.looks += 1;
      return at.durable;
    },
    whenDurable: (sequence) => {
      if (sequence <= at.durable) return Promise.resolve();
      if (at.stopped) return Promise.reject(new Error("stopped"));
      return new Promise((resolve, reject) => waiters.push({ sequence, resolve, reject }));
    },
  });
  const until = (count: number): Promise<number> =>
    eventually(
      () => said.length,
      (length) => length >= count,
    );
  return { at, said, sink, until, moved, stop, waiters };
}

it("says nothing before everything that was visible then is durable", async () => {
  const { at, said, sink, until, moved, waiters } = stage();
  sink.begin([]);
  sink.onApproved([buySignal({ sequence: 4 }), buySignal({ sequence: 4, ordinal: 1 })]);
  moved(9); // its own event is, the newest of the same moment is not
  at.next = 20;
  sink.onApproved([buySignal({ sequence: 12 })]);
  await eventually(
    () => waiters.map(({ sequence }) => sequence),
    (asked) => asked.length === 1 && asked[0] === 10,
  );
  expect(said).toEqual([]);
  moved(10);
  await until(2);
  expect(said).toEqual(["4-0", "4-1"]);
  moved(20);
  await until(3);
  expect(said).toEqual(["4-0", "4-1", "12-0"]);
  await sink.close();
});

it("asks once what was said before it, and knows it from then on", async () => {
  const { at, said, sink, until } = stage();
  at.durable = 100;
  sink.begin([]);
  for (let sequence = 1; sequence <= 3; sequence++) {
    sink.onApproved([buySignal({ sequence })]);
    await until(sequence);
  }
  await sink.close();
  expect([at.asked, said]).toEqual([4, ["1-0", "2-0", "3-0"]]);
});

it("asks nobody again while the journal has nothing new to tell", async () => {
  const { at, said, sink, until, moved, waiters } = stage();
  sink.begin([]);
  sink.onApproved([buySignal({ sequence: 4 })]);
  await eventually(
    () => waiters.length,
    (length) => length === 1,
  );
  const { looks } = at;
  await new Promise((resolve) => setTimeout(resolve, 50)); // a shorter one would only see fewer
  expect(at.looks).toBe(looks);
  moved(10);
  await until(1);
  expect(said).toEqual(["4-0"]);
  await sink.close();
});

it("goes on with the journal that follows one that has stopped, and ends while it waits for one", async () => {
  const { at, said, sink, until, stop, waiters } = stage();
  sink.begin([]);
  sink.onApproved([buySignal({ sequence: 4 })]);
  await eventually(
    () => waiters.length,
    (length) => length === 1,
  );
  stop();
  at.durable = 10;
  await until(1);
  at.stopped = false;
  at.next = 20;
  sink.onApproved([buySignal({ sequence: 12 })]);
  await eventually(
    () => waiters.length,
    (length) => length === 2,
  );
  await sink.close();
  expect(said).toEqual(["4-0"]);
});

it("says what is known and newer than all that was said, and neither exits nor synthetic signals", async () => {
  const { at, said, sink, until } = stage();
  at.durable = 100;
  said.push("5-1");
  sink.onApproved([buySignal({ sequence: 7 })]); // before the start is through: the archive has it as well
  sink.begin([
    buySignal({ sequence: 5, ordinal: 1 }),
    buySignal({ sequence: 5, ordinal: 2 }),
    buySignal({ sequence: 6, action: "exit" }),
    buySignal({ sequence: 6, ordinal: 1, demo: true }),
    buySignal({ sequence: 7 }),
  ]);
  await until(3);
  expect(said).toEqual(["5-1", "5-2", "7-0"]);
  await sink.close();
});

it("says it later, in the same order, when Redis was away", async () => {
  const { at, said, sink, until } = stage();
  at.durable = 100;
  at.away = true;
  sink.begin([buySignal({ sequence: 1 })]);
  sink.onApproved([buySignal({ sequence: 2 })]);
  await eventually(
    () => at.asked,
    (asked) => asked > 1,
  );
  at.away = false;
  await until(2);
  expect(said).toEqual(["1-0", "2-0"]);
  await sink.close();
});

it("lets nothing more in while more wait than a successor would know, with room for what is on its way", async () => {
  const at = { away: true };
  const out = { say: () => Promise.resolve(at.away ? null : "0-0") };
  const outlets = new Outlets(new EmbeddedBus(), 60, out as unknown as ShardPublisher, QUIET);
  const archive = new SignalArchive();
  const status = { nextSequence: 0, journal: null };
  outlets.begin(() => ({ archive, status, journal: null }));
  expect(outlets.mayTake).toBe(true);
  const many = Array.from({ length: ARCHIVE_SIGNALS / 2 }, (_, sequence) => buySignal({ sequence: sequence + 1 }));
  outlets.onApproved(approvedEarlier(many.slice(1)));
  expect(outlets.mayTake).toBe(true);
  outlets.onApproved(approvedEarlier(many.slice(0, 1)));
  expect(outlets.mayTake).toBe(false);
  at.away = false;
  await eventually(
    () => outlets.mayTake,
    (may) => may,
  );
  await outlets.close();
});
