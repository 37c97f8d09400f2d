// What stands before every file of integration tests stands before this one as well, whichever files the process has run
// before it: files share processes, and a set-up that was lost on the way would let everything pass.
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";

/** A server that answers every request with this, and says that it is one of ours. */
async function answering(body: unknown): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json", "X-Request-Id": "1" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each([
  ["is not what its endpoint declares", { status: 5 }, /^GET \/health answered 200: status must be one of /],
  [
    "tells of the inside",
    { status: "at serve (node:internal/x)" },
    /^GET \/health answered 200: it tells of the inside/,
  ],
])("an answer that %s fails the test that fetches it", async (_, body, fault) => {
  const url = await answering(body);
  await expect(fetch(`${url}/health`)).rejects.toThrow(fault);
});

it("a thread or a process of the engine is the one that ships, never its modules", () => {
  const nothing = new URL("../../src/none.js", import.meta.url);
  expect(() => new Worker(nothing)).toThrow(/run\/none\.js is not built/);
  expect(() => fork(nothing)).toThrow(/run\/none\.js is not built/);
});
