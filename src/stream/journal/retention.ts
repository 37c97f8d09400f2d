// Which files of the journal may go. Segments: those that exceed the limit of bytes and the limit of age, both, oldest
// first, never the newest, and never one that the oldest kept snapshot would need for a restart. Without a snapshot
// everything stays. Snapshots: the newest three. The decision is pure; the removal runs on the journal's thread.
import { closeSync, openSync, rmSync, statSync } from "node:fs";
import type { EpochUs } from "../../domain/units.ts";
import { syncFolder } from "../../store/folder.ts";
import { SEGMENT_SUFFIX, SNAPSHOT_SUFFIX, numberedFiles } from "./files.ts";
import { readFully } from "./segment-reader.ts";
import { SEGMENT_HEADER_BYTES, decodeSegmentHeader } from "./segment.ts";

export const SNAPSHOTS_KEPT = 3;

export interface Retention {
  /** Bytes of segments that are kept however old they are. */
  readonly bytes: number;
  /** Age up to which segments are kept however large they are together, ms. */
  readonly ageMs: number;
}

export interface SegmentInfo {
  readonly path: string;
  readonly firstSequence: number;
  readonly bytes: number;
  readonly created: EpochUs;
}

/** `segments`: oldest first, without gaps. `oldestSnapshot`: first event after the oldest kept snapshot, null: none. */
export function expiredSegments(
  segments: readonly SegmentInfo[],
  oldestSnapshot: number | null,
  retention: Retention,
  now: EpochUs,
): readonly SegmentInfo[] {
  if (oldestSnapshot === null) return [];
  let total = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let expired = 0;
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    const following = segments[index + 1];
    if (following === undefined) break;
    const needed = following.firstSequence > oldestSnapshot;
    const young = now - endedBefore(segments, index, now) <= retention.ageMs * 1000;
    if (needed || young || total <= retention.bytes) break;
    total -= segment.bytes;
    expired++;
  }
  return segments.slice(0, expired);
}

/**
 * A segment ended when the one after it began; the newest has not ended. One that began while the clock was ahead says
 * nothing until that time has come; the next one that began in the past does.
 */
function endedBefore(segments: readonly SegmentInfo[], index: number, now: EpochUs): EpochUs {
  for (let later = index + 1; later < segments.length; later++) {
    const { created } = segments[later] ?? { created: now };
    if (created <= now) return created;
  }
  return now;
}

/** All but the newest three, oldest first. */
export function expiredSnapshots<T>(snapshots: readonly T[]): readonly T[] {
  return snapshots.slice(0, Math.max(0, snapshots.length - SNAPSHOTS_KEPT));
}

/** Segment files with what their headers say; one whose header cannot be read counts as made just now, and so stays. */
export function segmentInfos(dir: string, now: EpochUs): readonly SegmentInfo[] {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  return numberedFiles(dir, SEGMENT_SUFFIX).map(({ path, sequence }) => {
    const fd = openSync(path, "r");
    try {
      const read = readFully(fd, bytes, bytes.length, 0);
      const header = decodeSegmentHeader(bytes.subarray(0, read));
      const created = header.ok ? header.value.created : now;
      return { path, firstSequence: sequence, bytes: statSync(path).size, created };
    } finally {
      closeSync(fd);
    }
  });
}

export interface Kept {
  readonly segments: number;
  readonly bytes: number;
  readonly snapshots: number;
  /** Files of events; those of snapshots that are no longer needed go without a word. */
  readonly removed: number;
}

/** Removes what has expired, snapshots first, and says what is left. May throw system errors. */
export function applyRetention(dir: string, retention: Retention, now: EpochUs): Kept {
  const snapshots = numberedFiles(dir, SNAPSHOT_SUFFIX);
  const oldSnapshots = expiredSnapshots(snapshots);
  const oldest = snapshots[oldSnapshots.length]?.sequence ?? null;
  const segments = segmentInfos(dir, now);
  const oldSegments = expiredSegments(segments, oldest, retention, now);
  // Oldest first: if this is interrupted, what is left has no gap.
  for (const { path } of [...oldSnapshots, ...oldSegments]) rmSync(path, { force: true });
  if (oldSnapshots.length + oldSegments.length > 0) syncFolder(dir);
  const left = segments.slice(oldSegments.length);
  return {
    segments: left.length,
    bytes: left.reduce((sum, segment) => sum + segment.bytes, 0),
    snapshots: snapshots.length - oldSnapshots.length,
    removed: oldSegments.length,
  };
}
