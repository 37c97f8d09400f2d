// A short form of `npm run cluster:prove`: nodes of a real cluster are killed and stand still while numbered ticks flow;
// afterwards each tick is in the journals once, and each signal was said once and heard in order.
import { expect, it, onTestFinished } from "vitest";
import { ProofRedis } from "../../support/cluster/proof-redis.ts";
import { Stage } from "../../support/cluster/stage.ts";
import { faultsOf } from "../../support/cluster/verdict.ts";

it("loses and doubles no tick and no signal when a node is killed and another one stands still and wakes up", async () => {
  const server = await ProofRedis.one();
  onTestFinished(() => server.remove());
  const stage = await Stage.open(server, { nodes: 2, shards: 2, leaseMs: 1_000, entries: 20, ticks: 5 });
  onTestFinished(() => stage.close());
  const killed = await stage.kill("node-a");
  expect(killed).toMatchObject({ shards: 1, orphans: 0 });
  await stage.begin("node-a");
  await stage.settled();
  const suspended = await stage.suspend("node-b");
  expect(suspended).toMatchObject({ shards: 1, stayed: 0 });
  const verdict = await stage.finish();
  expect(faultsOf(verdict)).toEqual([]);
  expect(verdict.exits).toEqual([0, 0]);
  expect(verdict.signals).toBeGreaterThan(0);
  expect(Math.min(...verdict.epochs)).toBeGreaterThan(1);
});
