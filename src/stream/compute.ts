// The compute half of a data plane, ready to take events: shared memory, workers, and the state that a snapshot or
// nothing begins with. Live, restart and the replay tool are all built on it.
import * as layout from "../../assembly/layout.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { applySnapshot, type JournalFailure, type Snapshot } from "./journal/journal.ts";
import { instantiateCore, loadCore, type CoreExports, type CoreModule } from "./kernels/core.ts";
import { Kernels, type KernelsOptions } from "./kernels/kernels.ts";
import type { Capacity } from "./rings/memory-plan.ts";
import { createPlane, type Plane } from "./rings/plane.ts";
import type { SignalTotals } from "./rings/signal-ring.ts";
import { stateHash } from "./rings/state-copy.ts";
import { StateReader } from "./rings/state-reader.ts";

export interface Compute {
  readonly plane: Plane;
  readonly core: CoreModule;
  /** Main's own instance: decodes, hashes; never evaluates. */
  readonly host: CoreExports;
  readonly state: StateReader;
}

/** Memory with fresh globals for every worker; no worker runs yet. */
export function createCompute(capacity: Capacity, core: CoreModule = loadCore()): Compute {
  const plane = createPlane(capacity);
  for (let worker = capacity.workers - 1; worker >= 0; worker--) {
    const instance = instantiateCore(core.module, plane.memory);
    instance.attach(worker);
    instance.resetGlobals();
  }
  const host = instantiateCore(core.module, plane.memory);
  host.attach(0);
  return { plane, core, host, state: new StateReader(plane.memory, plane.plan) };
}

/** Puts the snapshot in; the stream then stands at its next sequence. */
export function loadSnapshot(compute: Compute, snapshot: Snapshot): Result<SignalTotals, JournalFailure> {
  const { memory, plan, ring, writer } = compute.plane;
  const applied = applySnapshot(memory, plan, snapshot);
  if (!applied.ok) return failed(applied.failure);
  ring.startAt(snapshot.nextSequence);
  writer.stamp(compute.state.clock());
  return ok({ sequence: snapshot.nextSequence, ...compute.state.signalTotals() });
}

export type KernelCallbacks = Pick<KernelsOptions, "onSignals" | "onSnapshot" | "onFailure">;

export function createKernels(compute: Compute, start: SignalTotals, callbacks: KernelCallbacks): Kernels {
  const { memory, plan, ring } = compute.plane;
  const kernels = new Kernels({ module: compute.core.module, memory, plan, start, ...callbacks });
  ring.onVisible = () => kernels.stir();
  return kernels;
}

/** Hash of the state; workers must rest (everything evaluated, nothing new published). */
export function hashOf(compute: Compute): bigint {
  const { plane, host } = compute;
  return stateHash(plane.memory, plane.plan, (address, bytes, seed) => host.hashWords(address, bytes, seed));
}

/** Marks worker lines as consumers, so that the ring can be filled before the workers start. */
export function activate(compute: Compute): void {
  const words = new Int32Array(compute.plane.memory.buffer);
  for (let worker = 0; worker < compute.plane.plan.workers; worker++) {
    Atomics.store(words, (layout.CONSUMERS + worker * layout.LINE + layout.CONSUMER_ACTIVE) >> 2, 1);
  }
}
