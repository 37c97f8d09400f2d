// What main and the journal's worker say to each other. Sequences and counters travel in shared memory (control.ts);
// messages carry what needs words, and wake main.
import type { JournalFailure } from "./failure.ts";
import type { Kept, Retention } from "./retention.ts";
import type { JournalSync } from "./segment-writer.ts";
import type { SnapshotDescription } from "./snapshot.ts";

export interface JournalWorkerData {
  /** The engine's shared memory and the address of its event ring. */
  readonly memory: SharedArrayBuffer;
  readonly events: number;
  readonly control: SharedArrayBuffer;
  readonly dir: string;
  readonly sync: JournalSync;
  readonly segmentBytes: number;
  readonly retention: Retention;
  readonly coreHash: string;
  readonly firstSequence: number;
}

/** By copyState. */
export type State = Uint8Array<ArrayBuffer>;
/** Takes back what a state lay in. */
export type Spare = (room: ArrayBuffer) => void;

/** The only request; `state` is transferred, not copied. */
export interface SnapshotRequest {
  readonly id: number;
  readonly description: SnapshotDescription;
  readonly state: State;
}

export type JournalMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "durable" }
  | { readonly kind: "failing"; readonly reason: string }
  | { readonly kind: "recovered" }
  | { readonly kind: "kept"; readonly kept: Kept }
  | { readonly kind: "retention_failed"; readonly reason: string }
  /** `room`: what the state came in, which goes back. */
  | {
      readonly kind: "snapshot";
      readonly id: number;
      readonly failure: JournalFailure | null;
      readonly room: ArrayBuffer;
    };
