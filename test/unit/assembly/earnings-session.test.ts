import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import * as reference from "../../../assembly/reference.ts";
import { EAR, HOUR, measured, quiet, settled, stage } from "../../support/earnings-stage.ts";
import type { LoneInstance } from "../../support/lone-instance.ts";
import { DAY } from "../../support/twins/earnings-reaction.ts";

const { ACTION_BUY } = layout;

describe("the session of earnings_reaction", () => {
  /** Bars of a stock end with the day; its session lasts from 14:00 to 20:00. */
  function stock(asset: number = layout.ASSET_STOCKS): LoneInstance {
    const on = stage({ asset, symbol: "AAPL" });
    on.instrument(reference.INSTRUMENT_SESSION_OPEN, 14 * 60);
    on.instrument(reference.INSTRUMENT_SESSION_CLOSE, 20 * 60);
    return on;
  }

  it("is entered with its first trade, not before it opens, where the feed has trades", () => {
    const on = stock();
    const end = settled(on);
    on.earnings(end + 13 * HOUR, 2, 1);
    on.trade(end + 15 * HOUR, 103);
    on.trade(end + DAY + HOUR, 104); // closes the reaction day, before the session
    expect(on.cell(EAR)).toBeCloseTo(Math.log(1.03), 9);
    expect(on.actions).toEqual([]);
    on.trade(end + DAY + 14 * HOUR + 1, 105);
    on.trade(end + DAY + 15 * HOUR, 106);
    expect(on.signals.map(({ action, entry }) => [action, entry])).toEqual([[ACTION_BUY, 105]]);
  });

  it("that has closed before the announcement puts the reaction to the next day", () => {
    for (const [hour, signals] of [
      [19, 1],
      [21, 0],
    ] as const) {
      const on = stock();
      const end = settled(on);
      on.earnings(end + hour * HOUR, 2, 1);
      quiet(on, end + DAY, 103);
      expect(on.actions).toHaveLength(signals);
      quiet(on, end + 2 * DAY, 104);
      expect(on.actions).toHaveLength(1);
    }
  });

  it("is waited for over a weekend", () => {
    const on = stock();
    const wednesday = settled(on);
    expect(new Date(wednesday / 1000).getUTCDay()).toBe(3);
    on.earnings(wednesday + 2.5 * DAY, 2, 1);
    on.trade(wednesday + 2.7 * DAY, 103);
    on.trade(wednesday + 3.7 * DAY, 104); // Saturday: stocks are silent
    expect(on.actions).toEqual([]);
    on.trade(wednesday + 5.7 * DAY, 105);
    expect(on.signals.map(({ entry }) => entry)).toEqual([105]);
  });

  it("is not waited for longer than three samples", () => {
    for (const [days, signals] of [
      [2, 1],
      [3, 0],
    ] as const) {
      const on = stock(layout.ASSET_CRYPTO);
      const end = settled(on);
      on.earnings(end + 13 * HOUR, 2, 1);
      on.trade(end + 15 * HOUR, 103);
      for (let day = 1; day <= days; day++) on.trade(end + day * DAY + HOUR, 104);
      on.trade(end + (days + 1) * DAY + HOUR, 104);
      on.trade(end + (days + 1) * DAY + 15 * HOUR, 105);
      expect(on.actions).toHaveLength(signals);
    }
  });
});

describe("the market of earnings_reaction", () => {
  function measuredDay(marketMove: number, late = false): LoneInstance {
    const on = stage();
    measured(on);
    const end = settled(on);
    on.bar(end, [300, 300, 300, 300], 86_400_000, "SPY");
    on.earnings(end + DAY / 2, 2, 1);
    const spy = (): void => on.bar(end + DAY, [300, 400, 200, 300 * marketMove], 86_400_000, "SPY");
    if (!late) spy();
    quiet(on, end + DAY, 103);
    if (late) spy();
    return on;
  }

  it("is taken out of the reaction", () => {
    expect(measuredDay(1.01).cell(EAR)).toBeCloseTo(Math.log(1.03 / 1.01), 9);
    expect(measuredDay(1.01).actions).toEqual([ACTION_BUY]);
    expect(measuredDay(1.05).cell(EAR)).toBeCloseTo(Math.log(1.03 / 1.05), 9);
    expect(measuredDay(1.05).actions).toEqual([]);
  });

  it("is waited for a day when its close comes behind the symbol's", () => {
    const on = measuredDay(1.01, true);
    expect(on.actions).toEqual([]);
    quiet(on, on.plane.clock + DAY, 103);
    expect(on.actions).toEqual([ACTION_BUY]);
    expect(on.cell(EAR)).toBeCloseTo(Math.log(1.03 / 1.01), 9);
  });

  it("is still heard after the lists were rebuilt, as a restart does", () => {
    const on = stage();
    measured(on);
    const end = settled(on);
    on.bar(end, [300, 300, 300, 300], 86_400_000, "SPY");
    on.plane.core.rebuildLists();
    on.earnings(end + DAY / 2, 2, 1);
    on.bar(end + DAY, [300, 400, 200, 303], 86_400_000, "SPY");
    quiet(on, end + DAY, 103);
    expect(on.cell(EAR)).toBeCloseTo(Math.log(1.03 / 1.01), 9);
  });
});
