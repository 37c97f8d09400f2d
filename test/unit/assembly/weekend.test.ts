// On Saturday and Sunday (UTC) only crypto is spoken of; a bar belongs to the day that it closes, not to the instant at
// which it ends.
import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { LoneInstance } from "../../support/lone-instance.ts";

const DAY = 86_400_000_000;
const MONDAY = Date.UTC(2026, 7, 3) * 1000;

/** Weekdays (0 Sunday) of the bars of two months at which a strategy speaks when each of them gives it reason to. */
function spokenDays(strategy: string, parameters: Readonly<Record<string, number>>, asset: number): readonly number[] {
  const code = strategy === "momentum_rider" ? layout.MOMENTUM_RIDER : layout.BREAKOUT_STRATEGY;
  const options = { clock: MONDAY, barMs: DAY / 1000, asset, symbol: "SHARE", parameters };
  const lone = new LoneInstance(strategy, code, layout.CELL_FIXED, options);
  for (let day = 1; day <= 63; day++) {
    const close = 100 * 1.004 ** day;
    lone.bar(MONDAY + day * DAY, [close, close * 1.001, close * 0.999, close], DAY / 1000);
  }
  const entries = lone.signals.filter(({ action }) => action === layout.ACTION_BUY);
  return [...new Set(entries.map(({ time }) => new Date((time - 1) / 1000).getUTCDay()))].toSorted((a, b) => a - b);
}

describe.each([
  { strategy: "breakout_strategy", parameters: { require_volume: 0, buffer_atr: 0, entry_length: 2, target_atr: 50 } },
  { strategy: "momentum_rider", parameters: {} },
])("daily bars of $strategy", ({ strategy, parameters }) => {
  it("speak of a stock from Monday to Friday: the bar that ends with Friday counts, the one that ends with Sunday not", () => {
    expect(spokenDays(strategy, parameters, layout.ASSET_STOCKS)).toEqual([1, 2, 3, 4, 5]);
  });

  it("speak of crypto every day", () => {
    expect(spokenDays(strategy, parameters, layout.ASSET_CRYPTO)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe("a tick of the weekend", () => {
  it("yields nothing of a stock, although it closes Friday's bar", () => {
    const at = Date.UTC(2026, 7, 8) * 1000;
    const minute = 60_000_000;
    for (const asset of [layout.ASSET_STOCKS, layout.ASSET_CRYPTO]) {
      const options = { clock: at - 30 * minute, barMs: 60_000, asset, symbol: "SHARE" };
      const lone = new LoneInstance("momentum_rider", layout.MOMENTUM_RIDER, layout.MOMENTUM_COLUMNS, options);
      for (let bar = -30; bar <= 0; bar++) lone.trade(at + bar * minute, 100 * 1.002 ** (bar + 30));
      const last = lone.signals.at(-1);
      expect(last?.clock).toBe(asset === layout.ASSET_CRYPTO ? at : at - minute);
    }
  });

  it("is Saturday's from its first instant on", () => {
    const at = Date.UTC(2026, 7, 8) * 1000;
    const options = { clock: at - 100_000_000, asset: layout.ASSET_STOCKS, symbol: "SHARE" };
    const lone = new LoneInstance("momentum_rider", layout.MOMENTUM_RIDER, layout.MOMENTUM_COLUMNS, options);
    for (let second = -60; second <= 0; second++) lone.trade(at + second * 1_000_000, 100 * 1.002 ** (second + 60));
    expect(lone.signals.at(-1)?.time).toBe(at - 1_000_000);
  });
});
