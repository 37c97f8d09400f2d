// The ring that feeds a thread of executions, both ends on the test's own thread.
import { describe, expect, it } from "vitest";
import { FLAG_DEMO, KIND_NAME, KIND_TRADE } from "../../../assembly/layout.ts";
import {
  BACKLOG_ROWS,
  createFeedMemory,
  FeedReader,
  FeedWriter,
  LIVE_ROWS,
} from "../../../src/manage/executions/feed-ring.ts";
import { Synthetic } from "../../../src/manage/executions/synthetic.ts";

const RECORD = Int32Array.from({ length: 16 }, (_, word) => word + 1);
const RECORDS = new Int32Array(16);

function write(writer: FeedWriter, from: number, count: number): boolean {
  let taken = true;
  for (let sequence = from; sequence < from + count; sequence++) taken = writer.write(RECORD, 0, sequence) && taken;
  writer.publish();
  return taken;
}
function read(reader: FeedReader, count: number): readonly number[] {
  const found: number[] = [];
  for (let row = 0; row < count; row++) {
    found.push(reader.numbers[reader.at() >> 1] ?? -1);
    reader.take();
  }
  reader.settle();
  return found;
}

describe("the feed of a thread", () => {
  it("gives what was written, record by record, in order, and only what was published", () => {
    const memory = createFeedMemory();
    const [writer, reader] = [new FeedWriter(memory), new FeedReader(memory)];
    writer.write(RECORD, 0, 7);
    expect(reader.waiting()).toBe(0);
    writer.publish();
    expect(reader.waiting()).toBe(1);
    expect([...reader.words.subarray(reader.at() + 2, reader.at() + 18)]).toEqual([...RECORD]);
    expect(read(reader, 1)).toEqual([7]);
  });

  it("keeps what finds no room and gives it later, behind nothing that came after", () => {
    const memory = createFeedMemory();
    const [writer, reader] = [new FeedWriter(memory), new FeedReader(memory)];
    expect(write(writer, 0, LIVE_ROWS + 10_000)).toBe(true);
    expect([reader.waiting(), writer.backlogged, writer.behind]).toEqual([LIVE_ROWS, 10_000, LIVE_ROWS + 10_000]);
    const seen = [...read(reader, 1_000)];
    expect(write(writer, LIVE_ROWS + 10_000, 5)).toBe(true);
    while (seen.length < LIVE_ROWS + 10_005) {
      seen.push(...read(reader, reader.waiting()));
      writer.publish();
    }
    expect(seen).toEqual(Array.from({ length: LIVE_ROWS + 10_005 }, (_, sequence) => sequence));
    expect(writer.behind).toBe(0);
  });

  it("refuses what even the backlog has no room for", () => {
    const memory = createFeedMemory();
    const writer = new FeedWriter(memory);
    expect(write(writer, 0, LIVE_ROWS + BACKLOG_ROWS)).toBe(true);
    expect(write(writer, LIVE_ROWS + BACKLOG_ROWS, 1)).toBe(false);
  });

  it("shows the recent past, and a reader that comes after another begins where that one had settled", () => {
    const memory = createFeedMemory();
    const [writer, first] = [new FeedWriter(memory), new FeedReader(memory)];
    write(writer, 0, 100);
    read(first, 60);
    for (let row = 0; row < 20; row++) first.take(); // taken and never told of
    const second = new FeedReader(memory);
    expect(read(second, second.waiting())).toEqual(Array.from({ length: 40 }, (_, index) => 60 + index));
    const past = [...second.past()].map((at) => second.numbers[at >> 1]);
    expect(past).toEqual(Array.from({ length: 100 }, (_, sequence) => sequence));
  });
});

it("a thread behind a lost one takes the synthetic market for over by an event of another one, not by a name", () => {
  const memory = createFeedMemory();
  const [writer, reader] = [new FeedWriter(memory), new FeedReader(memory)];
  const row = (flags: number, kind: number, subject: number): void => {
    RECORDS[0] = (flags << 24) | (kind << 16) | subject;
    writer.write(RECORDS, 0, 1);
    writer.publish();
    read(reader, 1);
  };
  row(FLAG_DEMO, KIND_TRADE, 1);
  row(0, KIND_NAME, 2);
  const shown = new Synthetic(new FeedReader(memory));
  expect([shown.over, [...shown.subjects]]).toEqual([false, [1]]);
  row(0, KIND_TRADE, 2);
  expect(new Synthetic(new FeedReader(memory)).over).toBe(true);
});
