// What the gateway tells of a node and its cluster. The gateway listens before the node is part of the cluster, because
// its address is what the others are told; until then everything is "not ready".
import type { Config } from "../config.ts";
import { type ShardGroups, shardGroups } from "../domain/shard.ts";
import type { ClusterView, NodeHealthView, NodeView, ShardPlace } from "../server/server.ts";
import { metricsText } from "./metrics.ts";
import type { NodeInside } from "./node-inside.ts";

export class NodeDoor implements NodeView {
  readonly shards: number;
  readonly groups: ShardGroups;
  private readonly config: Config;
  private inside: NodeInside | null = null;

  constructor(config: Config) {
    this.config = config;
    this.shards = config.shards;
    const groups = shardGroups(config.shardGroups);
    if (!groups.ok) throw new RangeError(groups.failure); // the table of settings lets no such list in
    this.groups = groups.value;
  }

  get id(): string {
    return this.inside?.id ?? "";
  }

  open(inside: NodeInside): void {
    this.inside = inside;
  }

  ready(): boolean {
    return this.inside?.node.inTouch === true;
  }
  stopping(): boolean {
    return this.inside?.node.isStopping === true;
  }

  health(): NodeHealthView {
    const leases = this.inside?.node.leases ?? [];
    const owned = leases.filter((lease) => lease !== null).length;
    const waiting = [...(this.inside?.node.held.values() ?? [])].filter((held) => held.waiting).length;
    const troubles = [
      ...(this.ready() ? [] : ["the node is out of touch with Redis"]),
      ...(this.inside?.signals.connected === false ? ["signals of shards are not heard"] : []),
      ...(waiting > 0 ? [`${waiting} shards of this node wait for the part of Redis that has their leases`] : []),
      ...(owned < this.shards ? [`${this.shards - owned} of ${this.shards} shards have no owner`] : []),
    ];
    return {
      status: troubles.length === 0 ? "healthy" : "degraded",
      node_id: this.id,
      shards: this.shards,
      shards_owned: owned,
      shards_here: this.inside?.node.held.size ?? 0,
      messagebus_connected: this.inside?.store.connected === true,
      troubles,
    };
  }

  placeOf(shard: number): ShardPlace | null {
    const { inside } = this;
    if (inside === null) return null;
    const own = inside.node.held.get(shard);
    if (own !== undefined) return own.port === 0 ? null : { here: own.port, counts: () => own.counts };
    const lease = inside.node.leases[shard];
    return lease === null || lease === undefined || lease.nodeId === inside.id ? null : { there: lease.address };
  }

  async cluster(): Promise<ClusterView> {
    const { inside, config } = this;
    const told = { lease_ms: config.leaseMs, shard_groups: config.shardGroups };
    if (inside === null) return { node_id: "", ...told, nodes: [], shards: [] };
    const { node, store } = inside;
    const nodes = node.members.map(({ id, address, version, shards, capacity, leaving }) => {
      return { node_id: id, address, version, shards, capacity, leaving };
    });
    const shards = Array.from({ length: this.shards }, async (_, shard) => {
      const own = node.held.get(shard);
      const lease = own?.lease ?? node.leases[shard] ?? null;
      const progress = await store.progress(shard, lease?.epoch ?? null).catch(() => null); // Redis is away
      return {
        shard,
        owner: lease?.nodeId ?? null,
        address: lease?.address ?? null,
        epoch: lease?.epoch ?? null,
        state:
          own?.waiting === true
            ? ("waiting" as const)
            : (own?.state ?? (lease === null ? ("free" as const) : ("owned" as const))),
        newest_entry: progress?.newest ?? null,
        position: progress?.position ?? null,
        lag: progress?.lag ?? null,
        pending: progress?.pending ?? 0,
      };
    });
    return {
      node_id: inside.id,
      ...told,
      nodes: nodes.toSorted((one, other) => one.node_id.localeCompare(other.node_id)),
      shards: await Promise.all(shards),
    };
  }

  metricsText(): Promise<string> {
    return Promise.resolve(this.inside === null ? "" : metricsText(this.inside, this.shards));
  }
}
