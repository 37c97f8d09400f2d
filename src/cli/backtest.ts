// `strategy-engine backtest TYPE`: one of the 18 strategies over recorded history or a synthetic market, by the core that
// trades live. The run is made on this thread; Ctrl-C ends it. Exit code 1 when it cannot be made.
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { loadConfig } from "../config.ts";
import { STRATEGIES } from "../domain/strategies.ts";
import type { History } from "../history/history.ts";
import type { MarketChoice, ResultFile, RunRequest } from "../research/research.ts";
import { interval, sampleLength, time } from "./data/times.ts";
import { complain, print, Progress } from "./text.ts";
import { packageVersion } from "./version.ts";

interface Options {
  readonly config?: string;
  readonly symbols?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly days: number;
  readonly param: Readonly<Record<string, number>>;
  readonly barMs?: number;
  readonly intervalMs?: number;
  readonly capital: number;
  readonly feeBps?: number;
  readonly slippageBps?: number;
  readonly synthetic?: true;
  readonly json?: true;
  readonly out?: string;
}

const US_PER_DAY = 86_400e6;
const SYNTHETIC_BAR_MS = 300_000;
const PROGRESS_MS = 100;

export function backtestCommand(): Command {
  return new Command("backtest")
    .description("run a strategy over recorded history, with fills, costs and figures")
    .argument("<type>", "one of the 18: strategy-engine strategies lists them")
    .option("-s, --symbols <names...>", "in the order of the legs (default: all with history)", undefined)
    .option("--from <time>", "first moment, e.g. 2025-01-31", time)
    .option("--to <time>", "moment after the last", time)
    .option("-d, --days <n>", "length, up to the end of the data, without --from", number, 180)
    .option("-p, --param <name=value>", "a parameter of the strategy; may stand several times", parameter, {})
    .option("--bar-ms <ms>", "samples of the strategy, also as 5m, 4h; 0: every event", sampleLength)
    .option("-i, --interval-ms <ms>", "bars of the history, also as 5m, 4h (default: the finest)", interval)
    .option("--capital <amount>", "in the currency of the symbols", number, 50_000)
    .option("--fee-bps <bps>", "fee of every fill (default: 0)", number)
    .option("--slippage-bps <bps>", "how much worse market orders are (default: 0)", number)
    .option("--synthetic", "on a market that never was, and labelled so")
    .option("--json", "the result as JSON instead of the summary")
    .option("-o, --out <file>", "keep the result; strategy-engine report shows it")
    .option("-c, --config <file>", "JSON file with settings; DATA_DIR says where history lies")
    .addHelpText(
      "after",
      `
The same command on the same data gives the same result, bit for bit. The result states what it rests upon: data and its
hash, source, parameters, costs, and the hash of the core. Parameters besides those of the strategy: position_size
(share of the capital, 0.1), allow_short (0), latency_ms (0), careful_costs (0; 1: what trading that asset type usually
costs: fees, slippage, impact, liquidity, latency, borrowing).

Examples:
  strategy-engine backtest momentum_rider --synthetic                 a first look without data
  strategy-engine import prices.csv                                   data: strategy-engine import --help
  strategy-engine backtest breakout_strategy -s BTCUSD --days 365 -p entry_length=55 --fee-bps 10
  strategy-engine backtest pairs_trading -s KO PEP --json --out pair.json`,
    )
    .action(async (type: string, options: Options) => {
      process.exitCode = await run(type, options);
    });
}

async function run(type: string, options: Options): Promise<number> {
  const research = await import("../research/research.ts");
  const { summaryOf } = await import("./outcome-summary.ts");
  if (!STRATEGIES.some(({ name }) => name === type))
    return refuse(`"${type}" is no strategy; strategy-engine strategies lists the 18`);
  const market = await marketOf(type, options);
  if (typeof market === "string") return refuse(market);
  const progress = new Progress();
  let shownAt = 0;
  let prices: ResultFile["prices"] = [];
  const ran = research.runBacktest(market.history, requestOf(type, options, market), {
    engineVersion: packageVersion(),
    onPrices: (line) => {
      prices = [line];
    },
    onProgress: (share) => {
      if (performance.now() - shownAt < PROGRESS_MS) return false;
      shownAt = performance.now();
      progress.show(`${(share * 100).toFixed(0)} %`);
      return false;
    },
  });
  progress.clear();
  if (!ran.ok) return refuse(hint(research.explainRun(ran.failure)));
  const judged = { outcome: ran.value, prices };
  const dataDir = market.source === "history" ? dataDirOf(options) : null;
  const { countRun } = await import("./trial-count.ts");
  const counted = dataDir === null ? null : countRun(ran.value, dataDir);
  const known = counted === null ? {} : { counted };
  const file: ResultFile = { ...judged, verdict: research.examine({ ...judged, ...known, seed: 1 }) };
  // Whoever reads may have seen enough (`backtest --json | head`).
  process.stdout.on("error", () => undefined);
  if (options.out !== undefined) writeFileSync(options.out, research.writeResult(file));
  if (options.json === true) process.stdout.write(research.writeResult(file));
  else print(options.out === undefined ? summaryOf(file) : `${summaryOf(file)}\n\nwritten: ${options.out}`);
  return 0;
}

/** The failure is a sentence. */
async function marketOf(type: string, options: Options): Promise<MarketChoice | string> {
  const { chooseMarket } = await import("../research/research.ts");
  const symbols = options.symbols?.map((symbol) => symbol.toUpperCase()) ?? null;
  const types = STRATEGIES.filter(({ name }) => name === type);
  const wanted = {
    types,
    symbols,
    spanMs: options.days * 86_400_000,
    intervalMs: options.intervalMs ?? SYNTHETIC_BAR_MS,
  };
  if (options.synthetic === true) return chooseMarket(null, wanted);
  const recorded = await openRecorded(options);
  if (typeof recorded === "string") return recorded;
  if (symbols !== null) {
    const own = recorded.list().filter(({ symbol }) => symbols.includes(symbol));
    const to = Math.max(0, ...own.map((one) => one.to + one.intervalMs * 1000)) + 1;
    return { history: recorded, symbols, source: "history", from: to - options.days * US_PER_DAY, to };
  }
  const chosen = chooseMarket(recorded, wanted);
  return chosen.source === "history" ? chosen : hint("no symbols were named, and none has 200 bars of history");
}

async function openRecorded({ config: file }: Options): Promise<History | string> {
  const { openHistory } = await import("../history/history.ts");
  const loaded = loadConfig(file ?? null);
  if (!loaded.ok) return loaded.failure;
  const { dataDir } = loaded.value.config;
  if (dataDir === null) return hint("DATA_DIR is empty, so there is no history");
  const opened = openHistory(dataDir);
  return opened.ok ? opened.value : opened.failure;
}

function dataDirOf({ config: file }: Options): string | null {
  const loaded = loadConfig(file ?? null);
  return loaded.ok ? loaded.value.config.dataDir : null;
}

function requestOf(strategy: string, options: Options, market: MarketChoice): RunRequest {
  const { param, barMs, intervalMs, feeBps, slippageBps, capital } = options;
  const costs = {
    ...(feeBps === undefined ? {} : { fee_bps: feeBps }),
    ...(slippageBps === undefined ? {} : { slippage_bps: slippageBps }),
  };
  return {
    strategy,
    parameters: { ...param, ...costs },
    symbols: market.symbols,
    from: options.from ?? (options.to === undefined ? market.from : options.to - options.days * US_PER_DAY),
    to: options.to ?? market.to,
    capital,
    ...(barMs === undefined ? {} : { barMs }),
    ...(intervalMs === undefined ? {} : { intervalMs }),
  };
}

/** What to do where data is missing. */
function hint(sentence: string): string {
  if (!/history|bars/.test(sentence)) return sentence;
  return `${sentence}; strategy-engine import brings data in, --synthetic runs without any`;
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
}

function parameter(text: string, before: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const found = /^([a-z][a-z0-9_]*)=(.+)$/.exec(text);
  const value = { true: 1, false: 0 }[found?.[2] ?? ""] ?? Number(found?.[2] ?? NaN);
  if (!found?.[1] || !Number.isFinite(value))
    throw new InvalidArgumentError("It must be name=number, e.g. entry_length=55.");
  return { ...before, [found[1]]: value };
}
