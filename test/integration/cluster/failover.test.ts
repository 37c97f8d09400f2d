// A short form of `npm run cluster:prove`: nodes of a real cluster are killed and stand still while numbered ticks flow;
// afterwards each tick is in the journals once, and each signal was said once and heard in order.
import { expect, it, onTestFinished } from "vitest";
import { ProofRedis } from "../../support/cluster/proof-redis.ts";
import { Stage } from "../../support/cluster/stage.ts";
import { faultsOf } from "../../support/cluster/verdict.ts";

/** Far beyond what a busy machine makes a node wait: leases move by what is done to the nodes, not by themselves. */
const LEASE_MS = 10_000;

it("loses and doubles no tick and no signal when a node is killed and another one stands still and wakes up", async () => {
  const server = await ProofRedis.one();
  onTestFinished(() => server.remove());
  const stage = await Stage.open(server, { nodes: 2, shards: 2, leaseMs: LEASE_MS, entries: 20, ticks: 5 });
  onTestFinished(() => stage.close());
  const first = await stage.anOwner();
  const killed = await stage.kill(first);
  expect(killed.shards).toBeGreaterThanOrEqual(1);
  expect(killed.orphans).toBe(0);
  await stage.begin(first);
  await stage.settled();
  const suspended = await stage.suspend(await stage.anOwner());
  expect(suspended.shards).toBeGreaterThanOrEqual(1);
  expect(suspended.stayed).toBe(0);
  const verdict = await stage.finish();
  expect(faultsOf(verdict)).toEqual([]);
  expect(verdict.exits).toEqual([0, 0]);
  expect(verdict.signals).toBeGreaterThan(0);
  // Each of two shards had a first owner; then one moved from who was killed, one to who came back, one from who slept.
  expect(verdict.epochs.reduce((sum, epoch) => sum + epoch, 0)).toBeGreaterThanOrEqual(2 + 3);
}, 900_000);
