// What the check says of an order is what the gate says of it, to the word of the first reason: in random books of several
// accounts on one board, with positions, resting orders of every kind, changes, limits in every scope, and switches.
import { describe, expect, it } from "vitest";
import { Board, createBoardMemory, type Switch } from "../../src/manage/risk/board.ts";
import type { GivenLimit } from "../../src/manage/risk/limits.ts";
import { whatIf } from "../../src/manage/risk/what-if.ts";
import type { OrderRequest } from "../../src/simulation/simulation.ts";
import { Gated } from "../support/risk/gated.ts";
import { Random } from "../support/random.ts";

const SYMBOLS = ["BTCUSD", "ETHUSD"];
const FAMILY = "trend_following";
const SEEDS = 12;
const STEPS = 300;
const SWITCHES: readonly [Switch, ...Switch[]] = ["none", "none", "none", "reduce_soft", "reduce_only", "halted"];

function pick<T>(random: Random, from: readonly [T, ...T[]]): T {
  return from[random.integer(from.length)] ?? from[0];
}

function limitsOf(random: Random): readonly GivenLimit[] {
  const some = (limit: GivenLimit): readonly GivenLimit[] => (random.next() < 0.5 ? [limit] : []);
  const money = (most: number): number => Math.round(most * random.next());
  return [
    ...some({ scope: "book", metric: "gross_exposure", limit: money(80_000) }),
    ...some({ scope: "book", metric: "net_exposure", limit: money(40_000) }),
    ...some({ scope: "family", metric: "gross_exposure", limit: money(60_000) }),
    ...some({ scope: "strategy", metric: "position", limit: money(25_000), level: "warning" }),
    ...some({ scope: "strategy", metric: "leverage", limit: random.next() / 2 }),
    ...some({ scope: "symbol", name: "ETHUSD", metric: "net_exposure", limit: money(30_000) }),
    ...some({ scope: "symbol", metric: "max_trades_per_day", limit: 1 + random.integer(40) }),
    ...some({ scope: "strategy", metric: "orders_per_second", limit: 2 * random.next() }),
    ...some({ scope: "strategy", metric: "price_collar_bps", limit: 500 * random.next() }),
  ];
}

class Market {
  readonly main = new Board(createBoardMemory());
  readonly accounts: readonly Gated[];
  readonly given = { refused: 0, passed: 0, reduced: 0 };
  private readonly random: Random;
  private readonly prices = SYMBOLS.map(() => 100);
  private readonly owners = ["strat_aaaaaa", "strat_bbbbbb", "strat_cccccc"].map((strategyId, place) => {
    return { strategyId, family: place === 2 ? null : FAMILY, override: place === 1 };
  });

  constructor(random: Random) {
    this.random = random;
    this.main.setDay(1);
    this.accounts = this.owners.map((owner, place) => {
      return new Gated(place === 0 ? limitsOf(random) : null, 0, { main: this.main, owner, symbols: SYMBOLS });
    });
  }

  step(): void {
    const { random, accounts } = this;
    const chance = random.next();
    const place = random.integer(accounts.length);
    const account = accounts[place];
    if (account === undefined) return;
    if (chance < 0.3) this.move();
    else if (chance < 0.4) this.change(account);
    else if (chance < 0.43) this.main.setSwitch(pick(random, this.rows()), pick(random, SWITCHES));
    else if (chance < 0.47) for (const row of this.rows()) this.main.setSwitch(row, "none");
    else this.order(account, place);
  }

  private rows(): readonly [number, ...number[]] {
    return [0, this.main.row("family", FAMILY), this.main.row("symbol", "BTCUSD")];
  }

  private move(): void {
    const symbol = this.random.integer(SYMBOLS.length);
    const price = (this.prices[symbol] ?? 100) * (1 + 0.02 * (this.random.next() - 0.5));
    this.prices[symbol] = price;
    for (const account of this.accounts) account.price(price, symbol);
  }

  private change(account: Gated): void {
    const [order] = account.sim.orders();
    if (order === undefined) return;
    if (this.random.next() < 0.5) account.sim.cancel(order.id);
    else account.amend(order.id, { quantity: order.filled + 1 + this.random.integer(80) });
  }

  private order(account: Gated, place: number): void {
    const { random, main } = this;
    const symbol = random.integer(SYMBOLS.length);
    const side = random.next() < 0.5 ? "buy" : "sell";
    const quantity = 1 + random.integer(120);
    const price = (this.prices[symbol] ?? 100) * (1 + 0.1 * (random.next() - 0.5));
    const kind = pick<OrderRequest["kind"]>(random, ["market", "limit", "limit", "stop", "trailing_stop"]);
    if (kind === "stop" || kind === "trailing_stop") {
      const level = kind === "stop" ? { stop: price } : { trail: 2 };
      account.order({ symbol, side, kind, quantity, reduceOnly: random.next() < 0.3, ...level });
      return;
    }
    const limit = kind === "limit" ? price : null;
    const owner = this.owners[place];
    const stake = account.gate.stake(symbol);
    const verdict = whatIf(main, {
      strategyId: owner?.strategyId ?? "",
      family: owner?.family ?? null,
      symbol: SYMBOLS[symbol] ?? "",
      buys: side === "buy",
      quantity,
      limit,
      price: stake.mark,
      stake,
      now: account.sim.now(),
    });
    const request: OrderRequest = { symbol, side, kind, quantity, ...(limit === null ? {} : { limit }) };
    const said = account.order(request);
    const { approved, reasons } = verdict;
    expect({ approved, reason: reasons[0] ?? null }).toEqual({
      approved: typeof said === "number",
      reason: typeof said === "string" ? said : null,
    });
    this.given[approved ? "passed" : "refused"]++;
    const reduces = typeof said === "number" && account.sim.order(said)?.reduceOnly === true;
    if (reduces) this.given.reduced++;
  }
}

describe("an order that is asked about", () => {
  it("would pass or not, and for the reason, as the gate then decides", () => {
    const all = { refused: 0, passed: 0, reduced: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const market = new Market(new Random(seed));
      for (let step = 0; step < STEPS; step++) market.step();
      for (const key of ["refused", "passed", "reduced"] as const) all[key] += market.given[key];
    }
    // Every answer was given often, or nothing was proved.
    expect(Math.min(all.refused, all.passed)).toBeGreaterThan(200);
    expect(all.reduced).toBeGreaterThan(5);
  });

  it("is measured with the orders that are open: they are part of what is claimed", () => {
    const account = new Gated([{ scope: "strategy", metric: "position", limit: 10_000 }]);
    account.price(100);
    account.order({ side: "buy", kind: "limit", quantity: 90, limit: 99 });
    const stake = account.gate.stake(0);
    const asked = { strategyId: "strat_aaaaaa", family: null, symbol: "X", buys: true, limit: 100, price: 100, now: 0 };
    const verdict = whatIf(account.main, { ...asked, quantity: 20, stake });
    expect(verdict).toMatchObject({
      approved: false,
      reasons: ["position of the strategy would be 10910, limit 10000"],
      headroom: { position: 1_090 },
    });
  });
});
