// The books: cash, positions at cost, and everything that was paid or earned, in whole millionths. At every moment
//   cash = capital - (sum of positions at cost) + realised - fees + carry      to the millionth, because each fill is
// rounded once and every other figure is a sum or a difference of what was rounded. A position's cost has its sign.
import type { EpochUs, Price } from "../domain/units.ts";
import type { ClosedTrade, CloseReason } from "./closed-trade.ts";
import { countable, millionths, units } from "./money.ts";
import { Tally } from "./tally.ts";

/** A quantity below this share of what was traded is what rounding left over of a position that is closed. */
const DUST = 1e-12;

/** Whole millionths. */
export interface Books {
  readonly capital: number;
  readonly cash: number;
  /** Positions at cost, with their sign. */
  readonly cost: number;
  readonly realised: number;
  readonly fees: number;
  readonly slippage: number;
  readonly carry: number;
  /** Value of all fills; rounded beyond 2^53. */
  readonly traded: number;
}

/** A position at cost, in units of account, with its sign. */
export interface Holding {
  readonly name: string;
  readonly quantity: number;
  readonly cost: number;
  readonly mark: Price;
}

export class Position {
  readonly symbol: number;
  readonly name: string;
  /** Units, negative when short. */
  quantity = 0;
  /** Millionths. */
  cost = 0;
  mark: Price = 0;
  /** Of the trade under way, from flat to flat. */
  entryTime: EpochUs = 0;
  entered = 0;
  entryValue = 0;
  left = 0;
  exitValue = 0;
  realised = 0;
  fees = 0;
  slippage = 0;
  carry = 0;

  constructor(symbol: number, name: string) {
    this.symbol = symbol;
    this.name = name;
  }

  /** Millionths at the last price. */
  value(): number {
    return this.quantity === 0 ? 0 : millionths(this.quantity * this.mark);
  }
  entryPrice(): Price {
    return this.entered > 0 ? this.entryValue / this.entered : 0;
  }
}

export class Account {
  readonly capital: number;
  cash: number;
  /** All positions at cost, with their sign. */
  private cost = 0;
  realised = 0;
  fees = 0;
  slippage = 0;
  carry = 0;
  /** Value of all fills, millionths. Not part of the books: beyond 2^53 it is rounded, and nothing is refused for it. */
  traded = 0;
  /** Positions that are not flat. */
  readonly open: Position[] = [];
  /** Of this account and those that keep the same limits. */
  readonly tally: Tally;
  private readonly onTrade: ((trade: ClosedTrade) => void) | undefined;

  constructor(capital: number, onTrade?: (trade: ClosedTrade) => void, tally = new Tally()) {
    this.tally = tally;
    this.capital = millionths(capital);
    this.cash = this.capital;
    this.onTrade = onTrade;
  }

  books(): Books {
    const { capital, cash, cost, realised, fees, slippage, carry, traded } = this;
    return { capital, cash, cost, realised, fees, slippage, carry, traded };
  }

  equity(): number {
    let sum = this.cash;
    for (const position of this.open) sum += position.value();
    return sum;
  }
  exposure(): number {
    let sum = 0;
    for (const position of this.open) sum += Math.abs(position.value());
    return sum;
  }
  unrealised(): number {
    let sum = 0;
    for (const position of this.open) sum += position.value() - position.cost;
    return sum;
  }

  /** Whether a fill of this value (signed, millionths) leaves the books within what can be counted. */
  canBook(value: number, fee: number): boolean {
    return countable(value) && countable(this.cash - value - fee);
  }

  /** Whether a position at this price leaves them within that. */
  fits({ quantity }: Position, price: Price): boolean {
    if (quantity === 0) return true;
    const value = millionths(quantity * price);
    return countable(value) && countable(this.cash + value);
  }

  /** Books units (signed) that open a position or add to it. */
  add(position: Position, quantity: number, price: Price, fee: number, slippage: number, time: EpochUs): void {
    if (position.quantity === 0) {
      this.open.push(position);
      this.tally.opens(position.symbol, time);
      position.entryTime = time;
    }
    const value = millionths(quantity * price);
    position.quantity += quantity;
    position.cost += value;
    this.cost += value;
    position.entered += Math.abs(quantity);
    position.entryValue += Math.abs(quantity) * price;
    this.pay(position, value, fee, slippage);
  }

  /** Books units (signed, at most what is held, against it) that leave a position; true when it is flat then. */
  reduce(
    position: Position,
    quantity: number,
    price: Price,
    fee: number,
    slippage: number,
    time: EpochUs,
    reason: CloseReason,
  ): boolean {
    const value = millionths(quantity * price);
    const held = position.quantity;
    const rest = held + quantity;
    const flat = Math.abs(rest) <= DUST * position.entered;
    const part = flat ? position.cost : Math.round(position.cost * (-quantity / held));
    position.quantity = flat ? 0 : rest;
    position.cost -= part;
    this.cost -= part;
    position.left += Math.abs(quantity);
    position.exitValue += Math.abs(quantity) * price;
    const gain = -value - part;
    position.realised += gain;
    this.realised += gain;
    this.pay(position, value, fee, slippage);
    if (flat) this.close(position, held > 0, time, reason);
    return flat;
  }

  /** Funding or borrowing of a position; positive is earned. Millionths. False: it is beyond what can be counted. */
  accrue(position: Position, amount: number): boolean {
    if (!countable(amount) || !countable(this.cash + amount)) return false;
    this.cash += amount;
    this.carry += amount;
    position.carry += amount;
    return true;
  }

  private pay(position: Position, value: number, fee: number, slippage: number): void {
    this.cash -= value + fee;
    this.fees += fee;
    this.slippage += slippage;
    this.traded += Math.abs(value);
    position.fees += fee;
    position.slippage += slippage;
  }

  private close(position: Position, long: boolean, time: EpochUs, reason: CloseReason): void {
    this.open.splice(this.open.indexOf(position), 1);
    this.tally.closes(position.symbol);
    this.onTrade?.({
      symbol: position.name,
      side: long ? "long" : "short",
      quantity: position.entered,
      entryTime: position.entryTime,
      entryPrice: position.entryValue / position.entered,
      exitTime: time,
      exitPrice: position.exitValue / position.left,
      pnl: units(position.realised - position.fees + position.carry),
      fees: units(position.fees),
      slippage: units(position.slippage),
      carry: units(position.carry),
      reason,
    });
    position.entered = position.entryValue = position.left = position.exitValue = 0;
    position.realised = position.fees = position.slippage = position.carry = 0;
  }
}
