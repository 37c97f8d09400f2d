// Which segments may go: only those beyond both limits that no kept snapshot needs.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  expiredSegments,
  expiredSnapshots,
  type SegmentInfo,
  segmentInfos,
} from "../../../../src/stream/journal/retention.ts";
import { temporaryFolder } from "../../../support/store/store-files.ts";

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

it("is not held up by segments that began while the clock was a year ahead, and keeps what ended within the limit", () => {
  const year = 365 * 24 * HOUR_US;
  const ahead = (from: number, to: number): readonly SegmentInfo[] =>
    SEGMENTS.map((one, index) => (index >= from && index < to ? { ...one, created: one.created + year } : one));
  const of = (segments: readonly SegmentInfo[], hours: number): number =>
    expiredSegments(segments, 1000, { bytes: 0, ageMs: hours * 3_600_000 }, NOW).length;
  expect(of(SEGMENTS, 5.5)).toBe(4);
  expect(of(ahead(2, 4), 5.5)).toBe(4);
  // Numbers 2 and 3 ended before 5 began, five hours ago, and that is all that is known of them.
  expect(of(ahead(3, 5), 5.5)).toBe(2);
  expect(of(ahead(3, 10), 0.5)).toBe(2); // none behind them began in the past
});

it.skipIf(process.platform !== "linux")("leaves no file open where a segment cannot be read", () => {
  const dir = temporaryFolder();
  mkdirSync(join(dir, `${"0".repeat(20)}.journal`)); // reading it is refused
  const held = (): number => readdirSync("/proc/self/fd").length;
  const before = held();
  for (let look = 0; look < 50; look++) expect(() => segmentInfos(dir, NOW)).toThrow("EISDIR");
  expect(held()).toBeLessThan(before + 25);
});
