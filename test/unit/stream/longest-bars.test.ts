import { expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { longestBars } from "../../../src/stream/rings/longest-bars.ts";
import { LoneInstance } from "../../support/lone-instance.ts";

it("are those of the slowest series of a symbol in which a bar has closed, however many trades came", () => {
  const lone = new LoneInstance("breakout_strategy", layout.BREAKOUT_STRATEGY, layout.BREAKOUT_COLUMNS, { barMs: 0 });
  const { plane, memory, plan } = { plane: lone.plane, ...lone.plane.plane };
  const symbols = [plane.symbol(lone.symbol)];
  const read = (): unknown => longestBars(memory, plan, plane.symbol(lone.symbol));
  for (let tick = 0; tick < 5; tick++) lone.trade(plane.clock + 1_000_000, 100);
  expect(read()).toEqual({ barUs: 0, samples: 5 });
  for (const barMs of [1_000, 60_000, 7_000])
    expect(plane.instances.add({ strategy: "breakout_strategy", strategyId: null, symbols, barMs }).ok).toBe(true);
  lone.settle();
  expect(read()).toEqual({ barUs: 0, samples: 5 });
  for (let tick = 0; tick < 20; tick++) lone.trade(plane.clock + 1_000_000, 100);
  expect(read()).toMatchObject({ barUs: 7_000_000 });
  for (let tick = 0; tick < 110; tick++) lone.trade(plane.clock + 1_000_000, 100);
  expect(read()).toEqual({ barUs: 60_000_000, samples: 2 });
  expect(longestBars(memory, plan, plane.symbol("ETHUSD"))).toEqual({ barUs: 0, samples: 0 });
});
