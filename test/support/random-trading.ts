// Random trading for the property tests: a list of steps, each an event or something that a trader does, and a run of
// them that looks at every fill and after every step whether the rules of the venue still hold.
import * as fc from "fast-check";
import {
  freeTerms,
  NO_COSTS,
  Simulation,
  type ClosedTrade,
  type Costs,
  type Fill,
  type Margin,
  type Order,
  type OrderRequest,
} from "../../src/simulation/simulation.ts";
import { isOver, mayMove, type OrderState } from "../../src/simulation/order-states.ts";

export const SYMBOLS = 2;
const MINUTE_US = 60_000_000;

export type Step =
  | { readonly do: "bar"; readonly symbol: number; readonly moves: readonly number[]; readonly volume: number }
  | { readonly do: "trade"; readonly symbol: number; readonly move: number; readonly volume: number }
  | { readonly do: "quote"; readonly symbol: number; readonly move: number; readonly sizes: readonly [number, number] }
  | { readonly do: "funding"; readonly symbol: number; readonly rate: number }
  | { readonly do: "submit"; readonly request: Omit<OrderRequest, "limit" | "stop" | "trail">; readonly levels: Levels }
  | { readonly do: "cancel" | "amend"; readonly place: number; readonly factor: number }
  | { readonly do: "together"; readonly buysFirst: boolean; readonly size: number; readonly shares: boolean }
  | { readonly do: "cancelAll" };

/** Limit, stop and distance as factors of the last price; which of them are given follows from the kind. */
interface Levels {
  readonly limit: number;
  readonly stop: number;
  readonly trail: number;
}

export interface Market {
  readonly costs: Costs;
  readonly margin: Margin | null;
  readonly lot: number;
  readonly steps: readonly Step[];
}

const symbol = fc.integer({ min: 0, max: SYMBOLS - 1 });
const move = fc.double({ min: 0.93, max: 1.07, noNaN: true });
const size = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 8, arbitrary: fc.double({ min: 0.01, max: 2_000, noNaN: true }) },
);
const factor = fc.double({ min: 0.9, max: 1.1, noNaN: true });

const request = fc.record(
  {
    symbol,
    side: fc.constantFrom("buy" as const, "sell" as const),
    kind: fc.constantFrom("market", "limit", "stop", "stop_limit", "trailing_stop" as const),
    quantity: fc.double({ min: 0.01, max: 50, noNaN: true }),
    timeInForce: fc.constantFrom("gtc", "ioc", "fok", "day" as const),
    reduceOnly: fc.boolean(),
    postOnly: fc.boolean(),
    oco: fc.integer({ min: 1, max: 2 }),
    bracket: fc.constantFrom(
      { stop: 0.97, target: 1.03, of: "entry" as const },
      { trail: 0.02, of: "entry" as const },
      { stop: 1.02, target: 0.99, of: "entry" as const },
    ),
  },
  { requiredKeys: ["symbol", "side", "kind", "quantity"] },
);
const share = fc.record({
  symbol,
  side: fc.constantFrom("buy" as const, "sell" as const),
  kind: fc.constant("market" as const),
  share: fc.double({ min: 0, max: 1.5, noNaN: true }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("bar" as const),
      symbol,
      moves: fc.array(move, { minLength: 4, maxLength: 4 }),
      volume: size,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("trade" as const), symbol, move, volume: size }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("quote" as const), symbol, move, sizes: fc.tuple(size, size) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("funding" as const),
      symbol,
      rate: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("submit" as const),
      request: fc.oneof({ weight: 4, arbitrary: request }, share),
      levels: fc.record({ limit: factor, stop: factor, trail: fc.double({ min: 0.005, max: 0.1, noNaN: true }) }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("cancel" as const, "amend" as const), place: fc.nat(20), factor }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("together" as const),
      buysFirst: fc.boolean(),
      size: fc.double({ min: 0.01, max: 1, noNaN: true }),
      shares: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancelAll" as const) }) },
);

/** `exact`: without slippage, so that every price of a fill must have been in the market. */
export function markets(exact: boolean): fc.Arbitrary<Market> {
  const worse = exact ? fc.constant(0) : fc.double({ min: 0, max: 1, noNaN: true });
  return fc.record({
    costs: fc.record({
      makerBps: fc.double({ min: -5, max: 50, noNaN: true }),
      takerBps: fc.double({ min: 0, max: 50, noNaN: true }),
      slippageBps: worse,
      volatilitySlippage: worse,
      impact: worse,
      participation: fc.constantFrom(null, 0.1, 1),
      feedLatencyUs: fc.constantFrom(0, MINUTE_US / 3),
      orderLatencyUs: fc.constantFrom(0, MINUTE_US / 2),
      borrowBps: fc.constantFrom(0, 5_000),
      funding: fc.boolean(),
      resting: fc.constantFrom("touch", "through" as const),
    }),
    margin: fc.constantFrom(null, { initial: 0.2, maintenance: 0.1 }),
    lot: fc.constantFrom(0, 0.1, 1),
    steps: fc.array(step, { minLength: 20, maxLength: 100, size: "max" }),
  });
}

interface Range {
  readonly low: number;
  readonly high: number;
  /** Most units that may be filled of the event. */
  readonly most: number;
}

export class RandomRun {
  readonly simulation: Simulation;
  readonly fills: Fill[] = [];
  readonly trades: ClosedTrade[] = [];
  readonly faults: string[] = [];
  private readonly costs: Costs;
  private readonly prices: number[] = Array.from({ length: SYMBOLS }, () => 100);
  private readonly states = new Map<number, OrderState>();
  private readonly sentAt = new Map<number, number>();
  private time = 0;
  private event = 0;
  /** By symbol: orders that are filled together are filled at the last event of each. */
  private readonly ranges: Range[] = [];
  private readonly taken: number[] = [];
  private readonly exact: boolean;

  constructor({ costs, margin, lot }: Market, exact: boolean) {
    this.exact = exact;
    this.costs = { ...NO_COSTS, ...costs };
    this.simulation = new Simulation({
      capital: 10_000,
      costs: this.costs,
      margin,
      instruments: Array.from({ length: SYMBOLS }, (_, place) => ({ ...freeTerms(`S${place}`), lot })),
      onFill: (fill) => this.look(fill),
      onOrder: (order) => this.follow(order),
      onTrade: (trade) => this.trades.push(trade),
    });
  }

  take(step: Step): void {
    switch (step.do) {
      case "bar":
        return this.bar(step.symbol, step.moves, step.volume);
      case "trade":
      case "quote":
        return this.tick(step);
      case "funding":
        this.simulation.funding(step.symbol, this.time, step.rate);
        return;
      case "submit":
        return this.submit(step.request, step.levels);
      case "together":
        return this.together(step);
      case "cancelAll":
        return this.simulation.cancelAll();
      case "cancel":
      case "amend": {
        const open = this.simulation.orders();
        const order = open[step.place % Math.max(1, open.length)];
        if (order === undefined) return;
        if (step.do === "cancel") this.simulation.cancel(order.id);
        else this.simulation.amend(order.id, { quantity: order.quantity * step.factor });
      }
    }
  }

  private bar(place: number, moves: readonly number[], volume: number): void {
    const last = this.prices[place] ?? 100;
    const prices = moves.map((factor) => last * factor);
    const [low, high] = [Math.min(...prices), Math.max(...prices)];
    const [open = 0, , , close = 0] = prices;
    const start = this.time;
    this.time += MINUTE_US;
    this.prices[place] = close;
    this.begin(place, low, high, volume * (this.costs.participation ?? Number.POSITIVE_INFINITY));
    this.expectTaken(this.simulation.bar(place, start, this.time, open, high, low, close, volume));
  }

  private tick(step: Extract<Step, { do: "trade" | "quote" }>): void {
    const price = (this.prices[step.symbol] ?? 100) * step.move;
    this.prices[step.symbol] = price;
    this.time += MINUTE_US / 4;
    const part = this.costs.participation ?? Number.POSITIVE_INFINITY;
    if (step.do === "trade") {
      this.begin(step.symbol, price, price, step.volume * part);
      this.expectTaken(this.simulation.trade(step.symbol, this.time, price, step.volume));
      return;
    }
    const [bidSize, askSize] = step.sizes;
    const ask = price * 1.001;
    this.begin(step.symbol, price, ask, (bidSize + askSize) * part);
    this.expectTaken(this.simulation.quote(step.symbol, this.time, price, ask, bidSize, askSize));
  }

  private begin(place: number, low: number, high: number, most: number): void {
    this.event++;
    this.taken[place] = 0;
    this.ranges[place] = { low, high, most: Number.isNaN(most) ? Number.POSITIVE_INFINITY : most };
  }

  private expectTaken(refusal: string | null): void {
    if (refusal !== null) this.faults.push(`a good event was refused: ${refusal}`);
  }

  private submit(request: Omit<OrderRequest, "limit" | "stop" | "trail">, levels: Levels): void {
    const { kind } = request;
    const last = this.prices[request.symbol] ?? 100;
    const sent = this.simulation.submit({
      ...request,
      ...(kind === "limit" || kind === "stop_limit" ? { limit: last * levels.limit } : {}),
      ...(kind === "stop" || kind === "stop_limit" ? { stop: last * levels.stop } : {}),
      ...(kind === "trailing_stop" ? { trail: last * levels.trail } : {}),
    });
    if (sent.ok) this.sentAt.set(sent.value.id, this.event);
  }

  private together({ buysFirst, size, shares }: Extract<Step, { do: "together" }>): void {
    const amount = shares ? { share: size } : { quantity: 50 * size };
    const sent = this.simulation.submitTogether(
      [buysFirst, !buysFirst].map((buys, symbol) => ({
        symbol,
        side: buys ? "buy" : "sell",
        kind: "market",
        ...amount,
      })),
    );
    if (sent.ok) for (const order of sent.value) this.sentAt.set(order.id, this.event);
  }

  private look(fill: Fill): void {
    const { order, price, quantity, side } = fill;
    this.fills.push(fill);
    const sign = side === "buy" ? 1 : -1;
    const after = this.simulation.held(fill.symbol);
    const held = after - sign * quantity;
    const fault = (text: string): void => void this.faults.push(`${text} (order ${order.id}, ${order.kind})`);
    if (this.sentAt.get(order.id) === this.event) fault("filled by the event that came before it");
    const latency = this.costs.feedLatencyUs + this.costs.orderLatencyUs;
    if (this.sentAt.has(order.id) && fill.time < order.submittedAt + latency) fault("filled before it could arrive");
    const { low, high, most } = this.ranges[fill.symbol] ?? { low: Number.NaN, high: Number.NaN, most: 0 };
    const taken = (this.taken[fill.symbol] ?? 0) + (order.purpose === "liquidated" ? 0 : quantity);
    this.taken[fill.symbol] = taken;
    if (taken > most * (1 + 1e-9)) fault("took more than the event offered");
    if (order.reduceOnly && Math.abs(after) > Math.abs(held) + 1e-9) fault("reduce-only increased a position");
    if (order.reduceOnly && after * held < -1e-12) fault("reduce-only turned a position");
    if (order.limit !== null && sign * (price - order.limit) > 1e-9) fault("worse than its limit");
    if (order.filled > order.quantity * (1 + 1e-9)) fault("filled more than was asked");
    // What rests at a price is filled there when the market jumps over it.
    if (
      this.exact &&
      !(fill.maker && price === order.limit) &&
      !(price >= low * (1 - 1e-12) && price <= high * (1 + 1e-12))
    )
      fault(`filled at ${price}, and the event went from ${low} to ${high}`);
    if (!(quantity > 0)) fault(`filled ${quantity}`);
  }

  private follow(order: Order): void {
    const before = this.states.get(order.id);
    // An order that is amended or resized is told of in the state in which it is, unless it is over.
    const stays = before === order.state && !isOver(before);
    if (before !== undefined && !stays && !mayMove(before, order.state))
      this.faults.push(`order ${order.id} went from ${before} to ${order.state}`);
    this.states.set(order.id, order.state);
  }

  /** How far the books are from adding up, in millionths. */
  gap(): number {
    const { cash, capital, cost, realised, fees, carry } = this.simulation.books();
    return cash - (capital - cost + realised - fees + carry);
  }
}
