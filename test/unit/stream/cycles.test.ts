import { describe, expect, it } from "vitest";
import * as layout from "../../../assembly/layout.ts";
import { cycleOf, Triangles, TRIANGLES_MAX, TRIANGLES_PER_SYMBOL } from "../../../src/domain/triangles.ts";
import { Instances } from "../../../src/stream/instances.ts";
import { TestPlane } from "../../support/plane.ts";

const CODE = layout.TRIANGULAR_ARBITRAGE;
const DIRECTION = 40;

/** Symbols and directions of every group of an instance. */
function groups(
  plane: TestPlane,
  instance: number = CODE,
): readonly (readonly [readonly number[], readonly number[]])[] {
  const { f, plane: at, state } = plane;
  const direction = (group: number, leg: number): number =>
    f[
      ((at.plan.bases[layout.PLAN_GROUPS] ?? 0) +
        group * layout.GROUP_BYTES +
        layout.GROUP_LEG +
        leg * layout.GROUP_LEG_BYTES +
        DIRECTION) /
        8
    ] ?? 0;
  return state
    .groups()
    .filter((group) => group.instance === instance)
    .map(({ id, symbols }) => [symbols, symbols.map((_, leg) => direction(id, leg))] as const);
}
function open(names: readonly string[]): TestPlane {
  const plane = new TestPlane();
  for (const name of names) plane.symbol(name);
  return plane;
}

describe("cycles of currencies", () => {
  it("form no group where registered instances have taken all of them", () => {
    const plane = new TestPlane({ capacity: { maxInstances: 128, maxSymbols: 128 } });
    const { maxGroups } = plane.plane.plan;
    const symbols = ["BTCUSD", "ETHUSD"].map((name) => plane.symbol(name));
    while (plane.instances.add({ strategy: "pairs_trading", symbols, strategyId: null }).ok) plane.settle();
    const money = ["USD", "EUR", "GBP", "JPY"];
    const crosses = ["EURUSD", "GBPUSD", "USDJPY", "EURGBP", "EURJPY", "GBPJPY"];
    const coins = ["BTC", "ETH", "SOL", "LTC", "XRP", "ADA", "DOT", "UNI", "XLM"];
    for (const name of [...crosses, ...coins.flatMap((coin) => money.map((to) => coin + to))]) plane.symbol(name);
    const ids = plane.state.groups().map(({ id }) => id);
    const used = new Uint32Array(plane.plane.memory.buffer)[
      ((plane.plane.plan.bases[layout.PLAN_GLOBALS] ?? 0) + layout.GLOBALS_GROUPS) / 4
    ];
    expect(ids.length).toBe(maxGroups - layout.SCREEN_GROUPS);
    expect(used).toBe(maxGroups);
  });

  it("are found by name when the third pair becomes known, with the direction of each leg", () => {
    expect(groups(open(["BTCUSD", "BTC/EUR"]))).toEqual([]);
    // EUR -> USD -> BTC -> EUR
    expect(groups(open(["BTCUSD", "BTC/EUR", "EURUSD"]))).toEqual([
      [
        [2, 0, 1],
        [1, -1, 1],
      ],
    ]);
    // BTC -> USD -> EUR -> BTC
    expect(groups(open(["EURUSD", "BTC-EUR", "BTCUSD"]))).toEqual([
      [
        [2, 0, 1],
        [1, -1, -1],
      ],
    ]);
    // ETH -> BTC -> USDT -> ETH, and no cycle through another dollar
    expect(groups(open(["BTCUSDT", "ETHUSD", "ETHUSDT", "ETHBTC"]))).toEqual([
      [
        [3, 0, 2],
        [1, 1, -1],
      ],
    ]);
  });

  it("of the demo market do not mix with real ones", () => {
    expect(groups(open(["DEMO-BTCUSD", "BTCEUR", "EURUSD"]))).toEqual([]);
    expect(groups(open(["DEMO-BTCUSD", "DEMO-BTCEUR", "DEMO-EURUSD"]))).toHaveLength(1);
  });

  it("are at most so many for one symbol and for all", () => {
    const finder = new Triangles();
    const coins = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOT", "LTC", "BCH", "ETC", "XLM", "XMR", "ZEC"];
    coins.forEach((coin, id) => {
      expect(finder.add(2 * id, `${coin}USD`)).toEqual([]);
      expect(finder.add(2 * id + 1, `${coin}EUR`)).toEqual([]);
    });
    expect(finder.add(100, "EURUSD")).toHaveLength(TRIANGLES_PER_SYMBOL);
    let all = TRIANGLES_PER_SYMBOL;
    for (let id = 101; id < 200; id++) all += finder.add(id, "EUR/USD").length;
    expect(all).toBe(TRIANGLES_MAX);
  });

  it("leave half of the groups to registered instances", () => {
    const plane = new TestPlane({ capacity: { maxSymbols: 512, maxInstances: 20 } });

    for (const separator of ["", "/", "-", "_"])
      for (const pair of ["EUR USD", "GBP USD", "EUR GBP", "BTC USD", "BTC EUR", "BTC GBP"])
        plane.symbol(pair.replace(" ", separator));
    const { maxGroups } = plane.plane.plan;
    expect(groups(plane)).toHaveLength((maxGroups - layout.SCREEN_GROUPS) >> 1);
  });

  it("are told from three names in any order, or they are none", () => {
    const named = (...names: readonly string[]) => cycleOf(names.map((name, id) => ({ id, name })));
    expect(named("BTCUSD", "BTCEUR", "EURUSD")).toEqual([
      { symbol: 0, direction: 1 },
      { symbol: 2, direction: -1 },
      { symbol: 1, direction: -1 },
    ]);
    expect(named("EURUSD", "BTCUSD", "BTCEUR")).not.toBeNull();
    expect(named("BTCUSD", "BTCEUR", "GBPUSD")).toBeNull();
    expect(named("BTCUSD", "BTCUSD", "BTCUSD")).toBeNull();
    expect(named("BTCUSD", "BTCEUR")).toBeNull();
    expect(named("AAPL", "MSFT", "IBM")).toBeNull();
  });
});

describe("a restart", () => {
  function reopened(plane: TestPlane): Instances {
    const after = new Instances(plane.plane.plan, plane.plane.ring, plane.plane.writer);
    after.restore(plane.plane.memory);
    after.defineDefaults({ cooldownUs: 1_000_000, learning: true });
    plane.settle();
    return after;
  }

  it("knows the cycles that there are, and forms none of them twice", () => {
    const plane = open(["BTCUSD", "BTCEUR", "EURUSD", "ETHUSD", "ETHEUR"]);
    const before = groups(plane);
    expect(before).toHaveLength(2);
    const after = reopened(plane);
    expect(groups(plane)).toEqual(before);
    plane.plane.writer.writeName(layout.TABLE_SYMBOL, 5, layout.ASSET_CRYPTO, 0, "ETHBTC");
    after.onSymbol(5, "ETHBTC");
    plane.settle();
    expect(groups(plane)).toHaveLength(4);
  });

  it("forms what a journal that ended behind the name lacks", () => {
    const plane = open(["BTCUSD", "BTCEUR"]);
    plane.plane.writer.writeName(layout.TABLE_SYMBOL, 2, layout.ASSET_FOREX, 0, "EURUSD");
    plane.settle();
    expect(groups(plane)).toEqual([]);
    reopened(plane);
    expect(groups(plane)).toEqual([
      [
        [2, 0, 1],
        [1, -1, 1],
      ],
    ]);
  });

  it("after the default instance was removed forms them anew", () => {
    const plane = open(["BTCUSD", "BTCEUR", "EURUSD"]);
    plane.instances.remove(CODE);
    plane.settle();
    expect(groups(plane)).toEqual([]);
    plane.instances.defineDefaults({ cooldownUs: 1_000_000, learning: true });
    plane.settle();
    expect(groups(plane)).toHaveLength(1);
  });
});

describe("a registered instance", () => {
  it("names the pairs of one cycle; other symbols are refused with the reason", () => {
    const plane = open(["BTCUSD", "BTCEUR", "EURUSD", "GBPUSD", "AAPL"]);
    const request = { strategy: "triangular_arbitrage", strategyId: "strat_1" };
    const added = plane.instances.add({ ...request, symbols: [0, 1, 2] });
    if (!added.ok) throw new Error("it was refused");
    plane.settle();
    expect(groups(plane, added.value.id)).toEqual([
      [
        [0, 2, 1],
        [1, -1, -1],
      ],
    ]);
    for (const symbols of [
      [0, 1, 3],
      [0, 1, 4],
    ])
      expect(plane.instances.add({ ...request, symbols })).toMatchObject({
        ok: false,
        failure: {
          code: "validation_error",
          field: "symbols",
          issue: expect.stringContaining("form a cycle") as string,
        },
      });
    expect(plane.instances.add({ ...request, symbols: [0, 1] })).toMatchObject({
      ok: false,
      failure: { field: "symbols" },
    });
    expect(plane.instances.add(request)).toMatchObject({ ok: false, failure: { field: "symbols" } });
  });
});
