// What the runs of `strategy-engine backtest` have in common, whoever's strategy it is: the market that is chosen, what is
// asked for, and the end, at which the verdict is spoken and the result printed or kept.
import { writeFileSync } from "node:fs";
import { loadConfig } from "../config.ts";
import type { StrategyType } from "../domain/strategies.ts";
import type { History } from "../history/history.ts";
import type { MarketChoice, ResultFile, RunRequest } from "../research/research.ts";
import { complain, print, printWhole } from "./text.ts";

export interface BacktestOptions {
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

/** The failure is a sentence. */
export async function chosenMarket(
  types: readonly Pick<StrategyType, "legs">[],
  options: BacktestOptions,
): Promise<MarketChoice | string> {
  const { chooseMarket } = await import("../research/research.ts");
  const symbols = options.symbols?.map((symbol) => symbol.toUpperCase()) ?? null;
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
    return { history: recorded, symbols, source: "history", from: to - options.days * US_PER_DAY, to, standsIn: null };
  }
  const chosen = chooseMarket(recorded, wanted);
  return chosen.source === "history" ? chosen : hint("no symbols were named, and none has 200 bars of history");
}

async function openRecorded({ config: file }: BacktestOptions): Promise<History | string> {
  const { openHistory } = await import("../history/history.ts");
  const loaded = loadConfig(file ?? null);
  if (!loaded.ok) return loaded.failure;
  const { historyDir: dataDir } = loaded.value.config;
  if (dataDir === null) return hint("DATA_DIR is empty, so there is no history");
  const opened = openHistory(dataDir);
  return opened.ok ? opened.value : opened.failure;
}

function dataDirOf({ config: file }: BacktestOptions): string | null {
  const loaded = loadConfig(file ?? null);
  return loaded.ok ? loaded.value.config.historyDir : null;
}

/** What every run is asked for, whoever's strategy it is. */
export function commonOf(options: BacktestOptions, market: MarketChoice): Omit<RunRequest, "strategy" | "barMs"> {
  const { param, intervalMs, feeBps, slippageBps, capital } = options;
  const costs = {
    ...(feeBps === undefined ? {} : { fee_bps: feeBps }),
    ...(slippageBps === undefined ? {} : { slippage_bps: slippageBps }),
  };
  return {
    parameters: { ...param, ...costs },
    symbols: market.symbols,
    from: options.from ?? (options.to === undefined ? market.from : options.to - options.days * US_PER_DAY),
    to: options.to ?? market.to,
    capital,
    ...(intervalMs === undefined ? {} : { intervalMs }),
  };
}

/** What to do where data is missing. */
export function hint(sentence: string): string {
  if (!/history|bars/.test(sentence)) return sentence;
  return `${sentence}; strategy-engine import brings data in, --synthetic runs without any`;
}

export function refuse(reason: string): number {
  complain(reason);
  return 1;
}

/** The verdict over a finished run, and all of it as it was asked for; the exit code. */
export async function conclude(
  judged: Pick<ResultFile, "outcome" | "prices">,
  source: MarketChoice["source"],
  options: BacktestOptions,
): Promise<number> {
  const research = await import("../research/research.ts");
  const { summaryOf } = await import("./outcome-summary.ts");
  const dataDir = source === "history" ? dataDirOf(options) : null;
  const { countRun } = await import("./trial-count.ts");
  const counted = dataDir === null ? null : countRun(judged.outcome, dataDir);
  const known = counted === null ? {} : { counted };
  const file: ResultFile = { ...judged, verdict: research.examine({ ...judged, ...known, seed: 1 }) };
  if (options.out !== undefined) writeFileSync(options.out, research.writeResult(file));
  if (options.json === true) printWhole(research.writeResult(file));
  else print(options.out === undefined ? summaryOf(file) : `${summaryOf(file)}\n\nwritten: ${options.out}`);
  return 0;
}
