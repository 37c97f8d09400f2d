// Whole backtests: request in, outcome out, on one thread; the core, the simulated venue and the figures are in it;
// starting a process is not, and the bars are in memory. Of the guide's size: 180 days of five-minute bars of one symbol. And what one bar
// costs in a million of them.
import { type History, memoryHistory, syntheticHistory, type Table } from "../../src/history/history.ts";
import { type RunRequest, runBacktest, runCode } from "../../src/research/research.ts";
import { StrategyCompiler } from "../../src/sandbox/sandbox.ts";
import { RSI_CODE } from "../../test/support/strategy-code.ts";
import { areEnough, isAsked } from "../enough.ts";
import { median } from "../runner.ts";
import type { Result } from "../result.ts";

const FIVE_MINUTES_MS = 300_000;
const DAY_BARS = 288;
const GUIDE_DAYS = 180;
const MILLION = 1_000_000;
const SEED = 7;
const SYMBOL = "BTCUSD";
const CAPITAL = 50_000;
const MEMORY_BYTES = 16 * 1024 * 1024;
const COMPILE_MS = 60_000;
const RUNS = 9;
const LONG_RUNS = 3;
const LONG = "backtest by events, a bar of a million";
const OF_CODE = "backtest of the guide's size: a strategy in AssemblyScript";
const BUILT_IN = ["momentum_rider", "moving_average_crossover", "breakout_strategy", "mean_reversion"] as const;

export async function run(): Promise<readonly Result[]> {
  const note = `${GUIDE_DAYS} days of five-minute bars, a synthetic market of seed ${SEED}`;
  const history = bars(GUIDE_DAYS);
  const guide = BUILT_IN.map((strategy): Result => {
    const name = `backtest of the guide's size: ${strategy}`;
    const { times, trades, fingerprint } = timed(history, strategy, name, RUNS);
    const told = `${note}, ${times.length} runs, ${trades} trades`;
    return { name, pairs: [figure("a backtest", times)], ratio: 1, note: told, fingerprint };
  });
  const code = await ofCode(history, note);
  return isAsked(LONG) ? [...guide, code, long()] : [...guide, code];
}

/** A strategy of a user in AssemblyScript; it is compiled before, as it is when it is registered. */
async function ofCode(history: History, note: string): Promise<Result> {
  const compiler = new StrategyCompiler({ memoryBytes: MEMORY_BYTES, timeoutMs: COMPILE_MS });
  try {
    const compiled = await compiler.compile(RSI_CODE, "assemblyscript");
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
    const request = { name: "rsi", parameters: {}, symbols: [SYMBOL], capital: CAPITAL };
    const times: number[] = [];
    let [trades, fingerprint] = [0, ""];
    for (let round = 0; round <= RUNS && !areEnough(each(OF_CODE, times)); round++) {
      const begin = performance.now();
      const done = await runCode(history, request, compiled.value);
      if (round > 0) times.push((performance.now() - begin) * 1e6);
      if (!done.ok || done.value.trades.length === 0) throw new Error("the strategy in AssemblyScript has no result");
      trades = done.value.trades.length;
      if (round > 0 && done.value.resultHash !== fingerprint) throw new Error("the same run gave two results");
      fingerprint = done.value.resultHash;
    }
    const told = `${note}, ${times.length} runs, ${trades} trades`;
    return { name: OF_CODE, pairs: [figure("a backtest", times)], ratio: 1, note: told, fingerprint };
  } finally {
    compiler.close();
  }
}

function long(): Result {
  const days = Math.ceil(MILLION / DAY_BARS);
  const { times, trades } = timed(bars(days), "momentum_rider", LONG, LONG_RUNS);
  const count = days * DAY_BARS;
  const perBar = times.map((ns) => ns / count);
  const note = `${count} five-minute bars, seed ${SEED}, ${trades} trades`;
  return { name: LONG, pairs: [figure("momentum_rider", perBar)], ratio: 1, note };
}

interface Timed {
  readonly times: readonly number[];
  readonly trades: number;
  readonly fingerprint: string;
}

function timed(history: History, strategy: string, name: string, runs: number): Timed {
  const request: RunRequest = { strategy, parameters: { allow_short: 1 }, symbols: [SYMBOL], capital: CAPITAL };
  const times: number[] = [];
  const hashes = new Set<string>();
  let trades = 0;
  // The first run is for the compilers.
  for (let round = 0; round <= runs && !areEnough(each(name, times)); round++) {
    const begin = performance.now();
    const done = runBacktest(history, request);
    if (round > 0) times.push((performance.now() - begin) * 1e6);
    if (!done.ok) throw new Error(`${strategy}: ${JSON.stringify(done.failure)}`);
    hashes.add(done.value.resultHash);
    trades = done.value.trades.length;
  }
  if (hashes.size > 1 || trades === 0) throw new Error(`${strategy}: ${hashes.size} results, ${trades} trades`);
  return { times, trades, fingerprint: [...hashes].join() };
}

/** A synthetic market as columns in memory. */
function bars(days: number): History {
  const source = syntheticHistory({ seed: SEED, days, intervalMs: FIVE_MINUTES_MS, symbols: [SYMBOL] });
  const [dataset] = source.list();
  if (!dataset) throw new Error("the synthetic market is empty");
  const time = new Float64Array(dataset.rows);
  const columns = Array.from({ length: 5 }, () => new Float64Array(dataset.rows));
  let row = 0;
  for (const block of source.read(dataset)) {
    time.set(block.time.subarray(0, block.rows), row);
    columns.forEach((column, index) => column.set(block.columns[index]?.subarray(0, block.rows) ?? [], row));
    row += block.rows;
  }
  const table: Table = { symbol: SYMBOL, kind: "bar", intervalMs: FIVE_MINUTES_MS, time, columns, synthetic: true };
  return memoryHistory([table]);
}

/** Each run as a result of its own. */
function each(name: string, times: readonly number[]): readonly Result[] {
  return times.map((time) => ({ name, pairs: [figure("a backtest", [time])], ratio: 1, note: "" }));
}

function figure(label: string, times: readonly number[]): Result["pairs"][number] {
  return { label, medianNs: median(times), maxNs: Math.max(...times) };
}
