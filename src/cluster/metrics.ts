// A node's own figures as Prometheus text. Those of a shard's engine are the engine's, at /shards/{shard}/metrics.
import type { NodeInside } from "./node-inside.ts";

interface Family {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly series: readonly (readonly [labels: string, value: number])[];
}

export function metricsText({ node, store, signals, live }: NodeInside, shards: number): string {
  const owned = node.leases.filter((lease) => lease !== null).length;
  const held = [...node.held].map(([shard, { state, waiting, lease }]) => {
    return { shard, ready: state === "ready" && !waiting, waiting, epoch: lease.epoch };
  });
  const families: readonly Family[] = [
    gauge("strategy_node_in_touch", "1 while the node hears from its cluster.", flag(node.inTouch)),
    gauge("strategy_node_redis_connected", "1 while Redis answers.", flag(store.connected)),
    gauge("strategy_node_spares", "Processes that are loaded and wait for a shard.", node.spareCount),
    gauge("strategy_node_sockets", "Open WebSockets of the gateway.", live.stats().connections),
    gauge("strategy_cluster_nodes", "Nodes that live.", node.members.length),
    gauge("strategy_cluster_shards", "Shards of the cluster.", shards),
    gauge("strategy_cluster_shards_owned", "Shards that some node holds.", owned),
    {
      name: "strategy_node_shard_ready",
      type: "gauge",
      help: "1 for each shard that this node serves, 0 while it is on its way.",
      series: held.map(({ shard, ready }) => [`{shard="${shard}"}`, flag(ready)]),
    },
    {
      name: "strategy_node_shard_epoch",
      type: "gauge",
      help: "Owners so far of each shard that this node holds.",
      series: held.map(({ shard, epoch }) => [`{shard="${shard}"}`, epoch]),
    },
    gauge(
      "strategy_node_shards_waiting",
      "Shards of this node that wait for the part of Redis that has their leases.",
      held.filter(({ waiting }) => waiting).length,
    ),
    counter("strategy_node_shard_failures_total", "Processes of shards that ended unasked.", node.failures),
    counter("strategy_node_signal_repairs_total", "Stretches of signals that were read later.", signals.repairs),
  ];
  return families.flatMap(textOf).join("");
}

function gauge(name: string, help: string, value: number): Family {
  return { name, help, type: "gauge", series: [["", value]] };
}
function counter(name: string, help: string, value: number): Family {
  return { name, help, type: "counter", series: [["", value]] };
}
function flag(value: boolean): number {
  return value ? 1 : 0;
}

function textOf({ name, type, help, series }: Family): readonly string[] {
  const lines = series.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return [`# HELP ${name} ${help}\n`, `# TYPE ${name} ${type}\n`, ...lines];
}
