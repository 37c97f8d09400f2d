import { afterEach, describe, expect, it, vi } from "vitest";
import * as layout from "../../../../assembly/layout.ts";
import type { Store } from "../../../../src/store/store.ts";
import { FollowedPlane, memoryStore, rising } from "../../../support/learning/followed-plane.ts";

const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function opened(): Promise<Store> {
  const store = await memoryStore();
  stores.push(store);
  return store;
}

const momentumWins = ({ plane }: FollowedPlane): number =>
  plane.state.threshold(layout.THRESHOLD_TOTAL, layout.MOMENTUM_RIDER);

describe("published signals", () => {
  it("are followed to their end, stored, told to the core as events, and to the learners", async () => {
    const store = await opened();
    const followed = await FollowedPlane.open(store, ["BTCUSD"]);
    const path = rising(100);
    const signals = followed.ticks("BTCUSD", path).filter(({ strategy }) => strategy === layout.MOMENTUM_RIDER);
    expect(signals.length).toBeGreaterThan(10);
    followed.ticks("BTCUSD", [1.05 * (path.at(-1) ?? 0)]);
    await followed.following.close();
    followed.settle();
    const momentum = followed.told.filter(({ strategy }) => strategy === "momentum_rider");
    // One trade after the other, not one for each signal: a target is reached, and the next signal begins anew.
    expect(momentum.length).toBeGreaterThan(2);
    expect(momentum.length).toBeLessThan(signals.length / 3);
    for (const [index, outcome] of momentum.entries()) {
      expect(outcome).toMatchObject({ symbol: "BTCUSD", side: 1, ended: "target", source: "signal", instance: 6 });
      expect(outcome.net).toBeGreaterThan(0.02);
      expect(outcome.openedAt).toBeGreaterThanOrEqual(momentum[index - 1]?.closedAt ?? 0);
    }
    expect(momentumWins(followed)).toBe(momentum.length);
    const rows = await store.query("SELECT count(*) AS kept FROM learning_outcomes", []);
    expect(rows[0]?.["kept"]).toBe(followed.told.length);
    expect(followed.following.history.size).toBe(followed.told.length);
  });

  it("that end together are told a few in a turn, so that ticks come between, and all before it closes", async () => {
    const symbols = Array.from({ length: 60 }, (_, index) => `S${index}USD`);
    const followed = await FollowedPlane.open(await opened(), symbols);
    for (const symbol of symbols) followed.ticks(symbol, rising(100).slice(0, 25));
    const { open } = followed.following.counters;
    expect(open).toBeGreaterThanOrEqual(symbols.length);
    for (const symbol of symbols) followed.ticks(symbol, [500]);
    const until = (turns: number): boolean => followed.told.length >= open || turns > 1e6;
    let [most, before] = [0, 0];
    for (let turns = 0; !until(turns); turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, followed.told.length - before);
      before = followed.told.length;
    }
    expect(followed.told.length).toBe(open);
    expect(most).toBeLessThanOrEqual(32); // of two turns, where the clock comes between
    for (const symbol of symbols) followed.ticks(symbol, rising(100).slice(0, 25));
    for (const symbol of symbols) followed.ticks(symbol, [5_000]);
    const counted = followed.following.counters.closed;
    await followed.following.close();
    expect(followed.told.length).toBe(counted);
  });

  it("of which many have come are stored at once, without waiting for the clock", async () => {
    const symbols = Array.from({ length: 60 }, (_, index) => `S${index}USD`);
    const followed = await FollowedPlane.open(await opened(), symbols);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      for (const symbol of symbols) followed.ticks(symbol, rising(100).slice(0, 25));
      for (const symbol of symbols) followed.ticks(symbol, [500]);
      const { closed } = followed.following.counters;
      expect(closed).toBeGreaterThanOrEqual(symbols.length);
      for (let turns = 0; followed.told.length < closed && turns < 1e6; turns++)
        await new Promise((resolve) => setImmediate(resolve));
      expect(followed.told.length).toBe(closed);
    } finally {
      vi.useRealTimers();
    }
    await followed.following.close();
  });

  it("of a registered instance are in the history, and teach the engine's own nothing", async () => {
    const followed = await FollowedPlane.open(await opened(), ["BTCUSD"]);
    [followed.owner, followed.instance] = ["strat_000001", 40];
    const path = rising(100);
    followed.ticks("BTCUSD", path);
    followed.ticks("BTCUSD", [1.05 * (path.at(-1) ?? 0)]);
    await followed.following.close();
    followed.settle();
    expect(followed.following.history.size).toBeGreaterThan(2);
    expect(momentumWins(followed)).toBe(0);
  });

  it("are followed after a restart, and counted once", async () => {
    const store = await opened();
    const before = await FollowedPlane.open(store, ["BTCUSD"]);
    before.ticks("BTCUSD", rising(100).slice(0, 90));
    const { open } = before.following.counters;
    expect(open).toBeGreaterThan(0);
    await before.following.close();
    const counted = before.told.length;
    const after = await FollowedPlane.open(store, ["OTHER", "BTCUSD"]); // its symbols have other numbers
    expect(after.following.counters.open).toBe(open);
    expect(after.following.history.size).toBe(counted);
    // The new stream begins at its own sequences, here from 0 again; what is restored ends at any event.
    after.ticks("BTCUSD", [500]);
    await after.following.close();
    expect(after.told.map(({ ended }) => ended)).toStrictEqual(Array.from({ length: open }, () => "target"));
    const again = await FollowedPlane.open(store, ["BTCUSD"]);
    expect(again.following.counters.open).toBe(0);
    expect(again.following.history.size).toBe(counted + open);
  });

  it("of the demo feed are not followed", async () => {
    const followed = await FollowedPlane.open(await opened(), []);
    const { plane } = followed;
    plane.plane.writer.writeName(layout.TABLE_SYMBOL, 0, layout.ASSET_CRYPTO, layout.FLAG_DEMO, "DEMO-BTC");
    plane.instances.onSymbol(0, "DEMO-BTC", layout.ASSET_CRYPTO);
    for (const [index, price] of rising(100).entries()) {
      plane.pass(1_000_000);
      const payload = [price, 1_000 + 8 * index, price, price, price];
      plane.plane.writer.write(layout.KIND_TRADE, 0, layout.FLAG_DEMO, 0, plane.clock, payload);
    }
    expect(followed.settle().length).toBeGreaterThan(10);
    expect(followed.following.counters).toMatchObject({ followed: 0, open: 0 });
    await followed.following.close();
  });

  it("count as what an execution of their strategy made of them", async () => {
    const store = await opened();
    const followed = await FollowedPlane.open(store, ["BTCUSD"]);
    followed.owner = "strat_000001";
    const [signal] = followed.ticks("BTCUSD", rising(100).slice(0, 25));
    const entry = signal?.entry ?? Number.NaN;
    const { following, plane } = followed;
    expect(following.counters).toMatchObject({ open: 1, closed: 0 });
    const buy = { executionId: "exec_1", symbol: "BTCUSD", side: "BUY", fee: 0, pnl: 0, quantity: 10 } as const;
    const sell = {
      ...buy,
      side: "SELL",
      pnl: -0.75,
      quantity: 5,
      price: entry * 0.99,
      timestamp: plane.clock,
    } as const;
    following.onFill("strat_000002", { ...sell, executionId: "exec_3", pnl: 5 }, false); // of nothing that is followed
    following.onFill("strat_000001", { ...sell, executionId: "exec_2" }, false); // of what was held before
    following.onFill("strat_000001", { ...buy, price: entry, timestamp: plane.clock }, false);
    followed.ticks("BTCUSD", [entry / 2]); // far beyond the stop, and the account still holds it
    following.onFill("strat_000001", { ...sell, executionId: "exec_2" }, false); // another account's
    following.onFill("strat_000001", sell, false);
    expect(following.counters.closed).toBe(0); // it leaves in two parts
    following.onFill("strat_000001", sell, false);
    following.onFill("strat_000001", sell, false);
    expect(following.counters.closed).toBe(1);
    await following.close();
    expect(followed.told).toMatchObject([{ source: "execution", ended: "exit" }]);
    expect(followed.told[0]?.net).toBeCloseTo(-0.15 / entry, 12);
  });

  it("are in the hands of their execution after a restart", async () => {
    const store = await opened();
    const before = await FollowedPlane.open(store, ["BTCUSD"]);
    before.owner = "strat_000001";
    const path = rising(100).slice(0, 25);
    const [signal] = before.ticks("BTCUSD", path);
    const entry = signal?.entry ?? Number.NaN;
    const fill = { executionId: "exec_1", symbol: "BTCUSD", fee: 0, quantity: 10, timestamp: before.plane.clock };
    await before.following.flush();
    before.following.onFill("strat_000001", { ...fill, side: "BUY", pnl: 0, price: entry }, false);
    await before.following.close();
    const after = await FollowedPlane.open(store, ["BTCUSD"]);
    after.ticks("BTCUSD", [entry / 2]);
    expect(after.following.counters).toMatchObject({ open: 1, closed: 0 });
    after.following.onFill("strat_000001", { ...fill, side: "SELL", pnl: -1.5, price: entry * 0.99 }, false);
    await after.following.close();
    expect(after.told).toMatchObject([{ source: "execution", ended: "exit" }]);
  });

  it("are dropped for good when their symbol is not known any more", async () => {
    const store = await opened();
    const before = await FollowedPlane.open(store, ["BTCUSD"]);
    before.ticks("BTCUSD", rising(100).slice(0, 25));
    expect(before.following.counters.open).toBe(1);
    await before.following.close();
    const after = await FollowedPlane.open(store, ["OTHER"]);
    await after.following.close();
    expect(await store.query("SELECT * FROM learning_followed", [])).toHaveLength(0);
  });
});
