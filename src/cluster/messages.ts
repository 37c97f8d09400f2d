// What a node and the process of a shard say to each other, over the IPC of a forked process. The end of the channel is a
// word as well: the process of a node that died ends at once.
import type { Config } from "../config.ts";
import type { ShardSeat } from "../domain/seat.ts";

/** From the node. */
export type Order =
  /** The first word: become the owner of this shard. */
  | { readonly type: "seat"; readonly seat: Omit<ShardSeat, "onLost">; readonly config: Config }
  /** The lease was renewed just now. Answered with `condition`. */
  | { readonly type: "renewed" }
  /** The part of Redis that has the lease gives no answer; the node is there and goes on asking. Answered in the same way. */
  | { readonly type: "waiting" }
  /** Stop in order: nothing that was taken is left undone. */
  | { readonly type: "drain" };

/** How the engine of a shard is. */
export interface Condition {
  /** Why it does not work at the moment; null: it works, or it is still starting. */
  readonly trouble: string | null;
  /** It has stopped trying. */
  readonly down: boolean;
}

/** From the shard's process. */
export type Report =
  /** Every module is loaded; a seat may come. */
  | { readonly type: "loaded" }
  | { readonly type: "ready"; readonly port: number }
  | ({ readonly type: "condition" } & Condition)
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "lost"; readonly reason: string };
