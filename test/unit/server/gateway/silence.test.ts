// A shard that computes for long says nothing meanwhile: the request goes on as long as the shard is still theirs who were
// asked, and ends when it is not.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { type Asked, Forwarder, type Target } from "../../../../src/server/gateway/forward.ts";
import { Mailbox } from "../../../support/mailbox.ts";

const SILENCE_MS = 20;
const ASKED = {
  head: { method: "POST", requestId: "req_1" },
  headers: {},
  body: Buffer.from("{}"),
  onGone: () => undefined,
} as unknown as Asked;

/** Who is asked keeps every answer until the test gives it. */
async function silent(serves: () => boolean): Promise<{ target: Target; asked: Mailbox<ServerResponse> }> {
  const asked = new Mailbox<ServerResponse>();
  const server = createServer((_, response) => asked.put(response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { target: { host: "127.0.0.1", port, tls: false, path: "/x", forwardedBy: null, serves }, asked };
}

it("an owner that lives may take as long as it needs", async () => {
  const looks = new Mailbox<string>();
  const { target, asked } = await silent(() => {
    looks.put("it does");
    return true;
  });
  const answer = new Forwarder(1 << 20, SILENCE_MS).send(target, ASKED);
  await looks.atLeast(3);
  asked.received[0]?.end("{}");
  expect((await answer).ok).toBe(true);
  expect(asked.received).toHaveLength(1);
});

it("an owner that has lost the shard is not waited for", async () => {
  let owner = true;
  const looks = new Mailbox<string>();
  const { target } = await silent(() => {
    looks.put("it does");
    return owner;
  });
  const answer = new Forwarder(1 << 20, SILENCE_MS).send(target, ASKED);
  await looks.atLeast(2);
  owner = false;
  expect(await answer).toMatchObject({ ok: false, failure: { code: "storage_unavailable" } });
});
