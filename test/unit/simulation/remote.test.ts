// Orders that leave for a real venue: as they were admitted, and what becomes of those that it does not take.
import { describe, expect, it } from "vitest";
import { freeTerms, REDUCE_ONLY, Simulation } from "../../../src/simulation/simulation.ts";
import { long, Scene } from "../../support/remote-scene.ts";

it("an order that was admitted to make a position smaller leaves for a real venue as a reduce-only one", () => {
  const sent: boolean[] = [];
  const simulation = new Simulation({
    capital: 1_000,
    instruments: [freeTerms("X")],
    admit: (request) => (request.side === "sell" ? REDUCE_ONLY : null),
    remote: { send: ({ reduceOnly }) => void sent.push(reduceOnly), cancel: () => undefined },
  });
  simulation.trade(0, 1e15, 100, 1);
  simulation.recall({ symbol: 0, quantity: 1, price: 100, fee: 0, time: 1e15 });
  const plain = { symbol: 0, kind: "limit", quantity: 1, limit: 100 } as const;
  simulation.submit({ ...plain, side: "buy" });
  simulation.submit({ ...plain, side: "sell" });
  simulation.submitTogether([{ symbol: 0, kind: "market", quantity: 1, side: "sell" }]);
  // The third waits until the second is over at the venue: both leave the same position.
  expect(sent).toEqual([false, true]);
  expect(simulation.orders().map(({ reduceOnly }) => reduceOnly)).toEqual([false, true, true]);
});

describe("a stop or target that a real venue does not take", () => {
  it.each(["rejected", "expired", "cancelled"] as const)("is watched on and sent again when it is %s", (state) => {
    const scene = long();
    scene.tick(94);
    expect(scene.told(1)).toEqual([["stop", "sell", 100]]);
    const stop = scene.last;
    scene.refuse(stop, state);
    expect(stop.order.state).toBe(state === "rejected" ? "cancelled" : state);
    expect(scene.open()).toEqual([["stop", "working", 100]]);
    expect(scene.setbacks).toMatchObject([
      { reason: "no money", times: 1, turned: false, order: { purpose: "stop", chain: stop.order.chain } },
    ]);
    expect(scene.simulation.orders()[0]?.stop).toBe(95);
    scene.tick(96); // the market has come back: it is watched
    expect(scene.sent).toHaveLength(2);
    scene.tick(93);
    expect(scene.told(2)).toEqual([["stop", "sell", 100]]);
    expect(scene.last.id).toBeGreaterThan(stop.id); // a venue takes an id once
    scene.fill(scene.last, 93);
    expect(scene.simulation.held(0)).toBe(0);
    expect(scene.open()).toEqual([]);
  });

  it("is sent after a pause that doubles up to half a minute, however many events come meanwhile", () => {
    const scene = long();
    scene.tick(94);
    const after: number[] = [];
    for (let times = 0; times < 8; times++) {
      scene.refuse(scene.last);
      const before = scene.sent.length;
      let quarters = 0;
      while (scene.sent.length === before && quarters < 200) {
        scene.tick(90, 0.25);
        quarters++;
      }
      after.push(quarters / 4);
    }
    expect(after).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(scene.setbacks.map(({ times }) => times)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    // What was filled of one makes the venue one that takes them.
    scene.fill(scene.last, 90, 40);
    scene.refuse(scene.last, "cancelled");
    expect(scene.setbacks.at(-1)).toMatchObject({ times: 1, order: { quantity: 60 } });
    scene.tick(90);
    expect(scene.told(-1)).toEqual([["stop", "sell", 60]]);
  });

  it("counts anew once nothing is held any more", () => {
    const scene = long();
    scene.tick(94);
    scene.refuse(scene.last);
    scene.says("exit");
    scene.fill(scene.last, 94);
    scene.says("buy");
    scene.fill(scene.last, 94);
    scene.tick(80, 0.1);
    expect(scene.told(-1)).toEqual([["stop", "sell", scene.simulation.held(0)]]);
    scene.refuse(scene.last);
    expect(scene.setbacks.map(({ times }) => times)).toEqual([1, 1]);
  });

  it("does not hold up an exit, nor the target", () => {
    for (const ends of ["exit", "target"] as const) {
      const scene = long({ takeProfit: 0.1 });
      scene.tick(94);
      scene.refuse(scene.last);
      if (ends === "exit") scene.says("exit");
      else scene.tick(111, 0.1);
      expect(scene.told(2)).toEqual([[ends === "exit" ? "signal" : "target", "sell", 100]]);
      scene.fill(scene.last, 94);
      expect(scene.simulation.held(0)).toBe(0);
      expect(scene.open()).toEqual([]);
    }
  });

  it("can be taken back, as one that was never sent", () => {
    const scene = long();
    scene.tick(94);
    scene.refuse(scene.last);
    const [order] = scene.simulation.orders();
    expect(scene.simulation.cancel(order?.id ?? 0)).toMatchObject({ ok: true, value: { state: "cancelled" } });
    expect(scene.cancels).toEqual([]);
    scene.tick(90, 60);
    expect(scene.sent).toHaveLength(2);
  });

  it("is over when somebody had taken it back at the venue, whatever the venue calls that", () => {
    for (const state of ["cancelled", "rejected"] as const) {
      const scene = long();
      scene.tick(94);
      expect(scene.simulation.cancel(scene.last.id).ok).toBe(true);
      expect(scene.cancels).toEqual([scene.last.id]);
      scene.refuse(scene.last, state);
      expect(scene.open()).toEqual([]);
      expect(scene.setbacks).toEqual([]);
    }
  });

  it("grows with its entry, as the one before would have", () => {
    const scene = new Scene({ positionSize: 0.1, stopLoss: -0.05 });
    scene.tick(100);
    scene.says("buy");
    const entry = scene.last;
    scene.fill(entry, 100, 40);
    scene.tick(94);
    scene.refuse(scene.last);
    scene.fill(entry, 100, 60);
    scene.tick(94);
    expect(scene.told(1)).toEqual([
      ["stop", "sell", 40],
      ["stop", "sell", 100],
    ]);
  });

  it("follows the best price on where it is a trailing one", () => {
    const scene = long({ stopLoss: null, trail: 0.05 });
    scene.tick(110); // the stop is at 105
    scene.tick(104);
    expect(scene.told(1)).toEqual([["trailing", "sell", 100]]);
    scene.refuse(scene.last);
    scene.tick(120);
    scene.tick(116);
    expect(scene.sent).toHaveLength(2);
    scene.tick(115);
    expect(scene.told(2)).toEqual([["trailing", "sell", 100]]);
  });
});

describe("of two orders that leave a position", () => {
  it("the one that rests at the venue is taken back once, and watched again where the other is refused", () => {
    const scene = long({ takeProfit: 0.1 });
    scene.tick(111);
    const target = scene.last;
    expect(scene.told(1)).toEqual([["target", "sell", 100]]);
    scene.tick(94);
    scene.tick(94);
    expect(scene.cancels).toEqual([target.id]);
    scene.tell(target.id, { kind: "state", state: "cancelled", reason: null });
    expect(scene.setbacks).toEqual([]); // it was asked for
    scene.tick(94);
    expect(scene.told(2)).toEqual([["stop", "sell", 100]]);
    scene.refuse(scene.last);
    expect(scene.open()).toEqual([
      ["target", "working", 100],
      ["stop", "working", 100],
    ]);
    scene.tick(111);
    expect(scene.told(3)).toEqual([["target", "sell", 100]]);
  });

  it("a market order is waited for, not taken back", () => {
    const scene = long();
    scene.tick(100);
    scene.says("exit");
    const exit = scene.last;
    for (let tick = 0; tick < 3; tick++) scene.tick(94);
    expect(scene.told(1)).toEqual([["signal", "sell", 100]]);
    expect(scene.cancels).toEqual([]);
    scene.refuse(exit);
    expect(scene.setbacks).toMatchObject([{ times: 1, turned: false, order: { purpose: "signal" } }]);
    scene.tick(94);
    expect(scene.told(2)).toEqual([["stop", "sell", 100]]);
  });
});

it("an exit that a real venue refuses is not sent with each event, however often it is decided", () => {
  const scene = long();
  scene.says("exit");
  for (let tick = 0; tick < 20; tick++) {
    if (scene.last.order.state !== "rejected") scene.refuse(scene.last);
    scene.tick(100, 0.25);
    scene.says("exit");
  }
  expect(scene.told(1)).toHaveLength(3); // at once, after one second, after two more
  expect(scene.setbacks.map(({ times }) => times)).toEqual([1, 2, 3]);
});

describe("an entry that is filled further while its stop or target is at the venue", () => {
  /** Its first four tenths filled, and its target there. */
  function part(): { readonly scene: Scene; readonly entry: Scene["last"]; readonly target: Scene["last"] } {
    const scene = new Scene({ positionSize: 0.1, stopLoss: -0.05, takeProfit: 0.1 });
    scene.tick(100);
    scene.says("buy");
    const entry = scene.last;
    scene.fill(entry, 100, 40);
    scene.tick(111);
    expect(scene.told(1)).toEqual([["target", "sell", 40]]);
    return { scene, entry, target: scene.last };
  }

  it("brings a pair of its own into force, and leaves the one that is there as it is", () => {
    const { scene, entry, target } = part();
    scene.fill(entry, 100, 30);
    scene.fill(entry, 100, 30);
    expect(scene.open()).toEqual([
      ["stop", "working", 40],
      ["target", "working", 40],
      ["stop", "working", 60],
      ["target", "working", 60],
    ]);
    scene.fill(target, 110);
    expect(scene.simulation.held(0)).toBe(60);
    expect(scene.open()).toEqual([
      ["stop", "working", 60],
      ["target", "working", 60],
    ]);
    scene.tick(111);
    expect(scene.told(2)).toEqual([["target", "sell", 60]]);
    scene.fill(scene.last, 110);
    expect(scene.simulation.held(0)).toBe(0);
    expect(scene.open()).toEqual([]);
  });

  it("leaves both parts at once, for they are different ones, and never more than is held", () => {
    const { scene, entry, target } = part();
    scene.fill(entry, 100, 60);
    scene.tick(111);
    expect(scene.told(2)).toEqual([["target", "sell", 60]]);
    const other = scene.last;
    scene.tick(94);
    expect(scene.sent).toHaveLength(3);
    expect(scene.cancels).toEqual([target.id, other.id]);
    scene.refuse(target, "cancelled");
    expect(scene.told(3)).toEqual([["stop", "sell", 40]]); // beside the target of the other sixty
    scene.refuse(other, "cancelled");
    expect(scene.told(4)).toEqual([["stop", "sell", 60]]);
    for (const stop of scene.sent.slice(3)) scene.fill(stop, 94);
    expect(scene.simulation.held(0)).toBe(0);
    expect(scene.open()).toEqual([]);
  });

  it("has the stop of that pair wait for its target, whatever else is held", () => {
    const { scene, entry, target } = part();
    scene.fill(entry, 100, 60);
    scene.tick(94);
    expect(scene.told(2)).toEqual([["stop", "sell", 60]]);
    expect(scene.cancels).toEqual([target.id]);
    scene.refuse(target, "cancelled");
    expect(scene.told(3)).toEqual([["stop", "sell", 40]]);
  });
});
