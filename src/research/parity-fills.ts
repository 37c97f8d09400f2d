// What the signals of a journal would have been filled at, by the venue, the books and the trader of backtests: one account
// for each instance, which sees the market events of the symbols that the instance has spoken about. An event first fills
// what was ordered before; then come the signals that it caused. Both sides of a certificate are filled like that, each
// from its own signals and its own events, and compared fill by fill.
import * as layout from "../../assembly/layout.ts";
import type { EventKind } from "../domain/event.ts";
import { STRATEGIES } from "../domain/strategies.ts";
import { type Fill, freeTerms, rolePolicy, Simulation, Trader, type TradeSignal } from "../simulation/simulation.ts";
import type { SignalRecord } from "../stream/solo-plane.ts";
import type { RecordForm } from "./records.ts";
import { tradeSignalOf } from "./trade-signal.ts";

/** A market event as its row: values by the columns of the kind. */
export interface MarketRow {
  readonly sequence: number;
  readonly kind: EventKind;
  readonly symbol: number;
  readonly time: number;
  readonly known: number;
  readonly values: readonly number[];
}

export interface ToldFill {
  readonly sequence: number;
  readonly text: string;
}

export function fillsOrders(kind: EventKind): boolean {
  return kind === "bar" || kind === "trade" || kind === "quote";
}

export function marketRow(sequence: number, kind: EventKind, form: RecordForm, record: Uint8Array): MarketRow {
  const view = new DataView(record.buffer, record.byteOffset, layout.EVENT_BYTES);
  const { time, known, values } = form.rowOf(view);
  const symbol = view.getUint16(layout.EVENT_SUBJECT, true);
  return { sequence, kind, symbol, time, known, values: [...values] };
}

/** Large beside any order of the policy's size, so that no account runs dry. */
const CAPITAL = 1_000_000;

export class FillTape {
  private readonly accounts = new Map<number, Account>();
  /** Accounts by the symbols that they trade. */
  private readonly listeners = new Map<number, Account[]>();
  private told: ToldFill[] = [];
  private readonly tell = (fill: ToldFill): void => {
    this.told.push(fill);
  };

  /** Rows and signals up to the same event, each in order; the fills that they made. */
  advance(rows: readonly MarketRow[], signals: readonly SignalRecord[]): readonly ToldFill[] {
    let next = 0;
    for (const row of rows) {
      next = this.signalsBefore(row.sequence, signals, next);
      for (const account of this.listeners.get(row.symbol) ?? []) account.event(row);
    }
    this.signalsBefore(Number.POSITIVE_INFINITY, signals, next);
    const fills = this.told;
    this.told = [];
    return fills;
  }

  private signalsBefore(sequence: number, signals: readonly SignalRecord[], from: number): number {
    let next = from;
    while (next < signals.length) {
      const first = signals[next];
      if (first === undefined || first.sequence >= sequence) break;
      let end = next;
      while (signals[end]?.sequence === first.sequence && signals[end]?.instance === first.instance) end++;
      this.account(first).signals(signals.slice(next, end), (symbol, account) => this.listen(symbol, account));
      next = end;
    }
    return next;
  }

  private account({ instance, strategy }: SignalRecord): Account {
    const known = this.accounts.get(instance);
    if (known !== undefined) return known;
    const made = new Account(instance, strategy, this.tell);
    this.accounts.set(instance, made);
    return made;
  }

  private listen(symbol: number, account: Account): void {
    const list = this.listeners.get(symbol) ?? [];
    list.push(account);
    this.listeners.set(symbol, list);
  }
}

class Account {
  private readonly venue: Simulation;
  private readonly trader: Trader;
  /** Numbers of the stream's symbols at the venue. */
  private readonly places = new Map<number, number>();
  private now = 0;

  constructor(instance: number, strategy: number, tell: (fill: ToldFill) => void) {
    const type = STRATEGIES.find(({ code }) => code === strategy)?.name ?? "";
    const onFill = ({ symbol, side, quantity, price, fee, time }: Fill): void => {
      const text = `instance ${instance} ${side} ${quantity} of symbol ${this.nameOf(symbol)} at ${price}, fee ${fee}`;
      tell({ sequence: this.now, text: `${text}, ${time}` });
    };
    this.venue = new Simulation({ capital: CAPITAL, instruments: [], onFill });
    this.trader = new Trader(this.venue, { allowShort: true, ...rolePolicy(type) });
  }

  event({ sequence, kind, symbol, time, known, values: [a = 0, b = 0, c = 0, d = 0, e = 0] }: MarketRow): void {
    const place = this.places.get(symbol);
    if (place === undefined) return;
    this.now = sequence;
    if (kind === "bar") this.venue.bar(place, time, known, a, b, c, d, e);
    else if (kind === "trade") this.venue.trade(place, known, a, b);
    else if (kind === "quote") this.venue.quote(place, known, a, b, c, d);
  }

  /** Of one event. */
  signals(records: readonly SignalRecord[], onSymbol: (symbol: number, account: Account) => void): void {
    this.now = records[0]?.sequence ?? this.now;
    this.trader.signals(
      records.map((record): TradeSignal => {
        const known = this.places.get(record.symbol);
        if (known !== undefined) return tradeSignalOf(record, known);
        const place = this.venue.addInstrument(freeTerms(String(record.symbol)));
        this.places.set(record.symbol, place);
        onSymbol(record.symbol, this);
        return tradeSignalOf(record, place);
      }),
    );
  }

  private nameOf(place: number): number {
    for (const [symbol, own] of this.places) if (own === place) return symbol;
    return -1;
  }
}
