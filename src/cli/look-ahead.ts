// `strategy-engine lookahead`: puts strategies to two questions (src/research/look-ahead.ts): does one know what it cannot
// know yet, and after how many rows does a later beginning make no difference. Exit code 1 when one looks ahead.
import { Command } from "commander";
import { Random } from "../domain/random.ts";
import { STRATEGIES } from "../domain/strategies.ts";
import { openHistory } from "../history/history.ts";
import { loadConfig } from "../config.ts";
import type * as Research from "../research/research.ts";
import { examinedProject } from "./project/look-ahead.ts";
import { isProject } from "./project/project.ts";
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
const HEAD = ["strategy", "signals", "cuts", "look-ahead", "settled after"];

export function lookAheadCommand(): Command {
  return new Command("lookahead")
    .description("check that strategies do not know the future, and how long their past lasts")
    .argument("[types...]", "of the 18 (default: all), or the folder of a strategy of yours")
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
  strategy-engine lookahead mean_reversion -s BTCUSD -d 60
  strategy-engine lookahead ./my-strategy --synthetic`,
    )
    .action(async (types: readonly string[], options: Options) => {
      process.exitCode = await run(types, options);
    });
}

async function run(names: readonly string[], options: Options): Promise<number> {
  const [folder] = names;
  if (folder !== undefined && isProject(folder)) return runProject(names, options);
  const unknown = names.find((name) => !STRATEGIES.some((type) => type.name === name));
  if (unknown !== undefined) return refuse(`"${unknown}" is no strategy; strategy-engine strategies lists the 18`);
  const size = sizeOf(options);
  if (typeof size === "string") return refuse(size);
  const { days, cuts } = size;
  const research = await import("../research/research.ts");
  const recorded = options.synthetic === true ? null : openRecorded(options);
  if (typeof recorded === "string") return refuse(recorded);
  const rows: string[][] = [HEAD];
  let [guilty, looked] = [0, 0];
  const progress = new Progress();
  const chosen = STRATEGIES.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const [index, type] of chosen.entries()) {
    progress.share(index / chosen.length, type.name);
    const symbols = options.symbols?.map((symbol) => symbol.toUpperCase()) ?? null;
    const wanted = { types: [type], symbols, spanMs: days * DAY_MS, intervalMs: SYNTHETIC_BAR_MS };
    const market = research.chooseMarket(recorded, wanted);
    if (recorded !== null && market.source === "synthetic") {
      rows.push([type.name, "-", "-", "not looked at", `${legsText(type)} with 200 bars of history are needed`]);
      continue;
    }
    const { from, to } = market;
    const request = { strategy: type.name, parameters: {}, symbols: market.symbols, from, to, capital: 1_000 };
    const opened = research.signalSource(market.history, request);
    if (!opened.ok) return refuse(`${type.name}: ${research.explainRun(opened.failure)}`);
    looked++;
    const found = examined(research, opened.value, cuts, new Random(type.code + 1));
    if (found.faults > 0) guilty++;
    rows.push([type.name, ...found.cells]);
  }
  progress.clear();
  if (looked === 0)
    return refuse("no strategy has enough history for its symbols; --symbols names them, --synthetic needs none");
  print(columns(rows));
  return guilty > 0 ? 1 : 0;
}

async function runProject(names: readonly string[], options: Options): Promise<number> {
  const [folder = "", ...others] = names;
  if (others.length > 0) return refuse(`one project at a time; leave out ${others.join(", ")}`);
  const size = sizeOf(options);
  if (typeof size === "string") return refuse(size);
  const recorded = options.synthetic === true ? null : openRecorded(options);
  if (typeof recorded === "string") return refuse(recorded);
  const symbols = options.symbols?.map((symbol) => symbol.toUpperCase()) ?? null;
  const found = await examinedProject(folder, { symbols, recorded, ...size });
  if (!found.ok) return refuse(found.failure);
  print(columns([HEAD, [found.value.name, ...found.value.cells]]));
  return found.value.faults > 0 ? 1 : 0;
}

function sizeOf(options: Options): { readonly days: number; readonly cuts: number } | string {
  const [days, cuts] = [Number(options.days), Number(options.cuts)];
  if (!(days > 0 && days <= 36_500)) return "--days must be a number above 0, at most 36500";
  if (!(Number.isInteger(cuts) && cuts >= 1 && cuts <= CUTS_MAX)) return `--cuts must be 1 to ${CUTS_MAX}`;
  return { days, cuts };
}

function legsText({ legs: [least] }: (typeof STRATEGIES)[number]): string {
  return least === 1 ? "a symbol" : `${least} symbols`;
}

type Opened = Extract<ReturnType<typeof Research.signalSource>, { ok: true }>["value"];

function examined(
  research: typeof Research,
  { source, from, to }: Opened,
  cuts: number,
  random: Random,
): { readonly faults: number; readonly cells: readonly string[] } {
  const faults = research.lookAheadFaults(source, research.momentsBetween(from, to, cuts, random)).length;
  const { rows, signals } = research.warmUp(
    source,
    research.momentsBetween(from, from + (to - from) / 2, STARTS, random),
    to,
  );
  const verdict = faults > 0 ? styled("red", `in ${faults} of ${cuts}`) : "none";
  const after = signals === 0 ? "no signals" : rows === null ? "not within the data" : `${count(rows)} rows`;
  return { faults, cells: [count(signals), count(cuts), verdict, after] };
}

function openRecorded({ config }: Options) {
  const loaded = loadConfig(config ?? null);
  if (!loaded.ok) return loaded.failure;
  const { historyDir: dataDir } = loaded.value.config;
  if (dataDir === null) return "DATA_DIR is empty, so there is no history; set it, or take --synthetic";
  const opened = openHistory(dataDir);
  return opened.ok ? opened.value : opened.failure;
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}
