// A snapshot of a plane as it lies in memory.
import { SnapshotWriter, describeState } from "../../src/stream/journal/snapshot.ts";
import type { Plane } from "../../src/stream/rings/plane.ts";
import { copyState } from "../../src/stream/rings/state-copy.ts";
import { stateRegions } from "../../src/stream/rings/state-regions.ts";
import { CORE_HASH } from "./numbered-events.ts";

/** The state that it holds. */
export function saveSnapshot(dir: string, { memory, plan }: Plane, nextSequence: number): Uint8Array {
  const state = copyState(memory, plan);
  const { clock, extents } = describeState(state);
  const regions = stateRegions(plan, extents);
  const writer = new SnapshotWriter(dir, { nextSequence, clock, extents, coreHash: CORE_HASH, plan, regions }, state);
  while (!writer.step());
  return state;
}
