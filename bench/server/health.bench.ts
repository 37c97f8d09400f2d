// GET /health of this server against a bare node:http server that writes the same answer, in one process, in turns,
// under the same load. The figure is the server's processor time per answer: the load generator runs in a process of
// its own and is slower than either server, so requests per second would measure the generator.
import { fork } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Live } from "../../src/server/live/live.ts";
import { Server } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { fillPort, HEALTHY } from "../../test/support/server/engine.ts";
import { areEnough } from "../enough.ts";
import { median } from "../runner.ts";
import type { ChildProcess } from "node:child_process";
import type { Server as HttpServer } from "node:http";
import type { Result } from "../result.ts";
import type { Order } from "./load-client.ts";

const CONNECTIONS = 32;
const DEPTH = 1;
const ROUNDS = 9;
const ROUND_MS = 400;

export async function run(): Promise<readonly Result[]> {
  const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 10 });
  const options = { host: "127.0.0.1", port: 0, compatPort: 0, corsOrigin: "*", log: SILENT_LOG };
  const started = Server.start(fillPort(), live, options);
  if (!started.ok) throw new Error("no free port");
  const plain = await startPlain();
  const client = fork(fileURLToPath(new URL("./load-client.js", import.meta.url)));
  try {
    return [await compareServers(client, started.value.ports[0] ?? 0, portOf(plain))];
  } finally {
    client.kill();
    plain.close();
    plain.closeAllConnections();
    await started.value.close();
  }
}

async function compareServers(client: ChildProcess, ours: number, plain: number): Promise<Result> {
  await cpuPerAnswer(client, ours);
  await cpuPerAnswer(client, plain);
  const samples: Sample[] = [];
  for (let round = 0; round < ROUNDS && !areEnough(samples.map((one) => resultOf([one]))); round += 1) {
    const first = await cpuPerAnswer(client, round % 2 === 0 ? ours : plain);
    const second = await cpuPerAnswer(client, round % 2 === 0 ? plain : ours);
    samples.push(round % 2 === 0 ? { ours: first, plain: second } : { ours: second, plain: first });
  }
  return resultOf(samples);
}

interface Sample {
  readonly ours: number;
  readonly plain: number;
}

function resultOf(samples: readonly Sample[]): Result {
  return {
    name: "GET /health, processor time per answer",
    pairs: [
      { label: "uWebSockets.js", medianNs: median(samples.map((sample) => sample.ours)) },
      { label: "node:http", medianNs: median(samples.map((sample) => sample.plain)) },
    ],
    ratio: median(samples.map((sample) => sample.plain / sample.ours)),
    note: `${CONNECTIONS} keep-alive connections, ${DEPTH} request under way on each, ${samples.length} rounds of ${ROUND_MS} ms`,
  };
}

async function cpuPerAnswer(client: ChildProcess, port: number): Promise<number> {
  const order: Order = { port, connections: CONNECTIONS, depth: DEPTH, durationMs: ROUND_MS };
  const before = process.cpuUsage();
  const answers = await new Promise<number>((resolve, reject) => {
    client.once("message", (count) => resolve(Number(count)));
    client.once("exit", () => reject(new Error("the load client ended")));
    client.send(order);
  });
  client.removeAllListeners("exit");
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / Math.max(1, answers);
}

async function startPlain(): Promise<HttpServer> {
  const server = createServer((request, response) => {
    response.writeHead(200, {
      "X-Request-Id": request.headers["x-request-id"],
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Expose-Headers":
        "X-Request-Id, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, WWW-Authenticate, Allow, Idempotency-Replayed",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "Content-Type": "application/json",
    });
    response.end(JSON.stringify(HEALTHY));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function portOf(server: HttpServer): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
