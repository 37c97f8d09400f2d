// The inputs of learned models bar by bar in a strategy, against the columns that training makes of the core's batch
// indicators: on a market that moves, and on one with bars that stand still, have no volume or a single price.
import { afterAll, describe, expect, it } from "vitest";
import { type Bars, INPUTS, inputsOf, WARM_BARS, Workbench } from "../../../src/learning/models.ts";
import type { DecisionTold } from "../../../src/research/research.ts";
import { CodeBench } from "../../support/code-runs.ts";
import { barHistory } from "../../support/learning/bar-tables.ts";
import { surgeMarket } from "../../support/learning/surge-market.ts";

/** Tells three inputs at each bar, from FIRST on, as a size, a stop and a target; MISSING stands for none. */
const TELLS = `
import { Market, ModelInputs, parameter, Strategy } from "strategy-engine/sdk";
const FIRST = parameter("first", 0, 0, 20, "input");
function told(values: StaticArray<f64>, input: i32): f64 {
  if (input >= values.length) return 0;
  const value = values[input];
  return value == value ? value + 100 : 7;
}
class Tells extends Strategy {
  private inputs: ModelInputs = new ModelInputs();
  onTick(market: Market): void {
    this.inputs.next(market.high, market.low, market.price, market.volume);
    if (!this.inputs.ready) return;
    const first = i32(FIRST.value);
    const values = this.inputs.values;
    this.buy(0.5, told(values, first), told(values, first + 1), told(values, first + 2));
  }
}
export function create(): Strategy {
  return new Tells();
}
`;
const MISSING = 7;
const SHIFT = 100;

/** Stretches without movement, without volume, and of bars with a single price. */
function roughened(bars: Bars): Bars {
  const rough = { ...bars };
  for (const name of ["open", "high", "low", "close", "volume"] as const) rough[name] = bars[name].slice();
  for (let bar = 300; bar < 330; bar++) rough.volume[bar] = 0;
  for (let bar = 400; bar < 480; bar++)
    for (const name of ["open", "high", "low", "close"] as const) rough[name][bar] = bars.close[399] ?? 0;
  for (let bar = 550; bar < 560; bar++)
    for (const name of ["open", "high", "low"] as const) rough[name][bar] = rough.close[bar] ?? 0;
  return rough;
}

describe("the inputs of a learned model", () => {
  const code = new CodeBench();
  const bench = new Workbench();
  afterAll(() => code.close());

  it.each([
    ["a market that moves", (bars: Bars): Bars => bars],
    ["a market with holes", roughened],
  ])("are in a strategy what they were in training, on %s", async (_, change) => {
    const bars = change(surgeMarket({ seed: 9, bars: 700, edge: 0.5 }));
    const { columns } = inputsOf(bench, bars);
    let compared = 0;
    for (let first = 0; first < INPUTS.length; first += 3) {
      const told: DecisionTold[] = [];
      const hooks = { onDecision: (one: DecisionTold): void => void told.push(one) };
      await code.run(barHistory(bars), TELLS, { parameters: { first } }, hooks);
      expect(told[0]?.event).toBe(WARM_BARS);
      for (const { event, stop, target, size } of told) {
        for (const [place, value] of [stop, target, size].entries()) {
          const column = columns[first + place];
          if (column === undefined) continue;
          const wanted = column[event] ?? Number.NaN;
          compared++;
          const name = `${INPUTS[first + place] ?? ""} at bar ${event}`;
          if (Number.isNaN(wanted)) expect(value, name).toBe(MISSING);
          else expect(value - SHIFT, name).toBeCloseTo(wanted, 7);
        }
      }
    }
    expect(compared).toBe(INPUTS.length * (700 - WARM_BARS));
  });
});
