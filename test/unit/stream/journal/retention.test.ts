// Which segments may go: only those beyond both limits that no kept snapshot needs.
import { expect, it } from "vitest";
import { expiredSegments, expiredSnapshots, type SegmentInfo } from "../../../../src/stream/journal/retention.ts";

const HOUR_US = 3_600_000_000;
const NOW = 100 * HOUR_US;
/** Ten segments of 100 bytes and 100 events; segment i began 10 - i hours ago. */
const SEGMENTS: readonly SegmentInfo[] = Array.from({ length: 10 }, (_, index) => ({
  path: String(index),
  firstSequence: index * 100,
  bytes: 100,
  created: NOW - (10 - index) * HOUR_US,
}));
const expired = (snapshot: number | null, bytes: number, hours: number): number =>
  expiredSegments(SEGMENTS, snapshot, { bytes, ageMs: hours * 3_600_000 }, NOW).length;

it("removes what exceeds both limits, oldest first", () => {
  expect(expiredSegments(SEGMENTS, 1000, { bytes: 500, ageMs: 0 }, NOW).map((one) => one.path)).toEqual([
    "0",
    "1",
    "2",
    "3",
    "4",
  ]);
});

it("keeps what one of the limits allows", () => {
  expect(expired(1000, 1000, 0)).toBe(0);
  expect(expired(1000, 0, 100)).toBe(0);
  // A segment is as old as its last event: number 3 ended 6 hours ago, number 4 only 5.
  expect(expired(1000, 0, 5.5)).toBe(4);
});

it("never removes the newest", () => {
  expect(expired(1000, 0, 0)).toBe(9);
});

it("keeps every event that the oldest kept snapshot needs", () => {
  expect(expired(300, 0, 0)).toBe(3);
  expect(expired(399, 0, 0)).toBe(3);
  expect(expired(400, 0, 0)).toBe(4);
  expect(expired(0, 0, 0)).toBe(0);
});

it("keeps everything while there is no snapshot", () => {
  expect(expired(null, 0, 0)).toBe(0);
});

it("keeps the newest three snapshots", () => {
  expect(expiredSnapshots([1, 2, 3, 4, 5])).toEqual([1, 2]);
  expect(expiredSnapshots([1, 2])).toEqual([]);
});
