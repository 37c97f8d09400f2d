// Ticks that are posted to any node of a real cluster, with a real Redis: each is in the journal of its symbol's shard
// when the sender is answered, and there once, also when a node dies and the message is sent again.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { shardOf } from "../../../src/domain/shard.ts";
import { type Answered, ask } from "../../support/cluster/ask.ts";
import { NodeProcess } from "../../support/cluster/node-process.ts";
import { eventually } from "../../support/eventually.ts";
import { RedisServer } from "../../support/redis-server.ts";

const SHARDS = 2;
const PATH = "/api/strategy_engine/process_market_data";
const WRITER = { "x-api-key": "first-key-of-test" };
const OTHER = { "x-api-key": "third-key-of-test" };
/** Long, so that a busy machine does not make shards move; who waits for the end of one waits as long. */
const LEASE_MS = 10_000;
const TAKE_OVER_MS = 240_000;

let server: RedisServer;
let dir = "";
let a: NodeProcess;
let b: NodeProcess;

function start(id: string): Promise<NodeProcess> {
  return NodeProcess.start(id, {
    REDIS_URL: server.url,
    CLUSTER_DIR: join(dir, "shared"),
    SHARDS: String(SHARDS),
    LEASE_MS: String(LEASE_MS),
    SHARDS_PER_NODE_MAX: "1",
    JOURNAL_SYNC: "always",
    MAX_SYMBOLS: "64",
    MAX_INSTANCES: "64",
    API_KEYS: `${WRITER["x-api-key"]},${OTHER["x-api-key"]}`,
  });
}

beforeAll(async () => {
  server = await RedisServer.create();
  dir = mkdtempSync(join(tmpdir(), "posted-"));
  [a, b] = await Promise.all([start("a"), start("b")]);
  for (const node of [a, b]) await owned(node, [a, b]);
});
afterAll(async () => {
  await Promise.all([a.stop(), b.stop()]);
  await server.remove();
  rmSync(dir, { recursive: true, force: true });
});

/** Until a node sees each shard served by one of these, and can ask for it. */
async function owned(node: NodeProcess, by: readonly NodeProcess[]): Promise<void> {
  const ids = by.map(({ id }) => id);
  for (let shard = 0; shard < SHARDS; shard++) {
    await eventually(
      async () => {
        const { body } = await ask(node.port, "/cluster", { headers: WRITER });
        const shards = body["shards"] as readonly { readonly owner: string | null }[];
        const { status } = await ask(node.port, `/shards/${shard}/health/ready`, { headers: WRITER });
        return [shards[shard]?.owner, status] as const;
      },
      ([owner, status]) => ids.includes(owner ?? "") && status === 200,
      TAKE_OVER_MS,
    );
  }
}

/** `word` with a number behind it, in that shard. */
function symbolIn(shard: number, word: string): string {
  const names = Array.from({ length: 1_000 }, (_, count) => `${word}${count}`);
  return names.find((name) => shardOf(name, SHARDS) === shard) ?? "";
}

function post(node: NodeProcess, ticks: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  const all = { ...WRITER, "content-type": "application/json", ...headers };
  return ask(node.port, PATH, { method: "POST", headers: all, body: JSON.stringify(ticks) });
}

/** How often a symbol's shard has taken it; null: never. The core has read what it was asked for before. */
async function ticksOf(node: NodeProcess, symbol: string): Promise<number | null> {
  const path = `/shards/${shardOf(symbol, SHARDS)}/symbols/${symbol}`;
  const { status, body } = await ask(node.port, path, { headers: WRITER });
  expect([200, 404]).toContain(status);
  return status === 404 ? null : Number(body["ticks"]);
}

it("ticks go to the shards of their symbols through any node, and bad ones are named by their place", async () => {
  for (const node of [a, b]) {
    const [zero, one] = [symbolIn(0, `TO${node.id}`), symbolIn(1, `TO${node.id}`)];
    const ticks = [
      { symbol: one, price: 5 },
      { symbol: zero, price: -1 },
      { symbol: zero, price: 6 },
      { kind: "macro", series: "CPI", value: 3, unit: "percent" },
      { symbol: one, price: 7 },
      { price: 1 },
    ];
    const { status, body } = await post(node, { market_data: ticks });
    expect(status).toBe(200);
    expect(body).toMatchObject({ processed: 4, rejected: 2 });
    expect(Number(body["strategies_applied"])).toBeGreaterThan(0);
    const errors = body["errors"] as readonly { readonly index: number; readonly message: string }[];
    expect(errors.map(({ index }) => index)).toEqual([1, 5]);
    expect(errors.map(({ message }) => message.split(" ")[0])).toEqual([
      "market_data[1].price",
      "market_data[5].symbol",
    ]);
    for (const at of [a, b]) expect([await ticksOf(at, zero), await ticksOf(at, one)]).toEqual([1, 2]);
    const strange = await ask(node.port, `/shards/1/symbols/${zero}`, { headers: WRITER });
    expect(strange.status).toBe(404);
  }
});

it("a message of which every tick is bad is refused with their places", async () => {
  const ticks = [0, 1].map((shard) => ({ symbol: symbolIn(shard, "BAD"), price: 0 }));
  const { status, body } = await post(a, ticks);
  expect([status, body["error"]]).toEqual([422, "validation_error"]);
  const details = body["details"] as readonly { readonly field: string }[];
  expect(details.map(({ field }) => field)).toEqual(["market_data[0].price", "market_data[1].price"]);
});

it("a message with an Idempotency-Key is taken once, whichever nodes it is sent to", async () => {
  const key = { "idempotency-key": "once" };
  const symbols = [symbolIn(0, "KEY"), symbolIn(1, "KEY")];
  const ticks = symbols.map((symbol) => ({ symbol, price: 5 }));
  const [first, again] = [await post(a, ticks, key), await post(b, ticks, key)];
  expect([first.status, first.headers["idempotency-replayed"]]).toEqual([200, undefined]);
  expect([again.status, again.headers["idempotency-replayed"]]).toEqual([200, "true"]);
  expect(again.body).toMatchObject({ processed: 2, rejected: 0 });
  for (const symbol of symbols) expect(await ticksOf(a, symbol)).toBe(1);
  const other = await post(a, [...ticks, ...ticks], key);
  expect([other.status, other.body["error"]]).toEqual([422, "idempotency_key_reuse"]);
  for (const symbol of symbols) expect(await ticksOf(a, symbol)).toBe(1);
  expect((await post(a, ticks, { ...key, ...OTHER })).headers["idempotency-replayed"]).toBeUndefined();
  for (const symbol of symbols) expect(await ticksOf(a, symbol)).toBe(2);
});

it("a shard that nobody serves holds up no other, and nothing is doubled when the message is sent again", async () => {
  const mine = [0, 1].find((shard) => a.processOf(shard) !== null) ?? 0;
  const [kept, lost] = [symbolIn(mine, "DIES"), symbolIn(1 - mine, "DIES")];
  const ticks = [
    { symbol: lost, price: 5 },
    { symbol: kept, price: 6 },
  ];
  expect((await post(a, ticks)).status).toBe(200);
  await b.kill();
  // A connection that was kept is known to be dead: who sends on it could not say whether anything arrived.
  const path = `/shards/${1 - mine}/health/ready`;
  await eventually(
    () => ask(a.port, path, { headers: WRITER }),
    ({ status }) => status === 503,
  );
  const key = { "idempotency-key": "dies" };
  const told = await post(a, ticks, key);
  expect([told.status, told.headers["retry-after"], told.body["error"]]).toEqual([503, "1", "not_ready"]);
  expect(told.body).toMatchObject({ processed: 1, rejected: 0 });
  const parts = [
    { shard: mine, state: "taken", ticks: [1] },
    { shard: 1 - mine, state: "not_taken", ticks: [0], error: "not_ready" },
  ];
  expect(told.body["parts"]).toMatchObject(mine === 0 ? parts : parts.toReversed());
  expect(await ticksOf(a, kept)).toBe(2);
  b = await start("c");
  await owned(a, [a, b]);
  const again = await post(a, ticks, key);
  expect([again.status, again.body["processed"], again.headers["idempotency-replayed"]]).toEqual([200, 2, undefined]);
  expect((await post(b, ticks, key)).headers["idempotency-replayed"]).toBe("true");
  // What the first message brought was in the journal of the node that was killed when it was answered.
  expect([await ticksOf(b, lost), await ticksOf(b, kept)]).toEqual([2, 2]);
});
