// Executions that sleep while they have nothing to do come to the same, to the bit, as those that are given every event as
// it comes: same fills, orders, ledger, figures, limits and ranges of events, whenever somebody asks.
import { describe, expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { FeedEvent } from "../../src/manage/executions/feed-event.ts";
import { Hosted } from "../../src/manage/executions/hosted.ts";
import type { Beginning, NamedSignal } from "../../src/manage/executions/messages.ts";
import { Places } from "../../src/manage/executions/places.ts";
import { Sleepers } from "../../src/manage/executions/sleepers.ts";
import { termsFor } from "../../src/manage/executions/terms.ts";
import { Random } from "../support/random.ts";

const SYMBOLS = ["BTCUSD", "ETHUSD", "AAPL"];
const NO_QUOTE = { bid: 0, ask: 0, bidSize: 0, askSize: 0 };
const EXECUTIONS = 6;
const EVENTS = 4_000;

function hosted(key: number, symbols: readonly string[]): Hosted {
  const parameters = { symbols, fee_bps: 2, slippage_bps: 3, position_size: 0.3, allow_short: key % 2 === 0 };
  const riskLimits = { daily_loss_limit: -50_000, max_drawdown: -0.02 };
  const none = { names: [], fills: [], orders: [], carry: [], reigns: [], gates: [] };
  const nothing = { past: null, posted: null, shares: null, owner: null, program: null };
  const order: Beginning = {
    ...none,
    ...nothing,
    key,
    version: "1.0.0",
    parameters,
    terms: termsFor({ parameters, riskLimits, executionConfig: {} }),
    symbols,
    from: 1,
    again: false,
    paused: false,
    startTime: 0,
    lastOrder: 0,
  };
  const places = new Places(symbols);
  for (const [id, name] of SYMBOLS.entries()) places.learn(id, name);
  return new Hosted(order, places, null, () => undefined);
}

/** The same executions twice: `slept` through the sleepers, `awake` without them. */
class Twins {
  readonly slept: readonly Hosted[];
  readonly awake: readonly Hosted[];
  readonly sleepers = new Sleepers(() => undefined);

  private readonly event = new FeedEvent();
  private readonly random: Random;
  private readonly prices = SYMBOLS.map(() => 100);

  constructor(random: Random) {
    this.random = random;
    const symbols = Array.from({ length: EXECUTIONS }, (_, key) => SYMBOLS.slice(key % 2, 1 + ((key + 1) % 3)));
    const wanted = symbols.map((names) => (names.length > 0 ? names : SYMBOLS));
    this.slept = wanted.map((names, key) => hosted(key + 1, names));
    this.awake = wanted.map((names, key) => hosted(key + 1, names));
    for (const one of this.slept)
      for (let id = 0; id < SYMBOLS.length; id++) if (one.places.wants(id)) this.sleepers.join(one, id);
  }

  tick(): void {
    const { event, random, prices } = this;
    const symbol = random.integer(SYMBOLS.length);
    const price = (prices[symbol] ?? 100) * (1 + 0.01 * (random.next() - 0.5));
    prices[symbol] = price;
    event.sequence++;
    event.subject = symbol;
    const chance = random.next();
    event.kind = chance < 0.8 ? layout.KIND_TRADE : chance < 0.95 ? layout.KIND_QUOTE : layout.KIND_FUNDING;
    event.clock = Math.max(event.clock, 1.7e15) + random.integer(40_000);
    event.time = event.clock;
    const values: Readonly<Record<number, readonly number[]>> = {
      [layout.KIND_TRADE]: [price, 1_000, price, price, price],
      [layout.KIND_QUOTE]: [price, price * 1.001, 50, 60, 0],
      [layout.KIND_FUNDING]: [0.0001, 0, 0, 0, 0],
    };
    event.values.set(values[event.kind] ?? []);
    const asks = event.kind !== layout.KIND_FUNDING;
    for (const one of this.awake) one.event(event, NO_QUOTE, asks);
    this.sleepers.give(event, NO_QUOTE, asks);
  }

  signal(): void {
    const at = this.random.integer(EXECUTIONS);
    const [slept, awake] = [this.slept[at], this.awake[at]];
    if (slept === undefined || awake === undefined) return;
    const symbol = slept.places.names[this.random.integer(slept.places.names.length)] ?? "";
    const action = (["buy", "sell", "exit"] as const)[this.random.integer(3)] ?? "buy";
    const plain = { symbol, action, entry: 100, stop: Number.NaN, target: Number.NaN, values: [], group: 0 };
    const signals: NamedSignal[] = [{ ...plain, type: "momentum_rider" }];
    this.sleepers.wake(slept);
    slept.signals(this.event.sequence, signals);
    awake.signals(this.event.sequence, signals);
  }

  /** What it says of those that sleep, and whether that can be: who sleeps has nothing to do. */
  asleep(): number {
    const { asleep } = this.sleepers;
    expect(asleep).toBeGreaterThanOrEqual(0);
    expect(asleep).toBeLessThanOrEqual(this.slept.filter((one) => one.idle).length);
    return asleep;
  }

  compare(at: number): void {
    const [slept, awake] = [this.slept[at], this.awake[at]];
    if (slept === undefined || awake === undefined) return;
    this.sleepers.upToDate(slept);
    expect(slept.news()).toEqual(awake.news());
  }
}

describe("an execution that sleeps while it has nothing to do", () => {
  it("comes to the same as one that is given every event at once", () => {
    for (const seed of [1, 2, 3]) {
      const random = new Random(seed);
      const twins = new Twins(random);
      let asleep = 0;
      for (let event = 0; event < EVENTS; event++) {
        twins.tick();
        if (random.next() < 0.01) twins.signal();
        if (random.next() < 0.02) twins.compare(random.integer(EXECUTIONS));
        asleep = Math.max(asleep, twins.asleep());
      }
      for (let at = 0; at < EXECUTIONS; at++) twins.compare(at);
      // Some held something at the end or before, and some slept.
      expect(twins.awake.some((one) => !one.idle)).toBe(true);
      expect(asleep).toBeGreaterThan(1);
      for (const one of twins.slept) twins.sleepers.forget(one);
      expect(twins.sleepers.asleep).toBe(0);
    }
  });

  it("is given the events of a while together, before its next step or when it is asked", () => {
    const [one] = new Twins(new Random(4)).slept;
    const sleepers = new Sleepers(() => undefined);
    if (one === undefined) throw new Error("there is none");
    sleepers.join(one, 0);
    let seen = 0;
    const event = one.event.bind(one);
    one.event = (...given) => {
      seen++;
      event(...given);
    };
    const tick = new FeedEvent();
    const trade = (clock: number): void => {
      Object.assign(tick, { sequence: tick.sequence + 1, kind: layout.KIND_TRADE, subject: 0, clock, time: clock });
      tick.values.fill(100);
      sleepers.give(tick, NO_QUOTE, true);
    };
    trade(1e15);
    for (let index = 1; index <= 10; index++) trade(1e15 + index);
    expect(seen).toBe(1);
    sleepers.upToDate(one);
    expect(seen).toBe(11);
    for (let index = 11; index <= 60; index++) trade(1e15 + index);
    // There is room for so many events of a symbol.
    expect(seen).toBeLessThanOrEqual(60 - 8);
    trade(1e15 + 1_000_000);
    expect(seen).toBe(62);
  });
});
