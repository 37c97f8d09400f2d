// What the gateway of a cluster's node answers itself; everything below /shards/{shard}/ is the engine's own API, and POST
// of ticks is the engine's as well, divided by shards (ticks/spreading.ts).
import { count } from "../contract/common.ts";
import { endpoint } from "../contract/endpoint.ts";
import { exactly, flag, list, nullable, number, object, oneOf, text } from "../contract/schema.ts";

const nodeId = text("Of a node.", { examples: ["node-a"] });
const address = text("host:port of its gateway.", { examples: ["10.0.0.5:8700"] });
const shardNumber = number("From 0 on.", { minimum: 0, examples: [0] });

export const getNodeHealth = endpoint({
  method: "GET",
  path: "/health",
  tag: "health",
  summary: "How the node and its cluster are",
  description: "`degraded` while Redis is away or a shard has no owner. Never waits.",
  answer: object({
    status: oneOf(["healthy", "degraded"], "How it is."),
    node_id: nodeId,
    shards: count("Of the cluster."),
    shards_owned: count("That some node holds."),
    shards_here: count("That this node holds."),
    messagebus_connected: flag("Whether this node and Redis hear each other."),
    troubles: list(text("What is away or failing.", { examples: ["Redis is away"] }), "Empty when healthy."),
  }),
  role: "open",
});

const alive = object({ status: exactly("ok") });
const statusOk = { answer: alive, role: "open" } as const;

export const getNodeLive = endpoint({
  method: "GET",
  path: "/health/live",
  tag: "health",
  summary: "Is the process there",
  description: "For a supervisor that restarts what does not answer.",
  ...statusOk,
});

const ready = {
  method: "GET",
  tag: "health",
  summary: "May requests be sent",
  description: "503 until the node has seen its cluster, while it is out of touch, and while it hands over.",
  errors: ["not_ready", "shutting_down"],
  ...statusOk,
} as const;
export const getNodeReady = endpoint({ ...ready, path: "/ready" });
export const getNodeHealthReady = endpoint({ ...ready, path: "/health/ready" });

export const getNodeMetrics = endpoint({
  method: "GET",
  path: "/metrics",
  tag: "metrics",
  summary: "Figures of this node as Prometheus text",
  description: "Those of a shard are at /shards/{shard}/metrics/prometheus.",
  otherForms: [
    { contentType: "text/plain; version=0.0.4; charset=utf-8", description: "The text exposition.", example: "" },
  ],
});

export const getCluster = endpoint({
  method: "GET",
  path: "/cluster",
  tag: "health",
  summary: "Nodes, shards and how far they are",
  description: "As this node saw it last, at most a quarter of a lease ago, with the streams as they are now.",
  answer: object({
    node_id: nodeId,
    lease_ms: count("Life of a lease."),
    shard_groups: list(text("Symbols that share a shard.", { examples: ["BTCUSD+ETHUSD"] }), "As this node was told."),
    nodes: list(
      object({
        node_id: nodeId,
        address,
        version: text("Of the engine.", { examples: ["0.1.0"] }),
        shards: list(shardNumber, "That it holds."),
        capacity: count("Most shards that it takes."),
        leaving: flag("It hands over what it has."),
      }),
      "That live.",
    ),
    shards: list(
      object({
        shard: shardNumber,
        owner: nullable(nodeId),
        address: nullable(address),
        epoch: nullable(count("Owners so far.")),
        state: oneOf(
          ["free", "owned", "making", "starting", "ready", "waiting", "draining", "lost", "ended"],
          "As far as known.",
        ),
        newest_entry: nullable(text("Newest id of its input stream.")),
        position: nullable(text("Newest id that it is done with.")),
        lag: nullable(count("Entries that it was not given yet.")),
        pending: count("Entries that it is at."),
      }),
      "All of them.",
    ),
  }),
});
