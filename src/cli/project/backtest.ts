// `strategy-engine backtest FOLDER`: a strategy of the user's over recorded history or a synthetic market, with the summary
// and the verdict of every other run. Parameters and symbols are those of strategy.json, unless the command names others.
import { type BacktestOptions, chosenMarket, commonOf, conclude, hint, refuse } from "../backtest-run.ts";
import { print, Progress } from "../text.ts";
import { packageVersion } from "../../package-version.ts";
import { compiledOrShown } from "./compile.ts";
import { excerpt } from "./excerpt.ts";
import { type Project, readProject, symbolsOf } from "./project.ts";
import type { CodeFailure, ResultFile } from "../../research/research.ts";

export async function backtestProject(folder: string, options: BacktestOptions): Promise<number> {
  const read = readProject(folder);
  if (!read.ok) return refuse(read.failure);
  const project = read.value;
  const symbols = options.symbols ?? symbolsOf(project);
  if (symbols === null && options.synthetic !== true)
    return refuse("no symbols: name them in strategy.json or with --symbols, or take --synthetic");
  const market = await chosenMarket([{ legs: [1, 1] }], { ...options, ...(symbols === null ? {} : { symbols }) });
  if (typeof market === "string") return refuse(market);
  const compiled = await compiledOrShown(project);
  if (!compiled.ok) return refuse(compiled.failure);
  const { explainRun, runCode } = await import("../../research/research.ts");
  const common = commonOf(options, market);
  const { name, riskLimits } = project;
  const request = { ...common, name, riskLimits, parameters: { ...project.parameters, ...common.parameters } };
  let prices: ResultFile["prices"] = [];
  const progress = new Progress();
  const ran = await runCode(market.history, request, compiled.value.strategy, {
    engineVersion: packageVersion(),
    onPrices: (line) => {
      prices = [line];
    },
    onProgress: (share) => progress.share(share),
  });
  progress.clear();
  if (ran.ok) return conclude({ outcome: ran.value, prices }, market.source, options);
  showPlace(ran.failure, project);
  return refuse(hint(explainRun(ran.failure)));
}

function showPlace(failure: CodeFailure, project: Project): void {
  if (failure.code !== "strategy_fault" || failure.fault.line === null) return;
  print(excerpt([{ ...failure.fault, hint: null }], project));
}
