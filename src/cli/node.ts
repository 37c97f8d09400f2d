// `strategy-engine node`: one node of a cluster, see docs/scaling.md. Exit code 0 after everything was handed over, 1 when
// it could not start, failed, or took longer than STOP_MS to hand over; killed where a folder does not answer.
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import type { Patience } from "../cluster/cluster.ts";
import { ok } from "../domain/result.ts";
import { ownAddress } from "./engine-address.ts";
import { runProcess } from "./process-begin.ts";
import { columns, styled } from "./text.ts";
import { packageVersion } from "../package-version.ts";

/** Engines have ten seconds each and stop at once, but share what cores there are. */
const STOP_MS = 60_000;
const ENTRY = fileURLToPath(new URL("./shard-process.js", import.meta.url));

export function nodeCommand(): Command {
  return new Command("node")
    .description("start a node of a cluster: it runs an engine for each of its shards")
    .option("-c, --config <file>", "JSON file with settings; the environment goes before it")
    .addHelpText(
      "after",
      `
Settings of a cluster (serve --help lists them all; those of an engine hold for every shard):
  REDIS_URL            where nodes find each other; the same for all
  CLUSTER_DIR          folder that all nodes see, with the data of every shard
  SHARDS               number of shards; the same for all nodes and for ever
  SHARD_GROUPS         symbols that share a shard, as A+B+C
  NODE_ID              its unique name; unset: host name and port
  NODE_ADDRESS         host:port for the other nodes; unset: HOST and PORT
  SHARDS_PER_NODE_MAX  most shards that it takes
  LEASE_MS             other nodes take over the shards of a node that is silent for so long

Examples:
  REDIS_URL=redis://cache CLUSTER_DIR=/shared SHARDS=8 strategy-engine node
  curl localhost:8700/cluster                     who serves what, and how far it is
  curl localhost:8700/shards/3/signals?limit=5    the API of the engine of shard 3, on whichever node it is

SIGTERM or Ctrl-C hands every shard over to the other nodes, then ends it with exit code 0.`,
    )
    .action(async (options: { readonly config?: string }) => {
      process.exitCode = await runNode(options.config ?? null);
    });
}

/** Exit code. Another `patience` with CLUSTER_DIR than a node's own is for who cannot wait for that. */
export function runNode(configFile: string | null, patience?: Patience): Promise<number> {
  return runProcess({
    configFile,
    sockets: true,
    stopMs: STOP_MS,
    start: async (config, log) => {
      const { startNode } = await import("../cluster/cluster.ts");
      const program = { entry: ENTRY, version: packageVersion() };
      const started = await startNode(config, log, patience === undefined ? program : { ...program, patience });
      if (!started.ok) return started;
      const node = started.value;
      const told = whereToLook(node.id, ownAddress(config.host, node.port, config.tlsCert !== null));
      return ok({ told, stop: (reason) => node.stop(reason), hangs: () => node.hangs() });
    },
  });
}

function whereToLook(id: string, at: string): string {
  const rows = [
    ["  cluster", `${at}/cluster`],
    ["  health", `${at}/health`],
    ["  signals", `${at.replace(/^http/, "ws")}/ws`],
    ["  a shard", `${at}/shards/0/health`],
  ];
  return `${styled("bold", `node ${id} is ready`, process.stderr)}\n${columns(rows)}`;
}
