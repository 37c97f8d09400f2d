// What counts as on its way to leave a position.
import { expect, it } from "vitest";
import { leavesAll } from "../../../src/simulation/underway.ts";
import { WorkingOrder } from "../../../src/simulation/working-order.ts";

it("an exit that goes on for several orders leaves what it is for once", () => {
  const exit = new WorkingOrder(1, { symbol: 0, side: "sell", kind: "market", quantity: 2, reduceOnly: true }, 0, 0, 1);
  const pending = { entry: null, exit, leg: exit, leavingBuy: null, leavingSell: null, late: exit };
  expect(leavesAll(pending, 2, exit)).toBe(true);
  expect(leavesAll(pending, 4, exit)).toBe(false);
});
