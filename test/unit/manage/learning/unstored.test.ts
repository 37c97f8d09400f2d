import { afterEach, describe, expect, it, vi } from "vitest";
import type { Closed, Opening } from "../../../../src/learning/tracker.ts";
import { PORTION_MAX, Unstored, WAITING_MAX } from "../../../../src/manage/learning/unstored.ts";
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

/** The database itself refuses every change, as on a disk that is mounted read-only. */
async function readOnly(store: Store, refuses: boolean): Promise<void> {
  await store.query(`PRAGMA query_only = ${refuses ? 1 : 0}`, []);
}
async function rows(store: Store, sql: string): Promise<Readonly<Record<string, unknown>>> {
  return (await store.query(sql, []))[0] ?? {};
}

const SYMBOLS = Array.from({ length: 60 }, (_, index) => `S${index}USD`);
/** One trade or more of each symbol from its signal to its target. */
function trades(followed: FollowedPlane, round: number, symbols: readonly string[] = SYMBOLS): void {
  const from = 100 * 10 ** (round % 3);
  for (const symbol of symbols) followed.ticks(symbol, rising(from).slice(0, 25));
  for (const symbol of symbols) followed.ticks(symbol, [from * 5]);
}

function opening(id: number, name = "BTCUSD"): Opening {
  return { id: `sig_${id}`, name, strategyId: null, instance: 0, symbol: 0, group: null } as unknown as Opening;
}
function closed(id: number, name?: string): Closed {
  const outcome = {
    strategy: "momentum_rider",
    instance: 0,
    symbol: name ?? "BTCUSD",
    side: 1,
    confidenceRaw: 0.5,
    confidence: 0.5,
    openedAt: 1,
    closedAt: 2,
    net: 0.01,
    ended: "target",
    regime: "unknown",
    source: "signal",
  } as const;
  return { outcome, openings: [opening(id, name)] };
}
function begun(position = 0): Unstored {
  return new Unstored(({ id }) => ({ id }), position);
}
/** How many portions the store took. */
async function storeAll(unstored: Unstored, store: Store): Promise<number> {
  for (let portions = 0; ; portions++) {
    const portion = unstored.next();
    if (portion === null) return portions;
    expect(await store.commit(portion.statements)).toMatchObject({ ok: true });
    unstored.taken();
  }
}

describe("a store that refuses for long", () => {
  it("is told everything when it takes again, in order, and has forgotten no outcome of before", async () => {
    const store = await opened();
    const followed = await FollowedPlane.open(store, SYMBOLS);
    trades(followed, 0);
    await followed.following.flush();
    const before = followed.told.length;
    expect(before).toBeGreaterThanOrEqual(SYMBOLS.length);
    await readOnly(store, true);
    for (let round = 1; round <= 5; round++) {
      trades(followed, round);
      await followed.following.flush();
    }
    expect(followed.told.length).toBe(before);
    await readOnly(store, false);
    await followed.following.flush();
    const { closed: all, open, unkept } = followed.following.counters;
    expect(all).toBeGreaterThan(2 * PORTION_MAX);
    expect(unkept).toBe(0);
    expect(followed.told.length).toBe(all);
    // What is old goes by its position: attempts that were refused have used none up.
    const kept = await rows(store, "SELECT count(*) AS kept, max(position) AS newest FROM learning_outcomes");
    expect(kept).toMatchObject({ kept: all, newest: all });
    expect(await rows(store, "SELECT count(*) AS open FROM learning_followed")).toMatchObject({ open });
    await followed.following.close();
  });

  it("is asked again by the clock, less and less often, and not at every signal", async () => {
    const store = await opened();
    const followed = await FollowedPlane.open(store, SYMBOLS);
    await readOnly(store, true);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const commit = vi.spyOn(store, "commit");
    const answered = async (): Promise<void> => {
      await Promise.all(commit.mock.results.map(({ value }) => value as Promise<unknown>));
      for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
    };
    try {
      trades(followed, 0);
      for (let turns = 0; commit.mock.calls.length === 0 && turns < 1e6; turns++)
        await new Promise((resolve) => setImmediate(resolve));
      await answered();
      for (let round = 1; round <= 5; round++) {
        trades(followed, round);
        await answered();
      }
      expect(commit).toHaveBeenCalledTimes(1);
      const asked: number[] = [];
      for (let quarters = 1; quarters <= 64; quarters++) {
        vi.advanceTimersByTime(250);
        await answered();
        asked.push(commit.mock.calls.length);
      }
      expect(asked[1]).toBe(2); // after half a second
      expect(asked.at(-1)).toBeLessThanOrEqual(7);
      expect(asked.at(-1)).toBeGreaterThan(4);
    } finally {
      vi.useRealTimers();
    }
    await readOnly(store, false);
    await followed.following.close();
    expect(followed.told.length).toBe(followed.following.counters.closed);
  });
});

describe("what a store is not told yet", () => {
  it("is bounded: the oldest outcome goes and is counted, and its trade is not followed again", async () => {
    const store = await opened();
    const unstored = begun();
    for (let id = 0; id < 50; id++) unstored.begin(opening(id));
    await storeAll(unstored, store);
    for (let id = 0; id < WAITING_MAX + 100; id++) {
      if (id >= 50) unstored.begin(opening(id));
      unstored.end(closed(id));
    }
    expect(unstored.unkept).toBe(100);
    expect(unstored.size).toBe(WAITING_MAX + 50);
    await storeAll(unstored, store);
    expect(unstored.size).toBe(0);
    expect(await rows(store, "SELECT count(*) AS kept FROM learning_outcomes")).toMatchObject({ kept: WAITING_MAX });
    expect(await rows(store, "SELECT count(*) AS open FROM learning_followed")).toMatchObject({ open: 0 });
  });

  it("holds nothing of a trade that is lost before the store has heard of it", () => {
    const unstored = begun();
    for (let id = 0; id < 1_000; id++) {
      unstored.begin(opening(id));
      unstored.change(opening(id));
      unstored.lose(opening(id));
    }
    expect(unstored.size).toBe(0);
    expect(unstored.next()).toBeNull();
  });

  it("goes in portions, and one that may have been stored goes again to the same effect", async () => {
    const store = await opened();
    const unstored = begun();
    for (let id = 0; id < 300; id++) {
      unstored.begin(opening(id));
      if (id % 2 === 0) unstored.end(closed(id));
    }
    const portion = unstored.next();
    expect(portion?.outcomes).toHaveLength(PORTION_MAX);
    expect(await store.commit(portion?.statements ?? [])).toMatchObject({ ok: true });
    // The answer was lost.
    expect(unstored.next()).toBe(portion);
    expect(await storeAll(unstored, store)).toBe(3);
    const kept = await rows(store, "SELECT count(*) AS kept, max(position) AS newest FROM learning_outcomes");
    expect(kept).toMatchObject({ kept: 150, newest: 150 });
    expect(await rows(store, "SELECT count(*) AS open FROM learning_followed")).toMatchObject({ open: 150 });
  });

  it("removes the row of a trade that ends while its row is on the way", async () => {
    const store = await opened();
    const unstored = begun();
    unstored.begin(opening(1));
    const portion = unstored.next();
    unstored.end(closed(1));
    expect(await store.commit(portion?.statements ?? [])).toMatchObject({ ok: true });
    unstored.taken();
    await storeAll(unstored, store);
    expect(await rows(store, "SELECT count(*) AS open FROM learning_followed")).toMatchObject({ open: 0 });
  });

  it("waits while the stream has no room for outcomes, and goes on when it has", async () => {
    const store = await opened();
    const followed = await FollowedPlane.open(store, SYMBOLS);
    followed.full = true;
    for (let round = 0; followed.following.counters.closed < 1_500; round++) {
      trades(followed, round);
      await followed.following.flush();
    }
    expect(followed.told).toHaveLength(0);
    const { history } = followed.following;
    expect(history.size).toBeGreaterThan(500);
    expect(history.size).toBeLessThan(1_024 + PORTION_MAX);
    followed.full = false;
    await followed.following.flush();
    expect(followed.told.length).toBe(followed.following.counters.closed);
    await followed.following.close();
  });

  it("does not hold up what is stored already and waits for room in the stream", async () => {
    const store = await opened();
    const followed = await FollowedPlane.open(store, SYMBOLS);
    followed.full = true;
    trades(followed, 0);
    await followed.following.flush();
    const stored = followed.following.history.size;
    expect(stored).toBeGreaterThanOrEqual(SYMBOLS.length);
    expect(followed.told).toHaveLength(0);
    await readOnly(store, true);
    followed.full = false;
    trades(followed, 1);
    await followed.following.flush();
    for (let turns = 0; followed.told.length < stored && turns < 1e6; turns++)
      await new Promise((resolve) => setImmediate(resolve));
    expect(followed.told).toHaveLength(stored);
    await readOnly(store, false);
    await followed.following.close();
    expect(followed.told.length).toBe(followed.following.counters.closed);
  });

  it("does not wait for what can never be stored: that is dropped, alone, and counted", async () => {
    const store = await opened();
    const unfit = "S\u0000USD";
    const followed = await FollowedPlane.open(store, [unfit, "BTCUSD"]);
    trades(followed, 0, [unfit, "BTCUSD"]);
    await followed.following.close();
    const { closed: all, unkept } = followed.following.counters;
    expect(unkept).toBe(all / 2);
    expect(followed.told.length).toBe(all / 2);
    expect(new Set(followed.told.map(({ symbol }) => symbol))).toStrictEqual(new Set(["BTCUSD"]));
  });
});
