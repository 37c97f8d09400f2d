// What a journal folder holds when an engine opens it: the newest good snapshot, the events after it, and where the
// numbering goes on. Checks what a restart needs, that is every event after the snapshot; older segments are checked
// when somebody reads them. Cuts the torn tail that a power cut or kill -9 left, and what of an input stream is there in
// part; anything else that is wrong is an error, because going on would silently drop events that were reported durable:
// so is a journal that ends before its snapshot, because the snapshot was written when everything before it was synced.
// The folder must be locked.
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { JournalError } from "./failure.ts";
import type { NumberedFile } from "./files.ts";
import { syncFolder } from "../../store/folder.ts";
import {
  DAMAGED_SUFFIX,
  SEGMENT_SUFFIX,
  SNAPSHOT_SUFFIX,
  numberedFiles,
  removeLeftovers,
  writeAgain,
} from "./files.ts";
import { SEGMENT_HEADER_BYTES } from "./segment.ts";
import type { Snapshot } from "./snapshot.ts";
import { verifySnapshot } from "./snapshot.ts";
import type { TornTail } from "./torn-tail.ts";
import { cutBack, PositionFollower, type Unfinished } from "./unfinished.ts";
import { JournalWalk } from "./walk.ts";

/** Sequence of the very first event. */
export const FIRST_SEQUENCE = 0;

export interface Recovery {
  readonly snapshot: Snapshot | null;
  /** Snapshots that failed their check, with the reason; they were renamed to *.damaged. */
  readonly damagedSnapshots: readonly DamagedSnapshot[];
  /** What was cut, null when the journal ended cleanly. */
  readonly torn: TornTail | null;
  /** What was cut because the end of it never came, null when there was none. */
  readonly unfinished: Unfinished | null;
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
  const header = tornHeader(dir);
  const segments = numberedFiles(dir, SEGMENT_SUFFIX).filter(({ path }) => path !== header?.file);
  const begin = snapshot === null ? FIRST_SEQUENCE : snapshot.nextSequence;
  const walk = new JournalWalk(needed(dir, segments, begin));
  const positions = new PositionFollower();
  try {
    for (let block = walk.next(); block !== null; block = walk.next()) positions.follow(block);
  } finally {
    walk.close();
  }
  const ended = segments.length > 0 ? walk.nextSequence : header?.firstLost;
  if (snapshot !== null && ended !== undefined) heedSnapshot(snapshot, ended, header ?? walk.torn, segments.at(-1));
  if (header !== null) removeTornHeader(dir, header);
  settle(dir, segments.at(-1), walk);
  const unfinished = positions.unfinished(walk.nextSequence);
  if (unfinished !== null) cutBack(dir, unfinished.from);
  const end = unfinished?.from ?? ended ?? FIRST_SEQUENCE;
  const nextSequence = Math.max(end, begin);
  const firstSequence = numberedFiles(dir, SEGMENT_SUFFIX)[0]?.sequence ?? nextSequence;
  return { snapshot, damagedSnapshots, torn: walk.torn ?? header, unfinished, firstSequence, nextSequence };
}

/** Nothing was cut yet, so what a copy or another folder still has can be put back. */
function heedSnapshot(
  { path, nextSequence }: Snapshot,
  ended: number,
  torn: TornTail | null,
  last: NumberedFile | undefined,
): void {
  if (ended >= nextSequence) return;
  const file = torn?.file ?? last?.path ?? path;
  const offset = torn?.offset ?? statSync(file).size;
  const reason = `the journal ends there, and ${path} was written when all events before ${nextSequence} were safe`;
  const instead = `move the snapshot away to go on from event ${ended}, or all .journal files to go on from the snapshot`;
  const damage = { file, offset, from: ended, to: nextSequence - 1, reason, instead };
  throw new JournalError({ code: "journal_damaged", damage });
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
function tornHeader(dir: string): TornTail | null {
  const last = numberedFiles(dir, SEGMENT_SUFFIX).at(-1);
  if (last === undefined) return null;
  const bytes = statSync(last.path).size;
  if (bytes >= SEGMENT_HEADER_BYTES) return null;
  const reason = "the file ends inside its header";
  return { file: last.path, offset: 0, bytes, eventsLost: 0, firstLost: last.sequence, reason };
}

function removeTornHeader(dir: string, { file }: TornTail): void {
  rmSync(file);
  syncFolder(dir);
}

/**
 * Ends the last segment for good: cuts its torn tail, and syncs what the last run wrote without a sync and what was
 * read from the page cache just now, because from here on it counts as durable. A segment without events goes away:
 * the next one will have its name.
 */
function settle(dir: string, last: NumberedFile | undefined, walk: JournalWalk): void {
  if (last === undefined) return;
  if (walk.nextSequence === last.sequence) {
    rmSync(last.path);
    syncFolder(dir);
    return;
  }
  const fd = openSync(last.path, "r+");
  try {
    if (walk.torn !== null) ftruncateSync(fd, walk.torn.offset);
    writeAgain(fd, walk.unsureFrom); // a sync may have failed in the life before
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
