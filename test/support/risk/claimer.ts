// A thread that trades at random through gates of its own: orders come, are filled in parts, amended and cancelled; between
// two rounds it says what it holds and has open, worked out anew by the plain rule, for whoever compares that with the
// board. Prices stand still, so that exposure changes by orders alone.
import { parentPort, workerData } from "node:worker_threads";
import { Board } from "../../../src/manage/risk/board.ts";
import { Gate } from "../../../src/manage/risk/gate.ts";
import { type Order, REDUCE_ONLY } from "../../../src/simulation/simulation.ts";
import { Random } from "../random.ts";
import { limitOrder } from "./limit-order.ts";

export interface ClaimerData {
  readonly memory: SharedArrayBuffer;
  readonly slot: number;
  readonly seed: number;
  readonly strategies: readonly string[];
  readonly symbols: readonly string[];
  /** Without it both sides; what leaves a position may always, so only who never leaves one keeps a net limit for sure. */
  readonly buysOnly?: boolean;
}
/** What an account comes to at worst in one symbol, whole millionths. */
export interface Stake {
  readonly strategy: string;
  readonly symbol: string;
  readonly gross: number;
  readonly up: number;
  readonly down: number;
}
export interface Round {
  readonly stakes: readonly Stake[];
  readonly admitted: number;
  readonly refused: number;
}

const PRICE = 100;
const FAMILY = "trend_following";
const OPEN_MAX = 6;
type Working = { -readonly [K in keyof Order]: Order[K] };

class Account {
  readonly gate: Gate;
  readonly strategy: string;
  readonly positions: number[];
  open: Working[] = [];
  readonly refusals = { count: 0, reason: null as string | null };
  admitted = 0;
  private lastId = 0;
  private readonly data: ClaimerData;
  private readonly random: Random;

  constructor(board: Board, data: ClaimerData, strategy: string, random: Random) {
    this.data = data;
    this.random = random;
    this.strategy = strategy;
    this.positions = data.symbols.map(() => 0);
    const owner = { strategyId: strategy, family: FAMILY, override: false };
    this.gate = new Gate(
      { board, owner, refusals: this.refusals },
      {
        held: (symbol) => this.positions[symbol] ?? 0,
        mark: () => PRICE,
        equity: () => 1e9,
        name: (symbol) => data.symbols[symbol] ?? "",
      },
    );
  }

  step(): void {
    const chance = this.random.next();
    const order = this.open[Math.floor(this.random.next() * this.open.length)];
    if (order === undefined || (chance < 0.5 && this.open.length < OPEN_MAX)) this.submit();
    else if (chance < 0.7) this.fill(order);
    else if (chance < 0.85) this.amend(order);
    else this.end(order, "cancelled");
  }

  stakes(): readonly Stake[] {
    return this.data.symbols.map((name, symbol) => {
      const held = (this.positions[symbol] ?? 0) * PRICE * 1e6;
      const side = (buys: boolean): number =>
        this.open
          .filter((order) => order.symbol === symbol && (order.side === "buy") === buys)
          .reduce((sum, order) => sum + (order.quantity - order.filled) * PRICE * 1e6, 0);
      const [up, down] = [held + side(true), held - side(false)];
      return { strategy: this.strategy, symbol: name, gross: Math.max(Math.abs(up), Math.abs(down)), up, down };
    });
  }

  private submit(): void {
    const symbol = Math.floor(this.random.next() * this.data.symbols.length);
    const quantity = 1 + Math.floor(this.random.next() * 9);
    const side = this.data.buysOnly === true || this.random.next() < 0.5 ? "buy" : "sell";
    const request = { symbol, side, kind: "limit", quantity, limit: PRICE } as const;
    // What only leaves claims nothing, so that it is not followed here.
    if (this.gate.admit(request, this.positions[symbol] ?? 0, PRICE) !== null) return;
    this.admitted++;
    const order: Working = { ...BLANK, ...request, id: ++this.lastId };
    this.open.push(order);
    this.gate.changed(order);
    order.state = "working";
    this.gate.changed(order);
  }

  private fill(order: Working): void {
    const rest = order.quantity - order.filled;
    const units = this.random.next() < 0.5 ? rest : Math.ceil(rest / 2);
    order.filled += units;
    this.positions[order.symbol] = (this.positions[order.symbol] ?? 0) + (order.side === "buy" ? units : -units);
    if (order.filled === order.quantity) this.end(order, "filled");
    else {
      order.state = "partially_filled";
      this.gate.changed(order);
    }
  }

  private amend(order: Working): void {
    const quantity = order.filled + 1 + Math.floor(this.random.next() * 12);
    const { symbol, side } = order;
    const request = { symbol, side, kind: "limit", quantity, limit: PRICE } as const;
    const admission = this.gate.admit(request, this.positions[symbol] ?? 0, PRICE, order);
    if (admission === REDUCE_ONLY) {
      // From now on it only leaves: its claim is given back, and it is followed no longer.
      order.reduceOnly = true;
      this.end(order, "cancelled");
    }
    if (admission !== null) return;
    order.quantity = quantity;
    this.gate.changed(order);
  }

  private end(order: Working, state: "filled" | "cancelled"): void {
    order.state = state;
    this.open = this.open.filter((one) => one !== order);
    this.gate.changed(order);
  }
}

const BLANK: Working = limitOrder({ limit: PRICE });

const data = workerData as ClaimerData;
const board = new Board(data.memory, data.slot);
const random = new Random(data.seed);
const accounts = data.strategies.map((strategy) => new Account(board, data, strategy, random));

parentPort?.on("message", (steps: number) => {
  for (let step = 0; step < steps; step++) accounts[step % accounts.length]?.step();
  const round: Round = {
    stakes: accounts.flatMap((account) => account.stakes()),
    admitted: accounts.reduce((sum, account) => sum + account.admitted, 0),
    refused: accounts.reduce((sum, account) => sum + account.refusals.count, 0),
  };
  parentPort?.postMessage(round);
});
