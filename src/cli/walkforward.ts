// `strategy-engine walkforward TYPE`: searches parameters on the past, judges them on what follows, again and again, and
// says whether the best set is to be believed. Exit code 0 when it ran, whatever the verdict; 1 when it could not.
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadConfig } from "../config.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { STRATEGIES } from "../domain/strategies.ts";
import { US_PER_MS } from "../domain/units.ts";
import { type History, openHistory, parseInterval, syntheticHistory } from "../history/history.ts";
import type { StudyRequest } from "../research/research.ts";
import { sampleLength } from "./data/times.ts";
import { parametersOf, parseSpace, parseValues } from "./parameter-space.ts";
import { complain, print, printWhole, Progress } from "./text.ts";
import { packageVersion } from "../package-version.ts";
import { studyText } from "./study-text.ts";
import { outFile } from "./out-file.ts";

interface Options {
  readonly symbols: readonly string[];
  readonly grid: readonly string[];
  readonly range: readonly string[];
  readonly set: readonly string[];
  readonly method: "grid" | "random" | "tpe";
  readonly trials: number;
  readonly objective: string;
  readonly folds: number;
  readonly train: number;
  readonly anchored?: true;
  readonly embargo: number;
  readonly interval?: number;
  readonly barMs?: number;
  readonly from?: number;
  readonly to?: number;
  readonly capital: number;
  readonly seed: number;
  readonly synthetic?: number;
  readonly dataDir?: string;
  readonly out?: string;
  readonly json?: true;
}

const DAY_US = 86_400_000_000;
const SETS_MAX = 10_000;
const SYNTHETIC_BAR_MS = 300_000;

export function walkforwardCommand(): Command {
  return new Command("walkforward")
    .description("search parameters on the past, judge them on what follows, and say whether to believe the best")
    .argument("<type>", "one of the 18, e.g. mean_reversion")
    .requiredOption("-s, --symbols <symbols>", "with commas, in the order of the legs", list)
    .option("-g, --grid <name=values>", "NAME=5,10,20 or NAME=LOW:HIGH:STEP; once for each parameter", more, [])
    .option("-r, --range <name=low..high>", "range of a parameter, [:step][:log]; once for each", more, [])
    .option("--set <name=value>", "a parameter that stays; fee_bps, slippage_bps, allow_short and others too", more, [])
    .addOption(new Option("-m, --method <method>", "how to search").choices(["grid", "random", "tpe"]).default("grid"))
    .option("-n, --trials <n>", "sets of a search that is not a grid", whole(1, SETS_MAX), 100)
    .option(
      "-o, --objective <figures>",
      "what is best, e.g. sharpe_ratio or sharpe_ratio:0.7,max_drawdown:0.3",
      "sharpe_ratio",
    )
    .option("--folds <n>", "windows that are judged", whole(1, 100), 5)
    .option("--train <ratio>", "length of a search's window in windows that are judged", whole(1, 50), 3)
    .option("--anchored", "each search begins at the start of the data")
    .option("--embargo <days>", "left out between search and judgement", whole(0, 1_000), 0)
    .option("-i, --interval <length>", "bars of the history, e.g. 5m (default: the finest there are)", interval)
    .option("--bar-ms <ms>", "samples of the strategy, also as 5m, 4h; 0: every event", sampleLength)
    .option("--from <date>", "begin, e.g. 2021-01-01 (UTC)", date)
    .option("--to <date>", "end, exclusive", date)
    .option("--capital <amount>", "at the start", amount, 50_000)
    .option("--seed <n>", "of search and resampling", whole(0, 0xffff_ffff), 1)
    .option(
      "--synthetic <days>",
      "a made-up market of so many days of 5-minute bars, instead of the history",
      whole(1, 3_650),
    )
    .option("-d, --data-dir <folder>", "DATA_DIR with history and trial ledger (default: the setting)")
    .option("--out <file>", "the best set's result with its verdict, for `strategy-engine report`", outFile)
    .option("--json", "windows and verdict as JSON")
    .addHelpText("after", HELP)
    .action(async (type: string, options: Options) => {
      process.exitCode = await run(type, options);
    });
}

const HELP = `
Every set of the search over the whole span is counted in the trial ledger, DATA_DIR/research/trials.log: the more was
tried on the same data, the more the best must show. docs/honesty.md says what each test asks.

Examples:
  strategy-engine walkforward mean_reversion --symbols BTCUSD --grid entry_z=1.5,2,2.5 --grid window=50:200:50
  strategy-engine walkforward momentum_rider -s SYN1 --synthetic 120 -g momentum_threshold=0.5,1,1.5,2 --set fee_bps=5
  strategy-engine walkforward ... --out best.json && strategy-engine report best.json --html best.html`;

async function run(name: string, options: Options): Promise<number> {
  if (!STRATEGIES.some((type) => type.built && type.name === name))
    return refuse(`"${name}" is no strategy; strategy-engine strategies lists the 18`);
  const research = await import("../research/research.ts");
  const opened = openSource(options);
  if (!opened.ok) return refuse(opened.failure);
  const { history, dataDir } = opened.value;
  const request = requestOf(name, options, research.parseObjective);
  if (!request.ok) return refuse(request.failure);
  const { objective, run: asked } = request.value;
  const evaluate = research.openEvaluate(history, asked, (figures) => research.scoreOf(figures, objective, {}));
  if (!evaluate.ok) return refuse(research.explainRun(evaluate.failure));
  const ledger = dataDir === null ? null : research.openTrialLedger(dataDir);
  if (ledger?.ok === false) return refuse(ledger.failure);
  const progress = new Progress();
  const found = await research.runStudy(
    history,
    request.value,
    { evaluate: evaluate.value, explain: research.explainRun },
    {
      ...(ledger === null ? {} : { ledger: ledger.value }),
      now: Date.now() * US_PER_MS,
      engineVersion: packageVersion(),
      onProgress: (text, share) => {
        if (share === null) progress.update(() => text);
        else progress.share(share, text);
      },
    },
  );
  progress.clear();
  if (!found.ok) return refuse(found.failure);
  const { outcome, prices, verdict } = found.value;
  if (options.out !== undefined) writeWhole(options.out, research.writeResult({ outcome, prices, verdict }));
  const parameters = outcome.statement.parameters;
  if (options.json === true) printWhole(research.writeStudy({ ...found.value, parameters }));
  else print(studyText(found.value));
  return 0;
}

interface Source {
  readonly history: History;
  /** Null: nothing is kept, so nothing is counted. */
  readonly dataDir: string | null;
}

function openSource({ synthetic, symbols, seed, dataDir }: Options): Result<Source, string> {
  const loaded = loadConfig(null);
  if (!loaded.ok) return loaded;
  const folder = dataDir ?? loaded.value.config.historyDir;
  if (synthetic !== undefined) {
    const history = syntheticHistory({ seed, days: synthetic, intervalMs: SYNTHETIC_BAR_MS, symbols });
    return ok({ history, dataDir: dataDir ?? null });
  }
  if (folder === null) return failed("DATA_DIR is empty, so there is no history; name its folder with --data-dir");
  const opened = openHistory(folder);
  return opened.ok ? ok({ history: opened.value, dataDir: folder }) : opened;
}

type ParseObjective = (text: string) => Result<StudyRequest["objective"], string>;

function requestOf(strategy: string, options: Options, parseObjective: ParseObjective): Result<StudyRequest, string> {
  const space = parseSpace(options.grid, options.range, parametersOf(strategy) ?? []);
  if (!space.ok) return space;
  const parameters = parseValues(options.set);
  if (!parameters.ok) return parameters;
  const objective = parseObjective(options.objective);
  if (!objective.ok) return objective;
  const { symbols, capital, interval, barMs, from, to, method, trials, seed, folds, train, anchored, embargo } =
    options;
  return ok({
    run: {
      strategy,
      parameters: parameters.value,
      symbols,
      capital,
      ...(interval === undefined ? {} : { intervalMs: interval }),
      ...(barMs === undefined ? {} : { barMs }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
    space: space.value,
    method: method === "grid" ? { kind: "grid", most: SETS_MAX } : { kind: method, trials },
    objective: objective.value,
    seed,
    folds,
    trainRatio: train,
    anchored: anchored === true,
    embargoUs: embargo * DAY_US,
  });
}

function writeWhole(file: string, text: string): void {
  const handle = openSync(`${file}.partial`, "w");
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(`${file}.partial`, file);
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}

function list(text: string): readonly string[] {
  const symbols = text.split(",").map((one) => one.trim());
  if (symbols.some((one) => one === "")) throw new InvalidArgumentError("It must be names with commas between them.");
  return symbols;
}
function more(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most))
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  };
}
function amount(text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!(value > 0 && value <= 1e9)) throw new InvalidArgumentError("It must be a number above 0, at most 1e9.");
  return value;
}
function interval(text: string): number {
  const ms = parseInterval(text);
  if (ms === null) throw new InvalidArgumentError("It must be a length such as 5m, 4h or 1d.");
  return ms;
}
function date(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError("It must be a date such as 2021-01-31, or 2021-01-31T12:00Z.");
  return ms * US_PER_MS;
}
