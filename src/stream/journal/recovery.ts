// What a journal folder holds when an engine opens it: the newest good snapshot, the events after it, and where the
// numbering goes on. Checks what a restart needs, that is every event after the snapshot; older segments are checked
// when somebody reads them. Cuts the torn tail that a power cut or kill -9 left; anything else that is wrong is an
// error, because going on would silently drop events that were reported durable. The folder must be locked.
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { JournalError } from "./failure.ts";
import type { NumberedFile } from "./files.ts";
import {
  DAMAGED_SUFFIX,
  SEGMENT_SUFFIX,
  SNAPSHOT_SUFFIX,
  numberedFiles,
  removeLeftovers,
  syncFolder,
} from "./files.ts";
import { SEGMENT_HEADER_BYTES } from "./segment.ts";
import type { Snapshot } from "./snapshot.ts";
import { verifySnapshot } from "./snapshot.ts";
import type { TornTail } from "./torn-tail.ts";
import { JournalWalk } from "./walk.ts";

/** Sequence of the very first event. */
export const FIRST_SEQUENCE = 0;

export interface Recovery {
  readonly snapshot: Snapshot | null;
  /** Snapshots that failed their check, with the reason; they were renamed to *.damaged. */
  readonly damagedSnapshots: readonly DamagedSnapshot[];
  /** What was cut, null when the journal ended cleanly. */
  readonly torn: TornTail | null;
  /** Oldest event that can still be read; equal to nextSequence when there is none. */
  readonly firstSequence: number;
  /** Sequence of the next event. */
  readonly nextSequence: number;
}

export interface DamagedSnapshot {
  readonly file: string;
  readonly reason: string;
}

export function recover(dir: string): Recovery {
  removeLeftovers(dir);
  const { snapshot, damagedSnapshots } = newestSnapshot(dir);
  const header = removeTornHeader(dir);
  const segments = numberedFiles(dir, SEGMENT_SUFFIX);
  const begin = snapshot === null ? FIRST_SEQUENCE : snapshot.nextSequence;
  const walk = new JournalWalk(needed(dir, segments, begin));
  try {
    let block = walk.next();
    while (block !== null) block = walk.next();
  } finally {
    walk.close();
  }
  if (walk.torn !== null) cut(dir, walk.torn);
  else settle(segments);
  const end = segments.length === 0 ? (header?.firstLost ?? 0) : walk.nextSequence;
  const nextSequence = Math.max(end, begin);
  const firstSequence = segments[0]?.sequence ?? nextSequence;
  return { snapshot, damagedSnapshots, torn: walk.torn ?? header, firstSequence, nextSequence };
}

/** The segments that a restart reads. A gap before the oldest of them cannot be bridged. */
function needed(dir: string, segments: readonly NumberedFile[], begin: number): readonly NumberedFile[] {
  const first = segments[0];
  if (first === undefined) return segments;
  if (first.sequence > begin) throw new JournalError({ code: "journal_gap", dir, from: begin, to: first.sequence - 1 });
  return segments.slice(segments.findLastIndex((segment) => segment.sequence <= begin));
}

function newestSnapshot(dir: string): { snapshot: Snapshot | null; damagedSnapshots: readonly DamagedSnapshot[] } {
  const damagedSnapshots: DamagedSnapshot[] = [];
  for (const { path } of [...numberedFiles(dir, SNAPSHOT_SUFFIX)].reverse()) {
    const snapshot = verifySnapshot(path);
    if (snapshot.ok) return { snapshot: snapshot.value, damagedSnapshots };
    damagedSnapshots.push({ file: path, reason: snapshot.failure });
    renameSync(path, path + DAMAGED_SUFFIX);
  }
  return { snapshot: null, damagedSnapshots };
}

/**
 * The writer names a segment only when its header is safe, but a folder copied from a running engine, or a disk that
 * lies about syncs, may end with a file that has no header yet and so no event either.
 */
function removeTornHeader(dir: string): TornTail | null {
  const last = numberedFiles(dir, SEGMENT_SUFFIX).at(-1);
  if (last === undefined) return null;
  const bytes = statSync(last.path).size;
  if (bytes >= SEGMENT_HEADER_BYTES) return null;
  rmSync(last.path);
  syncFolder(dir);
  const reason = "the file ends inside its header";
  return { file: last.path, offset: 0, bytes, eventsLost: 0, firstLost: last.sequence, reason };
}

/** What the last run wrote without a sync is read from the page cache now; from here on it counts as durable. */
function settle(segments: readonly NumberedFile[]): void {
  const last = segments.at(-1);
  if (last === undefined) return;
  const fd = openSync(last.path, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function cut(dir: string, torn: TornTail): void {
  if (torn.offset <= SEGMENT_HEADER_BYTES) {
    rmSync(torn.file);
    syncFolder(dir);
    return;
  }
  const fd = openSync(torn.file, "r+");
  try {
    ftruncateSync(fd, torn.offset);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
