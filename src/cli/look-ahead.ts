// `strategy-engine lookahead`: puts strategies to two questions (src/research/look-ahead.ts): does one know what it cannot
// know yet, and after how many rows does a later beginning make no difference. Exit code 1 when one looks ahead.
import { Command } from "commander";
import { Random } from "../domain/random.ts";
import { STRATEGIES } from "../domain/strategies.ts";
import { openHistory } from "../history/history.ts";
import { loadConfig } from "../config.ts";
import { columns, complain, count, print, Progress, styled } from "./text.ts";

interface Options {
  readonly config?: string;
  readonly symbols?: readonly string[];
  readonly days: string;
  readonly cuts: string;
  readonly synthetic?: true;
}

const DAY_MS = 86_400_000;
const SYNTHETIC_BAR_MS = 300_000;
const STARTS = 3;
const CUTS_MAX = 1_000;

export function lookAheadCommand(): Command {
  return new Command("lookahead")
    .description("check that strategies do not know the future, and how long their past lasts")
    .argument("[types...]", "of the 18 (default: all)")
    .option("-s, --symbols <names...>", "in the order of the legs (default: all with history)")
    .option("-d, --days <n>", "length, up to the end of the data", "10")
    .option("--cuts <n>", "random moments at which the tape is cut short", "5")
    .option("--synthetic", "on a market that never was")
    .option("-c, --config <file>", "JSON file with settings; DATA_DIR says where history lies")
    .addHelpText(
      "after",
      `
Signals over a tape that was cut short must be those with which the signals over the whole begin. "settled after" is how
many rows of a tape that begins later it takes until its signals are those of the whole.

Examples:
  strategy-engine lookahead --synthetic                     all 18
  strategy-engine lookahead mean_reversion -s BTCUSD -d 60`,
    )
    .action(async (types: readonly string[], options: Options) => {
      process.exitCode = await run(types, options);
    });
}

async function run(names: readonly string[], options: Options): Promise<number> {
  const unknown = names.find((name) => !STRATEGIES.some((type) => type.name === name));
  if (unknown !== undefined) return refuse(`"${unknown}" is no strategy; strategy-engine strategies lists the 18`);
  const [days, cuts] = [Number(options.days), Number(options.cuts)];
  if (!(days > 0 && days <= 36_500)) return refuse("--days must be a number above 0, at most 36500");
  if (!(Number.isInteger(cuts) && cuts >= 1 && cuts <= CUTS_MAX)) return refuse(`--cuts must be 1 to ${CUTS_MAX}`);
  const research = await import("../research/research.ts");
  const recorded = options.synthetic === true ? null : openRecorded(options);
  if (typeof recorded === "string") return refuse(recorded);
  const rows: string[][] = [["strategy", "signals", "cuts", "look-ahead", "settled after"]];
  let guilty = 0;
  const progress = new Progress();
  for (const type of STRATEGIES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    progress.show(type.name);
    const symbols = options.symbols?.map((symbol) => symbol.toUpperCase()) ?? null;
    const wanted = { types: [type], symbols, spanMs: days * DAY_MS, intervalMs: SYNTHETIC_BAR_MS };
    const market = research.chooseMarket(recorded, wanted);
    if (recorded !== null && market.source === "synthetic")
      return refuse(
        `${type.name}: its symbols have no 200 bars of history; --symbols names them, --synthetic needs none`,
      );
    const { from, to } = market;
    const request = { strategy: type.name, parameters: {}, symbols: market.symbols, from, to, capital: 1_000 };
    const opened = research.signalSource(market.history, request);
    if (!opened.ok) return refuse(`${type.name}: ${research.explainRun(opened.failure)}`);
    const { source, from: first, to: end } = opened.value;
    const random = new Random(type.code + 1);
    const faults = research.lookAheadFaults(source, research.momentsBetween(first, end, cuts, random));
    const starts = research.momentsBetween(first, first + (end - first) / 2, STARTS, random);
    const { rows: settled, signals } = research.warmUp(source, starts, end);
    if (faults.length > 0) guilty++;
    const verdict = faults.length > 0 ? styled("red", `in ${faults.length} of ${cuts}`) : "none";
    const after = signals === 0 ? "no signals" : settled === null ? "not within the data" : `${count(settled)} rows`;
    rows.push([type.name, count(signals), count(cuts), verdict, after]);
  }
  progress.clear();
  print(columns(rows));
  return guilty > 0 ? 1 : 0;
}

function openRecorded({ config }: Options) {
  const loaded = loadConfig(config ?? null);
  if (!loaded.ok) return loaded.failure;
  const { dataDir } = loaded.value.config;
  if (dataDir === null) return "DATA_DIR is empty, so there is no history; set it, or take --synthetic";
  const opened = openHistory(dataDir);
  return opened.ok ? opened.value : opened.failure;
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}
