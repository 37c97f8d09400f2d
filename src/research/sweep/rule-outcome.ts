// A set of a reference rule as a finished run, like those of the 18: what reports show and the verdict looks at. The run is
// that of plain.ts, which is the fast path's to the last bit; fills are at the open of a bar, stops and targets inside it.
import { sharedCore } from "../../stream/solo-plane.ts";
import { figuresOf } from "../figures.ts";
import type { ClosedTrade, Outcome, PriceLine } from "../outcome.ts";
import { dataHashOf, dataUsed, resultHashOf, sha256, warningsOf } from "../statement.ts";
import { Statistics } from "../statistics.ts";
import type { LoadedTape } from "./load-tape.ts";
import { runPlain } from "./plain.ts";
import { type ParameterSet, type SweepRule, valueOf } from "./rules.ts";
import type { BarTrade } from "./set-result.ts";

export interface RuleRun {
  readonly outcome: Outcome;
  readonly prices: readonly PriceLine[];
}

export interface RuleRunOptions {
  readonly capital: number;
  readonly engineVersion: string;
}

export function runRule(
  { tape, dataset, time, known }: LoadedTape,
  rule: SweepRule,
  set: ParameterSet,
  { capital, engineVersion }: RuleRunOptions,
): RuleRun {
  const curve = { time: known, equity: new Float64Array(tape.bars), exposure: new Float64Array(tape.bars) };
  const listed: BarTrade[] = [];
  const open: { symbol: string; quantity: number; entryPrice: number }[] = [];
  const result = runPlain(tape, rule, set, {
    capital,
    curve,
    list: listed,
    open: (quantity, entryPrice) => open.push({ symbol: dataset.symbol, quantity, entryPrice }),
  });
  const fee = valueOf(set, "fee");
  const trades = listed.map((trade) => closedTrade(trade, dataset.symbol, { time, known }, fee));
  const held = open.reduce((sum, { quantity, entryPrice }) => sum + Math.abs(quantity) * entryPrice, 0);
  const traded = listed.reduce((sum, { units, entryPrice, exitPrice }) => sum + units * (entryPrice + exitPrice), held);
  const money = { traded, fees: traded * fee, slippage: 0, carry: 0 };
  const span = { from: time[0] ?? 0, to: (known.at(-1) ?? 0) + 1 };
  const data = dataUsed([dataset]);
  const told = { strategy: rule.name, parameters: set, symbols: [dataset.symbol], capital };
  const outcome: Outcome = {
    statement: {
      ...told,
      ...span,
      data,
      costs: {
        fee_bps: fee * BPS,
        slippage_bps: 0,
        decisions: "at the close of a bar, filled at the next open with everything there is",
      },
      codeHash: sharedCore().hash,
      parameterHash: sha256(JSON.stringify(told)),
      dataHash: dataHashOf(data, span),
      engineVersion,
    },
    figures: figuresOf({ capital, curve, benchmark: tape.close, trades, ...money }, new Statistics()),
    trades,
    equity: curve,
    events: tape.bars,
    signals: 2 * trades.length + open.length,
    signalHash: result.hash.toString(16).padStart(16, "0"),
    resultHash: resultHashOf(trades, curve),
    open,
    warnings: warningsOf([dataset], trades.length, tape.bars),
  };
  return { outcome, prices: [{ symbol: dataset.symbol, time: known, price: tape.close }] };
}
const BPS = 10_000;

function closedTrade(
  { side, entryBar, exitBar, entryPrice, exitPrice, units, profit, reason }: BarTrade,
  symbol: string,
  { time, known }: Pick<LoadedTape, "time" | "known">,
  fee: number,
): ClosedTrade {
  const exitTime = (reason === "signal" ? time[exitBar] : known[exitBar]) ?? 0;
  return {
    symbol,
    side,
    quantity: units,
    entryTime: time[entryBar] ?? 0,
    entryPrice,
    exitTime,
    exitPrice,
    pnl: profit,
    fees: units * (entryPrice + exitPrice) * fee,
    slippage: 0,
    carry: 0,
    reason,
  };
}
