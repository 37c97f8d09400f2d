// A signal of a shard as the sockets of a gateway tell it: the wire signal with the shard and the id of its entry, which
// rises within the shard, so that who listens at two nodes, or at one after the other, can tell what it has had.
import type { HeardSignal } from "../bus/bus.ts";
import type { WireSignal } from "../domain/signal.ts";
import type { RelayedSignal } from "../server/server.ts";

/** None for an entry that is no signal: somebody else has written into the stream. */
export function relayedOf({ shard, id, data }: HeardSignal): readonly RelayedSignal[] {
  try {
    const signal = JSON.parse(data) as Partial<WireSignal> | null;
    if (typeof signal?.id !== "string" || typeof signal.symbol !== "string") return [];
    return [{ ...(signal as WireSignal), shard, entry_id: id }];
  } catch {
    return [];
  }
}
