// What a process needs to know to be the owner of a shard, handed from the node that holds the lease to the engine that
// does the work. The token is the whole value of the lease in Redis: scripts that write for the shard compare it first,
// and who finds another one there has been replaced.
export interface ShardSeat {
  /** 0 .. shards - 1. */
  readonly shard: number;
  readonly shards: number;
  /** Counts the owners of the shard; each acquisition takes the next. */
  readonly epoch: number;
  /** `<epoch>:<node id>:<address>`, as in the lease. */
  readonly token: string;
  readonly nodeId: string;
  /** Somebody else owns the shard, or nobody knows: the process has to end at once. */
  readonly onLost: (reason: string) => void;
}
