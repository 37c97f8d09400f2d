// The door of the room: a node of a cluster is started here, and the process of a shard runs what is exported with it.
// A shard is an engine; a node leases shards, runs a process for each, and answers for all of them on its own port.
import { hostname } from "node:os";
import { LeaseStore, type RedisAddress, redisAddress, ShardSignals } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import { accessBy, checkTls, Gateway, type Guard, Live, loadGuard, type TlsFiles } from "../server/server.ts";
import type { Log } from "../telemetry/log.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { ClusterNode, type NodeParts } from "./node.ts";
import { NodeDoor } from "./node-door.ts";
import { relayedOf } from "./relayed.ts";
import { type Patience, PATIENCE } from "./shared-folder.ts";

export type { Patience } from "./shared-folder.ts";
export { runShard } from "./shard-process.ts";

export interface RunningNode {
  readonly id: string;
  readonly port: number;
  /** Hands every shard over, then goes. */
  stop(reason: string): Promise<void>;
  /** A call to CLUSTER_DIR is out: an exit of the process would wait for it. */
  hangs(): boolean;
}

export interface NodeProgram {
  /** The file that becomes a shard's process. */
  readonly entry: string;
  readonly version: string;
  /** With CLUSTER_DIR; absent: as is fit for a network's folder. */
  readonly patience?: Patience;
}

/** An order on its way cannot be called back when its shard gets another owner, and each shard would see its orders only. */
const LIVE_ON_A_NODE =
  "LIVE_TRADING=true is not possible in a cluster: a node that was replaced could still send orders, and shards do not " +
  "know of each other's; trade with an engine of its own, or unset LIVE_TRADING";
const UP_POLL_MS = 20;
/** A Redis that is not there is waited for this long at the start. */
const UP_MS = 30_000;

export async function startNode(config: Config, log: Log, program: NodeProgram): Promise<Result<RunningNode, string>> {
  const asked = checked(config);
  if (!asked.ok) return asked;
  const { address: redis, clusterDir, guard } = asked.value;
  const live = new Live({
    bufferBytes: config.wsBufferBytes,
    slowMs: config.wsSlowMs,
    maxConnections: config.wsMaxConnections,
    access: accessBy(guard),
    awaken: (channel) => (channel === "signals" ? signals.listen() : null),
    onFault: (error) => log.error("a request on a socket could not be served", { error }),
  });
  const door = new NodeDoor(config);
  const { host, port, corsOrigin, rateLimitPerMinute } = config;
  const tls = asked.value.tls;
  const gateway = Gateway.start(door, live, { host, port, corsOrigin, guard, rateLimitPerMinute, tls, log });
  if (!gateway.ok) return gateway;
  const nodeId = config.nodeId ?? `${hostname().replaceAll(/[^A-Za-z0-9._-]/g, "-")}-${gateway.value.port}`.slice(-64);
  const store = new LeaseStore(redis, config.leaseMs, log);
  const signals = new ShardSignals(config.shards, redis, log, {
    onSignals: (heard) => live.relay(heard.flatMap(relayedOf)),
    wanted: () => live.channels.relayed.isHeard,
    onHole: () => live.channels.relayed.breakOff(),
  });
  const close = async (): Promise<void> => {
    await gateway.value.close();
    await signals.close();
    await store.close();
  };
  const address = config.nodeAddress ?? `${reachable(host)}:${gateway.value.port}`;
  const parts = { store, config, nodeId, clusterDir, address, log, patience: PATIENCE, ...program };
  const joined = await join(parts).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  if (!joined.ok) {
    await close();
    return joined;
  }
  const node = joined.value;
  door.open({ id: nodeId, node, store, signals, live });
  log.info("node ready", { node: nodeId, ports: [gateway.value.port], address, shards: config.shards });
  let stopping: Promise<void> | null = null;
  const stop = (reason: string): Promise<void> => {
    stopping ??= (async () => {
      log.info("stopping", { reason });
      await node.stop();
      await close();
      await node.folder.rest();
      log.info("stopped");
      log.flush();
    })();
    return stopping;
  };
  return ok({ id: nodeId, port: gateway.value.port, stop, hangs: () => node.folder.busy });
}

async function join(parts: NodeParts): Promise<Result<ClusterNode, string>> {
  if (await isUp(parts.store)) return ClusterNode.start(parts);
  return failed(`REDIS_URL does not answer within ${UP_MS / 1000} s; a node finds its cluster there`);
}

interface Checked {
  readonly address: RedisAddress;
  readonly clusterDir: string;
  readonly guard: Guard;
  readonly tls: TlsFiles | null;
}

/** What a node needs and an engine does not, before anything is begun. */
function checked(config: Config): Result<Checked, string> {
  const { redisUrl, clusterDir, tlsCert: certFile, tlsKey: keyFile, host, nodeAddress } = config;
  if (redisUrl === null) return failed("REDIS_URL is not set; the nodes of a cluster find each other in Redis");
  if (clusterDir === null) return failed("CLUSTER_DIR is not set; it names the folder that all nodes of a cluster see");
  if (config.liveTrading) return failed(LIVE_ON_A_NODE);
  const address = redisAddress(redisUrl);
  if (address === null) return failed("REDIS_URL has no form that this program knows");
  if (nodeAddress === null && isWildcard(host)) {
    return failed(`HOST is ${host}, by which no other node can reach this one; set NODE_ADDRESS to its host:port`);
  }
  const guard = loadGuard(config, () => Date.now());
  if (!guard.ok) return guard;
  const tls = certFile === null || keyFile === null ? ok(null) : checkTls({ certFile, keyFile }, Date.now());
  return tls.ok ? ok({ address, clusterDir, guard: guard.value, tls: tls.value }) : tls;
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "";
}

/** As it stands in a URL. */
function reachable(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

async function isUp(store: LeaseStore): Promise<boolean> {
  const until = performance.now() + UP_MS;
  while (!store.connected) {
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, UP_POLL_MS));
  }
  return true;
}
