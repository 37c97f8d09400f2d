import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import * as reference from "../../../assembly/reference.ts";
import { currencyPair } from "../../../src/domain/asset-type.ts";
import {
  assetDefaults,
  instrumentDefaults,
  instrumentOf,
  instrumentRow,
  parseSession,
  sessionText,
} from "../../../src/domain/instrument.ts";
import { Instruments } from "../../../src/stream/instruments.ts";
import { TestPlane } from "../../support/plane.ts";

/** The core's row of a symbol. */
function rowOf({ f, plane }: TestPlane, symbol: number): readonly number[] {
  const base = (plane.plan.bases[layout.PLAN_INSTRUMENTS] ?? 0) / 8 + (symbol * reference.INSTRUMENT_BYTES) / 8;
  return Array.from(f.slice(base, base + reference.INSTRUMENT_FIELDS));
}
function reopened({ plane }: TestPlane): Instruments {
  return new Instruments(plane.memory, plane.plan, plane.ring, plane.writer);
}
function events(plane: TestPlane, act: () => void): number {
  const before = plane.plane.ring.nextSequence;
  act();
  return plane.plane.ring.nextSequence - before;
}

describe("a new symbol", () => {
  it("has the defaults of its asset type in the core, without an event of its own", () => {
    const plane = new TestPlane();
    for (const [name, code, type] of [
      ["BTCUSD", layout.ASSET_CRYPTO, "crypto"],
      ["AAPL", layout.ASSET_STOCKS, "stocks"],
      ["SPX", layout.ASSET_INDICES, "indices"],
      ["GOLD", layout.ASSET_COMMODITIES, "commodities"],
    ] as const) {
      const id = plane.symbol(name, code);
      expect(rowOf(plane, id)).toEqual(instrumentRow(assetDefaults(type)));
      expect(plane.instruments.of(id)).toEqual(assetDefaults(type));
      const again = events(plane, () => plane.instruments.onSymbol({ id, name, assetType: code }));
      expect(again).toBe(0);
    }
  });

  it("among currencies gets what its name tells: the yen's tick, and the side of the dollar", () => {
    const plane = new TestPlane();
    for (const name of ["EURUSD", "USDJPY", "EURGBP", "USDCHF"]) plane.symbol(name, layout.ASSET_FOREX);
    const values = [0, 1, 2, 3].map((id) => plane.instruments.of(id)?.fields);
    expect(values.map((fields) => [fields?.tick_size, fields?.rates_beta])).toEqual([
      [1e-5, 1],
      [1e-3, -1],
      [1e-5, 0],
      [1e-5, -1],
    ]);
    for (const id of [0, 1, 2, 3]) expect(rowOf(plane, id)).toEqual(instrumentRow(instrumentOf(rowOf(plane, id))));
    expect(rowOf(plane, 1)).toEqual(instrumentRow(instrumentDefaults("forex", "USDJPY")));
  });

  it("keeps its row when its name comes again with another asset type", () => {
    const plane = new TestPlane();
    const id = plane.symbol("AAPL", layout.ASSET_STOCKS);
    plane.plane.writer.writeName(layout.TABLE_SYMBOL, id, layout.ASSET_CRYPTO, 0, "AAPL");
    plane.settle();
    expect(rowOf(plane, id)).toEqual(instrumentRow(assetDefaults("stocks")));
  });
});

describe("a correction", () => {
  it("costs an event for each field that differs, and reaches the core and the host", () => {
    const plane = new TestPlane();
    const id = plane.symbol("BTCUSD");
    const other = plane.symbol("ETHUSD");
    const before = assetDefaults("crypto");
    const after = { ...before, fields: { ...before.fields, taker_fee_bps: 3, tick_size: 0.1 }, benchmark: other };
    expect(events(plane, () => plane.instruments.set(id, after))).toBe(3);
    plane.settle();
    expect(rowOf(plane, id)).toEqual(instrumentRow(after));
    expect(plane.instruments.of(id)).toEqual(after);
    expect(rowOf(plane, other)).toEqual(instrumentRow(before));
    expect(events(plane, () => plane.instruments.set(id, after))).toBe(0);
  });

  it("of an unknown symbol is refused", () => {
    const plane = new TestPlane();
    expect(events(plane, () => expect(plane.instruments.set(7, assetDefaults("crypto"))).toBe(false))).toBe(0);
  });

  it("is known after a restart, and the defaults are not written a second time", () => {
    const plane = new TestPlane();
    const id = plane.symbol("BTCUSD");
    const after = { ...assetDefaults("crypto"), session: { open: 60, close: 120 } };
    plane.instruments.set(id, after);
    plane.settle();
    const again = reopened(plane);
    expect(events(plane, () => void again.complete(plane.state.symbols()).next())).toBe(0);
    expect(again.of(id)).toEqual(after);
  });

  it("to a place that is none changes nothing", () => {
    const plane = new TestPlane();
    const id = plane.symbol("BTCUSD");
    const before = plane.hash();
    plane.control(layout.CONTROL_INSTRUMENT, id, [reference.INSTRUMENT_FIELDS, 5, 0]);
    plane.control(layout.CONTROL_INSTRUMENT, 60_000, [reference.INSTRUMENT_TICK, 5, 0]);
    plane.control(layout.CONTROL_INSTRUMENT, id, [reference.INSTRUMENT_TICK, 5, 8]);
    plane.settle();
    expect(plane.hash()).toBe(before);
  });
});

describe("a state without instrument data", () => {
  it("gets the defaults at the next start, each symbol by its asset type and name", () => {
    const plane = new TestPlane();
    const ids = [plane.symbol("BTCUSD"), plane.symbol("USDJPY", layout.ASSET_FOREX)];
    const { bases } = plane.plane.plan;
    const globals = ((bases[layout.PLAN_GLOBALS] ?? 0) + layout.GLOBALS_INSTRUMENTS) / 8;
    plane.f.fill(0, globals, globals + 8 * (reference.INSTRUMENT_BYTES / 8));
    const rows = (bases[layout.PLAN_INSTRUMENTS] ?? 0) / 8;
    plane.f.fill(0, rows, rows + 2 * (reference.INSTRUMENT_BYTES / 8));
    const again = reopened(plane);
    again.complete(plane.state.symbols()).next();
    plane.settle();
    expect(rowOf(plane, ids[0] ?? -1)).toEqual(instrumentRow(assetDefaults("crypto")));
    expect(rowOf(plane, ids[1] ?? -1)).toEqual(instrumentRow(instrumentDefaults("forex", "USDJPY")));
    expect(again.of(ids[1] ?? -1)).toEqual(instrumentDefaults("forex", "USDJPY"));
    expect(again.figure(ids[1] ?? -1, "tick_size")).toBe(instrumentDefaults("forex", "USDJPY").fields.tick_size);
    expect(again.figure(ids[1] ?? -1, "taker_fee_bps")).toBe(assetDefaults("forex").fields.taker_fee_bps);
    expect(again.figure(999, "tick_size")).toBeUndefined();
  });
});

describe("a session", () => {
  it("is written as it is read", () => {
    for (const text of ["24h", "14:30-21:00", "22:00-05:59"])
      expect(sessionText(parseSession(text) ?? { open: 0, close: 1 })).toBe(text);
    for (const text of ["", "24:00-01:00", "9:00-17:00", "09:00", "09:60-17:00", "24H"])
      expect(parseSession(text)).toBeNull();
    expect(sessionText({ open: 300, close: 300 })).toBe("24h");
  });
});

describe("a spot pair", () => {
  it("is told by its name, whatever stands between the two", () => {
    expect(currencyPair("BTCUSD")).toEqual(["BTC", "USD"]);
    expect(currencyPair("BTC/EUR")).toEqual(["BTC", "EUR"]);
    expect(currencyPair("ETH-BTC")).toEqual(["ETH", "BTC"]);
    expect(currencyPair("EURUSD")).toEqual(["EUR", "USD"]);
    expect(currencyPair("SOL_USDT")).toEqual(["SOL", "USDT"]);
    expect(currencyPair("DEMO-BTCUSD")).toEqual(["DEMO-BTC", "DEMO-USD"]);
    for (const name of ["AAPL", "BRK.B", "BTC-PERP", "BTCUSD-PERP", "USD-USD", "SPX500USD"])
      expect(currencyPair(name)).toBeNull();
  });
});
