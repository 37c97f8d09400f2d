// Exits that a real venue does not take: what leaves a position goes on until nothing is held, is never more than that, and
// ends where a newer decision keeps the position.
import { describe, expect, it } from "vitest";
import {
  freeTerms,
  type Order,
  SETTLED_BY_OPERATOR,
  Simulation,
  Trader,
  type TradeSignal,
} from "../../../src/simulation/simulation.ts";
import { long, type Scene } from "../../support/remote-scene.ts";

const STATES = ["rejected", "expired", "cancelled"] as const;
const TURNS = { allowShort: true, maxPositionSize: 10_000 };

/** Long 100 at 100, and its exit refused at 100. */
function refused(policy = {}, state: Order["state"] = "rejected"): Scene {
  const scene = long(policy);
  scene.tick(100);
  scene.says("exit");
  scene.refuse(scene.last, state);
  return scene;
}

describe("an exit that a real venue does not take", () => {
  it.each(STATES)("is sent again after a second when it is %s, although it was decided once", (state) => {
    const scene = refused({}, state);
    expect(scene.setbacks).toMatchObject([
      { reason: "no money", times: 1, turned: false, order: { purpose: "signal", quantity: 100, state: "working" } },
    ]);
    scene.tick(100, 0.9);
    expect(scene.sent).toHaveLength(2);
    scene.tick(100, 0.1);
    expect(scene.told(1)).toEqual([
      ["signal", "sell", 100],
      ["signal", "sell", 100],
    ]);
    const [first, second] = scene.sent.slice(1);
    expect(second?.id).toBeGreaterThan(first?.id ?? 0); // a venue takes an id once
    expect(second?.order).toMatchObject({ kind: "market", reduceOnly: true, chain: first?.order.chain });
    scene.fill(scene.last, 100);
    expect(scene.simulation.held(0)).toBe(0);
    expect(scene.open()).toEqual([]);
  });

  it("is over where a person has settled it: what the venue holds is what that person says", () => {
    const scene = long();
    scene.says("exit");
    scene.refuse(scene.last, "expired", SETTLED_BY_OPERATOR);
    for (let second = 0; second < 60; second++) scene.tick(100);
    expect(scene.sent).toHaveLength(2);
    expect(scene.open()).toEqual([["stop", "working", 100]]);
  });

  it("does not give up, after pauses that double up to half a minute", () => {
    const scene = refused();
    const after: number[] = [];
    for (let times = 0; times < 12; times++) {
      const before = scene.sent.length;
      let quarters = 0;
      while (scene.sent.length === before && quarters < 200) {
        scene.tick(100, 0.25);
        quarters++;
      }
      after.push(quarters / 4);
      scene.refuse(scene.last);
    }
    expect(after).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30]);
    expect(scene.setbacks.map(({ times }) => times)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(scene.open()).toEqual([
      ["stop", "working", 100],
      ["signal", "working", 100],
    ]);
  });

  it("goes on with what is left of it where a part was filled", () => {
    const scene = long();
    scene.says("exit");
    const exit = scene.last;
    scene.fill(exit, 100, 30);
    scene.refuse(exit, "expired");
    expect(scene.setbacks).toMatchObject([{ times: 1, order: { quantity: 70 } }]);
    scene.tick(100);
    expect(scene.told(2)).toEqual([["signal", "sell", 70]]);
    scene.fill(scene.last, 100);
    expect(scene.simulation.held(0)).toBe(0);
  });

  it("is not sent again while nothing is known of it", () => {
    const scene = long();
    scene.says("exit");
    for (let tick = 0; tick < 100; tick++) scene.tick(100);
    expect(scene.sent).toHaveLength(2);
  });

  it("is not sent beside another of its own, however often it is decided", () => {
    const scene = refused();
    for (let tick = 0; tick < 40; tick++) {
      scene.says("exit");
      scene.tick(100, 0.25);
    }
    expect(scene.sent).toHaveLength(3);
    expect(scene.open()).toEqual([
      ["stop", "working", 100],
      ["signal", "working", 100],
    ]);
  });

  it("is over once a stop or the target has left the position meanwhile", () => {
    for (const price of [94, 111]) {
      const scene = refused({ takeProfit: 0.1 });
      scene.tick(price, 0.1);
      const [, , other] = scene.sent;
      expect([other?.purpose, other?.quantity]).toEqual([price === 94 ? "stop" : "target", 100]);
      scene.fill(scene.last, price);
      expect(scene.simulation.held(0)).toBe(0);
      expect(scene.open()).toEqual([]);
      for (let tick = 0; tick < 5; tick++) scene.tick(100, 10);
      expect(scene.sent).toHaveLength(3);
    }
  });

  it("leaves what a stop has not, and waits for it meanwhile", () => {
    const scene = refused();
    scene.tick(94, 0.1);
    const stop = scene.last;
    scene.fill(stop, 94, 60);
    scene.tick(94, 5);
    expect(scene.sent).toHaveLength(3); // the stop is at the venue with the rest
    scene.refuse(stop, "cancelled");
    expect(scene.told(3)).toEqual([["signal", "sell", 40]]);
    scene.tick(94, 5);
    expect(scene.sent).toHaveLength(4); // and now the stop waits for the exit
    scene.fill(scene.last, 94);
    expect([scene.simulation.held(0), scene.open()]).toEqual([0, []]);
  });

  it("does not meet the next position", () => {
    const scene = refused();
    scene.tick(94, 0.1);
    scene.fill(scene.last, 94);
    scene.says("buy");
    scene.fill(scene.last, 94);
    const { length } = scene.sent;
    scene.tick(94, 60);
    expect(scene.sent).toHaveLength(length);
    expect(scene.open()).toEqual([["stop", "working", scene.simulation.held(0)]]);
  });

  it("can be taken back, by its number, while it waits and while it is there", () => {
    for (const waits of [true, false]) {
      const scene = refused();
      if (!waits) scene.tick(100);
      const order = scene.simulation.orders().find(({ purpose }) => purpose === "signal");
      expect(scene.simulation.cancel(order?.id ?? 0).ok).toBe(true);
      if (!waits) scene.refuse(scene.last, "cancelled");
      scene.tick(100, 60);
      expect(scene.sent).toHaveLength(waits ? 2 : 3);
      expect(scene.open()).toEqual([["stop", "working", 100]]);
    }
  });

  it("is over when everything is taken back: the end of an execution, the emergency stop", () => {
    const scene = refused();
    scene.simulation.cancelAll();
    scene.tick(90, 60);
    expect([scene.sent.length, scene.open()]).toEqual([2, []]);
  });

  it("goes on where only what would open positions is taken back: a pause, a limit of risk", () => {
    const scene = refused();
    scene.simulation.cancelEntries();
    scene.simulation.restrain(0, "to reduce");
    scene.tick(100);
    expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
  });
});

describe("a newer decision", () => {
  it("to hold the position ends an exit that waits", () => {
    const scene = refused();
    scene.says("buy");
    expect(scene.open()).toEqual([["stop", "working", 100]]);
    scene.tick(100, 60);
    expect(scene.sent).toHaveLength(2);
    scene.says("exit"); // and one to leave it after all begins anew
    scene.fill(scene.last, 100);
    expect(scene.simulation.held(0)).toBe(0);
  });

  it("to hold it while the exit is at the venue lets that be over when it is refused", () => {
    const scene = long();
    scene.says("exit");
    scene.says("buy");
    expect(scene.cancels).toEqual([]);
    scene.refuse(scene.last);
    scene.tick(100, 60);
    expect(scene.sent).toHaveLength(2);
    expect(scene.setbacks).toEqual([]);
    expect(scene.open()).toEqual([["stop", "working", 100]]);
  });

  it("to leave it all the same lets the exit go on", () => {
    const scene = long();
    scene.says("exit");
    scene.says("buy");
    scene.says("exit");
    expect(scene.sent).toHaveLength(2);
    scene.refuse(scene.last);
    scene.tick(100);
    expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
  });

  it("to turn it waits: it is left first, and opened by a decision behind that", () => {
    const scene = refused(TURNS);
    scene.says("sell");
    scene.tick(100);
    expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
    scene.says("sell");
    scene.fill(scene.last, 100);
    expect([scene.simulation.held(0), scene.open()]).toEqual([0, []]);
    scene.says("sell");
    expect(scene.told(3)).toEqual([["signal", "sell", 100]]);
  });

  it("to turn it takes back an exit that is at the venue, and leaves by itself what that has not", () => {
    for (const filled of [0, 30]) {
      const scene = long(TURNS);
      scene.says("exit");
      const exit = scene.last;
      scene.says("sell");
      expect(scene.cancels).toEqual([exit.id]);
      if (filled > 0) scene.fill(exit, 100, filled);
      scene.refuse(exit, "cancelled");
      expect(scene.told(2)).toEqual([["signal", "sell", 200 - filled]]);
      scene.fill(scene.last, 100);
      expect(scene.simulation.held(0)).toBe(-100);
      expect(scene.setbacks).toEqual([]);
    }
  });
});

describe("an order that was to turn a position", () => {
  function turning(policy = {}): Scene {
    const scene = long({ ...TURNS, ...policy });
    scene.tick(100);
    scene.says("sell");
    expect(scene.told(1)).toEqual([["signal", "sell", 200]]);
    return scene;
  }

  it.each(STATES)("and is %s goes on as an exit of what is held, and somebody is told", (state) => {
    const scene = turning();
    scene.refuse(scene.last, state);
    expect(scene.setbacks).toMatchObject([
      { reason: "no money", times: 1, turned: true, order: { purpose: "signal", quantity: 100, reduceOnly: true } },
    ]);
    scene.tick(100);
    expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
    expect(scene.last.order).toMatchObject({ kind: "market", reduceOnly: true });
    scene.refuse(scene.last);
    expect(scene.setbacks[1]).toMatchObject({ times: 2, turned: false });
    scene.tick(100, 2);
    scene.fill(scene.last, 100);
    expect([scene.simulation.held(0), scene.open()]).toEqual([0, []]);
    expect(scene.simulation.tally).toMatchObject({ held: 0, engaged: 0, coming: 0 });
  });

  it("does not take the exit's place with every event in which it is decided again", () => {
    const scene = turning();
    scene.refuse(scene.last);
    for (let tick = 0; tick < 4; tick++) {
      scene.tick(100, 0.25);
      scene.says("sell");
    }
    expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
  });

  it("has turned it with a part that was filled: what is left of it is no exit", () => {
    const scene = turning();
    const turn = scene.last;
    scene.fill(turn, 100, 120);
    scene.refuse(turn, "cancelled");
    expect(scene.setbacks).toEqual([]);
    scene.tick(100, 60);
    expect(scene.sent).toHaveLength(2);
    expect(scene.simulation.held(0)).toBe(-20);
  });

  it("has left a part of it: the exit is for the other one", () => {
    const scene = turning();
    const turn = scene.last;
    scene.fill(turn, 100, 60);
    scene.refuse(turn, "cancelled");
    scene.tick(100);
    expect(scene.told(2)).toEqual([["signal", "sell", 40]]);
  });

  it("is over when it was taken back, as the decision behind it says", () => {
    const scene = turning();
    scene.says("buy");
    scene.refuse(scene.last, "cancelled");
    scene.tick(100, 60);
    expect([scene.sent.length, scene.setbacks.length]).toEqual([2, 0]);
    expect(scene.open()).toEqual([["stop", "working", 100]]);
  });

  it("and takes only what is there at once is as on paper when nothing is there, and leaves when it is refused", () => {
    for (const state of STATES) {
      const scene = long(TURNS);
      scene.tick(100);
      scene.says("sell", { immediate: true, entry: 100 });
      scene.refuse(scene.last, state);
      scene.tick(100);
      expect(scene.told(2)).toEqual(state === "rejected" ? [["signal", "sell", 100]] : []);
    }
    const paper = new Simulation({ capital: 100_000, instruments: [freeTerms("X")] });
    const trader = new Trader(paper, { positionSize: 0.1, ...TURNS });
    const says = (more: Pick<TradeSignal, "action"> & Partial<TradeSignal>): void =>
      trader.signal({ symbol: 0, entry: 0, stop: 0, target: 0, values: [], group: 0, ...more });
    paper.trade(0, 1, 100, 1);
    says({ action: "buy" });
    paper.trade(0, 2, 100, 1);
    says({ action: "sell", immediate: true, entry: 100 });
    paper.trade(0, 3, 99, 1);
    expect([paper.held(0), paper.orders()]).toEqual([100, []]);
  });
});

it("the leg of a group that is to be left goes on, and the group waits for it", () => {
  const sent: Order[] = [];
  const pair = new Simulation({
    capital: 100_000,
    instruments: [freeTerms("A"), freeTerms("B")],
    remote: { send: (order) => void sent.push(order), cancel: () => undefined },
  });
  const trader = new Trader(pair, { role: "group", positionSize: 0.1 });
  let time = 1e15;
  const tick = (): void => {
    time += 1e6;
    for (const symbol of [0, 1]) expect(pair.trade(symbol, time, 100, 1)).toBeNull();
  };
  const leg = (symbol: number, action: TradeSignal["action"]): TradeSignal => {
    return { symbol, action, entry: 100, stop: 0, target: 0, values: [], group: 1 };
  };
  const fill = ({ id, quantity }: Order): void => {
    expect(pair.told(id, { kind: "fill", fill: { quantity, price: 100, fee: 0, time } })).toBeNull();
  };
  tick();
  trader.signals([leg(0, "buy"), leg(1, "sell")]);
  sent.forEach(fill);
  trader.signals([leg(0, "exit"), leg(1, "exit")]);
  const [first, second] = sent.slice(2);
  if (first === undefined || second === undefined) throw new Error("the legs were not left");
  fill(first);
  pair.told(second.id, { kind: "state", state: "rejected", reason: "no money" });
  expect([pair.held(0), pair.held(1)]).toEqual([0, -100]);
  trader.signals([leg(0, "sell"), leg(1, "buy")]);
  expect(sent).toHaveLength(4);
  tick();
  expect(sent[4]).toMatchObject({ symbol: 1, side: "buy", quantity: 100, reduceOnly: true });
  fill(sent[4] ?? first);
  expect(pair.orders()).toEqual([]);
  trader.signals([leg(0, "buy"), leg(1, "sell")]);
  expect(sent).toHaveLength(7);
});
