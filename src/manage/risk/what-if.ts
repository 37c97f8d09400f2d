// What would become of an order: the limits that an order of a strategy's execution is checked against, asked of the board
// and of what the execution has at stake, by the rules of the gate, without claiming anything. All reasons are told, the
// first of which is the one that the gate would give, and what is left of each limit. Money in millionths.
import {
  type Board,
  GROSS_EXPOSURE,
  LEVERAGE,
  NET_EXPOSURE,
  ORDERS_PER_SECOND,
  POSITION,
  PRICE_COLLAR,
  type Rows,
  TRADES_PER_DAY,
} from "./board.ts";
import { inTime, ordersLeft } from "./bucket.ts";
import { countsAt, distanceOf, onlyReduces, type Worst, worst } from "./claims.ts";
import { boardMetric } from "./metrics.ts";
import { beyond, beyondPower, demandOf, NO_PRICE, ONLY_REDUCING, STOPPED } from "./refusals.ts";
import type { Stake } from "./stake.ts";
import type { Terms } from "./terms.ts";

export interface WhatIf {
  readonly strategyId: string;
  readonly family: string | null;
  readonly symbol: string;
  readonly buys: boolean;
  readonly quantity: number;
  /** Null: at the last price. */
  readonly limit: number | null;
  /** The last one; 0: there is none yet. */
  readonly price: number;
  readonly stake: Stake;
  /** Engine clock, us. */
  readonly now: number;
}

export interface Verdict {
  readonly approved: boolean;
  readonly reasons: readonly string[];
  /** By metric: the least that is left in any scope, before this order. */
  readonly headroom: Readonly<Record<string, number>>;
}

const MILLION = 1_000_000;
const FAMILY = 1;
/** With nothing of its own at stake, an execution has used up its buying power so many times. */
const POWER_MAX = 1e6;

export function whatIf(board: Board, order: WhatIf): Verdict {
  const { buys, quantity, stake, price } = order;
  const rows = rowsOf(board, order);
  const terms = board.terms(bindingRows(rows, order.family), stake.override);
  const sign = buys ? 1 : -1;
  const limit = order.limit === null ? {} : { limit: order.limit };
  const at = countsAt({ side: buys ? "buy" : "sell", ...limit }, price);
  const sheet = new Sheet(onlyReduces(stake.open, sign, quantity, stake.held));
  const demand = demandOf(terms.level, stake.override);
  if (demand === "to stay out") sheet.refuseAll(STOPPED);
  if (demand === "to reduce") sheet.refuse(ONLY_REDUCING);
  if (!(at > 0)) {
    sheet.refuse(NO_PRICE);
    return sheet.verdict();
  }
  const { collar, position } = terms;
  const distance = distanceOf(limit, price);
  sheet.compare(PRICE_COLLAR, collar.scope, collar.limit, distance, distance);
  const before = worst(stake.open, stake.held, price);
  const after = worst([...stake.open, { sign, units: quantity, price: at }], stake.held, price);
  sheet.compare(POSITION, position.scope, position.limit, before.gross, after.gross);
  sheet.power(stake, terms, after.gross - stake.claimed.gross);
  for (const [scope, row] of rows.entries()) exposures(sheet, { board, terms, scope, row, order, after });
  return sheet.verdict();
}

interface InScope {
  readonly board: Board;
  readonly terms: Terms;
  readonly scope: number;
  readonly row: number;
  readonly order: WhatIf;
  readonly after: Worst;
}

/** What is there with what the order adds, in one scope; where nobody has traded yet nothing is claimed. */
function exposures(sheet: Sheet, { board, terms, scope, row, order, after }: InScope): void {
  const { stake, buys } = order;
  const bucket = row < 0 ? EMPTY : { due: board.due(row), clock: board.clockOf(row) };
  const there = row < 0 ? NOTHING : { ...board.claimed(row), trades: board.counts(row).trades };
  const more = after.gross - stake.claimed.gross;
  const none = Number.POSITIVE_INFINITY;
  const gross = more > 0 ? there.gross + more : 0;
  sheet.compare(GROSS_EXPOSURE, scope, terms.gross[scope] ?? none, there.gross, gross);
  const net = buys ? there.up : -there.down;
  const added = buys ? after.up - stake.claimed.up : stake.claimed.down - after.down;
  sheet.compare(NET_EXPOSURE, scope, terms.net[scope] ?? none, net, net + added);
  const trades = (there.trades + 1) * MILLION;
  sheet.compare(TRADES_PER_DAY, scope, terms.trades[scope] ?? none, there.trades * MILLION, trades);
  const rate = terms.rate[scope] ?? none;
  if (rate !== none) sheet.rate(scope, rate, bucket.due, Math.max(order.now, bucket.clock));
}

const NOTHING = { gross: 0, up: 0, down: 0, trades: 0 };
const EMPTY = { due: 0, clock: 0 };

/** Those that are not on the board yet are -1. */
function rowsOf(board: Board, { strategyId, family, symbol }: WhatIf): Rows {
  const whole = family === null ? -1 : board.find("family", family);
  return [0, whole, board.find("strategy", strategyId), board.find("symbol", symbol)];
}

/** What nobody has traded in yet has the limits for all of its kind. */
function bindingRows(rows: Rows, family: string | null): Rows {
  const [book, whole, strategy, symbol] = rows.map((row, scope) => (row < 0 ? scope : row));
  return [book ?? 0, family === null ? -1 : (whole ?? FAMILY), strategy ?? -1, symbol ?? -1];
}

class Sheet {
  /** It passes whatever the limits are. */
  private readonly reduces: boolean;
  private readonly reasons: string[] = [];
  private readonly headroom: Record<string, number> = {};

  constructor(reduces: boolean) {
    this.reduces = reduces;
  }

  refuseAll(reason: string): void {
    this.reasons.push(reason);
  }
  /** But for what only makes a position smaller. */
  refuse(reason: string): void {
    if (!this.reduces) this.reasons.push(reason);
  }

  /** A limit of the board; `found`: now, `would`: with the order. */
  compare(place: number, scope: number, limit: number, found: number, would: number): void {
    if (limit === Number.POSITIVE_INFINITY) return;
    const left = (limit - found) / MILLION;
    this.left(place, place === TRADES_PER_DAY ? Math.max(0, left) : left);
    if (would > limit) this.refuse(beyond(place, scope, would, limit));
  }

  power({ gross, equity }: Stake, { leverage }: Terms, more: number): void {
    if (leverage.limit === Number.POSITIVE_INFINITY) return;
    const [times, at] = [leverage.limit / MILLION, gross / MILLION];
    this.left(LEVERAGE, times - (at <= 0 ? 0 : equity > 0 ? at / equity : POWER_MAX));
    const power = times * Math.max(0, equity);
    const wanted = (gross + more) / MILLION;
    if (wanted > power) this.refuse(beyondPower(power, wanted));
  }

  rate(scope: number, rate: number, due: number, now: number): void {
    this.left(ORDERS_PER_SECOND, ordersLeft(due, now, rate));
    if (!inTime(due, now, rate)) this.refuse(beyond(ORDERS_PER_SECOND, scope, rate + MILLION, rate));
  }

  verdict(): Verdict {
    return { approved: this.reasons.length === 0, reasons: this.reasons, headroom: this.headroom };
  }

  private left(place: number, left: number): void {
    const metric = boardMetric(place);
    this.headroom[metric] = Math.min(this.headroom[metric] ?? Number.POSITIVE_INFINITY, left);
  }
}
