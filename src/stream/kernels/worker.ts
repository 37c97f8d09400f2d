// A kernel worker: one instance of the core over the shared memory, looping over the event ring until told to stop.
// Talks to main by one coalesced message ("look at the rings"); a snapshot is handed over as a transferred buffer, which
// comes back once it is on the disk and takes the next one.
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import * as layout from "../../../assembly/layout.ts";
import type { MemoryPlan } from "../rings/memory-plan.ts";
import { copyState } from "../rings/state-copy.ts";
import { instantiateCore } from "./core.ts";

export interface WorkerStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly plan: MemoryPlan;
  readonly index: number;
}
export interface SnapshotMessage {
  readonly sequence: number;
  readonly state: Uint8Array<ArrayBuffer>;
}

const TURN_CONSUMED = 1;
const TURN_SIGNALS = 2;
const TURN_SNAPSHOT = 4;
const TURN_STOP = 8;
const WATCHDOG_MS = 1000;

const { module, memory, plan, index } = workerData as WorkerStart;
const words = new Int32Array(memory.buffer);
const line = (layout.CONSUMERS + index * layout.LINE) >> 2;
const core = instantiateCore(module, memory);

function post(): void {
  if (Atomics.exchange(words, line + (layout.CONSUMER_POSTED >> 2), 1) === 0) parentPort?.postMessage(0);
}

/** Whether main wants this worker to leave: nobody may wait for a worker that has died. */
function stopping(): boolean {
  return Atomics.load(words, line + (layout.CONSUMER_STOP >> 2)) !== 0;
}

/** All workers stand behind the same event; worker 0 copies the state, then everyone goes on. */
function snapshot(): void {
  const arrived = layout.BARRIER_ARRIVED >> 2;
  const epoch = layout.BARRIER_EPOCH >> 2;
  const current = Atomics.load(words, epoch);
  const count = Atomics.add(words, arrived, 1) + 1;
  Atomics.notify(words, arrived);
  if (index === 0) {
    for (let seen = count; seen < plan.workers; seen = Atomics.load(words, arrived)) {
      if (stopping()) return;
      Atomics.wait(words, arrived, seen, 100);
    }
    const sequence = Number(new BigUint64Array(memory.buffer, line * 4 + layout.CONSUMER_SEQUENCE, 1)[0]);
    const state = copyState(memory, plan, spareRoom());
    Atomics.store(words, arrived, 0);
    Atomics.add(words, epoch, 1);
    Atomics.notify(words, epoch);
    parentPort?.postMessage({ sequence, state } satisfies SnapshotMessage, [state.buffer]);
  } else {
    while (Atomics.load(words, epoch) === current && !stopping()) Atomics.wait(words, epoch, current, 100);
  }
  core.snapshotTaken();
}

/** What the snapshot before was written from; null: it is not back, and may never be. */
function spareRoom(): ArrayBuffer | null {
  const received: { readonly message: ArrayBuffer } | undefined =
    parentPort === null ? undefined : receiveMessageOnPort(parentPort);
  return received?.message ?? null;
}

core.attach(index);
core.rebuildLists();
Atomics.store(words, line + (layout.CONSUMER_STATE >> 2), 1);
post();
for (;;) {
  const turn = core.run(WATCHDOG_MS);
  if ((turn & TURN_SNAPSHOT) !== 0) snapshot();
  const watched = (turn & TURN_CONSUMED) !== 0 && Atomics.load(words, layout.WATCH >> 2) !== 0;
  if ((turn & TURN_SIGNALS) !== 0 || watched) post();
  if ((turn & TURN_STOP) !== 0) break;
}
Atomics.store(words, line + (layout.CONSUMER_STATE >> 2), 2);
