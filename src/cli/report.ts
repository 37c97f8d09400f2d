// `strategy-engine report RESULT`: a finished backtest for people and for other programs. Reads one file, writes what it
// is asked for, each file under another name first and renamed when it is whole.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type * as Research from "../research/research.ts";
import type { ResultFile } from "../research/research.ts";
import { outFile } from "./out-file.ts";
import { complain, print, printWhole } from "./text.ts";

interface Options {
  readonly html?: string;
  readonly csv?: string;
  readonly parquet?: string;
  readonly json?: true;
  readonly seed: number;
  readonly dataDir?: string;
}

export function reportCommand(): Command {
  return new Command("report")
    .description("show a finished backtest: summary, page, tables, and whether it is to be believed")
    .argument("<result>", "a file that `backtest --out` wrote")
    .option("--html <file>", "the tearsheet as one page that needs nothing else", outFile)
    .option("--csv <folder>", "trades.csv and equity.csv")
    .option("--parquet <folder>", "trades.parquet and equity.parquet")
    .option("--json", "the result with its verdict as JSON instead of the summary")
    .option("--seed <n>", "of the random draws of the verdict", seed, 1)
    .option("-d, --data-dir <folder>", "DATA_DIR whose trial ledger counts the runs on the same data")
    .addHelpText(
      "after",
      `
A result that was not judged is judged here: docs/honesty.md says what each test asks.

Examples:
  strategy-engine report result.json                      a screen of text
  strategy-engine report result.json --html report.html   the page
  strategy-engine report result.json --csv tables         for a spreadsheet
  strategy-engine report result.json --parquet tables     for pandas, DuckDB and others`,
    )
    .action(async (path: string, options: Options) => {
      process.exitCode = await run(path, options);
    });
}

async function run(path: string, options: Options): Promise<number> {
  const research = await import("../research/research.ts");
  const { csv, equityTable, parquet, tearsheet, tradeTable, writeResult } = research;
  const { summaryOf } = await import("./outcome-summary.ts");
  if (!existsSync(path))
    return refuse(`${path} is not there; \`strategy-engine backtest ... --out FILE\` writes a result`);
  if (statSync(path).isDirectory())
    return refuse(`${path} is a folder; \`strategy-engine backtest ... --out FILE\` writes a result`);
  const read = research.readResult(readFileSync(path, "utf8"));
  if (!read.ok) return refuse(`${path}: ${read.failure}`);
  const judged = withVerdict(read.value, options, research);
  if (judged === null) return 1;
  const { outcome } = judged;
  const written: string[] = [];
  const write = (file: string, pieces: Iterable<string | Uint8Array>): void => {
    writeWhole(file, pieces);
    written.push(file);
  };
  if (options.html !== undefined) write(options.html, [tearsheet(judged)]);
  if (options.csv !== undefined) {
    mkdirSync(options.csv, { recursive: true });
    write(join(options.csv, "trades.csv"), csv(tradeTable(outcome.trades)));
    write(join(options.csv, "equity.csv"), csv(equityTable(outcome.equity)));
  }
  if (options.parquet !== undefined) {
    mkdirSync(options.parquet, { recursive: true });
    write(join(options.parquet, "trades.parquet"), [parquet(tradeTable(outcome.trades))]);
    write(join(options.parquet, "equity.parquet"), [parquet(equityTable(outcome.equity))]);
  }
  if (options.json === true) printWhole(writeResult(judged));
  else print([summaryOf(judged), ...written.map((file) => `written: ${file}`)].join("\n"));
  return 0;
}

function withVerdict(
  file: ResultFile,
  { seed, dataDir }: Options,
  { examine, openTrialLedger }: typeof Research,
): ResultFile | null {
  if (file.verdict !== null) return file;
  if (dataDir === undefined) return { ...file, verdict: examine({ ...file, seed }) };
  const ledger = openTrialLedger(dataDir);
  if (!ledger.ok) {
    refuse(ledger.failure);
    return null;
  }
  const counted = ledger.value.count(file.outcome.statement.data);
  return { ...file, verdict: examine({ ...file, counted, seed }) };
}

function writeWhole(file: string, pieces: Iterable<string | Uint8Array>): void {
  const partial = `${file}.partial`;
  const handle = openSync(partial, "w");
  try {
    for (const piece of pieces) {
      const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
      for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done);
    }
    fsyncSync(handle);
  } catch (error) {
    closeSync(handle);
    rmSync(partial, { force: true });
    throw error;
  }
  closeSync(handle);
  renameSync(partial, file);
}

function refuse(reason: string): number {
  complain(reason);
  return 1;
}

function seed(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(value <= 0xffff_ffff)) throw new InvalidArgumentError("It must be a whole number from 0 to 4294967295.");
  return value;
}
