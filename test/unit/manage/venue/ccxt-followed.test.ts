// Which orders are looked at at an exchange behind ccxt, and for how long: nothing is looked at for ever, and what the
// exchange says of one later is not lost.
import { describe, expect, it } from "vitest";
import { CcxtFollowed } from "../../../../src/manage/venue/ccxt-followed.ts";
import type { SentOrder } from "../../../../src/manage/venue/port.ts";
import { buyOrder } from "../../../support/venue/orders.ts";

/** Polls of an hour and a bit, at two seconds each. */
const HOUR = 2_000;

const order = (id: string): SentOrder => ({ ...buyOrder(id, { symbol: "BTCUSDT" }), createdAt: 1 });
const said = (id: string, filled: number) => ({ id: `x-${id}`, clientOrderId: id, status: "canceled", filled });

/** In which of so many polls something is looked at, always in vain. */
function looks(followed: CcxtFollowed, polls: number): readonly number[] {
  return Array.from({ length: polls }, (_, at) => at).filter(() => {
    const due = followed.due([]);
    for (const one of due) followed.rest(one, false);
    return due.length > 0;
  });
}

describe("an order that the exchange does not tell of", () => {
  it("is looked at with each poll, then less and less often, and behind an hour no more", () => {
    const followed = new CcxtFollowed();
    followed.follow(order("ord_1"));
    const at = looks(followed, HOUR);
    expect(at.slice(0, 8)).toEqual([0, 1, 2, 3, 4, 5, 7, 11]);
    expect(at.at(-1)).toBeGreaterThan(1_500);
    expect([looks(followed, HOUR), followed.get("ord_1")]).toEqual([[], undefined]);
  });

  it("is followed again where the exchange says behind that that a part of it was filled, and no more of it than that", () => {
    const followed = new CcxtFollowed();
    followed.follow(order("ord_1"));
    looks(followed, HOUR);
    expect(followed.told(said("ord_1", 0))).toBeUndefined();
    expect(followed.told(said("ord_1", 0.4))?.order.clientOrderId).toBe("ord_1");
    expect(looks(followed, 3)).toEqual([0, 1, 2]);
  });
});

describe("an order that is over with all its fills", () => {
  it("is followed again where more of it is filled than the exchange said, also where it is listed as open", () => {
    const followed = new CcxtFollowed();
    const one = followed.follow(order("ord_1"));
    one.filled = one.said = 0.4;
    followed.settle("ord_1");
    expect([followed.told(said("ord_1", 0.4)), followed.due([])]).toEqual([undefined, []]);
    expect(followed.due([said("ord_1", 0.6)])).toMatchObject([{ filled: 0.4, missed: 0 }]);
  });

  it("is forgotten behind a thousand others", () => {
    const followed = new CcxtFollowed();
    for (let at = 0; at <= 1_000; at++) {
      followed.follow(order(`ord_${at}`));
      followed.settle(`ord_${at}`);
    }
    const again = [0, 1, 1_000].map((at) => followed.told(said(`ord_${at}`, 1)) !== undefined);
    expect(again).toEqual([false, true, true]);
  });
});
