// The winner of a sweep, run again by the event engine: the venue and the books that backtests and executions use. Its
// trades must be those of the fast path, one by one: side, bars, prices. Profits are compared to a share of the capital,
// because the venue's books are kept in millionths and with the fee of each fill rounded.
import {
  donchian,
  freeTerms,
  maCross,
  maMomentum,
  maStop,
  NO_COSTS,
  Simulation,
  type ClosedTrade,
  type Rule,
} from "../../simulation/simulation.ts";
import { plainColumns } from "./plain-sides.ts";
import { runPlain } from "./plain.ts";
import { type ParameterSet, type SweepRule, valueOf } from "./rules.ts";
import type { BarTrade } from "./set-result.ts";
import type { Tape } from "./tape.ts";

export interface Agreement {
  readonly agrees: boolean;
  /** The first trade in which they differ, as a sentence; null: none. */
  readonly firstDifference: string | null;
  readonly trades: number;
}

const BPS = 10_000;
/** Of the capital: what rounding to millionths and their compounding may come to. */
const PROFIT_SHARE = 1e-6;
const PRICE_SHARE = 1e-12;

export function checkAgreement(tape: Tape, rule: SweepRule, set: ParameterSet, capital: number): Agreement {
  const fast: BarTrade[] = [];
  runPlain(tape, rule, set, { capital, list: fast });
  const events = eventTrades(tape, rule, set, capital);
  const firstDifference = differenceOf(fast, events, capital * PROFIT_SHARE);
  return { agrees: firstDifference === null, firstDifference, trades: fast.length };
}

function eventTrades(tape: Tape, rule: SweepRule, set: ParameterSet, capital: number): readonly ClosedTrade[] {
  const trades: ClosedTrade[] = [];
  const fee = valueOf(set, "fee") * BPS;
  const simulation = new Simulation({
    capital,
    costs: { ...NO_COSTS, takerBps: fee, makerBps: fee },
    instruments: [freeTerms("tape")],
    onTrade: (trade) => trades.push(trade),
  });
  const judge = ruleOn(simulation, tape, rule, set);
  for (let bar = 0; bar < tape.bars; bar++) {
    const [open = 0, high = 0, low = 0, close = 0] = [tape.open[bar], tape.high[bar], tape.low[bar], tape.close[bar]];
    // Bar t lasts from 2 t to 2 t + 1, so that a time tells its bar.
    const refused = simulation.bar(0, 2 * bar, 2 * bar + 1, open, high, low, close, 0);
    if (refused !== null) throw new Error(`bar ${bar}: ${refused}`);
    judge.at(bar);
  }
  return trades;
}

function ruleOn(venue: Simulation, tape: Tape, rule: SweepRule, set: ParameterSet): Rule {
  const [a = NONE, b = NONE, c = NONE, d = NONE] = plainColumns(tape, rule, set, new Map<string, Float64Array>());
  const short = valueOf(set, "short") === 1;
  switch (rule.name) {
    case "ma_cross":
      return maCross(venue, 0, { fast: a, slow: b }, { short });
    case "ma_stop":
      return maStop(venue, 0, { fast: a, slow: b }, { stop: valueOf(set, "stop"), take: valueOf(set, "take") });
    case "donchian": {
      const columns = { close: tape.close, entryHigh: a, entryLow: b, exitHigh: c, exitLow: d };
      return donchian(venue, 0, columns, { short, from: Math.max(valueOf(set, "entry"), valueOf(set, "exit")) });
    }
    case "ma_momentum":
      return maMomentum(venue, 0, { close: tape.close, fast: a, slow: b, past: c }, { short });
  }
}
const NONE = new Float64Array(0);

/** The venue's prices are means over fills, so the last bits may differ. */
function alike(own: string | number, its: string | number): boolean {
  if (typeof own === "string" || typeof its === "string") return own === its;
  return Math.abs(own - its) <= PRICE_SHARE * Math.abs(own);
}

function differenceOf(fast: readonly BarTrade[], events: readonly ClosedTrade[], profit: number): string | null {
  for (let place = 0; place < Math.max(fast.length, events.length); place++) {
    const [one, other] = [fast[place], events[place]];
    if (one === undefined) return `the event engine has a trade ${place + 1}, the fast path none`;
    if (other === undefined) return `the fast path has a trade ${place + 1}, the event engine none`;
    const pairs: readonly (readonly [string, string | number, string | number])[] = [
      ["side", one.side, other.side],
      ["entry bar", one.entryBar, Math.floor(other.entryTime / 2)],
      ["exit bar", one.exitBar, Math.floor(other.exitTime / 2)],
      ["entry price", one.entryPrice, other.entryPrice],
      ["exit price", one.exitPrice, other.exitPrice],
    ];
    const different = pairs.find(([, own, its]) => !alike(own, its));
    if (different !== undefined)
      return `trade ${place + 1}: ${different[0]} is ${different[1]} on the fast path and ${different[2]} by events`;
    if (!(Math.abs(one.profit - other.pnl) <= profit))
      return `trade ${place + 1}: profit is ${one.profit} on the fast path and ${other.pnl} by events`;
  }
  return null;
}
