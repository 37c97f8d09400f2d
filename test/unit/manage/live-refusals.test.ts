// What of a strategy no real venue is given: each is refused with what was found and what to do.
import { describe, expect, it } from "vitest";
import { ASSET_TYPES } from "../../../src/domain/asset-type.ts";
import type { Entry } from "../../../src/manage/executions/entry.ts";
import { LiveOrders, type LiveOrdersParts } from "../../../src/manage/executions/live-orders.ts";
import { termsFor } from "../../../src/manage/executions/executions.ts";
import type { Errand } from "../../../src/manage/executions/messages.ts";
import type { Strategy } from "../../../src/manage/registry/registry.ts";
import { SETTLED_BY_OPERATOR } from "../../../src/simulation/simulation.ts";
import type { VenueOrderRecord } from "../../../src/store/venue.ts";
import { buyOrder, recordOf } from "../../support/venue/orders.ts";

const STRATEGY: Strategy = {
  strategyId: "strat_aaaaaa",
  strategyName: "one",
  version: "1.0.0",
  codeHash: "",
  parameters: {},
  riskLimits: {},
  language: "assemblyscript",
  createdAt: 1,
  updatedAt: 1,
  deletedAt: null,
  kind: "builtin",
  strategyType: null,
  implementation: "momentum_rider",
  assetTypes: ASSET_TYPES,
  status: "deployed",
  statusBefore: null,
  deployedVersion: "1.0.0",
  lastError: null,
};
const PARTS = { slice: "twap", seconds: 60 };

/** `refusal`: of the venue, whose spot markets are `spot`. */
function live(
  refusal: string | null,
  spot: readonly string[] = [],
  left: readonly (readonly [string, number])[] = [],
): LiveOrders {
  const asked = (symbols: readonly string[] | null): readonly string[] => {
    return symbols === null ? spot : symbols.filter((symbol) => spot.includes(symbol));
  };
  const venue = { onOrder: () => undefined, refusal: () => refusal, spot: asked, unclaimed: () => left };
  return new LiveOrders({ venue } as unknown as LiveOrdersParts);
}

describe("an execution in live mode", () => {
  const desk = live(null);

  it("is refused where there is no venue, or the venue is not ready", () => {
    expect(live("it is in dispute").fault(STRATEGY, {}, null)).toBe("it is in dispute");
    expect(new LiveOrders({ venue: null } as unknown as LiveOrdersParts).fault(STRATEGY, {}, null)).toMatch(/no venue/);
    expect(desk.fault(STRATEGY, {}, null)).toBeNull();
  });

  it("is refused to what trades on paper only, with what asks for it and what to do", () => {
    const shares = { weights: { "1.0.0": 1, "1.0.1": 1 }, others: [] };
    expect(desk.fault(STRATEGY, {}, shares)).toMatch(/its versions share its symbols.*give all weight to one/);
    expect(desk.fault(STRATEGY, { execution: PARTS }, null)).toMatch(/^execution_config\.execution .*leave it out/);
    const sliced = { ...STRATEGY, parameters: { execution: PARTS } };
    expect(desk.fault(sliced, {}, null)).toMatch(/^parameters\.execution .*leave it out/);
    for (const implementation of ["adaptive_quote", "spread_adjuster", "volatility_responsive_mm"] as const)
      expect(desk.fault({ ...STRATEGY, implementation }, {}, null)).toBe(
        `${implementation} is a market maker, and those trade on paper only`,
      );
  });

  it("is refused to what sells short where a symbol of it is a spot market, as far as that is known", () => {
    const spot = live(null, ["BTCUSDT", "ETHUSDT"]);
    const short = { ...STRATEGY, parameters: { symbols: ["ethusdt", "XRPUSDT"], allow_short: true } };
    expect(spot.fault(short, {}, null)).toBe(
      "ETHUSDT can only be bought and sold again at the venue (spot), and parameters.allow_short asks for short " +
        "positions; leave it out, or name symbols that have contracts there",
    );
    expect(spot.fault({ ...short, parameters: { allow_short: 1 } }, {}, null)).toMatch(/^BTCUSDT, ETHUSDT can only/);
    const pair = { ...STRATEGY, implementation: "pairs_trading", parameters: { symbols: ["BTCUSDT", "XRPUSDT"] } };
    expect(spot.fault(pair as Strategy, {}, null)).toMatch(/^BTCUSDT can .*pairs_trading sells legs short; name/);
    expect(spot.fault({ ...short, parameters: { symbols: ["ETHUSDT"] } }, {}, null)).toBeNull();
    expect(spot.fault({ ...short, parameters: { symbols: ["XRPUSDT"], allow_short: true } }, {}, null)).toBeNull();
    expect(live(null).fault(short, {}, null)).toBeNull();
  });

  it("is refused where the venue holds what no open execution has, with the quantities and what to do", () => {
    const left = live(
      null,
      [],
      [
        ["BTCUSDT", 1.5],
        ["ETHUSDT", -2],
      ],
    );
    expect(left.fault(STRATEGY, {}, null)).toBe(
      "the venue holds 1.5 BTCUSDT, -2 ETHUSDT that no open execution has, and a new one would trade beside it: close " +
        'it there, or let it be; either way POST /venue/reconcile with {"accept": "venue"} then takes it as it is',
    );
  });

  it("keeps whole orders where its parameters ask for parts while it runs; on paper they are in parts then", () => {
    const asked = { parameters: { execution: PARTS }, riskLimits: {} };
    const plain = { parameters: {}, riskLimits: {} };
    const config = { mode: "live" };
    expect(termsFor({ ...asked, executionConfig: config })).toEqual(termsFor({ ...plain, executionConfig: config }));
    expect(termsFor({ ...asked, executionConfig: {} })).not.toEqual(termsFor({ ...plain, executionConfig: {} }));
  });
});

it("an order that is over is told to its thread with whether the venue has had it", () => {
  const sent: unknown[] = [];
  let told: (order: VenueOrderRecord, fill: null) => void = () => undefined;
  const parts = {
    venue: { onOrder: (listener: typeof told) => (told = listener) },
    pool: { send: (_: number, letter: unknown) => sent.push(letter) },
    roll: { entry: () => ({ active: true, key: 7 }) },
  };
  expect(new LiveOrders(parts as unknown as LiveOrdersParts)).toBeDefined();
  const order = recordOf(buyOrder("ord_00000012"));
  for (const acknowledged of [true, false])
    told({ ...order, state: "expired", settled: true, acknowledged, reason: "as it is" }, null);
  const news = { kind: "state", state: "expired", reason: "as it is" };
  expect(sent).toEqual([true, false].map((reached) => ({ kind: "venue", number: 12, news: { ...news, reached } })));
});

it("an exit of which less was sent than its thread wanted is told as one that has ended before its time", async () => {
  const sent: { readonly news: { readonly state: string; readonly reason: string | null } }[] = [];
  let told: (order: VenueOrderRecord, fill: null) => void = () => undefined;
  const placed: string[] = [];
  const strays: string[] = [];
  const entry = { key: 7, active: true, record: { executionId: "exec_00000001", strategyId: "strat_1" } };
  const parts = {
    venue: {
      onOrder: (listener: typeof told) => (told = listener),
      place: ({ clientOrderId }: { readonly clientOrderId: string }) => {
        placed.push(clientOrderId);
        return Promise.resolve({ ok: true, value: null });
      },
    },
    pool: { send: (_: number, letter: (typeof sent)[number]) => sent.push(letter) },
    roll: { entry: () => entry },
    onStray: (_: string, message: string) => strays.push(message),
  };
  const orders = new LiveOrders(parts as unknown as LiveOrdersParts);
  const order = { symbol: "BTCUSD", side: "sell", kind: "market", quantity: 2, reduceOnly: true };
  const errands = [1, 2, 3, 4].map((number) => ({ kind: "place", number, order, mark: 100 }));
  orders.run(entry as unknown as Entry, errands as unknown as readonly Errand[]);
  await expect.poll(() => placed.length).toBe(4);
  const [cut = "", whole = "", settled = "", short = ""] = placed;
  const over = { ...recordOf(buyOrder(cut)), side: "sell", state: "filled", settled: true, reason: null } as const;
  told({ ...over, quantity: 1.99, claimed: 1.99 }, null);
  told({ ...over, clientOrderId: whole, quantity: 2, claimed: 2 }, null);
  told({ ...over, clientOrderId: settled, quantity: 1.99, claimed: 1, reason: SETTLED_BY_OPERATOR }, null);
  told({ ...over, quantity: 1.99, claimed: 1 }, null); // it was over already
  expect(strays).toEqual([]);
  told({ ...over, clientOrderId: short, quantity: 2, claimed: 1.25 }, null);
  told({ ...over, clientOrderId: short, quantity: 2, claimed: 1.25 }, null);
  expect(strays).toEqual([
    `the venue calls order ${short} (sell 2 BTCUSD) filled with 1.25: nothing more is sent for the 0.75 that ` +
      "execution exec_1 still has",
  ]);
  expect(sent.map(({ news }) => [news.state, news.reason])).toEqual([
    ["cancelled", "the venue holds less of the position"],
    ["filled", null],
    ["filled", SETTLED_BY_OPERATOR],
    ["filled", null],
    ["filled", null],
    ["filled", null],
  ]);
});
