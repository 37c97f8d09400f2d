// Whole backtests of the reference rules on recorded bars, by the engine's own simulation; indicators from the core.
// The rules put everything into one position, so money scales with the capital: the run has a thousand times the case's,
// and its figures are divided by that. So a case is compared to the billionth, although books are kept in millionths.
import {
  donchian,
  freeTerms,
  maCross,
  maStop,
  NO_COSTS,
  Simulation,
  spreadReversion,
  type ClosedTrade,
  type Rule,
} from "../../../../src/simulation/simulation.ts";
import { Indicators } from "../../indicators.ts";
import { count, number, oneOf, type Adapter, type Question } from "../adapter.ts";
import { GoldenError } from "../format.ts";

const SCALE = 1_000;
const BPS = 10_000;

export interface BarColumns {
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
}

export function barsOf({ data, golden }: Question): BarColumns {
  const [open = [], high = [], low = [], close = []] = ["open", "high", "low", "close"].map((column) =>
    data.input(golden, column),
  );
  return { open, high, low, close };
}

export interface Run {
  readonly equity: readonly number[];
  readonly trades: readonly ClosedTrade[];
  readonly simulation: Simulation;
}

/** Bar t lasts from 2 t to 2 t + 1, so that a time tells its bar, whether it is of the open or of what came after. */
export function barAt(time: number): number {
  return Math.floor(time / 2);
}

export function runRule(
  bars: readonly BarColumns[],
  capital: number,
  fee: number,
  lot: number,
  make: (simulation: Simulation) => Rule,
  before: (simulation: Simulation, bar: number) => void = () => undefined,
): Run {
  const trades: ClosedTrade[] = [];
  const simulation = new Simulation({
    capital,
    costs: { ...NO_COSTS, takerBps: fee * BPS, makerBps: fee * BPS },
    instruments: bars.map((_, symbol) => ({ ...freeTerms(String(symbol)), lot })),
    onTrade: (trade) => trades.push(trade),
  });
  const rule = make(simulation);
  const equity: number[] = [];
  for (let bar = 0; bar < (bars[0]?.close.length ?? 0); bar++) {
    before(simulation, bar);
    for (const [symbol, { open, high, low, close }] of bars.entries()) {
      const [o = 0, h = 0, l = 0, c = 0] = [open[bar], high[bar], low[bar], close[bar]];
      const refused = simulation.bar(symbol, 2 * bar, 2 * bar + 1, o, h, l, c, 0);
      if (refused !== null) throw new GoldenError(`bar ${bar}: ${refused}`);
    }
    rule.at(bar);
    equity.push(simulation.equity());
  }
  return { equity, trades, simulation };
}

export function maColumns({ engine }: Question, { close }: BarColumns, fast: number, slow: number) {
  const indicators = new Indicators(engine);
  const column = (n: number): readonly number[] => {
    engine.arena.reset();
    return indicators.sma(close, n);
  };
  return { fast: column(fast), slow: column(slow) };
}

export function donchianColumns({ engine }: Question, { high, low, close }: BarColumns, entry: number, exit: number) {
  const channel = (n: number) => {
    engine.arena.reset();
    return new Indicators(engine).donchian({ high, low, close }, n, true);
  };
  const [wide, near] = [channel(entry), channel(exit)];
  return {
    close,
    entryHigh: wide["upper"] ?? [],
    entryLow: wide["lower"] ?? [],
    exitHigh: near["upper"] ?? [],
    exitLow: near["lower"] ?? [],
  };
}

/** The worst fall from a peak; the start is a peak as well. */
function worstFall(equity: readonly number[], start: number): number {
  let [peak, worst] = [start, 0];
  for (const value of equity) {
    peak = Math.max(peak, value);
    worst = Math.min(worst, value / peak - 1);
  }
  return worst;
}

const EXITS: Readonly<Record<string, string>> = { target: "take", flip: "signal" };

function answerOf({ golden }: Question, { equity, trades, simulation }: Run): unknown {
  const gains = trades.map(({ pnl }) => pnl / SCALE);
  const money = equity.map((value) => value / SCALE);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    final_equity: money.at(-1),
    n_closed_trades: trades.length,
    open_at_end: simulation.positions().length > 0,
    wins: gains.filter((gain) => gain > 0).length,
    total_pnl_closed: sum(gains),
    total_fees_closed: sum(trades.map(({ fees }) => fees / SCALE)),
    max_drawdown: worstFall(money, Number(golden.params["cash"])),
    best: trades.length > 0 ? Math.max(...gains) : null,
    worst: trades.length > 0 ? Math.min(...gains) : null,
    trades: trades.map(({ side, entryTime, exitTime, entryPrice, exitPrice, quantity, pnl, reason }) => [
      side,
      barAt(entryTime),
      barAt(exitTime),
      entryPrice,
      exitPrice,
      quantity / SCALE,
      pnl / SCALE,
      EXITS[reason] ?? reason,
    ]),
    equity: money,
  };
}

function answer(question: Question, make: (bars: BarColumns, simulation: Simulation) => Rule): unknown {
  const bars = barsOf(question);
  const { cash, fee } = question.golden.params;
  const run = runRule([bars], Number(cash) * SCALE, Number(fee), 0, (simulation) => make(bars, simulation));
  return answerOf(question, run);
}

function pairAnswer(question: Question): unknown {
  const { engine, data, golden } = question;
  const { window, z_in, z_out, z_stop, cash, fee } = golden.params;
  const prices = data.untransformed(golden);
  const legs = prices.map((close): BarColumns => ({ open: close, high: close, low: close, close }));
  const z = spreadScores(question, Number(window));
  const options = { enter: Number(z_in), leave: Number(z_out), stop: Number(z_stop) };
  engine.arena.reset();
  const run = runRule(legs, Number(cash) * SCALE, Number(fee), 0, (simulation) =>
    spreadReversion(simulation, [0, 1], z, options),
  );
  const of = (symbol: string) => run.trades.filter((trade) => trade.symbol === symbol);
  const second = of("1");
  const trades = of("0").map(({ side, entryTime, exitTime, pnl }, place) => ({
    side: `${side}_spread`,
    entry_index: barAt(entryTime),
    exit_index: barAt(exitTime),
    pnl: (pnl + (second[place]?.pnl ?? Number.NaN)) / SCALE,
  }));
  const equity = run.equity.map((value) => value / SCALE);
  const listed = golden.output["first_trades"];
  return {
    final_equity: equity.at(-1),
    n_trades: trades.length,
    open_at_end: run.simulation.positions().length > 0,
    total_pnl_closed: trades.reduce((total, { pnl }) => total + pnl, 0),
    max_drawdown: worstFall(equity, Number(cash)),
    first_trades: trades.slice(0, Array.isArray(listed) ? listed.length : 0),
    equity,
  };
}

/** At each bar the last residual of log a on log b over the window, in deviations (ddof 1). */
function spreadScores({ engine, data, golden }: Question, window: number): readonly number[] {
  const { core, arena } = engine;
  const [a = [], b = []] = data.inputs(golden);
  const [y, x] = [arena.put(a), arena.put(b)];
  const [residuals, out] = [arena.take(window), arena.take(5)];
  return a.map((_, bar) => {
    const from = bar - window + 1;
    if (from < 0) return Number.NaN;
    core.fitLine(y + 8 * from, x + 8 * from, window, residuals, out);
    const deviation = arena.at(out + 32) * Math.sqrt((window - 2) / (window - 1));
    return arena.at(residuals + 8 * (window - 1)) / deviation;
  });
}

const cash = { cash: number, fee: number };

export const backtests: readonly Adapter[] = [
  {
    call: /^oracle bt_ma_cross/,
    params: { ...cash, fast: count, slow: count, long_short: oneOf(true, false) },
    answer: (question) => {
      const { fast, slow, long_short } = question.golden.params;
      return answer(question, (bars, simulation) =>
        maCross(simulation, 0, maColumns(question, bars, Number(fast), Number(slow)), { short: long_short === true }),
      );
    },
  },
  {
    call: /^oracle bt_donchian/,
    params: { ...cash, entry: count, exit: count, long_short: oneOf(true, false) },
    answer: (question) => {
      const { entry, exit, long_short } = question.golden.params;
      const from = Math.max(Number(entry), Number(exit));
      return answer(question, (bars, simulation) =>
        donchian(simulation, 0, donchianColumns(question, bars, Number(entry), Number(exit)), {
          short: long_short === true,
          from,
        }),
      );
    },
  },
  {
    call: /^oracle bt_ma_stop/,
    params: { ...cash, fast: count, slow: count, stop: number, take: number },
    answer: (question) => {
      const { fast, slow, stop, take } = question.golden.params;
      const options = { stop: Number(stop), take: Number(take) };
      return answer(question, (bars, simulation) =>
        maStop(simulation, 0, maColumns(question, bars, Number(fast), Number(slow)), options),
      );
    },
  },
  {
    call: /^oracle bt_pairs/,
    params: { ...cash, window: count, z_in: number, z_out: number, z_stop: number },
    answer: pairAnswer,
  },
];
