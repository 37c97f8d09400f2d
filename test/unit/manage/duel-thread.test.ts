// A/B tests and the thread that they run in: what cannot begin there ends the test and nobody else.
import { describe, expect, it } from "vitest";
import { failed, ok, type Result } from "../../../src/domain/result.ts";
import { DuelDesk, type DuelOrder } from "../../../src/manage/executions/duel-desk.ts";
import { createFeedMemory, FeedReader } from "../../../src/manage/executions/feed-ring.ts";
import { Host } from "../../../src/manage/executions/host.ts";
import type { DuelSide, Letter, News } from "../../../src/manage/executions/messages.ts";
import type { Pool } from "../../../src/manage/executions/pool.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import { eventually } from "../../support/eventually.ts";

const TERMS = termsFor({ parameters: {}, riskLimits: {}, executionConfig: {} });
const side = (capital: number): DuelSide => ({
  version: "1.0.0",
  program: null,
  parameters: {},
  terms: { ...TERMS, capital },
  symbols: ["BTCUSD"],
  past: null,
});
const duel = (key: number, capital: number): Letter => ({
  kind: "duel",
  order: { key, a: side(capital), b: side(100), course: null, names: [], from: 0 },
});

async function opened(host: Host): Promise<void> {
  await eventually(
    () => host.opening,
    (count) => count === 0,
  );
}

describe("an A/B test that its thread cannot begin", () => {
  it("is refused with the reason, and the thread goes on with the next", async () => {
    const told: News[] = [];
    const host = new Host(new FeedReader(createFeedMemory()), (news) => void told.push(news), false);
    const letter = async (given: Letter): Promise<void> => {
      if (given.kind !== "close") host.letter(given);
      await opened(host);
    };
    await letter(duel(1, 1e-7));
    await letter(duel(2, 100));
    expect(told).toEqual([
      { kind: "refused", key: 1, reason: expect.stringContaining("capital") as string },
      { kind: "begun", key: 2 },
    ]);
  });

  it("is refused as well where what its letter asks for fails in a way that nobody foresaw", async () => {
    const told: News[] = [];
    const tell = (news: News): void => {
      told.push(news);
      if (news.kind === "begun") throw new Error("the door is shut");
    };
    const host = new Host(new FeedReader(createFeedMemory()), tell, false);
    const letter = duel(3, 100);
    if (letter.kind === "duel") host.letter(letter);
    await opened(host);
    expect(told.at(-1)).toEqual({ kind: "refused", key: 3, reason: "the door is shut" });
  });
});

/** Threads that answer when they are told to. */
class Threads {
  readonly opening: ((begun: Result<null, string>) => void)[] = [];
  readonly desk: DuelDesk;
  readonly keys: number[] = [];
  private key = 0;

  constructor() {
    const pool: Pick<Pool, "duel" | "send" | "forget"> = {
      duel: ({ key }) => {
        this.keys.push(key);
        return new Promise((resolve) => this.opening.push(resolve));
      },
      send: () => undefined,
      forget: () => undefined,
    };
    this.desk = new DuelDesk(pool, () => ++this.key);
    this.desk.joined();
  }
}
const ORDER: DuelOrder = {
  a: { ...side(100), strategyId: "strat_000001" },
  b: { ...side(100), strategyId: "strat_000002" },
  course: null,
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("an A/B test whose thread is lost", () => {
  const listener = { news: () => undefined, failed: () => undefined };

  it("while it is opened has not begun, and nothing of it runs on", async () => {
    const threads = new Threads();
    const begun = threads.desk.begin(ORDER, listener);
    threads.opening[0]?.(failed("their thread ended"));
    expect(threads.desk.lost(1)).toBe(true);
    expect(await begun).toEqual(failed("their thread ended"));
    await turn();
    expect(threads.keys).toEqual([1]);
    expect(threads.desk.busy).toBe(false);
  });

  it("in the same turn in which it said that it had begun has not begun either", async () => {
    const threads = new Threads();
    const begun = threads.desk.begin(ORDER, listener);
    threads.opening[0]?.(ok(null));
    expect(threads.desk.lost(1)).toBe(true);
    expect(await begun).toMatchObject({ ok: false });
    expect(threads.desk.busy).toBe(false);
  });

  it("after it had begun goes on in the next one, and can be ended there", async () => {
    const threads = new Threads();
    const begun = threads.desk.begin(ORDER, listener);
    threads.opening[0]?.(ok(null));
    expect(await begun).toEqual(ok(null));
    expect(threads.desk.lost(1)).toBe(true);
    threads.opening[1]?.(ok(null));
    await turn();
    expect(threads.keys).toEqual([1, 2]);
    threads.desk.end(listener);
    expect(threads.desk.busy).toBe(false);
  });
});

describe("an A/B test that waits for the stream", () => {
  it("does not begin where the stream is joined with the emergency stop latched", async () => {
    const opened: number[] = [];
    const pool = {
      duel: ({ key }: { readonly key: number }) => {
        opened.push(key);
        return Promise.resolve(ok(null));
      },
      send: () => undefined,
      forget: () => undefined,
    };
    const desk = new DuelDesk(pool, () => 1);
    const begun = desk.begin(ORDER, { news: () => undefined, failed: () => undefined });
    desk.halt("emergency_stop");
    desk.joined();
    expect(await begun).toEqual(failed("the emergency stop is latched"));
    expect(opened).toEqual([]);
  });
});
