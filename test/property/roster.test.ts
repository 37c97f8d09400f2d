// Whatever a strategy wanted on the way, the table ends as if it had wanted only the last thing; a restart reads the
// same table from the memory; and the engine's own instances never notice.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import * as layout from "../../assembly/layout.ts";
import { Instances } from "../../src/stream/instances.ts";
import { MOMENTUM, RosterPlane } from "../support/roster.ts";
import type { WantedInstance } from "../../src/stream/roster.ts";

const IDS = ["strat_one000", "strat_two000", "strat_three0"];
const SYMBOLS = ["BTCUSD", "ETHUSD", "AAPL", "EURUSD"] as const;
const TYPES = { BTCUSD: "crypto", ETHUSD: "crypto", AAPL: "stocks", EURUSD: "forex" } as const;

const wanted: fc.Arbitrary<WantedInstance> = fc.record({
  strategyId: fc.constantFrom(...IDS),
  type: fc.constantFrom("momentum_rider", "mean_reversion", "pairs_trading"),
  parameters: fc.record({ confirm_bar_ms: fc.constantFrom(0, 60_000), risk_tolerance: fc.double({ min: 0, max: 1 }) }),
  barMs: fc.constantFrom(0, 1_000),
  enabled: fc.boolean(),
  assetTypes: fc.constantFrom(null, ["crypto" as const], ["crypto" as const, "stocks" as const]),
  symbols: fc.oneof(fc.constant(null), fc.constantFrom(["BTCUSD", "ETHUSD"], ["ETHUSD", "AAPL"], ["EURUSD", "LATER"])),
});
type Step = { readonly want: WantedInstance } | { readonly drop: string } | { readonly symbol: number };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ want: wanted }) },
    { weight: 1, arbitrary: fc.record({ drop: fc.constantFrom(...IDS) }) },
    { weight: 1, arbitrary: fc.record({ symbol: fc.nat(3) }) },
  ),
  { maxLength: 25 },
);

function rows(instances: Instances): unknown[] {
  return instances.all
    .filter(({ id }) => id >= layout.STRATEGY_COUNT)
    .map(({ type, strategyId, owner, symbols, barMs, parameters, enabled }) => {
      const set = symbols?.toSorted((a, b) => a - b) ?? null;
      return { type: type.name, strategyId, owner, set, barMs, parameters, enabled };
    })
    .sort((one, other) => one.owner - other.owner);
}

function step(one: RosterPlane, seen: Set<string>, action: Step, last: Map<string, WantedInstance>): void {
  if ("want" in action) {
    const { want } = action;
    if (want.type === "pairs_trading" && want.symbols === null) return; // the registry does not ask for this
    expect(["running", "waiting"]).toContain(one.bring(want));
    last.set(`${want.strategyId} ${want.type}`, want);
  } else if ("drop" in action) {
    one.roster.drop(action.drop);
    for (const key of last.keys()) if (key.startsWith(action.drop)) last.delete(key);
  } else {
    const name = SYMBOLS[action.symbol] ?? "BTCUSD";
    if (seen.has(name)) return;
    seen.add(name);
    one.symbol(name, TYPES[name]);
    // As the registry does each second: what waits for its legs is tried again.
    for (const want of last.values()) one.bring(want);
  }
}

it("the table of registered instances is what was wanted last, in memory and after a restart", () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const one = new RosterPlane({ build: "release" });
      const seen = new Set<string>();
      const last = new Map<string, WantedInstance>();
      for (const action of plan) step(one, seen, action, last);
      one.plane.settle();
      const fresh = new RosterPlane({ build: "release" });
      for (const name of seen) fresh.symbol(name, TYPES[name as (typeof SYMBOLS)[number]]);
      for (const want of last.values()) fresh.bring({ ...MOMENTUM, ...want });
      expect(rows(one.plane.instances)).toEqual(rows(fresh.plane.instances));
      const { plane } = one.plane;
      const restored = new Instances(plane.plan, plane.ring, plane.writer, one.plane.instances.owners);
      restored.restore(plane.memory);
      expect(rows(restored)).toEqual(rows(one.plane.instances));
      expect(one.plane.instances.all.filter(({ id }) => id < layout.STRATEGY_COUNT)).toHaveLength(18);
    }),
    { numRuns: 60, seed: 5 },
  );
});
