// Many connections on a real engine: what they cost in memory, and that one that does not read delays nobody.
import { readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { EngineProcess } from "../support/engine-process.ts";
import { Client } from "../support/server/client.ts";

const CONNECTIONS = 2_000;
const RSS_MAX_MB = 300;
const READERS = 20;
const ROUNDS = 60;
const ALIVE_MS = 5_000;
const SUBSCRIBE = { op: "subscribe", id: 1, channel: "signals" };

async function start(env: Readonly<Record<string, string>> = {}): Promise<EngineProcess> {
  const engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64", ...env });
  onTestFinished(() => engine.kill());
  return engine;
}

function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb) / 1024;
}

it.skipIf(process.platform !== "linux")(
  `${CONNECTIONS} subscribers fit into ${RSS_MAX_MB} MB of the engine, are all served, and one more is refused`,
  async () => {
    const engine = await start();
    const url = `ws://127.0.0.1:${engine.port}/ws`;
    const before = residentMb(engine.pid);
    let beats = 0;
    let allServed: () => void = () => undefined;
    const served = new Promise<void>((resolve) => (allServed = resolve));
    const sockets: WebSocket[] = [];
    onTestFinished(() => sockets.forEach((socket) => socket.terminate()));
    for (let batch = 0; batch < CONNECTIONS; batch += 100) {
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const socket = new WebSocket(url, { perMessageDeflate: false });
          sockets.push(socket);
          await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
          socket.send(`{"op":"subscribe","id":1,"channel":"signals"}`);
          socket.send(`{"op":"subscribe","id":2,"channel":"metrics"}`);
          socket.on("message", (bytes: Buffer) => {
            if (!bytes.includes(`"type":"update"`)) return;
            socket.removeAllListeners("message");
            beats += 1;
            if (beats === CONNECTIONS) allServed();
          });
        }),
      );
    }
    await served;
    const after = residentMb(engine.pid);
    console.log(`${CONNECTIONS} connections: ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB with them`);
    expect(after).toBeLessThan(RSS_MAX_MB);
    await expect(Client.open(url)).rejects.toThrow("503");
  },
);

interface Watched {
  readonly engine: EngineProcess;
  readonly readers: readonly Client[];
}

async function watched(): Promise<Watched> {
  const engine = await start({ MAX_SYMBOLS: "1024", WS_BUFFER_BYTES: "65536", WS_SLOW_MS: "600000" });
  const url = `ws://127.0.0.1:${engine.port}/ws`;
  const readers = await Promise.all(Array.from({ length: READERS }, () => Client.ready(url)));
  const filter = { strategies: ["momentum_rider"] };
  for (const reader of readers) await reader.ask({ ...SUBSCRIBE, filter });
  return { engine, readers };
}

/**
 * Milliseconds from the request that causes a signal to its arrival at the last of the readers, of each, ascending. In
 * turns, so that other work on the machine slows all of them down.
 */
async function latencies(
  all: readonly Watched[],
  symbol: string,
  rounds: number = ROUNDS,
): Promise<readonly (readonly number[])[]> {
  const measured = all.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [place, { engine, readers }] of all.entries()) {
      const begin = performance.now();
      const got = readers.map((reader) => reader.until("update"));
      await engine.post(JSON.stringify(spike(symbol, round)));
      await Promise.all(got);
      measured[place]?.push(performance.now() - begin);
    }
  }
  return measured.map((times) => times.sort((a, b) => a - b));
}

async function dropped(engine: EngineProcess): Promise<number> {
  const text = await (await fetch(`${engine.url}/metrics/prometheus`)).text();
  return Number(/^strategy_ws_dropped_total (\d+)/m.exec(text)?.[1]);
}

/** Ticks that make momentum_rider speak: each round a symbol of its own, so that no cool-down stands in the way. */
function spike(symbol: string, round: number): readonly object[] {
  const now = Date.now() / 1000;
  let price = 50_000;
  return Array.from({ length: 120 }, (_, tick) => {
    price *= tick % 2 === 1 ? 1.0015 : 1.0025;
    const timestamp = now - (119 - tick);
    return { symbol: `${symbol}${round}`, asset_type: "crypto", price, volume: 1000 + tick * 8, timestamp };
  });
}

it("a client that does not read delays no other: latencies with it and at an engine without one", async () => {
  const [one, other] = [await watched(), await watched()];
  const { engine } = one;
  await latencies([one, other], "WARM");
  const slow = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  slow.socket.pause();
  // It says that it is there, as who reads does by answering pings: otherwise it is cut off after a minute.
  const alive = setInterval(() => slow.socket.pong(), ALIVE_MS);
  onTestFinished(() => clearInterval(alive));
  // Fifty subscriptions that all match: every signal comes fifty times, so that its buffers are soon full.
  for (let n = 1; n <= 50; n += 1) slow.send({ ...SUBSCRIBE, filter: { min_confidence: n / 10_000 } });
  for (let turn = 0; (await dropped(engine)) === 0; turn += 1) {
    if (turn > 20) throw new Error("the slow client never lost anything");
    await latencies([one, other], `FILL${turn}X`, 20);
  }
  const [stuck = [], alone = []] = await latencies([one, other], "BBB");
  expect(await dropped(engine)).toBeGreaterThan(0);
  clearInterval(alive);
  slow.socket.terminate();
  console.log(`median ${median(alone).toFixed(2)} ms without a slow client, ${median(stuck).toFixed(2)} ms with one`);
  expect(median(stuck)).toBeLessThan(median(alone) * 2 + 5);
});

function median(ascending: readonly number[]): number {
  return ascending[Math.floor(ascending.length / 2)] ?? NaN;
}
