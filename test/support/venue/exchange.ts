// A small exchange of our own for tests: one book of two sides per symbol, orders that rest, partial fills, positions, and
// client ids that it takes only once. It keeps what came to it, so that a test can say what an engine has really done.
// What it tells can be held back, doubled and shuffled by `telling`. One thread, no clock of its own.
export interface FakeOrder {
  readonly clientOrderId: string | null;
  readonly orderId: string;
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly type: string;
  readonly quantity: number;
  readonly price: number | null;
  readonly stopPrice: number | null;
  status: "open" | "partially_filled" | "filled" | "cancelled" | "rejected";
  filled: number;
  readonly fills: FakeFill[];
  reason: string | null;
}

export interface FakeFill {
  readonly fillId: string;
  readonly quantity: number;
  readonly price: number;
  readonly fee: number;
  readonly time: number;
}

export type FakeEvent =
  | { readonly kind: "order"; readonly order: Readonly<FakeOrder> }
  | { readonly kind: "fill"; readonly order: Readonly<FakeOrder>; readonly fill: FakeFill };

export interface NewOrder {
  readonly clientOrderId: string | null;
  readonly symbol: string;
  readonly side: "BUY" | "SELL";
  readonly type: string;
  readonly quantity: number;
  readonly price: number | null;
  readonly stopPrice?: number | null;
}

interface Book {
  bid: number;
  ask: number;
  /** What may be taken before the next quote, on each side. */
  bidSize: number;
  askSize: number;
}

export class FakeExchange {
  readonly orders: FakeOrder[] = [];
  readonly positions = new Map<string, number>();
  /** How often each client id came to be placed. */
  readonly attempts = new Map<string, number>();
  /** Refuses what it says something about. */
  judge: (order: NewOrder) => string | null = () => null;
  feeBps = 10;
  /** As a venue would that does not know client ids: then it is the engine alone that must not send anything twice. */
  forgetful = false;
  private readonly books = new Map<string, Book>();
  private readonly listeners: ((event: FakeEvent) => void)[] = [];
  private readonly now: () => number;
  private fillCount = 0;

  /** `now`: milliseconds. */
  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  onEvent(listener: (event: FakeEvent) => void): void {
    this.listeners.push(listener);
  }

  quote(symbol: string, bid: number, ask: number, size = Infinity): void {
    this.books.set(symbol, { bid, ask, bidSize: size, askSize: size });
    for (const order of this.orders) if (order.symbol === symbol) this.match(order);
  }

  place(asked: NewOrder): FakeOrder {
    const { clientOrderId } = asked;
    if (clientOrderId !== null) this.attempts.set(clientOrderId, (this.attempts.get(clientOrderId) ?? 0) + 1);
    const known = clientOrderId === null ? undefined : this.byClient(clientOrderId);
    if (known !== undefined && !this.forgetful) return known;
    const { stopPrice = null, ...rest } = asked;
    const orderId = `x${this.orders.length + 1}`;
    const order: FakeOrder = { ...rest, stopPrice, orderId, status: "open", filled: 0, fills: [], reason: null };
    this.orders.push(order);
    order.reason = this.judge(asked);
    if (order.reason !== null) order.status = "rejected";
    this.tell({ kind: "order", order: { ...order } });
    this.match(order);
    return order;
  }

  cancel(order: FakeOrder): boolean {
    if (order.status !== "open" && order.status !== "partially_filled") return false;
    order.status = "cancelled";
    order.reason = "cancelled on request";
    this.tell({ kind: "order", order: { ...order } });
    return true;
  }

  byClient(clientOrderId: string): FakeOrder | undefined {
    return this.orders.find((order) => order.clientOrderId === clientOrderId);
  }
  byId(orderId: string): FakeOrder | undefined {
    return this.orders.find((order) => order.orderId === orderId);
  }
  open(): readonly FakeOrder[] {
    return this.orders.filter(({ status }) => status === "open" || status === "partially_filled");
  }
  /** Orders with a client id that another order has as well. */
  doubled(): readonly FakeOrder[] {
    const ids = this.orders.map(({ clientOrderId }) => clientOrderId);
    return this.orders.filter(({ clientOrderId }, at) => clientOrderId !== null && ids.indexOf(clientOrderId) !== at);
  }

  /** A fill as it comes, whatever the book says. */
  fill(order: FakeOrder, quantity: number, price: number): FakeFill {
    const fee = (quantity * price * this.feeBps) / 10_000;
    const fill = { fillId: `f${++this.fillCount}`, quantity, price, fee, time: this.now() };
    order.fills.push(fill);
    order.filled += quantity;
    const signed = order.side === "BUY" ? quantity : -quantity;
    this.positions.set(order.symbol, (this.positions.get(order.symbol) ?? 0) + signed);
    if (order.status === "open" || order.status === "partially_filled")
      order.status = order.filled >= order.quantity * (1 - 1e-9) ? "filled" : "partially_filled";
    this.tell({ kind: "fill", order: { ...order }, fill });
    this.tell({ kind: "order", order: { ...order } });
    return fill;
  }

  private match(order: FakeOrder): void {
    const book = this.books.get(order.symbol);
    if (book === undefined || (order.status !== "open" && order.status !== "partially_filled")) return;
    const buys = order.side === "BUY";
    const price = buys ? book.ask : book.bid;
    if (order.stopPrice !== null && (buys ? price < order.stopPrice : price > order.stopPrice)) return;
    if (order.price !== null && (buys ? price > order.price : price < order.price)) return;
    const size = Math.min(buys ? book.askSize : book.bidSize, order.quantity - order.filled);
    if (!(size > 0)) return;
    if (buys) book.askSize -= size;
    else book.bidSize -= size;
    this.fill(order, size, price);
  }

  private tell(event: FakeEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
