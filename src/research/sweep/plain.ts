// The rules of the fast path in plain code, one set at a time: the reference that the core is held to bit for bit, and
// what lists the trades of a set. The same arithmetic in the same order as assembly/sweep/ and the means of
// assembly/math/indicators/window-sums.ts, so every result is equal to the last bit.
import { SPAN_BARS } from "../../../assembly/sweep/sweep-layout.ts";
import { plainSides, type Rows } from "./plain-sides.ts";
import { type ParameterSet, type SweepRule, valueOf } from "./rules.ts";
import type { BarTrade, SetResult } from "./set-result.ts";
import type { Tape } from "./tape.ts";

interface Book {
  readonly fee: number;
  readonly stopRate: number;
  readonly takeRate: number;
  readonly listed: BarTrade[] | null;
  cash: number;
  side: number;
  units: number;
  entry: number;
  entryFee: number;
  entryBar: number;
  stop: number;
  take: number;
  trades: number;
  wins: number;
  held: number;
  hash: number;
  won: number;
  lost: number;
  fees: number;
}

export interface PlainOptions {
  readonly capital: number;
  /** Receives the closed trades. */
  readonly list?: BarTrade[];
  /** Receives equity and value of the position at every close; both have a place for each bar. */
  readonly curve?: { readonly equity: Float64Array; readonly exposure: Float64Array };
  /** Receives what is open at the end. */
  readonly open?: (units: number, entry: number) => void;
  /** Columns of earlier runs over the same tape. */
  readonly rows?: Rows;
}

export function runPlain(tape: Tape, rule: SweepRule, set: ParameterSet, options: PlainOptions): SetResult {
  const sides = plainSides(tape, rule, set, options.rows ?? new Map<string, Float64Array>());
  const stops = rule.name === "ma_stop";
  const { bars, open, high, low, close } = tape;
  const book = newBook(set, options);
  let { cash, units, entry } = book;
  let before = options.capital;
  let peak = options.capital;
  let kept = 1;
  let [returns, squares, losses] = [0, 0, 0];
  for (let start = 0; start < bars; start += SPAN_BARS) {
    const end = Math.min(bars, start + SPAN_BARS);
    let [sum, squared, lost] = [0, 0, 0];
    for (let t = start; t < end; t++) {
      const price = close[t] ?? 0;
      if (stops && units !== 0) {
        atLevels(book, t, open[t] ?? 0, high[t] ?? 0, low[t] ?? 0);
        ({ cash, units } = book);
      }
      const equity = cash + units * (price - entry);
      const change = (equity - before) / before;
      const loss = change < 0 ? change : 0;
      sum += change;
      squared += change * change;
      lost += loss * loss;
      if (peak < equity) peak = equity;
      if (equity < peak * kept) kept = equity / peak;
      before = equity;
      if (options.curve !== undefined) {
        options.curve.equity[t] = equity;
        options.curve.exposure[t] = Math.abs(units) * price;
      }
      const next = sides[t] ?? AS_IT_WAS;
      if (next === AS_IT_WAS || next === book.side || t + 1 === bars) continue;
      turn(book, t + 1, open[t + 1] ?? 0, next, "signal");
      ({ cash, units, entry } = book);
    }
    returns += sum;
    squares += squared;
    losses += lost;
  }
  if (units !== 0) options.open?.(units, entry);
  const { trades, wins, held, hash, won, lost, fees } = book;
  return { equity: before, trades, wins, held, hash, kept, returns, squares, losses, won, lost, fees };
}
const AS_IT_WAS = 2;

function newBook(set: ParameterSet, { capital, list }: PlainOptions): Book {
  return {
    fee: valueOf(set, "fee"),
    stopRate: 1 - valueOf(set, "stop"),
    takeRate: 1 + valueOf(set, "take"),
    listed: list ?? null,
    cash: capital,
    side: 0,
    units: 0,
    entry: 0,
    entryFee: 0,
    entryBar: 0,
    stop: Number.NEGATIVE_INFINITY,
    take: Number.POSITIVE_INFINITY,
    trades: 0,
    wins: 0,
    held: 0,
    hash: 0,
    won: 0,
    lost: 0,
    fees: 0,
  };
}

function atLevels(book: Book, bar: number, open: number, high: number, low: number): void {
  if (low <= book.stop) turn(book, bar, open < book.stop ? open : book.stop, 0, "stop");
  else if (book.take <= high) turn(book, bar, open > book.take ? open : book.take, 0, "target");
}

function turn(book: Book, bar: number, price: number, side: number, reason: BarTrade["reason"]): void {
  if (book.units !== 0) close(book, bar, price, reason);
  book.side = side;
  book.stop = Number.NEGATIVE_INFINITY;
  book.take = Number.POSITIVE_INFINITY;
  if (side === 0 || !(book.cash > 0)) return;
  const units = book.cash / (price * (1 + book.fee));
  const paid = units * price * book.fee;
  book.cash -= paid;
  book.entryFee = paid;
  book.units = side * units;
  book.entry = price;
  book.stop = price * book.stopRate;
  book.take = price * book.takeRate;
  book.entryBar = bar;
}

function close(book: Book, bar: number, price: number, reason: BarTrade["reason"]): void {
  const { units, entryBar, entry } = book;
  const size = Math.abs(units);
  const brought = units * (price - entry);
  const paid = size * price * book.fee;
  book.cash += brought - paid;
  book.units = 0;
  const profit = brought - paid - book.entryFee;
  book.trades++;
  book.held += bar - entryBar;
  if (profit > 0) {
    book.wins++;
    book.won += profit;
  } else book.lost += profit;
  book.fees += paid + book.entryFee;
  PROFIT[0] = profit;
  const place = units < 0 ? ~entryBar : entryBar;
  book.hash = stir(stir(stir(stir(book.hash, place), bar), PROFIT_BITS[0] ?? 0), PROFIT_BITS[1] ?? 0);
  const side = units < 0 ? "short" : "long";
  book.listed?.push({
    side,
    entryBar,
    exitBar: bar,
    entryPrice: entry,
    exitPrice: price,
    units: size,
    profit,
    reason,
  });
}
const PROFIT = new Float64Array(1);
const PROFIT_BITS = new Uint32Array(PROFIT.buffer);

function stir(hash: number, word: number): number {
  const x = Math.imul(hash ^ word, 0x9e3779b1);
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) >>> 0;
}
