// What one of the three tells of the day, in the same shape for all of them, and whether they tell the same. Money in
// units of account, the ledger in whole millionths. Pure.
export interface ToldTrade {
  readonly trade_id: string;
  readonly execution_id: string;
  readonly symbol: string;
  readonly side: string;
  readonly quantity: number;
  readonly price: number;
  readonly pnl: number;
}
export interface ToldOrder {
  readonly order_id: string;
  readonly status: string;
  readonly filled: number;
}
export interface ToldAlert {
  readonly alert_id: string;
  readonly level: string;
  readonly message: string;
}
export interface ToldPosition {
  readonly execution_id: string;
  readonly symbol: string;
  readonly quantity: number;
}
/** Ended or not. */
export interface ToldExecution {
  readonly execution_id: string;
  readonly trade_count: number;
  readonly pnl: number;
}
/** The accounts of an execution, summed over its entries. */
export interface ToldLedger {
  readonly execution_id: string;
  readonly fills: number;
  readonly cash: number;
  readonly positions: number;
  readonly fees: number;
  readonly realised: number;
  readonly carry: number;
  readonly capital: number;
}
export interface ToldEntry {
  readonly audit_id: string;
  readonly action: string;
  readonly target: string;
  readonly hash: string;
}

/** Null: this one does not tell of it. */
export interface Tale {
  readonly trades: readonly ToldTrade[];
  readonly alerts: readonly ToldAlert[];
  readonly ended: readonly ToldExecution[];
  readonly orders: readonly ToldOrder[] | null;
  /** Before the last stop of the day. */
  readonly positions: readonly ToldPosition[] | null;
  readonly ledgers: readonly ToldLedger[] | null;
  readonly audit: readonly ToldEntry[] | null;
}
export interface Tales {
  readonly api: Tale;
  readonly bus: Tale;
  readonly database: Tale;
  /** Exposure before the last stop: of /portfolio, of /risk/status, and of /positions at their last prices. */
  readonly exposure: { readonly portfolio: number; readonly risk: number; readonly positions: number };
  /** What `strategy-engine audit verify` says. */
  readonly chain: { readonly whole: boolean; readonly entries: number };
}

export interface Row {
  readonly what: string;
  readonly api: string;
  readonly bus: string;
  readonly database: string;
  readonly agrees: boolean;
}

const NOT_TOLD = "-";
/** Of an amount of money, for sums of floating numbers in another order. */
const CENT = 0.01;

/** What somebody has to have done in a day with a stop, a pause and an order that was changed. */
const DEEDS = ["risk.limits", "risk.breach", "order.amend", "execution.start", "alert.ack"] as const;

export function compare(tales: Tales): readonly Row[] {
  const { api, bus, database, exposure, chain } = tales;
  const each = [api, bus, database] as const;
  return [
    row(
      "trades",
      each.map(({ trades }) => listed(trades, tradeText)),
    ),
    row(
      "sum of their pnl",
      each.map(({ trades }) => money(sum(trades.map(({ pnl }) => pnl)))),
    ),
    row(
      "orders and their ends",
      each.map(({ orders }) =>
        listed(orders, ({ order_id, status, filled }) => `${order_id} ${status} ${round(filled)}`),
      ),
    ),
    row(
      "filled by orders, units",
      each.map(({ orders, trades }) =>
        orders === null
          ? null
          : {
              shown: units(sum(orders.map(({ filled }) => filled))),
              full: units(sum(trades.map(({ quantity }) => quantity))),
            },
      ),
      each.every(
        ({ orders, trades }) =>
          orders === null ||
          fits(sum(orders.map(({ filled }) => filled)), sum(trades.map(({ quantity }) => quantity)), 1e-6),
      ),
    ),
    row(
      "positions at the close",
      each.map(({ positions }) =>
        listed(positions, ({ execution_id, symbol, quantity }) => `${execution_id} ${symbol} ${round(quantity)}`),
      ),
    ),
    ...exposureRow(exposure),
    row(
      "executions that ended",
      each.map(({ ended }) =>
        listed(ended, ({ execution_id, trade_count, pnl }) => `${execution_id} ${trade_count} ${pnl.toFixed(2)}`),
      ),
    ),
    ...ledgerRows(api, database),
    row(
      "alerts",
      each.map(({ alerts }) => listed(alerts, ({ alert_id, level, message }) => `${alert_id} ${level} ${message}`)),
    ),
    ...auditRows(api, database, chain),
  ];
}

interface Cell {
  readonly shown: string;
  /** All of it, for the comparison. */
  readonly full: string;
}

/** The cells of API, bus and database; those that are told have to be the same. */
function row(what: string, cells: readonly (Cell | null)[], also = true): Row {
  const [api, bus, database] = cells.map((cell) => cell?.shown ?? NOT_TOLD);
  const told = cells.filter((cell) => cell !== null);
  const same = new Set(told.map(({ full }) => full)).size === 1;
  return { what, api: api ?? "", bus: bus ?? "", database: database ?? "", agrees: same && also };
}

function exposureRow({ portfolio, risk, positions }: Tales["exposure"]): readonly Row[] {
  const agrees = fits(portfolio, positions, CENT) && fits(risk, positions, CENT) && portfolio > 0;
  const [api, bus, database] = [portfolio, risk, positions].map((value) => value.toFixed(2));
  return [
    { what: "exposure: portfolio, risk, positions", api: api ?? "", bus: bus ?? "", database: database ?? "", agrees },
  ];
}

function ledgerRows(api: Tale, database: Tale): readonly Row[] {
  const balance = ({ ledgers }: Tale): Cell => whole(sum((ledgers ?? []).map(balanceOf)));
  const zero = [api, database].every(({ ledgers }) => (ledgers ?? []).every((one) => balanceOf(one) === 0));
  const accounts = (tale: Tale): Cell | null =>
    listed(tale.ledgers, (one) => JSON.stringify(one, Object.keys(one).toSorted()));
  const fills = ({ ledgers }: Tale): Cell => whole(sum((ledgers ?? []).map((one) => one.fills)));
  const flat = [api, database].flatMap((tale) =>
    (tale.ledgers ?? []).filter(({ positions }) => positions === 0).map((one) => [tale, one] as const),
  );
  const earned = flat.every(([{ trades }, one]) =>
    fits(
      sum(trades.filter(({ execution_id: id }) => id === one.execution_id).map(({ pnl }) => pnl)),
      -(one.realised + one.fees + one.carry) / 1e6,
      CENT,
    ),
  );
  const count = whole(api.trades.length);
  return [
    row("ledgers, account by account", [accounts(api), null, accounts(database)]),
    row("their balance, millionths", [balance(api), null, balance(database)], zero),
    row("fills booked, each a trade", [fills(api), null, fills(database)], fills(api).full === count.full),
    row(
      "closed accounts add up to trades",
      [whole(flat.length / 2), null, whole(flat.length / 2)],
      earned && flat.length > 0,
    ),
  ];
}

function auditRows(api: Tale, database: Tale, chain: Tales["chain"]): readonly Row[] {
  const entries = (tale: Tale): Cell | null =>
    listed(tale.audit, ({ audit_id, action, target, hash }) => `${audit_id} ${action} ${target} ${hash}`);
  const actions = new Set((api.audit ?? []).map(({ action }) => action));
  const link = { shown: chain.whole ? "whole" : "broken", full: "" };
  return [
    row(
      "audit trail",
      [entries(api), null, entries(database)],
      DEEDS.every((deed) => actions.has(deed)),
    ),
    row("its chain of hashes", [null, null, link], chain.whole && chain.entries === database.audit?.length),
  ];
}

const balanceOf = (one: ToldLedger): number =>
  one.cash + one.positions + one.fees + one.realised + one.carry + one.capital;
const tradeText = ({ trade_id, execution_id, symbol, side, quantity, price, pnl }: ToldTrade): string =>
  [trade_id, execution_id, symbol, side, quantity, price, pnl].join(" ");

function listed<T>(items: readonly T[] | null, text: (item: T) => string): Cell | null {
  return items === null ? null : { shown: String(items.length), full: items.map(text).toSorted().join("\n") };
}
const money = (value: number): Cell => ({ shown: value.toFixed(2), full: value.toFixed(2) });
const whole = (value: number): Cell => ({ shown: String(value), full: String(value) });
const units = (value: number): string => value.toFixed(4);
const round = (value: number): string => value.toFixed(6);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const fits = (left: number, right: number, within: number): boolean => Math.abs(left - right) <= within;
