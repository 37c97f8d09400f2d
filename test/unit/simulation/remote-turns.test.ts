// Entries that turn a position while something that leaves it is at a real venue: what is traded is what the same signals
// come to on paper, never twice that.
import { describe, expect, it } from "vitest";
import { freeTerms, type Policy, Simulation, Trader } from "../../../src/simulation/simulation.ts";
import { long, Scene } from "../../support/remote-scene.ts";

const TURNS: Partial<Policy> = { allowShort: true, maxPositionSize: 10_000 };
/** Of a full position at 94. */
const SIZE = 10_000 / 94;

describe("an entry that turns a position", () => {
  it("waits for the stop that the same event set off, and then opens what it would have opened on paper", () => {
    const scene = long(TURNS);
    scene.tick(94);
    scene.says("sell");
    expect(scene.told(1)).toEqual([["stop", "sell", 100]]);
    scene.tick(94);
    scene.says("sell");
    scene.fill(scene.last, 94); // the entry leaves with that: no event is waited for
    expect(scene.told(2)).toEqual([["signal", "sell", SIZE]]);
    scene.fill(scene.last, 94);
    expect(scene.simulation.held(0)).toBe(-SIZE);

    const paper = new Simulation({ capital: 100_000, instruments: [freeTerms("X")] });
    const trader = new Trader(paper, { positionSize: 0.1, stopLoss: -0.05, ...TURNS });
    const says = (action: "buy" | "sell"): void =>
      trader.signal({ symbol: 0, action, entry: 0, stop: 0, target: 0, values: [], group: 0 });
    paper.trade(0, 1, 100, 1);
    says("buy");
    paper.trade(0, 2, 100, 1);
    paper.trade(0, 3, 94, 1);
    says("sell");
    paper.trade(0, 4, 94, 1);
    expect(paper.held(0)).toBe(scene.simulation.held(0));
  });

  it("leaves the position by itself where the stop is refused", () => {
    const scene = long(TURNS);
    scene.tick(94);
    scene.says("sell");
    scene.refuse(scene.last);
    expect(scene.told(2)).toEqual([["signal", "sell", 100 + SIZE]]);
    scene.tick(93, 5); // the stop is watched again, and waits for the entry
    expect(scene.sent).toHaveLength(3);
    scene.fill(scene.last, 94);
    expect(scene.simulation.held(0)).toBe(-SIZE);
    expect(scene.open()).toEqual([["stop", "working", SIZE]]); // that of the new position
  });

  it("takes a target back that rests at the venue, and counts what that was filled until then", () => {
    for (const filled of [0, 30, 100]) {
      const scene = long({ ...TURNS, stopLoss: null, takeProfit: 0.1 });
      scene.tick(111);
      const target = scene.last;
      expect(scene.told(1)).toEqual([["target", "sell", 100]]);
      scene.tick(94);
      scene.says("sell");
      scene.tick(94);
      expect(scene.cancels).toEqual([target.id]);
      expect(scene.sent).toHaveLength(2);
      if (filled > 0) scene.fill(target, 110, filled);
      if (filled < 100) scene.refuse(target, "cancelled");
      expect(scene.told(2)).toEqual([["signal", "sell", 100 - filled + SIZE]]);
      scene.fill(scene.last, 94);
      expect(scene.simulation.held(0)).toBeCloseTo(-SIZE, 9);
      expect(scene.setbacks).toEqual([]);
    }
  });

  it("is waited for by a stop that the market reaches meanwhile", () => {
    const scene = long(TURNS);
    scene.tick(96);
    scene.says("sell");
    const entry = scene.last;
    scene.tick(94);
    expect(scene.told(1)).toEqual([["signal", "sell", 100 + 10_000 / 96]]);
    scene.fill(entry, 94, 60);
    expect(scene.sent).toHaveLength(2);
    scene.refuse(entry, "cancelled"); // the rest of it is ended there
    expect(scene.told(2)).toEqual([["stop", "sell", 40]]);
    scene.fill(scene.last, 94);
    expect(scene.simulation.held(0)).toBe(0);
  });

  it("waits for an exit that is on its way, and opens no more than its size", () => {
    const scene = long(TURNS);
    scene.tick(98);
    scene.says("exit");
    const exit = scene.last;
    scene.says("sell");
    scene.tick(96);
    expect(scene.told(1)).toEqual([["signal", "sell", 100]]);
    scene.fill(exit, 96);
    expect(scene.sent).toHaveLength(3);
    scene.fill(scene.last, 96);
    expect(scene.simulation.held(0)).toBeLessThan(0);
    expect(scene.simulation.held(0) * -96).toBeLessThan(10_000 * 1.02);
  });

  it("is no larger than max_position_size at the price at which it leaves after all", () => {
    const scene = long({ ...TURNS, stopLoss: null, takeProfit: 0.05 });
    scene.tick(106);
    const target = scene.last;
    scene.says("sell");
    scene.tick(212);
    scene.fill(target, 106);
    expect(scene.told(2)).toEqual([["signal", "sell", 10_000 / 212]]);
    expect(scene.last.order.quantity).toBe(10_000 / 212);
  });

  it("is not ended by the events that it waits through where it takes only what is there at once", () => {
    const scene = long(TURNS);
    scene.tick(94);
    scene.says("sell", { immediate: true, entry: 94 });
    scene.tick(94);
    scene.tick(95);
    expect(scene.sent).toHaveLength(2);
    scene.fill(scene.last, 94);
    expect(scene.last.order).toMatchObject({ kind: "limit", timeInForce: "ioc", limit: 94, state: "new" });
    expect(scene.told(2)).toEqual([["signal", "sell", 10_000 / 95]]); // by the last price
  });

  it("can be taken back while it waits", () => {
    const scene = long(TURNS);
    scene.tick(94);
    scene.says("sell");
    scene.says("buy"); // another decision: the position is to stay long
    scene.fill(scene.last, 94);
    expect(scene.sent).toHaveLength(2);
    expect(scene.simulation.held(0)).toBe(0);
  });
});

describe("a turn that lies at the venue when only what leaves a position may pass", () => {
  function restrained(more: Parameters<Scene["says"]>[1] = {}): Scene {
    const scene = long({ ...TURNS, stopLoss: null });
    scene.tick(100);
    scene.says("sell", more);
    scene.simulation.restrain(0, "only what reduces");
    scene.simulation.restrain(0, "only what reduces");
    expect(scene.cancels).toEqual([scene.last.id]);
    return scene;
  }

  it("goes on as the exit of what is held, at once and without a word, as it is narrowed to that before it leaves", () => {
    const scene = restrained();
    scene.refuse(scene.last, "cancelled");
    expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
    expect(scene.last.order).toMatchObject({ kind: "market", reduceOnly: true });
    expect(scene.setbacks).toEqual([]);
    scene.fill(scene.last, 100);
    expect([scene.simulation.held(0), scene.open()]).toEqual([0, []]);

    const paper = new Simulation({ capital: 100_000, instruments: [freeTerms("X")] });
    paper.trade(0, 1, 100, 1);
    paper.recall({ symbol: 0, quantity: 100, price: 100, fee: 0, time: 1 });
    paper.submit({ symbol: 0, side: "sell", kind: "market", quantity: 200 });
    paper.restrain(0, "only what reduces");
    paper.trade(0, 2, 100, 1);
    expect([paper.held(0), paper.orders()]).toEqual([0, []]);
  });

  it("leaves what it has not left, and nothing where it has turned the position before it was out", () => {
    for (const filled of [60, 130]) {
      const scene = restrained();
      scene.fill(scene.last, 100, filled);
      scene.refuse(scene.last, "cancelled");
      expect(scene.told(2)).toEqual(filled === 60 ? [["signal", "sell", 40]] : []);
    }
  });

  it("is over where a decision takes it back as well", () => {
    const scene = restrained();
    scene.says("buy");
    scene.refuse(scene.last, "cancelled");
    scene.tick(100, 60);
    expect([scene.sent.length, scene.simulation.held(0)]).toEqual([2, 100]);
  });
});

it("a turn that takes only what is there at once and never reached the venue has found nothing out: it is left", () => {
  for (const state of ["expired", "cancelled"] as const) {
    const scene = long({ ...TURNS, stopLoss: null });
    scene.tick(100);
    scene.says("sell", { immediate: true, entry: 100 });
    scene.tell(scene.last.id, { kind: "state", state, reason: "it never reached the venue", reached: false });
    expect(scene.setbacks).toMatchObject([{ turned: true, reason: "it never reached the venue" }]);
    scene.tick(100);
    expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
  }
});

it("an entry in a symbol where nothing is held leaves at once", () => {
  const scene = new Scene({ positionSize: 0.1, ...TURNS });
  scene.tick(100);
  scene.says("sell");
  expect(scene.told()).toEqual([["signal", "sell", 100]]);
});
