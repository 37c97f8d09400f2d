// `strategy-engine data synthetic`: a market that never was, stored and labelled as such. The same options give the same
// bytes; more days of the same seed go on where fewer ended.
import { Command, InvalidArgumentError } from "commander";
import { syntheticHistory } from "../../history/history.ts";
import { print, Progress } from "../text.ts";
import { CONFIG_OPTION, openCatalogue, refuse, type Place } from "./catalogue.ts";
import { datasetLine } from "./dataset-text.ts";
import { interval } from "./times.ts";

interface Options extends Place {
  readonly seed: number;
  readonly days: number;
  readonly intervalMs: number;
  readonly symbols?: readonly string[];
}

const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$/;
const DAYS_MAX = 36_500;

export function syntheticCommand(): Command {
  return new Command("synthetic")
    .description("make a market from a seed: regimes, trends, jumps, pairs that belong together")
    .requiredOption("-s, --seed <n>", "the same number gives the same market", whole)
    .requiredOption("-d, --days <n>", "its length, from 2020-01-01 on", days)
    .requiredOption("-i, --interval-ms <ms>", "length of its bars, also as 5m, 4h, 1d", interval)
    .option("--symbols <names...>", "names of its symbols (default: SYN1 to SYN4)")
    .option("-c, --config <file>", CONFIG_OPTION)
    .addHelpText(
      "after",
      `
Symbols take four parts by turns: one goes with the market and jumps, one is tied to the symbol before it (cointegrated),
one has trends of its own, one returns to a level. Its venue is "synthetic".`,
    )
    .action((options: Options) => {
      process.exitCode = run(options);
    });
}

function run({ config, ...options }: Options): number {
  const bad = options.symbols?.find((symbol) => !SYMBOL.test(symbol));
  if (bad !== undefined) return refuse(`"${bad}" is no symbol: 1 to 32 of A-Z a-z 0-9 . _ / -`);
  const symbols = options.symbols?.map((symbol) => symbol.toUpperCase());
  if (symbols && new Set(symbols).size < symbols.length) return refuse("a symbol stands twice; name each once");
  const history = openCatalogue(config === undefined ? {} : { config });
  if (!history.ok) return refuse(history.failure);
  const market = syntheticHistory(symbols ? { ...options, symbols } : options);
  const progress = new Progress();
  for (const dataset of market.list()) {
    progress.show(`${dataset.id}: ${dataset.rows} bars`);
    const { intervalMs, kind, source, symbol, unit, venue } = dataset;
    const stored = history.value.store({
      intervalMs,
      kind,
      source,
      symbol,
      unit,
      venue,
      synthetic: true,
      quality: { badRows: 0, unsorted: 0 },
      importedAt: Date.now() * 1_000,
      blocks: market.read(dataset),
    });
    progress.clear();
    if (!stored.ok) return refuse(`${stored.failure}; another seed needs other symbols, or delete ${dataset.id}`);
    print(datasetLine(stored.value.dataset));
  }
  return 0;
}

function whole(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value < 2 ** 32)) throw new InvalidArgumentError("It must be a whole number below 4294967296.");
  return value;
}

function days(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= DAYS_MAX))
    throw new InvalidArgumentError(`It must be a number of days up to ${DAYS_MAX}.`);
  return value;
}
