// `strategy-engine test FOLDER`: compiles a strategy, shows what is wrong with it in its text, runs the author's tests and
// those that every strategy has to pass. Exit code 1 when anything failed.
import { Command } from "commander";
import { loadConfig } from "../../config.ts";
import { seen } from "../../domain/seen.ts";
import type { CodeTest, CodeTestReport } from "../../research/research.ts";
import { columns, complain, print, Progress, styled } from "../text.ts";
import { compiledOrShown } from "./compile.ts";
import { readProject, symbolsOf, TEST_FILES } from "./project.ts";

interface Options {
  readonly config?: string;
  readonly json?: true;
}

const DEFAULT_SYMBOLS: readonly string[] = ["BTCUSD"];

export function testCommand(): Command {
  return new Command("test")
    .description("compile a strategy of yours, and run its tests and those that every strategy has to pass")
    .argument("[folder]", "the project, or its file of code", ".")
    .option("--json", "the report as JSON")
    .option("-c, --config <file>", "JSON file with settings; DATA_DIR says where history lies")
    .addHelpText(
      "after",
      `
The tests that are made for every strategy: it begins with its parameters, keeps within what an event may cost, survives odd
markets and the ends of its parameters, decides the same again, decides the same when more follows, does not go by the date
itself, does not grow for ever. Where strategy.json names symbols that have history, that is the market; else a made-up one.

Example:
  strategy-engine test ./my-strategy`,
    )
    .action(async (folder: string, options: Options) => {
      process.exitCode = await test(folder, options);
    });
}

async function test(folder: string, options: Options): Promise<number> {
  const project = readProject(folder);
  if (!project.ok) return refuse(project.failure);
  const compiled = await compiledOrShown(project.value, true);
  if (!compiled.ok) return refuse(compiled.failure);
  const { strategy, tests } = compiled.value;
  const { recordedMarket, testCode } = await import("../../research/research.ts");
  const named = symbolsOf(project.value);
  const symbols = named ?? DEFAULT_SYMBOLS;
  const progress = new Progress();
  progress.show("testing");
  const market = named === null ? null : recordedMarket(dataDirOf(options), named);
  const given = project.value.parameters;
  const report = await testCode(strategy, { given, symbols, own: tests, ...(market === null ? {} : { market }) });
  progress.clear();
  if (options.json === true) print(JSON.stringify(report));
  else print(textOf(report, market !== null, tests === null ? TEST_FILES[strategy.language] : null));
  return report.passed ? 0 : 1;
}

function dataDirOf({ config }: Options): string | null {
  const loaded = loadConfig(config ?? null);
  return loaded.ok ? loaded.value.config.dataDir : null;
}

function textOf({ tests, notes, passed }: CodeTestReport, recorded: boolean, missing: string | null): string {
  const width = Math.max(...tests.map(({ name }) => name.length));
  const rows = tests.map(
    ({ name, ms, ...one }) => `${markOf(one)}  ${seen(name).padEnd(width)}  ${ms.toFixed(0)} ms${why(one)}`,
  );
  const broken = tests.filter((one) => !one.passed).length;
  const sum = columns([[`${tests.length - broken} of ${tests.length} tests passed`]]);
  return [
    ...rows,
    "",
    ...notes.map((note) => `${styled("yellow", "note")}  ${seen(note)}`),
    ...(missing === null
      ? []
      : [`${styled("yellow", "note")}  it has no tests of its own; ${missing} beside it would hold some`]),
    `${styled(passed ? "green" : "red", sum)}, on ${recorded ? "recorded history" : "a made-up market"}`,
  ].join("\n");
}

function markOf({ passed }: Pick<CodeTest, "passed">): string {
  return passed ? styled("green", "ok  ") : styled("red", "FAIL");
}

function why({ reason }: Pick<CodeTest, "reason">): string {
  return reason === null ? "" : `\n      ${seen(reason)}`;
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}
