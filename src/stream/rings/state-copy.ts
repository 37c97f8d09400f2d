// The state of the computation as one buffer, and its hash: every region that the core keeps between events, as far as
// rows are in use. Derived lists, rings and the host's own tables are not state. The totals of signals are summed over
// the workers into copy 0 of GLOBALS, so that neither the bytes nor the hash depend on how many workers ran.
import * as layout from "../../../assembly/layout.ts";
import type { MemoryPlan } from "./memory-plan.ts";
import { StateReader } from "./state-reader.ts";
import { stateRegions, type StateRegion } from "./state-regions.ts";

export function currentRegions(memory: WebAssembly.Memory, plan: MemoryPlan): readonly StateRegion[] {
  return stateRegions(plan, new StateReader(memory, plan).extents());
}

/** A state grows by rows: so much more than it needs, and the next ones fit. What is not written takes no memory. */
const ROOM = 1.25;

/**
 * Regions one after the other, in the order of stateRegions. Workers must rest. `room`: where it may lie, if it fits; pages
 * that are there already take a sixth of the time of new ones.
 */
export function copyState(
  memory: WebAssembly.Memory,
  plan: MemoryPlan,
  room: ArrayBuffer | null = null,
): Uint8Array<ArrayBuffer> {
  const regions = currentRegions(memory, plan);
  const bytes = regions.reduce((sum, region) => sum + region.bytes, 0);
  const place = room !== null && room.byteLength >= bytes ? room : new ArrayBuffer(Math.ceil(bytes * ROOM));
  const state = new Uint8Array(place, 0, bytes);
  const source = new Uint8Array(memory.buffer);
  let offset = 0;
  for (const region of regions) {
    state.set(source.subarray(region.base, region.base + region.bytes), offset);
    if (region.base === plan.bases[layout.PLAN_GLOBALS]) sumSignals(state, offset, memory, plan);
    offset += region.bytes;
  }
  return state;
}

function sumSignals(
  state: Uint8Array<ArrayBuffer>,
  offset: number,
  memory: WebAssembly.Memory,
  plan: MemoryPlan,
): void {
  const totals = new StateReader(memory, plan).signalTotals();
  const view = new DataView(state.buffer);
  view.setBigUint64(offset + layout.GLOBALS_SIGNAL_COUNT, BigInt(totals.count), true);
  view.setBigUint64(offset + layout.GLOBALS_SIGNAL_HASH, totals.hash, true);
}

/** Hash of the state as it lies in memory; equal for equal events, whatever the workers. Workers must rest. */
export function stateHash(
  memory: WebAssembly.Memory,
  plan: MemoryPlan,
  hashWords: (address: number, bytes: number, seed: bigint) => bigint,
): bigint {
  const totals = new StateReader(memory, plan).signalTotals();
  let hash = BigInt.asUintN(64, totals.hash ^ BigInt(totals.count));
  for (const region of currentRegions(memory, plan)) {
    const skip = region.base === plan.bases[layout.PLAN_GLOBALS] ? layout.GLOBALS_LATCH : 0;
    hash = hashWords(region.base + skip, region.bytes - skip, hash);
  }
  return BigInt.asUintN(64, hash);
}
