// The account of a run: market events go to the simulated venue, signals become orders there, and at the end of each step
// it tells what the account is worth. Which orders a signal becomes is the policy of src/simulation/trader.ts. Quotes and trades of one venue fill orders, the first by id where there are several.
import { assetDefaults, instrumentDefaults } from "../domain/instrument.ts";
import { guessAssetType } from "../domain/asset-type.ts";
import type { Dataset, History } from "../history/history.ts";
import {
  type Costs,
  defaultCosts,
  type Fill,
  freeTerms,
  NO_COSTS,
  type Policy,
  Simulation,
  statedCosts,
  type Tally,
  termsOf,
  Trader,
  type TradeSignal,
} from "../simulation/simulation.ts";
import type { SignalRecord } from "../stream/solo-plane.ts";
import type { Rows } from "./drive.ts";
import type { ClosedTrade, Outcome } from "./outcome.ts";
import type { TradingName } from "./request.ts";
import type { StepSource } from "./steps.ts";
import { tradeSignalOf } from "./trade-signal.ts";

const MILLION = 1_000_000;

export interface Traded extends Pick<Outcome, "trades" | "open"> {
  readonly traded: number;
  readonly fees: number;
  readonly slippage: number;
  readonly carry: number;
}

export interface BookOptions {
  readonly symbols: readonly string[];
  readonly capital: number;
  readonly trading: Readonly<Record<TradingName, number>>;
  /** Over what `trading` says. */
  readonly policy: Partial<Policy>;
  readonly history: History;
  /** As accounts of executions are: no session, no steps, no costs of the asset type. */
  readonly free?: boolean;
  readonly onFill?: (fill: Fill) => void;
  /** Of accounts that keep the same limits. */
  readonly tally?: Tally;
}

export class Book implements StepSource {
  readonly costs: Readonly<Record<string, number | string | boolean>>;
  private readonly venue: Simulation;
  private readonly trader: Trader;
  private readonly trades: ClosedTrade[] = [];
  private readonly symbols: readonly string[];
  /** Number of the symbol at the venue, by dataset; -1: its rows are no prices that fill orders. */
  private readonly places: readonly number[];
  private readonly datasets: readonly Dataset[];
  private readonly nameOf: (id: number) => string;
  private readonly refusals = new Map<string, number>();

  /** `nameOf`: symbols of the signals of a plane. */
  constructor(options: BookOptions, datasets: readonly Dataset[], nameOf: (id: number) => string = () => "") {
    const { symbols, trading, capital, policy, free = false, onFill, tally } = options;
    this.symbols = symbols;
    this.datasets = datasets;
    this.nameOf = nameOf;
    const costs = symbols.map((name) => costsOf(name, options, datasets));
    const [first = NO_COSTS] = costs;
    const careful = trading.careful_costs === 1 ? { costs_of: symbols.map(guessAssetType).join(", ") } : {};
    this.costs = { fee_bps: first.takerBps, slippage_bps: first.slippageBps, ...statedCosts(first), ...careful };
    this.venue = new Simulation({
      capital,
      costs: first,
      instruments: symbols.map((name, place) =>
        free ? freeTerms(name) : { ...termsOf(name, whole(name)), costs: costs[place] ?? first },
      ),
      ...(onFill === undefined ? {} : { onFill }),
      ...(tally === undefined ? {} : { tally }),
      onTrade: (trade) => this.trades.push(trade),
    });
    this.trader = new Trader(
      this.venue,
      { positionSize: trading.position_size, allowShort: trading.allow_short !== 0, ...policy },
      (reason) => this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1),
    );
    this.places = datasets.map((dataset) => this.symbolOf(dataset));
  }

  /** True when it was a price that the account was told of. */
  event(source: number, { time, known, columns }: Rows, row: number): boolean {
    const symbol = this.places[source] ?? -1;
    const dataset = this.datasets[source];
    if (symbol < 0 || !dataset) return false;
    const at = (column: number): number => columns[column]?.[row] ?? Number.NaN;
    const when = known[row] ?? 0;
    switch (dataset.kind) {
      case "bar": {
        // What was known late fills late: the bar counts as one that ends when it was known.
        const start = time[row] ?? 0;
        return this.venue.bar(symbol, start, when, at(0), at(1), at(2), at(3), at(4)) === null;
      }
      case "trade":
        return this.venue.trade(symbol, when, at(0), at(1)) === null;
      case "quote":
        return this.venue.quote(symbol, when, at(0), at(1), at(2), at(3)) === null;
      case "funding":
        this.venue.funding(symbol, when, at(0));
        return false;
      default:
        return false;
    }
  }

  signals(signals: readonly SignalRecord[]): void {
    this.trader.signals(
      signals.map((signal) => tradeSignalOf(signal, this.symbols.indexOf(this.nameOf(signal.symbol)))),
    );
  }

  decide(signal: TradeSignal): void {
    this.trader.signal(signal);
  }

  /** Units, below 0 when short. */
  held(symbol: number): number {
    return this.venue.held(symbol);
  }

  /** Number of the symbol whose prices the rows of a dataset are; -1: they are none that fill orders. */
  placeOf(source: number): number {
    return this.places[source] ?? -1;
  }

  /** What was not done of what was decided: reasons, with how often. */
  get refused(): ReadonlyMap<string, number> {
    return this.refusals;
  }

  equity(): number {
    return this.venue.equity();
  }
  exposure(): number {
    return this.venue.exposure();
  }
  /** Of the first symbol. */
  price(): number {
    return this.venue.mark(0);
  }

  finish(): Traded {
    const { fees, slippage, carry, traded } = this.venue.books();
    const open = this.venue.positions().map(({ symbol, quantity, entryPrice }) => {
      return { symbol: this.symbols[symbol] ?? "", quantity, entryPrice };
    });
    const units = { traded: traded / MILLION, fees: fees / MILLION, slippage: slippage / MILLION };
    return { trades: this.trades, open, ...units, carry: carry / MILLION };
  }

  private symbolOf({ kind, symbol, venue }: Dataset): number {
    const first = this.datasets.find((one) => one.symbol === symbol && one.kind === kind);
    return first?.venue === venue ? this.symbols.indexOf(symbol) : -1;
  }
}

/**
 * What was asked for, over nothing or over the careful figures of the symbol's asset type. Where no volume is known, none
 * can run out and none is moved.
 */
function costsOf(symbol: string, { trading, history }: BookOptions, datasets: readonly Dataset[]): Costs {
  const { fee_bps: fee, slippage_bps: slippage, latency_ms: latency } = trading;
  const asked: Partial<Costs> = {
    ...(fee === 0 ? {} : { makerBps: fee, takerBps: fee }),
    ...(slippage === 0 ? {} : { slippageBps: slippage }),
    ...(latency === 0 ? {} : { orderLatencyUs: latency * 1000 }),
  };
  if (trading.careful_costs !== 1) return { ...NO_COSTS, ...asked };
  const bars = datasets.filter((one) => one.symbol === symbol && one.kind === "bar");
  const known = bars.every((dataset) => knowsVolume(history, dataset));
  const blind = known ? {} : { participation: null, impact: 0 };
  return { ...defaultCosts(guessAssetType(symbol), symbol), ...blind, ...asked };
}

function knowsVolume(history: History, dataset: Dataset): boolean {
  for (const { columns } of history.read(dataset))
    if (columns[VOLUME]?.some((volume) => volume > 0) === true) return true;
  return false;
}
const VOLUME = 4;

/** Terms of the symbol without steps: a simulated account may hold any fraction. */
function whole(name: string) {
  const asset = guessAssetType(name);
  const { fields, session } = instrumentDefaults(asset, name);
  const free = { ...fields, tick_size: 0, lot_size: 0, min_notional: 0 };
  return { ...assetDefaults(asset), fields: free, session };
}
