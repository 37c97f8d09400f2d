// A trader whose orders leave for a venue that fills in parts, refuses, ends orders by itself, and answers cancellations
// late or too late, in any order: it never sells what is not held, never opens more than its size, never leaves a part of a
// position without stop and target, nor one that it decided to leave without an order that does, sends nothing that leaves
// one behind a decision to hold it, and gets out as soon as the venue takes what comes.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freeTerms, type Order, type RemoteNews, Simulation, Trader } from "../../src/simulation/simulation.ts";

const MONEY = 10_000;
const [LOWEST, HIGHEST] = [90, 110];
/** Units of the largest position that was decided at any price of the walk. */
const MOST = MONEY / LOWEST;
const DUST = 1e-6;
const RUNS = 250;

type Step = { readonly do: (typeof DEEDS)[number]; readonly pick: number; readonly factor: number };
const DEEDS = ["tick", "tick", "tick", "tick", "buy", "sell", "exit", "fill", "fill", "part", "end", "answer"] as const;

interface AtVenue {
  readonly order: Order;
  readonly limit: number | null;
  left: number;
  filled: number;
  asked: boolean;
}

class Venue {
  readonly open: AtVenue[] = [];
  readonly simulation: Simulation;
  readonly trader: Trader;
  /** Units that were decided to be left, or turned, and are held. */
  leaving = 0;
  /** The newest decision is to hold nothing, also of what an entry is filled of that was taken back. */
  out = false;
  /** The newest decision is to hold what is held: 1 long, -1 short. */
  private keeps = 0;
  /** What they were before a decision to keep it. */
  private kept = 0;
  price = 100;
  private time = 1e15;

  private readonly allowShort: boolean;

  constructor(allowShort: boolean) {
    this.allowShort = allowShort;
    this.simulation = new Simulation({
      capital: 100_000,
      instruments: [freeTerms("X")],
      remote: {
        send: (order, left) => {
          const leaves = order.purpose === "signal" && this.keeps === (order.side === "buy" ? -1 : 1);
          expect(leaves && { ...order }).toBe(false);
          this.open.push({ order, limit: order.limit, left, filled: 0, asked: false });
        },
        cancel: ({ id }) => this.asked(id),
      },
    });
    const levels = { stopLoss: -0.02, takeProfit: 0.03 };
    this.trader = new Trader(this.simulation, { positionSize: 0.1, maxPositionSize: MONEY, allowShort, ...levels });
    this.tick(100);
  }

  tick(price: number, seconds = 0.4): void {
    this.price = price;
    this.time += seconds * 1e6;
    expect(this.simulation.trade(0, this.time, price, 1)).toBeNull();
  }
  says(action: "buy" | "sell" | "exit"): void {
    const held = this.simulation.held(0);
    const wanted = action === "buy" ? 1 : action === "sell" && this.allowShort ? -1 : 0;
    this.out = wanted === 0;
    this.keeps = held * wanted > 0 ? wanted : 0;
    if (held * wanted > 0) [this.kept, this.leaving] = [this.leaving, 0];
    else if (this.under(held > 0 ? "buy" : "sell") === 0 && this.covered("signal") === 0) this.leaving = Math.abs(held);
    // What an entry that is being taken back is filled of later comes on top of that.
    else this.leaving = Math.max(this.leaving, Math.min(this.kept, Math.abs(held)));
    this.trader.signal({ symbol: 0, action, entry: 0, stop: 0, target: 0, values: [], group: 0 });
  }

  fill(at: AtVenue, share: number): void {
    const { price, time } = this;
    const buys = at.order.side === "buy";
    if (at.limit !== null && (buys ? price > at.limit : price < at.limit)) return;
    const quantity = share < 1 ? at.left * share : at.left;
    at.left -= quantity;
    at.filled += quantity;
    const before = this.simulation.held(0);
    this.tell(at, { kind: "fill", fill: { quantity, price: at.limit ?? price, fee: 0, time } });
    const after = this.simulation.held(0);
    if (after * before <= 0) this.leaving = this.kept = 0;
    else this.leaving -= Math.min(this.leaving, Math.max(0, Math.abs(before) - Math.abs(after)));
    if (at.left === 0) this.over(at, "filled");
  }
  /** As a venue ends one that nobody has taken back, or has. */
  over(at: AtVenue, state: Order["state"]): void {
    this.open.splice(this.open.indexOf(at), 1);
    this.tell(at, { kind: "state", state, reason: "as it pleases" });
  }

  /** Units at the venue that would be traded on this side if all of them were filled. */
  under(side: Order["side"]): number {
    return this.open.reduce((sum, { order, left }) => sum + (order.side === side ? left : 0), 0);
  }
  /** Units that the orders of this purpose stand for. */
  covered(by: Order["purpose"]): number {
    const against = this.simulation.held(0) > 0 ? "sell" : "buy";
    return this.simulation
      .orders()
      .filter(({ purpose, side }) => side === against && purpose === by)
      .reduce((sum, { quantity, filled }) => sum + quantity - filled, 0);
  }

  private asked(id: number): void {
    for (const at of this.open) if (at.order.id === id) at.asked = true;
  }
  private tell(at: AtVenue, news: RemoteNews): void {
    expect(this.simulation.told(at.order.id, news)).toBeNull();
  }
}

function act(venue: Venue, { do: deed, pick, factor }: Step): void {
  const { open } = venue;
  const at = open[pick % Math.max(1, open.length)];
  if (deed === "tick") venue.tick(Math.min(HIGHEST, Math.max(LOWEST, venue.price * factor)));
  else if (deed === "buy" || deed === "sell" || deed === "exit") venue.says(deed);
  else if (at === undefined) return;
  else if (deed === "fill") venue.fill(at, 1);
  else if (deed === "part") venue.fill(at, 0.5);
  else if (deed === "answer") open.filter(({ asked }) => asked).forEach((each) => venue.over(each, "cancelled"));
  else venue.over(at, at.filled > 0 ? "cancelled" : (["rejected", "expired", "cancelled"] as const)[pick % 3]!);
}

function judge(venue: Venue, allowShort: boolean): void {
  const held = venue.simulation.held(0);
  const [lowest, highest] = [held - venue.under("sell"), held + venue.under("buy")];
  expect(lowest).toBeGreaterThan(allowShort ? -MOST - DUST : -DUST);
  expect(highest).toBeLessThan(MOST + DUST);
  for (const purpose of ["stop", "target"] as const)
    expect(venue.covered(purpose)).toBeGreaterThan(Math.abs(held) - DUST);
  expect(venue.covered("signal")).toBeGreaterThan(venue.leaving - DUST);
}

/** From now on the venue does what it is asked, and the market stands still. */
function settle(venue: Venue): void {
  const left = (): number => Math.max(venue.leaving, venue.out ? Math.abs(venue.simulation.held(0)) : 0);
  for (let turn = 0; turn < 10 && (left() > DUST || venue.open.length > 0); turn++) {
    obey(venue);
    venue.tick(venue.price, 31);
  }
  expect(left()).toBeLessThan(DUST);
}

function obey(venue: Venue): void {
  const [...open] = venue.open; // those that end leave the list
  for (const at of open) {
    if (at.asked) venue.over(at, "cancelled");
    else venue.fill(at, 1);
  }
}

/** From now on the venue does what it is asked, and the market goes against what is held. */
function leave(venue: Venue): void {
  venue.simulation.cancelEntries();
  for (let turn = 0; turn < 40; turn++) {
    obey(venue);
    if (venue.simulation.held(0) === 0 && venue.simulation.orders().length === 0) return;
    venue.tick(venue.simulation.held(0) > 0 ? LOWEST / 2 : HIGHEST * 2, 31);
  }
  expect([venue.simulation.held(0), venue.simulation.orders()]).toEqual([0, []]);
}

describe("orders at a venue that does as it pleases", () => {
  it.each([false, true])("leave what is held and open no more than they may (allow_short: %s)", (allowShort) => {
    const step = fc.record({
      do: fc.constantFrom(...DEEDS),
      pick: fc.nat(),
      factor: fc.double({ min: 0.96, max: 1.04, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: "max" }), (steps: readonly Step[]) => {
        const venue = new Venue(allowShort);
        for (const each of steps) {
          act(venue, each);
          judge(venue, allowShort);
        }
        settle(venue);
        leave(venue);
      }),
      { numRuns: RUNS },
    );
  });
});
