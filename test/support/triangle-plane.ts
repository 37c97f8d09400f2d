// A plane with one cycle of currencies, EUR -> USD -> BTC -> EUR, for tests of triangular_arbitrage.
import * as layout from "../../assembly/layout.ts";
import { assetDefaults } from "../../src/domain/instrument.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import { TestPlane, type PlaneOptions } from "./plane.ts";

/** In the order in which side 1 takes them: it sells EURUSD, buys BTCUSD, sells BTCEUR. */
export const LEG_NAMES = ["EURUSD", "BTCUSD", "BTCEUR"] as const;

export interface Known {
  readonly fee?: number;
  readonly lot?: number;
  readonly least?: number;
}

export function openTriangle(options: PlaneOptions = {}, { fee = 0, lot = 1e-8, least = 5 }: Known = {}): TestPlane {
  const plane = new TestPlane(options);
  for (const name of ["BTCUSD", "BTCEUR", "EURUSD"]) {
    const id = plane.symbol(name, layout.ASSET_CRYPTO);
    const base = assetDefaults("crypto");
    const fields = { ...base.fields, taker_fee_bps: fee * 1e4, lot_size: lot, min_notional: least };
    plane.instruments.set(id, { ...base, fields });
  }
  plane.settle();
  return plane;
}

/** Its signals; those of one event in the order of their legs, exits by symbol. */
export function triangleSignals(signals: readonly SignalRecord[]): readonly SignalRecord[] {
  const mine = signals.filter(({ strategy }) => strategy === layout.TRIANGULAR_ARBITRAGE);
  return mine.toSorted((one, other) => one.sequence - other.sequence || order(one) - order(other));
}
function order({ action, values }: SignalRecord): number {
  return action === layout.ACTION_EXIT ? 0 : values[2];
}
