// `strategy-engine sweep`: one strategy or reference rule with many sets of parameters over recorded history, ranked.
// Reference rules run by the fast path, their winner once more by the event engine; the 18 run by events. Exit code 0
// when there is a result, 1 when there is none or the winner's two runs differ. Ctrl-C ends it with what is done.
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { loadConfig } from "../../config.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { openHistory } from "../../history/history.ts";
import {
  gridOf,
  type Method,
  parseObjective,
  ruleOf,
  type Space,
  verdictFields,
  writeResult,
} from "../../research/research.ts";
import { interval, sampleLength, time } from "../data/times.ts";
import { columns, complain, count, print, Progress } from "../text.ts";
import { verdictText } from "../outcome-summary.ts";
import { parametersOf, parseSpace, parseValues } from "../parameter-space.ts";
import { trialLedger } from "../trial-count.ts";
import type { Options } from "./options.ts";
import { runRule, runType, type SweepDone, type SweepTask } from "./sweep-run.ts";
import { bestTable, heatMap } from "./sweep-text.ts";
import { outFile } from "../out-file.ts";

const HELP = `
Every set counts in the trial ledger, DATA_DIR/research/trials.log, before the verdict over the best one is spoken
(docs/honesty.md). Reference rules: ma_cross, ma_momentum, donchian, ma_stop. Objectives: sharpe_ratio, total_return, calmar, sortino,
profit_factor, max_drawdown, win_rate, or weights of several: sharpe_ratio:0.7,max_drawdown:0.3.

Examples:
  strategy-engine sweep ma_cross --symbols BTCUSD --grid fast=5,10,20 --grid slow=50,100,200
  strategy-engine sweep donchian --symbols BTCUSD --range entry=10..100:5 --range exit=5..50:5 --set fee=0.001
  strategy-engine sweep ma_stop --symbols BTCUSD --range fast --range slow --random 5000 --prescreen 50
  strategy-engine sweep momentum_rider --symbols BTCUSD --range lookback=10..200 --tpe 100 --trials trials.log`;

export function sweepCommand(): Command {
  return new Command("sweep")
    .description("run a strategy with many sets of parameters over recorded history, and rank them")
    .argument("<name>", "a strategy (strategy-engine strategies lists them) or a reference rule")
    .option("-g, --grid <name=a,b,c>", "values of a parameter; may be given again", collected, [])
    .option("-r, --range <name=low..high>", "range of a parameter, [:step][:log]; may be given again", collected, [])
    .option("--set <name=value>", "a parameter that is the same in all sets; may be given again", collected, [])
    .option("--random <n>", "this many sets at random instead of all", whole)
    .option("--tpe <n>", "this many trials, each chosen by the results before (of the 18)", whole)
    .option("--seed <n>", "of random choices", whole, 1)
    .option("-o, --objective <name>", "what is best", "sharpe_ratio")
    .option("--max-drawdown <share>", "deepest drawdown that counts", real)
    .option("--min-trades <n>", "fewest trades that count", whole)
    .option("-s, --symbols <list>", "symbols, comma-separated; reference rules take one", listed, [])
    .option(
      "-i, --interval-ms <ms>",
      "length of the bars, also as 5m, 4h, 1d (default: the finest there are)",
      interval,
    )
    .option("--bar-ms <ms>", "samples of one of the 18, also as 5m, 4h; 0: every event", sampleLength)
    .option("--from <time>", "first time", time)
    .option("--to <time>", "time before which it ends", time)
    .option("--capital <amount>", "capital", real, 50_000)
    .option("-w, --workers <n>", "threads (reference rules; default: one for each processor)", whole)
    .option("--prescreen <n>", "all sets in f32 first, the best n of them in f64 (reference rules)", whole)
    .option("--halving <n>", "all sets on a short part first, one in n on n times as much, twice (of the 18)", whole)
    .option("--trials <file>", "what is done is kept here: begun again after a kill, it goes on")
    .option("--most <n>", "most combinations of a grid", whole, 100_000)
    .option("--top <n>", "rows of the table", whole, 10)
    .option("--json", "the result as JSON")
    .option("--out <file>", "all sets as JSON into a file", outFile)
    .option("--result <file>", "the best set's run with its verdict, for strategy-engine report", outFile)
    .option("-c, --config <file>", "JSON file with settings, as for serve; DATA_DIR says where history lies")
    .addHelpText("after", HELP)
    .action(async (name: string, options: Options) => {
      process.exitCode = await run(name, options);
    });
}

async function run(name: string, options: Options): Promise<number> {
  const asked = taskOf(name, options);
  if (!asked.ok) return refuse(asked.failure);
  const opened = openData(options);
  if (!opened.ok) return refuse(opened.failure);
  const progress = new Progress();
  const begin = performance.now();
  const control = new AbortController();
  const stop = (): void => control.abort();
  process.once("SIGINT", stop);
  const task: SweepTask = {
    ...asked.value,
    ...opened.value,
    signal: control.signal,
    onProgress: (done, total, best) =>
      progress.share(
        total > 0 ? done / total : 0,
        `${count(done)} of ${count(total)} sets${best === null ? "" : `, best ${Number(best.toPrecision(4))}`}`,
      ),
  };
  const done = await (asked.value.rule ? runRule(task) : runType(task));
  process.off("SIGINT", stop);
  progress.clear();
  return done.ok ? report(done.value, asked.value.space, options, performance.now() - begin) : refuse(done.failure);
}

type Asked = Omit<SweepTask, "history" | "ledger" | "signal" | "onProgress">;

function taskOf(name: string, options: Options): Result<Asked, string> {
  const known = parametersOf(name);
  if (known === null)
    return failed(`there is no strategy and no reference rule ${name}; see strategy-engine sweep --help`);
  const rule = ruleOf(name) !== undefined;
  const space = parseSpace(options.grid, options.range, known);
  if (!space.ok) return space;
  const objective = parseObjective(options.objective);
  if (!objective.ok) return objective;
  const fixed = parseValues(options.set);
  if (!fixed.ok) return fixed;
  if (options.symbols.length === 0) return failed("no symbol was given; name one with --symbols");
  if (rule && options.symbols.length > 1) return failed("reference rules take one symbol; name one with --symbols");
  if (options.random !== undefined && options.tpe !== undefined) return failed("give --random or --tpe, not both");
  if (rule && options.tpe !== undefined)
    return failed("the fast path runs thousands of sets a second; use --random instead of --tpe for a reference rule");
  const method = methodOf(options);
  const endless = method.kind === "grid" ? gridOf(space.value, options.most) : ok([]);
  if (!endless.ok) return endless;
  return ok({ name, rule, space: space.value, fixed: fixed.value, objective: objective.value, method, options });
}
function methodOf({ random, tpe, most }: Options): Method {
  if (random !== undefined) return { kind: "random", trials: random };
  return tpe === undefined ? { kind: "grid", most } : { kind: "tpe", trials: tpe };
}

function openData({ config: path }: Options): Result<Pick<SweepTask, "history" | "ledger">, string> {
  const loaded = loadConfig(path ?? null);
  if (!loaded.ok) return loaded;
  const { historyDir: dataDir } = loaded.value.config;
  if (dataDir === null) return failed("DATA_DIR is empty, so there is no history; set it");
  const history = openHistory(dataDir);
  return history.ok ? ok({ history: history.value, ledger: trialLedger(dataDir) }) : history;
}

function report(done: SweepDone, space: Space, options: Options, spentMs: number): number {
  const { rows, left, about, agreement, cancelled, judged } = done;
  const best = rows.find(({ score }) => score !== null);
  const verdict = judged?.verdict ?? null;
  const told = { left, agreement, cancelled, verdict: verdict === null ? null : verdictFields(verdict) };
  const document = { ...about, ...told, best: best ?? null, results: rows };
  if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(document)}\n`);
  if (options.result !== undefined && judged !== null) writeFileSync(options.result, writeResult(judged));
  if (options.json === true) print(JSON.stringify(document));
  else printSweep(done, space, options, spentMs);
  if (cancelled) complain("stopped before it was done; what is shown is what was done");
  if (best === undefined) return refuse(`no set has a score: ${rows[0]?.why ?? "nothing was run"}`);
  return agreement !== null && !agreement.agrees ? 1 : 0;
}

function printSweep(done: SweepDone, space: Space, { top, result }: Options, spentMs: number): void {
  const { rows, left, about, agreement, judged } = done;
  const names = space.map(({ name }) => name);
  print(
    columns([
      ["data", String(about["data"])],
      ["sets", `${count(rows.length)} in ${(spentMs / 1000).toFixed(1)} s`],
    ]),
  );
  if (left.count > 0) print(`left out: ${left.count}, for example: ${left.reason}`);
  print(`\n${bestTable(rows, names, top)}`);
  const [across, down] = names;
  const map = across === undefined || down === undefined ? null : heatMap(rows, across, down);
  if (map !== null) print(`\n${map}`);
  if (agreement !== null) print(`\nevent engine: ${agreementText(agreement)}`);
  if (judged === null) return;
  print(
    `\nthe best set, after ${count(judged.verdict?.trials ?? 0)} tries on these data:\n${verdictText(judged.verdict)}`,
  );
  if (result !== undefined) print(`\nwritten: ${result}`);
}
function agreementText({ agrees, firstDifference, trades }: NonNullable<SweepDone["agreement"]>): string {
  return agrees ? `agrees with the winner trade for trade (${trades})` : `DIFFERS from the winner: ${firstDifference}`;
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}
function collected(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
function listed(text: string): readonly string[] {
  return text.split(",").filter((word) => word !== "");
}
function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || text.trim() === "")
    throw new InvalidArgumentError("It must be a whole number.");
  return value;
}
function real(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || text.trim() === "") throw new InvalidArgumentError("It must be a number.");
  return value;
}
