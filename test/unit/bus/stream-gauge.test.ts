import { expect, it } from "vitest";
import { StreamGauge, type StreamFacts } from "../../../src/bus/stream-gauge.ts";

/** A stream of entries `<number>-0` as Redis describes it: `added` so far, of which the numbers in `kept` are there. */
function facts(added: number, kept: readonly number[]): StreamFacts {
  const [first = null] = kept;
  return { added, length: kept.length, first: first === null ? null : `${first}-0`, last: `${added}-0` };
}

function readTo(gauge: StreamGauge, from: number, to: number): void {
  for (let entry = from; entry <= to; entry += 1) gauge.took(`${entry}-0`);
}

it("what was gone before the first look was never ours; what goes unread afterwards is counted", () => {
  const gauge = new StreamGauge();
  expect(gauge.compare(facts(10, [8, 9, 10]))).toBe(0);
  expect(gauge.lag).toBe(3);
  readTo(gauge, 8, 10);
  expect(gauge.compare(facts(12, [9, 10, 11, 12]))).toBe(0);
  expect(gauge.lag).toBe(2);
  expect(gauge.compare(facts(20, [16, 17, 18, 19, 20]))).toBe(5); // 11 to 15, nothing of what was read is left
  expect(gauge.lag).toBe(5);
  readTo(gauge, 16, 20);
  expect(gauge.compare(facts(20, [19, 20]))).toBe(0); // trimmed behind the reader
  expect(gauge.gaps).toBe(5);
});

it("entries that vanished between two looks are counted once everything is read", () => {
  const gauge = new StreamGauge();
  gauge.compare(facts(0, []));
  readTo(gauge, 1, 4);
  readTo(gauge, 7, 9);
  expect(gauge.compare(facts(10, [8, 9, 10]))).toBe(0); // not to be told yet
  gauge.took("10-0");
  expect(gauge.compare(facts(10, [8, 9, 10]))).toBe(2);
  expect(gauge.lag).toBe(0);
});

it("goes on with the number that the journal kept, so that gaps of a downtime are counted", () => {
  const gauge = new StreamGauge();
  gauge.begin({ id: "4-0", ordinal: 4 });
  expect(gauge.compare(facts(9, [7, 8, 9]))).toBe(2);
  gauge.begin({ id: "4-0", ordinal: null });
  expect(gauge.compare(facts(9, [7, 8, 9]))).toBe(0); // nobody knows how many there were
  expect(gauge.lag).toBe(3);
});

it("entries that come once more change nothing", () => {
  const gauge = new StreamGauge();
  gauge.begin({ id: "5-0", ordinal: 5 });
  expect(gauge.took("4-0")).toBeNull();
  expect(gauge.took("5-0")).toBeNull();
  expect(gauge.took("6-0")).toBe(6);
});

it("a stream that begins anew, or a Redis that counts nothing, makes no gaps", () => {
  const gauge = new StreamGauge();
  gauge.begin({ id: "50-0", ordinal: 50 });
  expect(gauge.compare({ added: 2, length: 2, first: "60-0", last: "61-0" })).toBe(0);
  expect(gauge.lag).toBe(2);
  const old = new StreamGauge();
  expect(old.compare({ added: null, length: 2, first: "60-0", last: "61-0" })).toBe(0);
  expect(old.lag).toBeNull();
});
