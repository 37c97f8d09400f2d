// A simulation for tests: one or several symbols, bars by their four prices, and everything that it reported.
import {
  freeTerms,
  NO_COSTS,
  Simulation,
  type ClosedTrade,
  type Costs,
  type Fill,
  type InstrumentTerms,
  type Margin,
  type Order,
  type OrderRequest,
} from "../../src/simulation/simulation.ts";

export const MINUTE_US = 60_000_000;

export interface StageOptions {
  readonly capital?: number;
  readonly costs?: Partial<Costs>;
  readonly terms?: Partial<InstrumentTerms>;
  readonly symbols?: number;
  readonly margin?: Margin | null;
}

export class Stage {
  readonly simulation: Simulation;
  readonly fills: Fill[] = [];
  readonly trades: ClosedTrade[] = [];
  /** State and reason of each order at each of its moves. */
  readonly moves: { readonly id: number; readonly state: Order["state"]; readonly reason: string | null }[] = [];
  private time = 0;

  constructor(options: StageOptions = {}) {
    const names = Array.from({ length: options.symbols ?? 1 }, (_, symbol) => `S${symbol}`);
    this.simulation = new Simulation({
      capital: options.capital ?? 10_000,
      costs: { ...NO_COSTS, ...options.costs },
      instruments: names.map((name) => ({ ...freeTerms(name), ...options.terms, name })),
      margin: options.margin ?? null,
      onFill: (fill) => this.fills.push(fill),
      onTrade: (trade) => this.trades.push(trade),
      onOrder: ({ id, state, reason }) => this.moves.push({ id, state, reason }),
    });
  }

  /** The next minute's bar. */
  bar(open: number, high: number, low: number, close: number, volume = 1_000, symbol = 0): string | null {
    const start = this.time;
    this.time += MINUTE_US;
    return this.simulation.bar(symbol, start, this.time, open, high, low, close, volume);
  }
  /** A bar that stands still. */
  flat(price: number, volume = 1_000): string | null {
    return this.bar(price, price, price, price, volume);
  }
  trade(price: number, volume = 1_000, symbol = 0): string | null {
    this.time += 1_000_000;
    return this.simulation.trade(symbol, this.time, price, volume);
  }
  quote(bid: number, ask: number, bidSize = 1_000, askSize = 1_000, symbol = 0): string | null {
    this.time += 1_000_000;
    return this.simulation.quote(symbol, this.time, bid, ask, bidSize, askSize);
  }

  submit(request: Partial<OrderRequest>): Order {
    const sent = this.simulation.submit({ symbol: 0, side: "buy", kind: "market", ...request });
    if (!sent.ok) throw new Error(sent.failure);
    return sent.value;
  }
  refusal(request: Partial<OrderRequest>): string {
    const sent = this.simulation.submit({ symbol: 0, side: "buy", kind: "market", ...request });
    return sent.ok ? "" : sent.failure;
  }
  buy(quantity: number, request: Partial<OrderRequest> = {}): Order {
    return this.submit({ quantity, ...request });
  }
  sell(quantity: number, request: Partial<OrderRequest> = {}): Order {
    return this.submit({ side: "sell", quantity, ...request });
  }
  get prices(): readonly number[] {
    return this.fills.map(({ price }) => price);
  }
}
