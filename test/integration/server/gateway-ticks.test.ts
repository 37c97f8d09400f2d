// Ticks that are posted to a node, at real sockets: what each shard is asked, with which headers, and what the sender is
// told when one of them does not answer. The shards here write down what they are asked; real ones are in
// test/integration/cluster/posted-ticks.test.ts.
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { shardOf } from "../../../src/domain/shard.ts";
import type { ShardPlace } from "../../../src/server/gateway/gateway.ts";
import { KeyGuard } from "../../../src/server/guards/guard.ts";
import { type Answered, ask } from "../../support/cluster/ask.ts";
import { startGatewayOf, startUpstream } from "../../support/cluster/gateway.ts";

const PATH = "/api/strategy_engine/process_market_data";
const JSON_TYPE = { "content-type": "application/json" };
const TAKEN = { strategies_applied: 3, rejected: 0, errors: [], signals: [], processing_time_ms: 1 };

interface Got {
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

interface Shard {
  readonly port: number;
  readonly asked: readonly string[];
  readonly got: readonly Got[];
}

/** Takes everything, or answers as it is told once it has the whole body. */
async function startShard(
  answer: (response: ServerResponse, ticks: readonly unknown[]) => void = (response, ticks) =>
    response.end(JSON.stringify({ ...TAKEN, processed: ticks.length })),
): Promise<Shard> {
  const got: Got[] = [];
  const { port, asked } = await startUpstream((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as unknown;
      got.push({ headers: request.headers, body });
      const ticks = Array.isArray(body) ? body : (body as { readonly market_data: readonly unknown[] }).market_data;
      answer(response, ticks);
    });
  });
  return { port, asked, got };
}

/** Symbols of the shards of a cluster, one each. */
function symbolsOf(shards: number): readonly string[] {
  return Array.from({ length: shards }, (_, shard) => {
    const names = Array.from({ length: 1_000 }, (_unused, count) => `S${count}`);
    return names.find((symbol) => shardOf(symbol, shards) === shard) ?? "";
  });
}

function post(port: number, ticks: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  return ask(port, PATH, { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(ticks) });
}

/** A port at which nobody listens. */
async function deadPort(): Promise<number> {
  const { port, server } = await startUpstream();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const tick = (symbol: string | undefined, price = 1): object => ({ symbol, price });

describe("posted ticks", () => {
  it("reach the shard of their symbol, here or at another node, by either path", async () => {
    const [here, there] = [await startShard(), await startShard()];
    const port = startGatewayOf([{ here: here.port }, { there: `127.0.0.1:${there.port}` }]);
    const [zero, one] = symbolsOf(2);
    const told = await post(port, [tick(one, 1), tick(zero, 2), tick(one, 3)], { "x-request-id": "mine" });
    expect([told.status, told.headers["x-request-id"]]).toEqual([200, "mine"]);
    expect(told.body).toMatchObject({ processed: 3, rejected: 0, strategies_applied: 3, errors: [], signals: [] });
    expect(here.got[0]).toMatchObject({ headers: { "x-request-id": "mine", ...JSON_TYPE }, body: [tick(zero, 2)] });
    expect(there.got[0]).toMatchObject({
      headers: { "x-request-id": "mine", "x-strategy-engine-forwarded-by": "a" },
      body: [tick(one, 1), tick(one, 3)],
    });
    expect((await ask(port, "/ticks", { method: "POST", body: JSON.stringify(tick(one)) })).status).toBe(200);
    expect(here.asked).toEqual([`POST ${PATH}`]);
    expect(there.asked).toEqual([`POST /shards/1${PATH}`, `POST /shards/1${PATH}`]);
  });

  it("that hold none, or none that is good, are answered as by an engine", async () => {
    const issue = { field: "market_data[0].symbol", issue: "is required" };
    const refuses = await startShard((response) => {
      const body = { status: "error", error: "validation_error", message: "no", details: [issue], request_id: "x" };
      response.writeHead(422).end(JSON.stringify(body));
    });
    const port = startGatewayOf([{ here: refuses.port }]);
    expect((await post(port, [])).body).toMatchObject({ processed: 0, rejected: 0, strategies_applied: 0 });
    expect(refuses.asked).toEqual([]);
    const nothing = await ask(port, PATH, { method: "POST" });
    expect([nothing.status, nothing.body["details"]]).toEqual([422, [issue]]);
  });

  it("are refused before any shard is asked where no engine would take them", async () => {
    const shard = await startShard();
    const port = startGatewayOf([{ here: shard.port }]);
    const send = (body: string, headers: Readonly<Record<string, string>> = JSON_TYPE): Promise<Answered> =>
      ask(port, PATH, { method: "POST", headers, body });
    const told = [
      await send("{"),
      await send('{"market_data":5}'),
      await send("[]", { "content-type": "text/plain" }),
      await send("[]", { ...JSON_TYPE, "content-encoding": "gzip" }),
      await send("[]", { ...JSON_TYPE, "idempotency-key": "two words" }),
      await send(JSON.stringify(Array.from({ length: 10_001 }, () => 0))),
      await send(`["${"x".repeat(4 << 20)}"]`),
    ];
    expect(told.map(({ status, body }) => [status, body["error"]])).toEqual([
      [400, "json_decode_error"],
      [422, "validation_error"],
      [415, "unsupported_media_type"],
      [415, "unsupported_media_type"],
      [422, "validation_error"],
      [413, "payload_too_large"],
      [413, "payload_too_large"],
    ]);
    const get = await ask(port, PATH);
    expect([get.status, get.headers["allow"]]).toEqual([405, "POST, OPTIONS"]);
    expect((await ask(port, PATH, { method: "OPTIONS" })).status).toBe(204);
    expect(shard.asked).toEqual([]);
  });

  it("need a key that may write, and count once at the node that they are sent to", async () => {
    const shard = await startShard();
    const guard = KeyGuard.of(["writer-0123456789", "reader-0123456789:read"]);
    const places = [{ here: shard.port }, { here: shard.port }];
    const port = startGatewayOf(places, { guard, rateLimitPerMinute: 2 });
    const ticks = symbolsOf(2).map((symbol) => tick(symbol));
    expect((await post(port, ticks)).status).toBe(401);
    expect((await post(port, ticks, { "x-api-key": "reader-0123456789" })).status).toBe(403);
    expect(shard.asked).toEqual([]);
    const told = [];
    for (let count = 0; count < 3; count++) told.push(await post(port, ticks, { "x-api-key": "writer-0123456789" }));
    expect(told.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(shard.got).toHaveLength(4);
    expect(shard.got[0]?.headers["x-api-key"]).toBe("writer-0123456789");
  });

  it("are taken by the shards that can, and the sender is told which ones could not", async () => {
    const well = await startShard();
    const full = await startShard((response) => {
      const body = { status: "error", error: "overloaded", message: "the event ring is full", request_id: "x" };
      response.writeHead(503, { "retry-after": "3" }).end(JSON.stringify(body));
    });
    const dead = { there: `127.0.0.1:${await deadPort()}` };
    const places: readonly (ShardPlace | null)[] = [{ here: well.port }, { here: full.port }, null, dead];
    const ticks = symbolsOf(4).map((symbol) => tick(symbol));
    const { status, headers, body } = await post(startGatewayOf(places), ticks);
    expect([status, headers["retry-after"], body["error"]]).toEqual([503, "3", "overloaded"]);
    expect(body).toMatchObject({ processed: 1, rejected: 0 });
    const missed = { state: "not_taken", error: "not_ready" };
    expect(body["parts"]).toMatchObject([
      { shard: 0, state: "taken", ticks: [0] },
      { shard: 1, state: "not_taken", ticks: [1], error: "overloaded", message: "the event ring is full" },
      { shard: 2, ticks: [2], ...missed },
      { shard: 3, ticks: [3], ...missed },
    ]);
  });

  it("of which nobody knows are told as that", async () => {
    const dies = await startShard((response) => response.destroy());
    const { status, body } = await post(startGatewayOf([{ here: dies.port }]), [tick("A")]);
    expect([status, body["error"]]).toEqual([503, "storage_unavailable"]);
    expect(body["parts"]).toMatchObject([{ shard: 0, state: "unknown", ticks: [0] }]);
    expect(dies.asked).toHaveLength(1);
  });
});

describe("an Idempotency-Key", () => {
  const KEY = { "idempotency-key": "mine" };
  const keyOf = (shard: Shard, at: number): unknown => shard.got[at]?.headers["idempotency-key"];

  it("becomes one of each part, the same for the same sender and message at any node", async () => {
    const [zero, one] = [await startShard(), await startShard()];
    const guard = KeyGuard.of(["writer-0123456789", "another-0123456789"]);
    const [first, second] = [{ "x-api-key": "writer-0123456789" }, { "x-api-key": "another-0123456789" }];
    const nodes = [0, 1].map(() => startGatewayOf([{ here: zero.port }, { here: one.port }], { guard }));
    const ticks = symbolsOf(2).map((symbol) => tick(symbol));
    for (const node of nodes) await post(node, ticks, { ...KEY, ...first });
    await post(nodes[0] ?? 0, [...ticks, ...ticks], { ...KEY, ...first });
    await post(nodes[0] ?? 0, ticks, { ...KEY, ...second });
    await post(nodes[0] ?? 0, ticks, first);
    for (const shard of [zero, one]) {
      expect(keyOf(shard, 0)).toMatch(/^ticks-[\w-]{43}$/);
      expect([keyOf(shard, 1), keyOf(shard, 2)]).toEqual([keyOf(shard, 0), keyOf(shard, 0)]);
      expect(shard.got[1]?.body).toEqual(shard.got[0]?.body);
      expect(shard.got[2]?.body).not.toEqual(shard.got[0]?.body);
      expect(keyOf(shard, 3)).not.toEqual(keyOf(shard, 0));
      expect(keyOf(shard, 4)).toBeUndefined();
    }
    // Another message with the key, of which this shard has the same tick: its part is to be told from that one.
    await post(nodes[0] ?? 0, ticks.slice(0, 1), { ...KEY, ...first });
    expect([keyOf(zero, 5), one.got.length]).toEqual([keyOf(zero, 0), 5]);
    expect(zero.got[5]?.body).not.toEqual(zero.got[0]?.body);
  });
});
