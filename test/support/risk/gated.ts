// An account whose orders go through the gate of a board, as those of an execution do.
import { Board, createBoardMemory } from "../../../src/manage/risk/board.ts";
import { Gate, type GateOwner } from "../../../src/manage/risk/gate.ts";
import { type GivenLimit, readLimits } from "../../../src/manage/risk/limits.ts";
import { OnBoard } from "../../../src/manage/risk/on-board.ts";
import { freeTerms, NO_COSTS, type OrderRequest, Simulation } from "../../../src/simulation/simulation.ts";

const STEP_US = 1_000_000;
const OWNER: GateOwner = { strategyId: "strat_aaaaaa", family: null, override: false };

interface Among {
  /** Where others trade as well, with the slot of their own. */
  readonly main: Board;
  readonly owner: GateOwner;
  readonly symbols: readonly string[];
}

export class Gated {
  readonly main: Board;
  readonly onBoard: OnBoard;
  readonly fills: string[] = [];
  readonly sim: Simulation;
  readonly gate: Gate;
  private readonly board: Board;
  private time = 1e15;

  /** Without limits those that are in force stay. */
  constructor(limits: readonly GivenLimit[] | null, orderLatencyUs = 0, among: Partial<Among> = {}) {
    const { main = new Board(createBoardMemory()), owner = OWNER, symbols = ["X"] } = among;
    this.main = main;
    this.onBoard = new OnBoard(main);
    if (limits !== null) this.limit(limits);
    this.sim = new Simulation({
      capital: 100_000,
      costs: { ...NO_COSTS, orderLatencyUs },
      instruments: symbols.map((name) => freeTerms(name)),
      onOrder: (order) => this.gate.changed(order),
      onFill: ({ side, quantity, price }) => this.fills.push(`${side} ${quantity} at ${price}`),
      admit: (request, position, price, amends) => this.gate.admit(request, position, price, amends ?? null),
      withdraw: (symbol) => this.gate.withdraw(symbol),
    });
    const { sim } = this;
    this.board = new Board(this.main.memory, 0);
    this.gate = new Gate(
      { board: this.board, owner, refusals: { count: 0, reason: null } },
      {
        held: (symbol) => sim.held(symbol),
        mark: (symbol) => sim.mark(symbol),
        equity: () => sim.equity(),
        name: (symbol) => symbols[symbol] ?? "",
      },
    );
  }

  limit(limits: readonly GivenLimit[]): void {
    const read = readLimits(limits);
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    this.onBoard.put(read.value);
  }

  /** A trade of the market, a second after the one before. */
  price(price: number, symbol = 0): void {
    this.board.see((this.time += STEP_US));
    this.sim.trade(symbol, this.time, price, 1e9);
  }

  /** The number of the order, or why it was refused. */
  order(request: Omit<OrderRequest, "symbol"> & { readonly symbol?: number }): number | string {
    const done = this.sim.submit({ symbol: 0, ...request });
    return done.ok ? done.value.id : done.failure;
  }

  /** Null, or why it was refused. */
  amend(id: number | string, change: Parameters<Simulation["amend"]>[1]): string | null {
    const done = this.sim.amend(Number(id), change);
    return done.ok ? null : done.failure;
  }

  /** What is claimed of the book, in units of account. */
  get claimed(): number {
    return this.main.claimed(0).gross / 1e6;
  }
}
