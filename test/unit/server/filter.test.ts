import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAMILIES, TIERS } from "../../../src/domain/strategies.ts";
import { compileFilter, parseFilter, subscriptionName } from "../../../src/server/live/filter.ts";
import type { ChannelName, Filter } from "../../../src/domain/live-protocol.ts";
import type { Facets } from "../../../src/server/live/filter.ts";

const SIGNAL: Facets = {
  symbol: "BTCUSD",
  strategies: ["momentum_rider", "momentum", "strat_abc123"],
  family: "trend_following",
  tier: "fast",
  confidence: 0.6,
};

function normal(value: unknown, channel: ChannelName = "signals"): Filter {
  const filter = parseFilter(channel, value);
  if (!filter.ok) throw new Error(filter.failure);
  return filter.value;
}

describe("the normal form", () => {
  it("upper-cases symbols, names families canonically, sorts, and leaves out what means all", () => {
    expect(normal(undefined)).toEqual({});
    expect(normal({ symbols: [], strategies: null, min_confidence: 0 })).toEqual({});
    expect(normal({ symbols: ["eth", "BTC", "ETH"], families: ["high_time_frame"], min_confidence: 0.5 })).toEqual({
      symbols: ["BTC", "ETH"],
      families: ["htf"],
      min_confidence: 0.5,
    });
  });

  it("does not depend on how the filter was written, nor does the name", () => {
    const lists = fc.record({
      symbols: fc.array(fc.constantFrom("btc", "BTC", "eth", "xrp")),
      families: fc.array(fc.constantFrom(...FAMILIES)),
      tiers: fc.array(fc.constantFrom(...TIERS)),
      strategies: fc.array(fc.constantFrom("momentum_rider", "strat_abc123")),
    });
    fc.assert(
      fc.property(lists, (filter) => {
        const turned = Object.fromEntries(
          Object.entries(filter)
            .reverse()
            .map(([key, list]) => [key, [...list, ...list].reverse()]),
        );
        expect(normal(turned)).toEqual(normal(filter));
        expect(subscriptionName("signals", normal(turned))).toBe(subscriptionName("signals", normal(filter)));
        expect(normal(normal(filter))).toEqual(normal(filter));
      }),
    );
  });

  it("names the unfiltered channel by the channel alone", () => {
    expect(subscriptionName("signals", {})).toBe("signals");
    expect(subscriptionName("signals", { tiers: ["fast"] })).toMatch(/^signals#[0-9a-f]{16}$/);
  });
});

it("refuses what the channel does not have, wrong types and too many values", () => {
  const many = Array.from({ length: 101 }, (_, index) => `S${index}`);
  for (const filter of [
    [],
    "all",
    5,
    { color: ["red"] },
    { __proto__: null, constructor: [] },
    { symbols: "BTC" },
    { symbols: [1] },
    { symbols: [""] },
    { symbols: many },
    { families: ["none"] },
    { tiers: ["slow"] },
    { min_confidence: "0.5" },
    { min_confidence: 1.1 },
    { min_confidence: -0.1 },
    { min_confidence: NaN },
  ]) {
    expect([filter, parseFilter("signals", filter).ok]).toEqual([filter, false]);
  }
  expect(parseFilter("signals", { symbols: many.slice(1) }).ok).toBe(true);
});

it("matches when every list has one of the signal's values", () => {
  const matches = (filter: unknown) => compileFilter(normal(filter))(SIGNAL);
  expect(matches({})).toBe(true);
  expect(
    matches({ symbols: ["ETHUSD", "btcusd"], families: ["trend_following"], tiers: ["fast"], min_confidence: 0.6 }),
  ).toBe(true);
  expect(matches({ strategies: ["momentum_rider"] })).toBe(true);
  expect(matches({ strategies: ["strat_abc123"] })).toBe(true);
  for (const filter of [
    { symbols: ["ETHUSD"] },
    { families: ["htf"] },
    { tiers: ["tactical"] },
    { min_confidence: 0.61 },
    { strategies: ["x"] },
  ]) {
    expect([filter, matches(filter)]).toEqual([filter, false]);
  }
});

it("an event that lacks what a list asks for does not match", () => {
  const of = (filter: unknown) => compileFilter(normal(filter))({ ...SIGNAL, symbol: null, family: null, tier: null });
  expect([of({}), of({ symbols: ["BTCUSD"] }), of({ families: ["htf"] }), of({ tiers: ["fast"] })]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

it("takes exactly the filters that a channel has", () => {
  const values = {
    symbols: ["A"],
    strategies: ["momentum_rider"],
    families: ["htf"],
    tiers: ["fast"],
    min_confidence: 0.5,
  };
  const taken = (channel: ChannelName) =>
    Object.entries(values).flatMap(([name, value]) => (parseFilter(channel, { [name]: value }).ok ? [name] : []));
  expect(taken("signals")).toEqual(Object.keys(values));
  expect(taken("trades")).toEqual(["symbols", "strategies"]);
  expect(taken("executions")).toEqual(["strategies"]);
  expect(taken("pipeline")).toEqual(["strategies"]);
  expect(taken("alerts")).toEqual(["symbols", "strategies"]);
  expect([taken("metrics"), taken("heartbeat")]).toEqual([[], []]);
});
