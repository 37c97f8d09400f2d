// When an exit at a real venue is over and when it goes on, where there are several of them, and where less was there to be left.
import { describe, expect, it } from "vitest";
import { SETTLED_BY_OPERATOR } from "../../../src/simulation/simulation.ts";
import { long, Scene } from "../../support/remote-scene.ts";

describe("a decision to hold", () => {
  it("ends every exit of an older one, not only the newest", () => {
    const scene = new Scene({ positionSize: 0.1 });
    scene.tick(100);
    scene.says("buy");
    const entry = scene.last;
    scene.fill(entry, 100, 40);
    scene.says("exit");
    const first = scene.last;
    scene.says("buy"); // the entry is out of the market late
    scene.fill(entry, 100, 30);
    scene.says("exit"); // of 70, behind the first one
    scene.refuse(entry, "cancelled");
    scene.refuse(first);
    scene.says("buy");
    for (let second = 0; second < 60; second++) scene.tick(100);
    expect([scene.told(2), scene.open(), scene.simulation.held(0)]).toEqual([[], [], 70]);
    scene.says("exit");
    expect(scene.told(2)).toEqual([["signal", "sell", 70]]);
  });

  it("ends every order that leaves what an entry was filled of too late", () => {
    for (const place of [1, 2]) {
      const scene = new Scene({ positionSize: 0.1 });
      scene.tick(100);
      scene.says("buy");
      const entry = scene.last;
      scene.says("exit");
      scene.fill(entry, 100, 30);
      scene.fill(entry, 100, 30);
      scene.refuse(entry, "cancelled");
      expect(scene.told(1)).toEqual([
        ["signal", "sell", 30],
        ["signal", "sell", 30],
      ]);
      scene.refuse(scene.sent[place] ?? entry);
      scene.says("buy");
      scene.refuse(scene.sent[3 - place] ?? entry);
      for (let second = 0; second < 60; second++) scene.tick(100);
      expect([scene.told(3), scene.open(), scene.simulation.held(0)]).toEqual([[], [], 60]);
    }
  });
});

it("an exit of which less was sent than it is goes on, and somebody is told", () => {
  const scene = long();
  scene.says("exit");
  const exit = scene.last;
  scene.fill(exit, 100, 99);
  scene.tell(exit.id, { kind: "state", state: "cancelled", reason: "the venue holds less of the position" });
  expect(scene.setbacks).toMatchObject([{ reason: "the venue holds less of the position", order: { quantity: 1 } }]);
  scene.tick(100);
  expect(scene.told(2)).toEqual([["signal", "sell", 1]]);
  scene.fill(scene.last, 100);
  expect([scene.open(), scene.simulation.held(0)]).toEqual([[], 0]);
});

it("an exit that the venue has cut to whole lots of its own is filled, and nothing is sent for the rest", () => {
  const scene = long();
  scene.says("exit");
  scene.fill(scene.last, 100, 99.999);
  scene.tell(scene.last.id, { kind: "state", state: "filled", reason: null });
  for (let second = 0; second < 60; second++) scene.tick(100);
  expect([scene.sent.length, scene.setbacks, scene.open()]).toEqual([2, [], [["stop", "working", 100]]]);
});

it("an exit that a person has settled is over, also where fills of it are not known", () => {
  const scene = long();
  scene.says("exit");
  scene.tell(scene.last.id, { kind: "state", state: "filled", reason: SETTLED_BY_OPERATOR });
  for (let second = 0; second < 60; second++) scene.tick(100);
  expect([scene.sent.length, scene.setbacks]).toEqual([2, []]);
});

it.each(["buy", "sell"] as const)(
  "what an entry to %s was filled of too late is left once, however often that is said",
  (side) => {
    const scene = new Scene({ positionSize: 0.1, allowShort: true });
    scene.tick(100);
    scene.says(side);
    const entry = scene.last;
    scene.says("exit");
    scene.fill(entry, 100, 30);
    const left = ["signal", side === "buy" ? "sell" : "buy", 30];
    expect(scene.told(1)).toEqual([left]);
    scene.says("exit");
    scene.refuse(scene.last);
    scene.says("exit");
    expect([scene.told(1), scene.simulation.orders().length]).toEqual([[left], 2]);
    scene.refuse(entry, "cancelled");
    scene.says("exit");
    scene.tick(100);
    expect(scene.told(1)).toEqual([left, left]);
    scene.fill(scene.last, 100);
    expect([scene.open(), scene.simulation.held(0)]).toEqual([[], 0]);
  },
);

it("an exit that is being taken back is none: the next decision to leave sends one behind it", () => {
  for (const late of [false, true]) {
    const scene = late ? new Scene({ positionSize: 0.1 }) : long();
    if (late) scene.tick(100);
    if (late) scene.says("buy");
    const entry = scene.last;
    scene.says("exit");
    if (late) scene.fill(entry, 100, 30);
    const exit = scene.last;
    expect(scene.simulation.cancel(exit.id).ok).toBe(true);
    scene.says("exit");
    expect(scene.sent).toHaveLength(2);
    scene.refuse(exit, "cancelled");
    expect(scene.told(2)).toEqual([["signal", "sell", late ? 30 : 100]]);
  }
});

describe("what was refused and goes on", () => {
  /** Held 70, and to be left by two exits, of 40 and of what came behind it, that are within a pause. */
  function paused(): Scene {
    const scene = new Scene({ positionSize: 0.1 });
    scene.tick(100);
    scene.says("buy");
    scene.fill(scene.last, 100, 40);
    scene.says("exit");
    scene.refuse(scene.last);
    return scene;
  }

  it("takes on all that an entry is filled of late, in one order, also where the pause is of an older exit", () => {
    const scene = paused();
    const [entry] = scene.sent;
    scene.says("buy"); // ends the exit that waits
    scene.says("exit");
    if (entry !== undefined) for (const late of [20, 10]) scene.fill(entry, 100, late);
    expect(scene.sent).toHaveLength(2);
    scene.tick(100);
    expect(scene.told(2)).toEqual([
      ["signal", "sell", 40],
      ["signal", "sell", 30],
    ]);
  });

  it("takes on nothing any more once it is at the venue again", () => {
    const scene = paused();
    const [entry] = scene.sent;
    scene.tick(100);
    if (entry !== undefined) scene.fill(entry, 100, 30);
    expect(scene.told(2)).toEqual([
      ["signal", "sell", 40],
      ["signal", "sell", 30],
    ]);
  });

  it("takes on nothing where it is a stop, which may never be reached", () => {
    const scene = new Scene({ positionSize: 0.1, stopLoss: -0.05 });
    scene.tick(100);
    scene.says("buy");
    const entry = scene.last;
    scene.fill(entry, 100, 40);
    scene.tick(94);
    scene.refuse(scene.last);
    scene.tick(100);
    scene.says("exit");
    scene.fill(entry, 100, 30);
    expect(scene.told(2)).toEqual([
      ["signal", "sell", 40],
      ["signal", "sell", 30],
    ]);
  });

  it("keeps the id under which it is followed, beside an exit that was not sent yet", () => {
    const scene = new Scene({ positionSize: 0.1 });
    scene.tick(100);
    scene.says("buy");
    const [entry] = scene.sent;
    scene.says("exit");
    scene.says("buy");
    if (entry !== undefined) scene.fill(entry, 100, 40);
    scene.says("exit");
    const first = scene.last;
    scene.says("buy");
    if (entry !== undefined) scene.fill(entry, 100, 60);
    scene.says("exit"); // of all, behind the first one
    scene.refuse(first);
    expect(scene.simulation.orders().map(({ chain, quantity }) => [chain === first.id, quantity])).toEqual([
      [false, 100],
      [true, 40],
    ]);
    scene.tick(100);
    expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
    scene.fill(scene.last, 100);
    expect([scene.open(), scene.simulation.held(0)]).toEqual([[], 0]);
  });
});

it("a position that is to be turned and held by turns is not sent about with every event where the venue refuses that", () => {
  const scene = long({ allowShort: true });
  scene.says("sell");
  scene.refuse(scene.last);
  for (let event = 0; event < 9; event++) {
    scene.tick(100, 0.1);
    scene.says(event % 2 === 0 ? "buy" : "sell");
  }
  expect(scene.sent).toHaveLength(2);
  scene.says("sell");
  scene.tick(100);
  expect(scene.told(2)).toEqual([["signal", "sell", 100]]);
  expect(scene.last.order.reduceOnly).toBe(true);
});
