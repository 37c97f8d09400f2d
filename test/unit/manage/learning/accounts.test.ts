// Which fills of an account count as the outcome of a followed trade, and at what.
import { describe, expect, it } from "vitest";
import { Accounts, type Booked, type Fill, takingOf } from "../../../../src/manage/learning/accounts.ts";
import { keptOpening, reopened } from "../../../../src/manage/learning/openings.ts";
import { openingOf } from "../../../support/learning/openings.ts";

const OPENING = openingOf({ strategyId: "strat_1" }); // long, in at 100, out at 98 or 103

function fill(side: Fill["side"], quantity: number, price: number, pnl = 0, other: Partial<Fill> = {}): Fill {
  return { executionId: "exec_1", symbol: "S0", side, quantity, price, pnl, fee: 0, timestamp: 1, ...other };
}
function booked(fills: readonly Fill[], free = false): readonly Booked[] {
  const accounts = new Accounts();
  return fills.map((one) => accounts.book(OPENING, one, free));
}
const kinds = (fills: readonly Fill[]): readonly string[] => booked(fills).map(({ kind }) => kind);

describe("an account", () => {
  it("takes a trade over from flat, on its side, and from nowhere else", () => {
    expect(kinds([fill("BUY", 2, 100)])).toStrictEqual(["taken"]);
    expect(kinds([fill("SELL", 2, 100)])).toStrictEqual(["nothing"]);
    expect(kinds([fill("SELL", 2, 100), fill("BUY", 2, 99, 2)])).toStrictEqual(["nothing", "nothing"]);
    expect(kinds([fill("SELL", 2, 100), fill("BUY", 4, 99, 2)])).toStrictEqual(["nothing", "nothing"]);
  });

  it("has held a trade that it entered and left in parts when it is flat, by all that it closed", () => {
    const parts = [fill("BUY", 1, 100), fill("BUY", 3, 100), fill("SELL", 1, 101, 1), fill("SELL", 3, 102, 6)];
    const [one, two, three, flat] = booked(parts);
    expect([one?.kind, two?.kind, three?.kind]).toStrictEqual(["taken", "taken", "taken"]);
    expect(flat).toMatchObject({ kind: "flat", ended: "exit", beyond: 0 });
    expect(flat?.kind === "flat" ? flat.net : null).toBeCloseTo(7 / 400, 12);
  });

  it("that turns in one fill closes what it held, and not what it opens", () => {
    const [, flat] = booked([fill("BUY", 2, 100), fill("SELL", 4, 103, 6)]);
    expect(flat).toStrictEqual({ kind: "flat", net: 0.03, ended: "target", beyond: 2 });
  });

  it("does not count on what another account has taken over", () => {
    const other = { executionId: "exec_2" };
    const fills = [fill("BUY", 2, 100), fill("BUY", 2, 100, 0, other), fill("SELL", 2, 90, -20, other)];
    expect(kinds(fills)).toStrictEqual(["taken", "nothing", "nothing"]);
  });

  it("that states no costs has those of the opening", () => {
    const fills = [fill("BUY", 2, 100), fill("SELL", 2, 101, 2)];
    const net = (free: boolean, fee: number): number => {
      const [, flat] = booked(
        fills.map((one) => ({ ...one, fee })),
        free,
      );
      return flat?.kind === "flat" ? flat.net : Number.NaN;
    };
    expect(net(true, 0)).toBeCloseTo(0.01 - 0.0007 - 0.0007 * 1.01, 12);
    expect(net(false, 0)).toBeCloseTo(0.01, 12);
    expect(net(true, 0.1)).toBeCloseTo(0.01, 12); // what it paid is in its result
  });

  it("holds the trade after a restart", () => {
    const before = new Accounts();
    before.book(OPENING, fill("BUY", 2, 100), false);
    before.book(OPENING, fill("SELL", 1, 101, 1), false);
    const kept = keptOpening(OPENING, before.of(OPENING));
    const [again, taking, after] = [reopened(kept, 0), takingOf(kept), new Accounts()];
    expect(again).toStrictEqual(OPENING);
    if (again === null || taking === null) throw new Error("nothing was kept");
    after.take(again, taking);
    expect(after.book(again, fill("SELL", 1, 102, 2), false)).toMatchObject({ kind: "flat", net: 0.015 });
    expect(takingOf(keptOpening(OPENING, null))).toBeNull();
  });
});
