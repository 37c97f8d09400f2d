// `strategy-engine backtest TYPE`: one of the 18 strategies over recorded history or a synthetic market, by the core that
// trades live. The run is made on this thread; Ctrl-C ends it. Exit code 1 when it cannot be made.
import { Command, InvalidArgumentError } from "commander";
import { STRATEGIES } from "../domain/strategies.ts";
import type { MarketChoice, ResultFile, RunRequest } from "../research/research.ts";
import { type BacktestOptions, chosenMarket, commonOf, conclude, hint, refuse } from "./backtest-run.ts";
import { interval, sampleLength, time } from "./data/times.ts";
import { Progress } from "./text.ts";
import { packageVersion } from "../package-version.ts";
import { outFile } from "./out-file.ts";

export function backtestCommand(): Command {
  return new Command("backtest")
    .description("run a strategy over recorded history, with fills, costs and figures")
    .argument("<strategy>", "one of the 18 (strategy-engine strategies lists them), or the folder of one of yours")
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
    .option("-o, --out <file>", "keep the result; strategy-engine report shows it", outFile)
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
  strategy-engine backtest pairs_trading -s KO PEP --json --out pair.json
  strategy-engine backtest ./my-strategy --synthetic                  symbols and parameters as strategy.json says`,
    )
    .action(async (strategy: string, options: BacktestOptions) => {
      const { isProject } = await import("./project/project.ts");
      const known = STRATEGIES.some(({ name }) => name === strategy);
      if (known || !isProject(strategy)) process.exitCode = await run(strategy, options);
      else process.exitCode = await (await import("./project/backtest.ts")).backtestProject(strategy, options);
    });
}

async function run(type: string, options: BacktestOptions): Promise<number> {
  const research = await import("../research/research.ts");
  if (!STRATEGIES.some(({ name }) => name === type))
    return refuse(`"${type}" is no strategy; strategy-engine strategies lists the 18`);
  const market = await marketOf(type, options);
  if (typeof market === "string") return refuse(market);
  const progress = new Progress();
  let prices: ResultFile["prices"] = [];
  const ran = research.runBacktest(market.history, requestOf(type, options, market), {
    engineVersion: packageVersion(),
    onPrices: (line) => {
      prices = [line];
    },
    onProgress: (share) => progress.share(share),
  });
  progress.clear();
  if (!ran.ok) return refuse(hint(research.explainRun(ran.failure)));
  const { statement } = ran.value;
  // Of every symbol where all have bars; else the first symbol at the steps of the run.
  const lines = research.pricesOf(market.history, statement, options.intervalMs);
  const judged = { outcome: ran.value, prices: lines.length === statement.symbols.length ? lines : prices };
  return conclude(judged, market.source, options);
}

function marketOf(type: string, options: BacktestOptions): Promise<MarketChoice | string> {
  return chosenMarket(
    STRATEGIES.filter(({ name }) => name === type),
    options,
  );
}

function requestOf(strategy: string, options: BacktestOptions, market: MarketChoice): RunRequest {
  const { barMs } = options;
  return { strategy, ...commonOf(options, market), ...(barMs === undefined ? {} : { barMs }) };
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
