// A gateway on a free port that sends what is below /shards/0, or below each of several shards, to one place, and servers
// that write down what they are asked. All are closed when the test ends.
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { NO_GROUPS, type ShardGroups } from "../../../src/domain/shard.ts";
import { Live } from "../../../src/server/live/live.ts";
import { Gateway, type GatewayOptions, type ShardPlace } from "../../../src/server/gateway/gateway.ts";
import { OPEN_GUARD } from "../../../src/server/guards/guard.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";

/** Its port. */
export function startGateway(place: ShardPlace | null, changes: Partial<GatewayOptions> = {}): number {
  return startGatewayOf([place], changes);
}

/** The same for a cluster of several shards. */
export function startGatewayOf(
  places: readonly (ShardPlace | null)[],
  changes: Partial<GatewayOptions> = {},
  groups: ShardGroups = NO_GROUPS,
): number {
  const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 10 });
  const cluster = { node_id: "a", lease_ms: 2_000, shard_groups: [], nodes: [], shards: [] };
  const node = {
    id: "a",
    shards: places.length,
    groups,
    health: () => ({
      status: "healthy" as const,
      node_id: "a",
      shards: 1,
      shards_owned: 1,
      shards_here: 1,
      messagebus_connected: true,
      troubles: [],
    }),
    ready: () => true,
    stopping: () => false,
    cluster: () => Promise.resolve(cluster),
    metricsText: () => Promise.resolve(""),
    placeOf: (shard: number) => places[shard] ?? null,
  };
  const options = { host: "127.0.0.1", port: 0, corsOrigin: "*", rateLimitPerMinute: 0, tls: null, log: SILENT_LOG };
  const gateway = Gateway.start(node, live, { guard: OPEN_GUARD, ...options, ...changes });
  if (!gateway.ok) throw new Error(gateway.failure);
  onTestFinished(() => gateway.value.close());
  return gateway.value.port;
}

export interface Upstream {
  readonly port: number;
  /** "GET /health", as they stood in the request. */
  readonly asked: readonly string[];
  readonly server: HttpServer;
}

/** Answers everything with "{}", or as it is told. */
export async function startUpstream(
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end("{}"),
): Promise<Upstream> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked, server };
}
