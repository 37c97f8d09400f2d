// An account that goes on: its orders are placed as they were, and what it owes runs on from where it was paid.
import { describe, expect, it } from "vitest";
import { type Carry, freeTerms, NO_COSTS, type Order, Simulation } from "../../../src/simulation/simulation.ts";
import { Stage } from "../../support/simulation.ts";

const DAY_US = 86_400_000_000;
const YEAR_US = 365 * DAY_US;
const NOON = 20_000 * DAY_US + DAY_US / 2;

function standing(simulation: Simulation, id: number): Order {
  const order = simulation.order(id);
  if (order === null) throw new Error(`order ${id} is over`);
  return order;
}

describe("an order of an earlier life", () => {
  it("keeps its number: those that come later have higher ones", () => {
    const { simulation, ...stage } = new Stage();
    const limit = { symbol: 0, side: "buy", kind: "limit", limit: 90, quantity: 5 } as const;
    simulation.restore({ id: 7, request: limit, filled: 0, price: 0, submittedAt: 0 });
    simulation.restore({ id: 3, request: limit, filled: 0, price: 0, submittedAt: 0 });
    const sent = simulation.submit({ ...limit, quantity: 1 });
    expect(sent).toMatchObject({ ok: true, value: { id: 8, chain: 8 } });
    expect(simulation.orders().map(({ id, quantity }) => [id, quantity])).toEqual([
      [7, 5],
      [3, 5],
      [8, 1],
    ]);
    expect(stage.fills).toEqual([]);
  });

  it("stands in the place of the one that it replaced, with what that one filled", () => {
    const { simulation } = new Stage();
    const limit = { symbol: 0, side: "buy", kind: "limit", limit: 90, quantity: 5 } as const;
    simulation.restore({ id: 1, request: limit, filled: 2, price: 89, submittedAt: 4 });
    const replaces = standing(simulation, 1);
    simulation.restore({ id: 2, request: { ...limit, replaces }, filled: 1, price: 90, submittedAt: 9 });
    expect(standing(simulation, 2)).toMatchObject({
      chain: 1,
      filled: 1,
      before: { filled: 2, value: 178, submittedAt: 4 },
    });
  });

  it("that was given for a day expires with the session in which it was sent", () => {
    const { simulation } = new Stage();
    const request = { symbol: 0, side: "buy", kind: "limit", limit: 90, quantity: 5, timeInForce: "day" } as const;
    simulation.restore({ id: 1, request, filled: 0, price: 0, submittedAt: NOON });
    const order = standing(simulation, 1);
    simulation.trade(0, NOON + DAY_US / 4, 100, 1);
    expect(order.state).toBe("working");
    simulation.trade(0, NOON + DAY_US, 80, 1);
    expect([order.state, order.filled]).toEqual(["expired", 0]);
  });

  it("whose stop was reached does not wait for it again", () => {
    const stage = new Stage();
    const { simulation } = stage;
    const stop = { symbol: 0, side: "sell", kind: "stop", stop: 90, quantity: 5 } as const;
    const limited = { ...stop, kind: "stop_limit", limit: 95 } as const;
    simulation.restore({ id: 1, request: stop, filled: 2, price: 89, submittedAt: 0 });
    simulation.restore({ id: 2, request: limited, filled: 0, price: 0, submittedAt: 0, setOff: true });
    simulation.restore({ id: 3, request: limited, filled: 0, price: 0, submittedAt: 0 });
    const orders = [1, 2, 3].map((id) => standing(simulation, id));
    stage.flat(94);
    expect(orders.map(({ state, filled }) => [state, filled])).toEqual([
      ["filled", 5],
      ["working", 0],
      ["working", 0],
    ]);
    stage.flat(96);
    expect(orders.map(({ state }) => state)).toEqual(["filled", "filled", "working"]);
    expect(stage.prices).toEqual([94, 96]);
  });

  it.each([
    ["before", [4, 5, 6]],
    ["after", [5, 6, 4]],
  ])("that is an entry with fills grows the stop and the target that it has, placed %s them", (_, numbers) => {
    const stage = new Stage();
    const { simulation } = stage;
    simulation.recall({ symbol: 0, quantity: 2, price: 99, fee: 0, time: 0 });
    const leaves = { symbol: 0, side: "sell", quantity: 2, reduceOnly: true, oco: -4 } as const;
    const requests = new Map([
      [4, { symbol: 0, side: "buy", kind: "limit", limit: 99, quantity: 5, bracket: { stop: 90, target: 110 } }],
      [5, { ...leaves, kind: "stop", stop: 90, purpose: "stop" }],
      [6, { ...leaves, kind: "limit", limit: 110, purpose: "target" }],
    ] as const);
    for (const id of numbers) {
      const request = requests.get(id as 4 | 5 | 6);
      if (request === undefined) throw new Error(`no request ${id}`);
      simulation.restore({ id, request, filled: id === 4 ? 2 : 0, price: 99, submittedAt: 0 });
    }
    stage.flat(98);
    expect(simulation.orders().map(({ id, quantity }) => [id, quantity])).toEqual(
      numbers.filter((id) => id !== 4).map((id) => [id, 5]),
    );
    stage.flat(111);
    expect([simulation.held(0), simulation.orders().length]).toEqual([0, 0]);
  });
});

describe("what a short position of an earlier life owes", () => {
  function owing(): { readonly simulation: Simulation; readonly carry: Carry[] } {
    const carry: Carry[] = [];
    const simulation = new Simulation({
      capital: 100_000,
      costs: { ...NO_COSTS, borrowBps: 100 },
      instruments: [freeTerms("X")],
      onCarry: (paid) => carry.push(paid),
    });
    simulation.recall({ symbol: 0, quantity: -10, price: 100, fee: 0, time: NOON });
    return { simulation, carry };
  }
  /** For 1,000 units of account at 1 % a year. */
  const owed = (elapsed: number): number => Math.round((-1_000e6 * 0.01 * elapsed) / YEAR_US);

  it("runs from the fill that opened it", () => {
    const { simulation, carry } = owing();
    simulation.trade(0, NOON + DAY_US, 100, 1);
    expect(carry.map(({ amount }) => amount)).toEqual([owed(DAY_US)]);
  });

  it("runs from the last time that it was paid, where that was later", () => {
    const { simulation, carry } = owing();
    simulation.recallCarry(0, -5_000_000, NOON + 3 * DAY_US);
    simulation.trade(0, NOON + 4 * DAY_US, 100, 1);
    expect(carry.map(({ amount }) => amount)).toEqual([owed(DAY_US)]);
    expect(simulation.books().carry).toBe(-5_000_000 + owed(DAY_US));
  });
});
