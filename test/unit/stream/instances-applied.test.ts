// How many instances a message of market data is for.
import { expect, it } from "vitest";
import { STRATEGIES } from "../../../src/domain/strategies.ts";
import { TestPlane } from "../../support/plane.ts";

const BUILT = STRATEGIES.filter(({ built }) => built).length;

function open(): TestPlane {
  const plane = new TestPlane();
  for (let symbol = 0; symbol < 4; symbol++) plane.symbol(`S${symbol}`);
  return plane;
}

function added(plane: TestPlane, strategy: string, symbols: readonly number[]): number {
  const result = plane.instances.add({ strategy, strategyId: null, symbols });
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  plane.settle();
  return result.value.id;
}

it("counts those that see one of its symbols, while they are enabled", () => {
  const plane = open();
  const id = added(plane, "momentum_rider", [1, 2]);
  const applied = (...symbols: readonly number[]): number => plane.instances.appliedTo(1, symbols);
  expect(applied(0)).toBe(BUILT);
  expect(applied(0, 2)).toBe(BUILT + 1);
  plane.instances.enable(id, false);
  expect(applied(2)).toBe(BUILT);
});

it("counts those that read macro and rates events where these are all that it holds", () => {
  const plane = open();
  const applied = (): number => plane.instances.appliedTo(1, []);
  expect(applied()).toBe(2); // global_liquidity_signal, fed_policy_detector
  added(plane, "momentum_rider", [1]);
  expect(applied()).toBe(2);
  const id = added(plane, "fed_policy_detector", [1]);
  expect(applied()).toBe(3);
  plane.instances.enable(id, false);
  expect(applied()).toBe(2);
});

it("counts none where nothing was taken", () => {
  expect(open().instances.appliedTo(0, [])).toBe(0);
});
