#!/usr/bin/env node
// The `strategy-engine` command: one file per subcommand, this one only joins them.
import { Command } from "commander";
import { auditCommand } from "./audit.ts";
import { backtestCommand } from "./backtest.ts";
import { backupCommand } from "./backup.ts";
import { dataCommand } from "./data/data.ts";
import { doctorCommand } from "./doctor.ts";
import { importCommand } from "./import.ts";
import { lookAheadCommand } from "./look-ahead.ts";
import { parityCommand } from "./parity.ts";
import { deployCommand } from "./project/deploy.ts";
import { newCommand } from "./project/new.ts";
import { testCommand } from "./project/test.ts";
import { replayCommand } from "./replay.ts";
import { reportCommand } from "./report.ts";
import { restoreCommand } from "./restore.ts";
import { serveCommand } from "./serve.ts";
import { strategiesCommand } from "./strategies.ts";
import { sweepCommand } from "./sweep/sweep.ts";
import { complain } from "./text.ts";
import { packageVersion, versionCommand } from "./version.ts";
import { walkforwardCommand } from "./walkforward.ts";
import { watchCommand } from "./watch.ts";

const program = new Command("strategy-engine")
  .description(
    "Trading strategy engine: ticks in, signals out, one deterministic computation over one journal of events.",
  )
  .version(packageVersion(), "-V, --version", "print the version number")
  .helpCommand("help [command]", "explain a command")
  .showHelpAfterError("(strategy-engine --help explains the commands)")
  .addHelpText(
    "after",
    `
Examples:
  strategy-engine serve              start it; strategy-engine serve --help lists every setting
  strategy-engine strategies         the built-in strategies; with a name, everything about one
  strategy-engine watch              print signals as they come
  strategy-engine doctor             check this machine first
  strategy-engine backtest NAME --synthetic
                                     a strategy over a market; without --synthetic over recorded history
  strategy-engine new my-strategy    begin a strategy of your own; then: test, backtest and deploy ./my-strategy
  strategy-engine replay             compute the journal again and compare the signals
  strategy-engine parity             certify that backtests give the signals of this journal
  strategy-engine import bars.csv    store recorded data as history, for backtests
  strategy-engine data list          the history that there is; data --help: check it, export it, make some
  strategy-engine report result.json show a finished backtest, as text, page or tables
  strategy-engine sweep ma_cross --symbols BTCUSD --grid fast=5,10,20 --grid slow=50,100   find parameters
  strategy-engine backup engine.bak  copy the store of a running or stopped engine; restore brings it back
  strategy-engine audit verify       check the record of who changed what

Exit codes: 0 all is well, 1 it is not; the line on stderr says what to do.`,
  );
for (const command of [
  serveCommand(),
  strategiesCommand(),
  watchCommand(),
  doctorCommand(),
  newCommand(),
  testCommand(),
  backtestCommand(),
  deployCommand(),
  replayCommand(),
  parityCommand(),
  lookAheadCommand(),
  reportCommand(),
  importCommand(),
  dataCommand(),
  sweepCommand(),
  backupCommand(),
  restoreCommand(),
  auditCommand(),
  versionCommand(),
  walkforwardCommand(),
]) {
  program.addCommand(command);
}
try {
  await program.parseAsync();
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
