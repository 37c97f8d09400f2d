// What a running node consists of, for those who tell of it.
import type { LeaseStore, ShardSignals } from "../bus/bus.ts";
import type { Live } from "../server/server.ts";
import type { ClusterNode } from "./node.ts";

export interface NodeInside {
  readonly id: string;
  readonly node: ClusterNode;
  readonly store: LeaseStore;
  readonly signals: ShardSignals;
  readonly live: Live;
}
