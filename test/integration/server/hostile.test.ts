// Clients that mean harm or cannot do better: each is refused or left alone, and a neighbour on another connection is
// answered all the while.
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { ownTime } from "../../support/own-time.ts";
import { rawConnection, rawRequest } from "../../support/server/raw.ts";
import { startServer } from "../../support/server/start.ts";

const POST = "POST /api/strategy_engine/process_market_data HTTP/1.1\r\nHost: a\r\n";

const MOST_MS = 1_000;

/** Soon, and while these others are still there: they go on only when this has its answer. */
async function neighbourIsServed(http: string, ...others: readonly Socket[]): Promise<void> {
  const took = ownTime();
  const response = await fetch(`${http}/health/live`);
  expect(response.status).toBe(200);
  expect(took()).toBeLessThan(MOST_MS);
  for (const socket of others) expect(socket.closed).toBe(false);
}

describe("hostile HTTP", () => {
  it("reads chunked bodies, however small the chunks", async () => {
    const { port, engine } = startServer();
    const { socket, contains } = await rawConnection(port);
    socket.write(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
    for (const part of [`{"mar`, `ket_`, `data":`, `[]}`]) socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    socket.write("0\r\n\r\n");
    expect(await contains(`"processed"`)).toContain("200 OK");
    expect(Buffer.from(engine.received[0]?.bytes ?? []).toString()).toBe(`{"market_data":[]}`);
  });

  it("forgets an upload that is given up, and never calls the engine for it", async () => {
    const { port, http, engine } = startServer();
    for (let round = 0; round < 20; round += 1) {
      const { socket } = await rawConnection(port);
      socket.write(`${POST}Content-Length: 100000\r\n\r\n${"x".repeat(50_000)}`);
      await neighbourIsServed(http, socket);
      socket.destroy();
    }
    await neighbourIsServed(http);
    expect(engine.received).toHaveLength(0);
  });

  it("does not answer a client that left while the engine worked", async () => {
    let left: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      left = resolve;
    });
    const { port, http } = startServer({
      engine: {
        metricsText: async () => {
          await gone;
          return "late";
        },
      },
    });
    const { socket } = await rawConnection(port);
    socket.write("GET /metrics/prometheus HTTP/1.1\r\nHost: a\r\n\r\n");
    await neighbourIsServed(http, socket);
    socket.destroy();
    await neighbourIsServed(http);
    left();
    await neighbourIsServed(http);
  });

  it("serves others while headers and bodies trickle in", async () => {
    const { port, http } = startServer();
    const slow = await Promise.all(Array.from({ length: 50 }, () => rawConnection(port)));
    slow.forEach(({ socket }, index) =>
      socket.write(index % 2 === 0 ? "GET /health HTTP/1.1\r\nHo" : `${POST}Content-Length: 9\r\n\r\n{`),
    );
    const sockets = slow.map(({ socket }) => socket);
    await neighbourIsServed(http, ...sockets);
    for (const socket of sockets) socket.write("s");
    await neighbourIsServed(http, ...sockets);
    expect(slow.filter(({ text }) => text().includes("200 OK"))).toHaveLength(0);
  });

  it("refuses a chunked body without end and cuts it off", async () => {
    const { port, http } = startServer();
    const { socket, closed, text } = await rawConnection(port);
    socket.write("POST /risk/resume HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    while (!socket.closed) {
      if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
    }
    expect(text() === "" || text().includes("413")).toBe(true);
    await neighbourIsServed(http);
  });

  it("survives requests that are not HTTP", async () => {
    const { port, http } = startServer();
    const garbage = [
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      "GET / HTTP/1.0\r\n\r\n",
      "GET  / HTTP/9.9\r\n\r\n",
      `${POST}Content-Length: -1\r\n\r\n`,
      `${POST}Content-Length: 99999999999999999999\r\n\r\n`,
      `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      "\0".repeat(10_000),
    ];
    for (const bytes of garbage) {
      const { socket } = await rawConnection(port);
      socket.write(Buffer.from(bytes, "latin1"));
      await neighbourIsServed(http);
    }
  });

  it("accepts a head of four KiB", async () => {
    const { port } = startServer();
    const answer = await rawRequest(
      port,
      `GET /health/live HTTP/1.1\r\nHost: a\r\nX-Long: ${"a".repeat(4_000)}\r\n\r\n`,
      "}",
    );
    expect(answer).toContain("200 OK");
  });

  it("keeps control characters of a path and an id out of its answer's head", async () => {
    const { port } = startServer();
    const answer = await rawRequest(
      port,
      "GET /symbols/%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\tb\r\n\r\n",
      "}",
    );
    expect(answer).toContain("404 Not Found");
    expect(answer).not.toMatch(/^X-Evil/m);
    expect(answer).toMatch(/X-Request-Id: req_/);
  });
});
