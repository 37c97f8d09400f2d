// backtesting.py's own runs: whole units, all of the equity, fees on both sides, fills at the next open; the cross closes
// and opens at the same open. Its run starts on the first bar on which both averages exist, and waits for a cross.
//   finalize   the last position is closed at the open of the last bar
import { donchian, maCross, type Rule, type Simulation } from "../../../../src/simulation/simulation.ts";
import { count, number, oneOf, optional, type Adapter, type Question } from "../adapter.ts";
import { fileName } from "../data.ts";
import { barAt, barsOf, donchianColumns, maColumns, runRule, type BarColumns, type Run } from "./backtests.ts";
import { peerFigures, type PeerTrade } from "./peer-figures.ts";

/** Nothing before the first change of side: the sign of the first bars is not traded. */
function fromFirstCross(columns: { readonly fast: readonly number[]; readonly slow: readonly number[] }) {
  const above = (bar: number): number =>
    Math.sign((columns.fast[bar] ?? Number.NaN) - (columns.slow[bar] ?? Number.NaN));
  const first = columns.fast.findIndex((_, bar) => above(bar) * above(bar - 1) < 0);
  const silent = (column: readonly number[]): readonly number[] =>
    column.map((value, bar) => (bar < first ? Number.NaN : value));
  return { fast: silent(columns.fast), slow: silent(columns.slow) };
}

function crossRun(
  question: Question,
  bars: BarColumns,
  capital: number,
  fee: number,
  lot: number,
  finalize: boolean,
): Run {
  const { fast, slow } = question.golden.params;
  const columns = fromFirstCross(maColumns(question, bars, Number(fast), Number(slow)));
  const last = bars.close.length - 1;
  return runRule(
    [bars],
    capital,
    fee,
    lot,
    (simulation) => maCross(simulation, 0, columns, { short: true }),
    (simulation, bar) => {
      const held = simulation.held(0);
      if (finalize && bar === last && held !== 0)
        simulation.submit({ symbol: 0, side: held > 0 ? "sell" : "buy", kind: "market", quantity: Math.abs(held) });
    },
  );
}

function peerTrade({ trades }: Run): readonly PeerTrade[] {
  return trades.map(({ side, quantity, entryTime, exitTime, entryPrice, exitPrice, pnl, fees }) => ({
    size: side === "long" ? quantity : -quantity,
    entryBar: barAt(entryTime),
    exitBar: barAt(exitTime),
    entryPrice,
    exitPrice,
    pnl,
    fees,
  }));
}

function statistics(question: Question): unknown {
  const { golden, data } = question;
  const { cash, commission, finalize, slow } = golden.params;
  const bars = barsOf(question);
  const run = crossRun(question, bars, Number(cash), Number(commission), 1, finalize === true);
  const trades = peerTrade(run);
  const stats = peerFigures({
    times: data.column(fileName(golden.input["file"]), "timestamp_ms"),
    close: bars.close,
    equity: run.equity,
    trades,
    firstBar: Number(slow) - 1,
  });
  // The case lists the first trades only; n_trades says how many there are.
  const listed = golden.output["trades"];
  return {
    stats,
    trades: trades
      .slice(0, Array.isArray(listed) ? listed.length : 0)
      .map((trade) => [trade.size, trade.entryBar, trade.exitBar, trade.entryPrice, trade.exitPrice, trade.pnl]),
    n_trades: trades.length,
    equity: run.equity,
  };
}

/** Cash of the comparison, and the largest that an account here can count. */
const CASH = 1e8;

/** The same rule in whole units and in fractions: final equity over cash, and the closed trades. */
function beside(run: (lot: number) => Run): unknown {
  const of = (lot: number) => {
    const { equity, trades } = run(lot);
    return { multiple: (equity.at(-1) ?? Number.NaN) / CASH, trades: trades.length };
  };
  const [whole, free] = [of(1), of(0)];
  return {
    peer_multiple: whole.multiple,
    oracle_multiple: free.multiple,
    peer_trades: whole.trades,
    oracle_trades: free.trades,
  };
}

const averages = { fast: count, slow: count, commission: number };

export const peerBacktests: readonly Adapter[] = [
  {
    call: /^Backtest\(df, SmaCross/,
    params: {
      ...averages,
      cash: number,
      finalize: oneOf(true, false),
      fills: oneOf("next bar open"),
      // It writes 0.9999 and sizes with all of the equity (1 less the last bit), whole units, fee included.
      size: oneOf("0.9999 of equity, whole units"),
    },
    answer: statistics,
  },
  {
    call: /^final equity \/ cash/,
    params: { ...averages, first: optional(oneOf("cross")) },
    answer: (question) => {
      const bars = barsOf(question);
      return beside((lot) => crossRun(question, bars, CASH, Number(question.golden.params["commission"]), lot, false));
    },
  },
  {
    call: /^same rule written for the peer/,
    params: { entry: count, exit: count, commission: number, long_short: oneOf(true, false) },
    answer: (question) => {
      const { entry, exit, commission, long_short } = question.golden.params;
      const bars = barsOf(question);
      const columns = donchianColumns(question, bars, Number(entry), Number(exit));
      const from = Math.max(Number(entry), Number(exit));
      const make = (simulation: Simulation): Rule =>
        donchian(simulation, 0, columns, { short: long_short === true, from });
      return beside((lot) => runRule([bars], CASH, Number(commission), lot, make));
    },
  },
];
