// Entries of a stream on their way through a feed: acknowledged when they are durable, and nobody looks when none waits.
import { expect, it } from "vitest";
import type { StreamEntry, StreamSource } from "../../../../src/bus/bus.ts";
import { StreamFeed } from "../../../../src/stream/ingest/stream-feed.ts";
import { positionsOf } from "../../../../src/stream/positions.ts";
import { eventually } from "../../../support/eventually.ts";
import { Door } from "../../../support/ingest-door.ts";

/** A stream that lies in memory; reading it waits until there is something. */
function stage() {
  const door = new Door();
  const at = { durable: 0, away: false, asked: 0 };
  const acknowledged: string[] = [];
  let give: (entries: readonly StreamEntry[]) => void = () => undefined;
  const source: StreamSource = {
    read: () => new Promise((resolve) => (give = resolve)),
    acknowledge: (ids) => {
      at.asked += 1;
      if (!at.away) acknowledged.push(...ids);
      return Promise.resolve(!at.away);
    },
    goOnBehind: () => undefined,
    gauge: { gaps: 0, lag: null, replaced: 0 },
  };
  const { ingest, plane } = door;
  const { positions } = positionsOf({ compute: { plane, state: { setting: () => 0 } } as never });
  const feed = new StreamFeed({ source, ingest, positions, place: null, durableNext: () => at.durable });
  const entry = (id: string): StreamEntry => {
    return { id, data: Buffer.from('{"symbol":"AAA","price":5}'), removed: false, ordinal: null };
  };
  const come = (...ids: readonly string[]): void => give(ids.map(entry));
  const said = (count: number): Promise<unknown> =>
    eventually(
      () => acknowledged.length,
      (length) => length >= count,
    );
  const rests = (): Promise<unknown> =>
    eventually(
      () => feed["timer"],
      (timer) => timer === null,
    );
  return { at, feed, acknowledged, come, said, rests, ingest };
}

it("acknowledges what is durable, and looks again as long as something is not", async () => {
  const { at, feed, acknowledged, come, said, rests, ingest } = stage();
  feed.start();
  come("1-0", "1-1");
  await eventually(
    () => feed["timer"],
    (timer) => timer !== null,
  );
  const first = feed["timer"];
  await eventually(
    () => feed["timer"],
    (timer) => timer !== null && timer !== first, // it has looked, and looks again
  );
  expect(acknowledged).toEqual([]);
  expect(ingest.nextSequence).toBeGreaterThan(0);
  at.durable = ingest.nextSequence;
  await said(2);
  await rests();
  at.durable = Infinity;
  come("2-0");
  await said(3);
  await rests();
  expect(acknowledged).toEqual(["1-0", "1-1", "2-0"]);
  feed.stop();
});

it("asks Redis for nothing while nothing waits, and again and again while Redis is away", async () => {
  const { at, feed, acknowledged, come, said, rests } = stage();
  at.durable = Infinity;
  feed.start();
  expect(feed["timer"]).toBeNull();
  at.away = true;
  come("1-0");
  await eventually(
    () => at.asked,
    (asked) => asked >= 2,
  );
  at.away = false;
  await said(1);
  await rests();
  expect(acknowledged).toEqual(["1-0"]);
  feed.stop();
});
