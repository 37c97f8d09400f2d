// What an order counts at before it enters, and what is asked of a change to it.
import { describe, expect, it } from "vitest";
import type { GivenLimit } from "../../../../src/manage/risk/limits.ts";
import { Gated } from "../../../support/risk/gated.ts";

const GROSS: GivenLimit = { scope: "book", metric: "gross_exposure", limit: 10_000 };
const COLLAR: GivenLimit = { scope: "strategy", metric: "price_collar_bps", limit: 500 };

describe("a change of an order", () => {
  it("to a price that claims more is checked as a new order is, against every limit and the collar", () => {
    const wide = new Gated([GROSS]);
    wide.price(100);
    const bought = wide.order({ side: "buy", kind: "limit", quantity: 100, limit: 96 });
    expect(wide.amend(bought, { limit: 120 })).toBe("gross_exposure would be 12000, limit 10000");
    expect(wide.amend(bought, { limit: 99 })).toBeNull();
    expect(wide.claimed).toBe(9_900);
    const narrow = new Gated([GROSS, COLLAR]);
    narrow.price(100);
    const small = narrow.order({ side: "buy", kind: "limit", quantity: 1, limit: 96 });
    expect(narrow.amend(small, { limit: 500 })).toMatch(/^price_collar_bps of the strategy would be 40000, limit 500/);
    expect(narrow.claimed).toBe(96);
  });

  it("to a price far from the market is refused by the collar, also where less is claimed or the position is left", () => {
    const account = new Gated([GROSS, COLLAR]);
    account.price(100);
    const sold = account.order({ side: "sell", kind: "limit", quantity: 90, limit: 104 });
    expect(account.amend(sold, { limit: 0.01 })).toMatch(/^price_collar_bps/);
    account.sim.cancelAll();
    account.order({ side: "buy", kind: "market", quantity: 10 });
    account.price(100);
    const leaves = account.order({ side: "sell", kind: "limit", quantity: 10, limit: 104 });
    expect(account.amend(leaves, { limit: 1 })).toMatch(/^price_collar_bps/);
    expect(account.amend(leaves, { quantity: 5 })).toBeNull();
  });

  it("to fewer units always passes, whatever the market did since", () => {
    const account = new Gated([GROSS]);
    account.price(100);
    const sold = account.order({ side: "sell", kind: "limit", quantity: 90, limit: 104 });
    account.price(100);
    account.main.setSwitch(0, "reduce_only");
    expect(account.amend(sold, { quantity: 95 })).toMatch(/^only orders that make a position smaller/);
    expect(account.amend(sold, { quantity: 50 })).toBeNull();
    expect(account.claimed).toBe(5_200);
  });

  it("to another price does not pass where only orders that leave do, though it claims no more", () => {
    const account = new Gated([]);
    account.price(100);
    const sold = account.order({ side: "sell", kind: "limit", quantity: 10, limit: 110 });
    const bought = account.order({ side: "buy", kind: "stop", quantity: 10, stop: 115 });
    account.price(100);
    account.main.setSwitch(0, "reduce_only");
    expect(account.amend(sold, { limit: 99 })).toMatch(/^only orders that make a position smaller/);
    expect(account.amend(bought, { stop: 100 })).toMatch(/^only orders that make a position smaller/);
    expect(account.amend(sold, { quantity: 5 })).toBeNull();
    account.price(100);
    account.price(100);
    expect(account.sim.held(0)).toBe(0);
  });

  it("to fewer units passes there as well while a change of its price from before is on its way", () => {
    const account = new Gated([], 500_000);
    account.price(100);
    const sold = account.order({ side: "sell", kind: "limit", quantity: 10, limit: 110 });
    account.price(100);
    expect(account.amend(sold, { limit: 112 })).toBeNull();
    account.main.setSwitch(0, "reduce_only");
    expect(account.amend(sold, { quantity: 5 })).toBeNull();
    expect(account.amend(sold, { limit: 110 })).toMatch(/^only orders that make a position smaller/);
  });

  it("counts with the change before it that is on its way, and both are claimed until they are there", () => {
    const account = new Gated([GROSS], 500_000);
    account.price(100);
    const bought = account.order({ side: "buy", kind: "limit", quantity: 50, limit: 90 });
    account.price(100);
    expect(account.amend(bought, { quantity: 100 })).toBeNull();
    expect(account.claimed).toBe(9_000);
    expect(account.amend(bought, { limit: 120 })).toBe("gross_exposure would be 12000, limit 10000");
    expect(account.amend(bought, { limit: 95 })).toBeNull();
    expect(account.claimed).toBe(9_500);
    account.price(100);
    expect(account.claimed).toBe(9_500);
  });
});

describe("an order counts at the highest price at which it may be filled", () => {
  it("to sell at the market where that is above its limit", () => {
    const account = new Gated([GROSS]);
    account.price(100);
    expect(account.order({ side: "sell", kind: "limit", quantity: 105, limit: 95 })).toBe(
      "gross_exposure would be 10500, limit 10000",
    );
  });

  it("as a stop at the market where that is beyond its level", () => {
    const account = new Gated([GROSS]);
    account.price(100);
    const beyond = "gross_exposure would be 100000, limit 10000";
    expect(account.order({ side: "buy", kind: "stop", quantity: 1_000, stop: 1 })).toBe(beyond);
    expect(account.order({ side: "sell", kind: "stop", quantity: 1_000, stop: 1 })).toBe(beyond);
    expect(account.order({ side: "buy", kind: "trailing_stop", quantity: 80, trail: 30 })).toBe(
      "gross_exposure would be 10400, limit 10000",
    );
    expect(account.claimed).toBe(0);
  });

  it("and at the last price without limit and stop", () => {
    const account = new Gated([GROSS]);
    account.price(100);
    account.order({ side: "buy", kind: "market", quantity: 10 });
    expect(account.claimed).toBe(1_000);
    account.price(100);
    expect(account.claimed).toBe(1_000);
  });

  it("and the collar holds for its stop as for its limit", () => {
    const account = new Gated([COLLAR]);
    account.price(100);
    expect(account.order({ side: "buy", kind: "stop", quantity: 1, stop: 110 })).toMatch(/^price_collar_bps/);
    expect(account.order({ side: "buy", kind: "stop", quantity: 1, stop: 104 })).toBe(1);
  });
});

describe("an order that was resting and has another limit", () => {
  it("takes at the market where it crosses, not at its limit", () => {
    const account = new Gated([]);
    account.price(100);
    const bought = account.order({ side: "buy", kind: "limit", quantity: 10, limit: 96 });
    account.price(100);
    account.amend(bought, { limit: 105 });
    account.price(101);
    expect(account.fills).toEqual(["buy 10 at 101"]);
  });

  it("is taken out where it would take and is post-only", () => {
    const account = new Gated([]);
    account.price(100);
    const sold = account.order({ side: "sell", kind: "limit", postOnly: true, quantity: 10, limit: 104 });
    account.price(100);
    const order = account.sim.order(Number(sold));
    account.amend(sold, { limit: 90 });
    account.price(100);
    expect(account.fills).toEqual([]);
    expect(order).toMatchObject({ state: "cancelled", reason: "it would take at 100, and it is post-only" });
  });
});

describe("an order that passes because it only makes the position smaller", () => {
  const held = (): Gated => {
    const account = new Gated([]);
    account.price(100);
    account.order({ side: "buy", kind: "market", quantity: 10 });
    account.price(100);
    account.main.setSwitch(0, "reduce_only");
    return account;
  };

  it("never opens one on the other side, where the position has become smaller meanwhile", () => {
    const account = held();
    const sold = account.order({ side: "sell", kind: "limit", quantity: 10, limit: 104 });
    expect(account.sim.order(Number(sold))).toMatchObject({ reduceOnly: true });
    account.order({ side: "sell", kind: "market", quantity: 7 });
    account.price(100);
    account.price(105);
    expect(account.sim.held(0)).toBe(0);
    expect(account.fills).toEqual(["buy 10 at 100", "sell 7 at 100", "sell 3 at 104"]);
  });

  it("and is gone with the position", () => {
    const account = held();
    account.order({ side: "sell", kind: "limit", quantity: 10, limit: 104 });
    account.order({ side: "sell", kind: "market", quantity: 10 });
    account.price(100);
    account.price(110);
    expect(account.sim.held(0)).toBe(0);
    expect(account.sim.orders()).toEqual([]);
    expect(account.claimed).toBe(0);
  });

  it("nor does one that rested before and is changed while only such orders pass", () => {
    const account = new Gated([]);
    account.price(100);
    account.order({ side: "buy", kind: "market", quantity: 10 });
    account.price(100);
    const sold = account.order({ side: "sell", kind: "limit", quantity: 10, limit: 104 });
    account.price(100);
    account.main.setSwitch(0, "reduce_only");
    expect(account.amend(sold, { limit: 103 })).toBeNull();
    account.order({ side: "sell", kind: "market", quantity: 10, reduceOnly: true });
    account.price(100);
    account.price(110);
    expect(account.sim.held(0)).toBe(0);
    expect(account.claimed).toBe(0);
  });

  it.each<[string, GivenLimit]>([
    ["orders of a day", { scope: "book", metric: "max_trades_per_day", limit: 1 }],
    ["the position", { scope: "strategy", metric: "position", limit: 1_000 }],
  ])("becomes one that only leaves where the limit of %s would refuse it else", (_, limit) => {
    const account = new Gated([limit]);
    account.price(90);
    account.order({ side: "buy", kind: "market", quantity: 10 });
    account.price(100);
    account.order({ side: "sell", kind: "stop", quantity: 10, stop: 95, reduceOnly: true });
    account.price(110);
    const sold = account.order({ side: "sell", kind: "limit", quantity: 10, limit: 120 });
    expect(account.sim.order(Number(sold))).toMatchObject({ reduceOnly: true });
    account.price(94);
    account.price(130);
    expect(account.sim.held(0)).toBe(0);
    expect(account.claimed).toBe(0);
  });

  it("stays what it is where nothing holds orders back", () => {
    const account = new Gated([]);
    account.price(100);
    account.order({ side: "buy", kind: "market", quantity: 10 });
    account.price(100);
    const sold = account.order({ side: "sell", kind: "limit", quantity: 10, limit: 104 });
    expect(account.sim.order(Number(sold))).toMatchObject({ reduceOnly: false });
  });

  it("does so where it names a share of the equity only as far as it leaves the position", () => {
    const account = held();
    expect(account.order({ side: "sell", kind: "market", share: 0.01 })).toMatch(/^only orders that make a position/);
    expect(account.order({ side: "sell", kind: "market", share: 0 })).toBeTypeOf("number");
  });
});

describe("what is claimed", () => {
  it("is valued at the last price, whenever that is asked for", () => {
    const account = new Gated([]);
    account.price(100);
    account.order({ side: "buy", kind: "market", quantity: 10 });
    account.price(100);
    account.price(150);
    expect(account.claimed).toBe(1_000);
    account.gate.mark();
    expect(account.claimed).toBe(1_500);
    account.order({ side: "sell", kind: "stop", quantity: 30, stop: 90 });
    account.price(150);
    expect(account.claimed).toBe(3_000);
    account.price(200);
    account.gate.mark();
    expect(account.claimed).toBe(4_000);
    account.sim.cancelAll();
    account.order({ side: "sell", kind: "market", quantity: 10, reduceOnly: true });
    account.price(200);
    expect(account.claimed).toBe(0);
  });
});
