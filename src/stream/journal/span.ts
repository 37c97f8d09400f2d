// What a journal folder can be read from: its oldest event and its snapshots. Reads only, so that it also serves while
// the engine runs.
import { SEGMENT_SUFFIX, SNAPSHOT_SUFFIX, numberedFiles } from "./files.ts";
import { verifySnapshot, type Snapshot } from "./snapshot.ts";

/** Sequence of the oldest event, null without a segment. */
export function readableFrom(dir: string): number | null {
  return numberedFiles(dir, SEGMENT_SUFFIX)[0]?.sequence ?? null;
}

/** The good snapshots, newest first. */
export function listSnapshots(dir: string): readonly Snapshot[] {
  const good: Snapshot[] = [];
  for (const { path } of [...numberedFiles(dir, SNAPSHOT_SUFFIX)].reverse()) {
    const snapshot = verifySnapshot(path);
    if (snapshot.ok) good.push(snapshot.value);
  }
  return good;
}
