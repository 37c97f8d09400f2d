import { describe, expect, it } from "vitest";
import type { AlertUpdate, Item, StrategyUpdate } from "../../../src/client/client.ts";
import { ToldNames } from "../../../src/dashboard/told-names.ts";
import { alertUpdate, strategyUpdate } from "../../support/server/channel-data.ts";

function told(changes: Partial<StrategyUpdate>, id = "strat_a"): Item<StrategyUpdate> {
  return { kind: "update", seq: 1, ts: 1, replayed: false, data: strategyUpdate(id, changes) };
}

const GAP: Item<StrategyUpdate> = { kind: "gap", reason: "too_old", fromSeq: 1, toSeq: 9 };

function alerts(...whose: readonly (string | null)[]): ReadonlyMap<string, AlertUpdate> {
  const list = whose.map((strategy_id, n) => alertUpdate(`alert_${n}`, { strategy_id, strategy_name: "Owl" }));
  return new Map(list.map((alert) => [alert.alert_id, alert]));
}

function namesIn(map: ReadonlyMap<string, AlertUpdate>): readonly unknown[] {
  return [...map.values()].map(({ strategy_name: name }) => name);
}

describe("the name that a strategy was told to have", () => {
  it("is on its alerts, on those as well that come behind it with the name of before, and on no others", () => {
    const names = new ToldNames();
    const before = alerts("strat_a", "strat_b", null);
    expect(names.over(before)).toBe(before);
    expect(names.take([told({ event: "renamed", strategy_name: "Lark" })])).toEqual({ renamed: true, missed: false });
    for (const map of [before, alerts("strat_a", "strat_b", null)])
      expect(namesIn(names.over(map))).toEqual(["Lark", "Owl", "Owl"]);
    names.take([told({ event: "renamed", strategy_name: "Wren" }), told({ event: "updated", strategy_name: "Wren" })]);
    const now = names.over(before);
    expect(namesIn(now)).toEqual(["Wren", "Owl", "Owl"]);
    expect(names.over(now)).toBe(now);
    expect(names.take([told({ event: "updated", strategy_name: "Wren" })]).renamed).toBe(false);
    names.take([told({ event: "deleted", strategy_name: "Wren" })]);
    expect(namesIn(names.over(now))).toEqual([null, "Owl", "Owl"]);
  });

  it("is not known behind events that are lost, until it is told again", () => {
    const names = new ToldNames();
    names.take([told({ event: "renamed", strategy_name: "Lark" })]);
    expect(names.take([GAP])).toEqual({ renamed: false, missed: true });
    expect(namesIn(names.over(alerts("strat_a")))).toEqual(["Owl"]);
    expect(names.take([GAP, told({ event: "renamed", strategy_name: "Wren" })])).toEqual({
      renamed: true,
      missed: true,
    });
    expect(namesIn(names.over(alerts("strat_a")))).toEqual(["Wren"]);
    names.forget();
    expect(namesIn(names.over(alerts("strat_a")))).toEqual(["Owl"]);
  });

  it("is kept of those that were told last", () => {
    const names = new ToldNames();
    const many = Array.from({ length: 5_001 }, (_, n) =>
      told({ event: "renamed", strategy_name: "Lark" }, `strat_${n}`),
    );
    names.take(many);
    expect(namesIn(names.over(alerts("strat_0", "strat_1", "strat_5000")))).toEqual(["Owl", "Lark", "Lark"]);
  });
});
