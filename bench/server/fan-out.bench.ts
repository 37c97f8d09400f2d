// One cycle of signals to many subscribers: our way (encode once, then send to each connection after a look at its
// buffer, so that drops are counted) against the library's publish (which cannot say what it dropped). The figure is
// the server's processor time per message delivered; readers live in a process of their own.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import uWS from "uWebSockets.js";
import { wireSignal } from "../../src/domain/signal.ts";
import { CODECS } from "../../src/server/live/codec.ts";
import { Live } from "../../src/server/live/live.ts";
import { Server } from "../../src/server/server.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { fillPort } from "../../test/support/server/engine.ts";
import { approvedBuys } from "../../test/support/signals.ts";
import { median } from "../runner.ts";
import type { ChildProcess } from "node:child_process";
import type { Approved } from "../../src/domain/approved.ts";
import type { Result } from "../result.ts";
import type { Order } from "./reader-client.ts";

const READERS = [100, 1_000] as const;
const SIGNALS_PER_CYCLE = 5;
const CYCLES = 10;
const CYCLE_GAP_MS = 20;
const ROUNDS = 7;

/** A server with a way to carry a cycle to everybody who subscribed. */
interface Carrier {
  readonly port: number;
  carry(signals: readonly Approved[]): void;
  close(): Promise<void>;
}

export async function run(): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const readers of READERS) results.push(await compareCarriers(readers));
  return results;
}

async function compareCarriers(readers: number): Promise<Result> {
  const sides = [startOurs(), startPublish()] as const;
  const clients = [startReaders(), startReaders()] as const;
  try {
    for (const [index, side] of sides.entries()) await tell(clients[index], { port: side.port, readers }, "ready");
    const samples: number[][] = [[], []];
    for (let round = -1; round < ROUNDS; round += 1) {
      for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const side = sides[index];
        if (side === undefined) continue;
        const sample = await cpuPerMessage(side, clients[index], readers, round + 1);
        if (round >= 0) samples[index]?.push(sample); // the first one is for the compilers
      }
    }
    const [ours = [], publish = []] = samples;
    return {
      name: `fan-out to ${readers} subscribers, processor time per message`,
      pairs: [
        { label: "checked send", medianNs: median(ours) },
        { label: "uWS publish", medianNs: median(publish) },
      ],
      ratio: median(ours.map((sample, index) => (publish[index] ?? NaN) / sample)),
      note: `${CYCLES} cycles of ${SIGNALS_PER_CYCLE} signals, ${CYCLE_GAP_MS} ms apart, JSON, ${ROUNDS} rounds`,
    };
  } finally {
    for (const client of clients) client.kill();
    for (const side of sides) await side.close();
  }
}

async function cpuPerMessage(
  side: Carrier,
  client: ChildProcess | undefined,
  readers: number,
  round: number,
): Promise<number> {
  const perRound = CYCLES * SIGNALS_PER_CYCLE;
  const done = tell(client, { expect: (round + 1) * perRound }, "done");
  const before = process.cpuUsage();
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    side.carry(approvedBuys(round * perRound + cycle * SIGNALS_PER_CYCLE, SIGNALS_PER_CYCLE));
    await new Promise((resolve) => setTimeout(resolve, CYCLE_GAP_MS));
  }
  await done;
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / (perRound * readers);
}

function startReaders(): ChildProcess {
  return fork(fileURLToPath(new URL("./reader-client.js", import.meta.url)));
}

async function tell(client: ChildProcess | undefined, order: Order, answer: string): Promise<void> {
  if (client === undefined) throw new Error("no reader process");
  await new Promise<void>((resolve) => {
    const listen = (message: unknown): void => {
      if (message !== answer) return;
      client.off("message", listen);
      resolve();
    };
    client.on("message", listen);
    client.send(order);
  });
}

function startOurs(): Carrier {
  const live = new Live({ bufferBytes: 1 << 20, slowMs: 10_000, maxConnections: 2_000 });
  const options = { host: "127.0.0.1", port: 0, compatPort: 0, corsOrigin: "*", log: SILENT_LOG };
  const server = Server.start(fillPort(), live, options);
  if (!server.ok) throw new Error("no free port");
  const { value } = server;
  return { port: value.ports[0] ?? 0, carry: (signals) => live.onApproved(signals), close: () => value.close() };
}

function startPublish(): Carrier {
  let seq = 0;
  const app = uWS.App();
  app.ws("/ws", {
    maxBackpressure: 1 << 20,
    open: (socket) => {
      socket.send(`{"type":"welcome"}`);
      socket.subscribe("signals");
    },
    message: (socket) => {
      socket.send(`{"type":"subscribed"}`);
    },
  });
  let port = 0;
  app.listen("127.0.0.1", 0, (socket) => {
    if (socket !== false) port = uWS.us_socket_local_port(socket);
  });
  const codec = CODECS.json;
  return {
    port,
    carry: (signals) => {
      for (const signal of signals) {
        seq += 1;
        const head = { sub: "signals", channel: "signals", seq, prev: seq - 1, ts: Date.now(), replay: false };
        app.publish("signals", codec.update(head, codec.encode(wireSignal(signal))), false);
      }
    },
    close: () => {
      app.close();
      return Promise.resolve();
    },
  };
}
