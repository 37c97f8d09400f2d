// Positions and the portfolio: what executions hold, netted by symbol over the book, and what the book comes to. A
// position's mean price is its cost by its quantity; what it has gained is at the last price that its execution saw. Pure;
// money in units of account.
import { added, type Balances, type BookedPosition, NO_BALANCES } from "./booked.ts";

/** An execution that is open. */
export interface Holder {
  readonly executionId: string;
  readonly strategyId: string;
  readonly capital: number;
  readonly equity: number;
  /** Millionths. */
  readonly balances: Balances;
  readonly positions: readonly BookedPosition[];
  /** What a full position is to be worth. */
  readonly target: number;
}

export interface Position {
  readonly executionId: string;
  readonly strategyId: string;
  readonly symbol: string;
  readonly quantity: number;
  readonly averagePrice: number;
  readonly mark: number;
  readonly unrealised: number;
}

export interface NetPosition {
  readonly symbol: string;
  /** Long less short. */
  readonly quantity: number;
  /** What all of them are worth, without their sign. */
  readonly gross: number;
  readonly net: number;
  /** Of the net position: its cost by its quantity; 0 where they stand against each other. */
  readonly averagePrice: number;
  readonly unrealised: number;
  readonly strategies: number;
}

export interface Portfolio {
  /** With open profit. */
  readonly capital: number;
  readonly grossExposure: number;
  readonly netExposure: number;
  readonly cash: number;
  readonly realised: number;
  readonly unrealised: number;
  readonly fees: number;
  /** Funding and borrowing, negative when paid. */
  readonly carry: number;
  /** By symbol, and by strategy: net value as a share of the capital. */
  readonly weights: {
    readonly symbols: Readonly<Record<string, number>>;
    readonly strategies: Readonly<Record<string, number>>;
  };
  /** By strategy: what a full position of it is worth as a share of the capital. */
  readonly targets: Readonly<Record<string, number>>;
}

const MILLION = 1_000_000;

export function positionOf(
  { executionId, strategyId }: Pick<Holder, "executionId" | "strategyId">,
  { symbol, quantity, cost, mark }: BookedPosition,
): Position {
  const averagePrice = quantity === 0 ? 0 : cost / quantity;
  return { executionId, strategyId, symbol, quantity, averagePrice, mark, unrealised: quantity * mark - cost };
}

/** Of each execution, in the order of the executions, then by symbol. */
export function positionsOf(holders: readonly Holder[]): readonly Position[] {
  return holders.flatMap((holder) =>
    holder.positions
      .map((position) => positionOf(holder, position))
      .toSorted((a, b) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0)),
  );
}

/** By symbol over all of them. */
export function netted(positions: readonly Position[]): readonly NetPosition[] {
  const bySymbol = new Map<string, Position[]>();
  for (const position of positions) {
    const held = bySymbol.get(position.symbol) ?? [];
    held.push(position);
    bySymbol.set(position.symbol, held);
  }
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  return [...bySymbol]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([symbol, held]) => {
      const quantity = sum(held.map((position) => position.quantity));
      const cost = sum(held.map((position) => position.quantity * position.averagePrice));
      return {
        symbol,
        quantity,
        gross: sum(held.map((position) => Math.abs(position.quantity * position.mark))),
        net: sum(held.map((position) => position.quantity * position.mark)),
        averagePrice: quantity === 0 ? 0 : Math.max(0, cost / quantity),
        unrealised: sum(held.map((position) => position.unrealised)),
        strategies: new Set(held.map((position) => position.strategyId)).size,
      };
    });
}

export function portfolioOf(holders: readonly Holder[]): Portfolio {
  const positions = positionsOf(holders);
  const capital = holders.reduce((sum, { equity }) => sum + equity, 0);
  const balances = holders.reduce((sum, holder) => added(sum, holder.balances), NO_BALANCES);
  const share = (value: number): number => (capital > 0 ? value / capital : 0);
  const symbols: Record<string, number> = {};
  for (const { symbol, net } of netted(positions)) symbols[symbol] = share(net);
  const strategies: Record<string, number> = {};
  for (const { strategyId, quantity, mark } of positions)
    strategies[strategyId] = (strategies[strategyId] ?? 0) + share(quantity * mark);
  return {
    capital,
    grossExposure: positions.reduce((sum, { quantity, mark }) => sum + Math.abs(quantity * mark), 0),
    netExposure: positions.reduce((sum, { quantity, mark }) => sum + quantity * mark, 0),
    cash: balances.cash / MILLION,
    realised: 0 - balances.realised / MILLION,
    unrealised: positions.reduce((sum, { unrealised }) => sum + unrealised, 0),
    fees: balances.fees / MILLION,
    carry: 0 - balances.carry / MILLION,
    weights: { symbols, strategies },
    targets: Object.fromEntries(holders.map(({ strategyId, target }) => [strategyId, share(target)])),
  };
}
