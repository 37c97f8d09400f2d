// Hostile sockets against a real engine in a process of its own, while a neighbour asks for /health: it is answered all
// the while, and the engine's memory comes back. The neighbour's times are printed.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { connect, type Socket } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { EngineProcess } from "../support/engine-process.ts";
import { firstThread, otherThreads, ownTime } from "../support/own-time.ts";
import { rawConnection } from "../support/server/raw.ts";

const POST = "POST /api/strategy_engine/process_market_data HTTP/1.1\r\nHost: a\r\n";
const HEALTH = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
/** Its answer is some hundred thousand bytes. */
const LARGE = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";
const UPGRADE =
  "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/** The attackers and this test share the machine's processors with the engine, so this bounds harm, not speed. */
const NEIGHBOUR_P99_MS = 500;
const NEIGHBOUR_MAX_MS = 2_000;
/** The engine's own heap breathes by tens of megabytes. */
const MEMORY_MB = 120;

const CONNECTING_MAX = 50;

let engine: EngineProcess;
beforeAll(async () => {
  engine = await EngineProcess.start({ DATA_DIR: "", MAX_SYMBOLS: "64", MAX_INSTANCES: "64" });
});
afterAll(() => engine.kill());

/** Asks for /health over one connection that it has already, request after request, until told to stop. */
async function neighbour(): Promise<{ stop: () => Promise<void> }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  const running = { on: true };
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const took = ownTime(firstThread(engine.pid), otherThreads);
      get(`${engine.url}/health`, { agent }, (response) => {
        expect(response.statusCode).toBe(200);
        response.resume().on("end", () => {
          times.push(took());
          resolve();
        });
      }).on("error", reject);
    });
  await ask();
  times.length = 0;
  const asking = (async () => {
    while (running.on) await ask();
  })();
  return {
    stop: async () => {
      running.on = false;
      await asking;
      agent.destroy();
      times.sort((a, b) => a - b);
      const p99 = times[Math.floor(times.length * 0.99)] ?? Infinity;
      const most = times.at(-1) ?? Infinity;
      console.log(`neighbour: ${times.length} answers, p99 ${p99.toFixed(1)} ms, longest ${most.toFixed(1)} ms`);
      expect(p99).toBeLessThan(NEIGHBOUR_P99_MS);
      expect(most).toBeLessThan(NEIGHBOUR_MAX_MS);
    },
  };
}

async function undisturbed(attack: () => Promise<void>): Promise<void> {
  const beside = await neighbour();
  await attack();
  await beside.stop();
}

/** Now, or at its peak. */
function memoryMb(what: "VmRSS" | "VmHWM" = "VmRSS"): number {
  const told = readFileSync(`/proc/${engine.pid}/status`, "utf8");
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB`, "m").exec(told)?.[1]) / 1024;
}

/** From now on: by how much more than now it had at most. */
function peak(): () => number {
  writeFileSync(`/proc/${engine.pid}/clear_refs`, "5");
  const before = memoryMb();
  return () => {
    const most = memoryMb("VmHWM");
    console.log(`memory: ${before.toFixed(0)} MB before, ${most.toFixed(0)} MB at most`);
    return most - before;
  };
}

/** Connections that say `text` and then nothing. */
async function crowd(count: number, text: string): Promise<readonly Socket[]> {
  const one = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(engine.port, "127.0.0.1");
      onTestFinished(() => void socket.destroy());
      socket.on("error", reject).once("connect", () => {
        socket.on("error", () => undefined); // being cut off is what happens to it
        socket.write(text, () => resolve(socket));
      });
    });
  // A few at a time: more than the system's queue of new connections would only try the system.
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const few = Math.min(CONNECTING_MAX, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: few }, one))));
  }
  return sockets;
}

function gone(socket: Socket): Promise<void> {
  return socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once("close", () => resolve()));
}

describe("a neighbour is answered", () => {
  it("while heads and bodies trickle in, byte by byte; and those that trickle are cut off", async () => {
    await undisturbed(async () => {
      const heads = await crowd(150, "GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ");
      const bodies = await crowd(150, `${POST}Content-Length: 100000\r\n\r\n`);
      const silent = await crowd(150, "");
      const all = [...heads, ...bodies, ...silent];
      const timer = setInterval(
        () => [...heads, ...bodies].forEach((socket) => !socket.closed && socket.write("x")),
        500,
      );
      const took = ownTime(firstThread(engine.pid), otherThreads);
      for (const socket of silent) socket.resume();
      await Promise.all(all.map((socket) => gone(socket.resume())));
      clearInterval(timer);
      expect(took()).toBeLessThan(30_000);
    });
  });

  it("while thousands of connections are opened and left, and the memory comes back", async () => {
    const before = memoryMb();
    await undisturbed(async () => {
      for (let round = 0; round < 20; round += 1) {
        for (const socket of await crowd(300, round % 2 === 0 ? "" : HEALTH)) socket.destroy();
      }
    });
    console.log(`memory: ${before.toFixed(0)} MB before, ${memoryMb().toFixed(0)} MB after 6,000 connections`);
    expect(memoryMb() - before).toBeLessThan(MEMORY_MB);
  });

  it("while requests are piled up and their answers are not read", async () => {
    const before = memoryMb();
    await undisturbed(async () => {
      for (let round = 0; round < 10; round += 1) {
        const flooders = await crowd(10, HEALTH.repeat(20_000));
        await Promise.all(flooders.map((socket) => gone(socket.resume())));
      }
    });
    expect(memoryMb() - before).toBeLessThan(MEMORY_MB);
  });

  it("while large answers are asked for and never read", async () => {
    const took = peak();
    await undisturbed(async () => {
      const silent = await crowd(4, LARGE.repeat(50));
      for (let round = 0; round < 8; round += 1)
        await Promise.all(silent.map((socket) => new Promise((resolve) => socket.write(LARGE.repeat(50), resolve))));
      await Promise.all(silent.map((socket) => gone(socket.resume())));
    });
    expect(took()).toBeLessThan(MEMORY_MB);
  });

  it("while bodies come in a million pieces of one byte", async () => {
    const took = peak();
    await undisturbed(async () => {
      const { socket, closed } = await rawConnection(engine.port);
      socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
      const pieces = "1\r\nx\r\n".repeat(10_000);
      for (let sent = 0; sent < 1_000_000 && !socket.destroyed; sent += 10_000)
        await new Promise((resolve) => socket.write(pieces, resolve));
      expect(await closed).toMatch(/^$|^HTTP\/1.1 400 /); // who goes on sending may lose the answer
    });
    expect(took()).toBeLessThan(MEMORY_MB);
  });

  it("while sockets are upgraded and dropped in a flood", async () => {
    const before = memoryMb();
    await undisturbed(async () => {
      for (let round = 0; round < 16; round += 1) {
        for (const socket of await crowd(100, UPGRADE)) socket.destroy();
      }
    });
    expect(memoryMb() - before).toBeLessThan(MEMORY_MB);
    const metrics = await promisify(execFile)("curl", ["-s", `${engine.url}/metrics/prometheus`]);
    expect(metrics.stdout).toMatch(/^strategy_ws_connections 0$/m);
  });

  it("while half of a connection is closed, heads are too long and text is no text", async () => {
    await undisturbed(async () => {
      for (let round = 0; round < 50; round += 1) {
        for (const socket of await crowd(3, `${POST}Content-Length: 10\r\n\r\n{`)) socket.end();
        await crowd(3, `GET /${"a".repeat(200_000)} HTTP/1.1\r\nHost: a\r\n\r\n`);
        await crowd(3, `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(5_000)}\r\n`);
      }
    });
  });
});

it("requests that are piled up in a decent number are all answered", async () => {
  const { socket, text, contains } = await rawConnection(engine.port);
  socket.write(HEALTH.repeat(200) + "GET /version HTTP/1.1\r\nHost: a\r\n\r\n");
  await contains("api_version");
  expect(text().match(/HTTP\/1.1 200/g)).toHaveLength(201);
});

describe("a request whose end is unclear", () => {
  it.each([
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", "Content-Length: 5"],
    ["Content-Length: 5", "Content-Length: 6"],
    ["Content-Length: 5", "Content-Length: 5"],
    ["Transfer-Encoding: xchunked"],
    ["Transfer-Encoding: gzip, chunked"],
    ["Transfer-Encoding: identity"],
    ["Content-Length: +5"],
    ["Content-Length: 0x5"],
  ])("is refused, and what follows it is never taken for a request: %s", async (...headers) => {
    const { socket, closed } = await rawConnection(engine.port);
    socket.write(`POST /risk/resume HTTP/1.1\r\nHost: a\r\n${headers.join("\r\n")}\r\n\r\n0\r\n\r\n${HEALTH}`);
    const answer = await closed;
    expect(answer).toMatch(/^$|^HTTP\/1.1 400 /);
    expect(answer.match(/HTTP\/1.1/g) ?? []).not.toHaveLength(2);
  });
});

it.each(["GET /symbols/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n", `${POST}Content-Length: 4\r\n\r\n"\xff\xfe"`])(
  "text that is not UTF-8 is answered 4xx: %j",
  async (request) => {
    const { socket, contains } = await rawConnection(engine.port);
    socket.write(Buffer.from(request, "latin1"));
    expect(await contains("}")).toMatch(/^HTTP\/1.1 4\d\d /);
  },
);
