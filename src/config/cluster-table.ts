// Settings of what several processes share: runs over history, and a cluster's nodes. Rows of the table in table.ts.
import { SHARDS_MAX, shardGroups } from "../domain/shard.ts";
import { choice, integer, list, optionalText } from "./setting.ts";
import { isPath } from "./valid.ts";

export const CLUSTER_SETTINGS = {
  jobs: choice(
    {
      env: "JOBS",
      default: "local",
      meaning:
        "who makes backtests, sweeps, pipeline runs and trials of the generator; local: this process; redis: any process that takes them from REDIS_URL",
    },
    ["local", "redis"],
  ),
  historyDir: optionalText(
    {
      env: "HISTORY_DIR",
      default: null,
      meaning:
        "folder of recorded history (history/) and of the count of trials (research/); unset: DATA_DIR. With JOBS=redis, the same for all processes",
    },
    "a folder",
    isPath,
  ),
  nodeId: optionalText(
    {
      env: "NODE_ID",
      default: null,
      meaning: "unique name of a node in its cluster; unset: host name and port",
    },
    "1 to 64 letters, digits, dots, - or _",
    (value) => /^[A-Za-z0-9._-]{1,64}$/.test(value),
  ),
  nodeAddress: optionalText(
    {
      env: "NODE_ADDRESS",
      default: null,
      meaning: "host:port at which other nodes reach this one; unset: HOST and PORT",
    },
    "a host and a port, such as 10.0.0.5:8700",
    (value) => /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253}):\d{1,5}$/.test(value),
  ),
  clusterDir: optionalText(
    {
      env: "CLUSTER_DIR",
      default: null,
      meaning: "folder that all nodes of a cluster see; shards keep their data there",
    },
    "a folder",
    isPath,
  ),
  shards: integer(
    {
      env: "SHARDS",
      default: 8,
      meaning: "number of shards of a cluster, the same for all its nodes and for ever",
    },
    1,
    SHARDS_MAX,
  ),
  shardGroups: list(
    { env: "SHARD_GROUPS", default: [], meaning: "symbols that share a shard, as A+B+C, comma-separated" },
    "groups of 2 to 256 symbols as A+B+C, each symbol in one group only",
    (group) => shardGroups([group]).ok,
    { whole: (groups) => shardGroups(groups).ok },
  ),
  shardsPerNodeMax: integer(
    {
      env: "SHARDS_PER_NODE_MAX",
      default: 16,
      meaning: "most shards that a node takes, including those of nodes that died",
    },
    1,
    SHARDS_MAX,
  ),
  leaseMs: integer(
    {
      env: "LEASE_MS",
      default: 2_000,
      unit: "ms",
      meaning: "other nodes take over the shards of a node that is silent for so long",
    },
    200,
    600_000,
  ),
} as const;
