#!/usr/bin/env -S node --max-semi-space-size=4
// The `strategy-engine` command: one file per subcommand, this one only joins them.
import { Command } from "commander";
import { auditCommand } from "./audit.ts";
import { backtestCommand } from "./backtest.ts";
import { backupCommand } from "./backup.ts";
import { completionCommand } from "./completion.ts";
import { dataCommand } from "./data/data.ts";
import { doctorCommand } from "./doctor.ts";
import { importCommand } from "./import.ts";
import { lookAheadCommand } from "./look-ahead.ts";
import { nodeCommand } from "./node.ts";
import { parityCommand } from "./parity.ts";
import { deployCommand } from "./project/deploy.ts";
import { newCommand } from "./project/new.ts";
import { testCommand } from "./project/test.ts";
import { replayCommand } from "./replay.ts";
import { reportCommand } from "./report.ts";
import { restoreCommand } from "./restore.ts";
import { serveCommand } from "./serve.ts";
import { signalsCommand } from "./signals.ts";
import { strategiesCommand } from "./strategies.ts";
import { sweepCommand } from "./sweep/sweep.ts";
import { complain } from "./text.ts";
import { tailCommand } from "./tail.ts";
import { topCommand } from "./top/top.ts";
import { packageVersion, versionCommand } from "./version.ts";
import { walkforwardCommand } from "./walkforward.ts";
import { workCommand } from "./work.ts";

const program = new Command("strategy-engine")
  .description(
    "Trading strategy engine: ticks in, signals out, one deterministic computation over one journal of events.",
  )
  .version(packageVersion(), "-V, --version", "print the version number")
  .commandsGroup("This command:")
  .helpCommand("help [command]", "explain a command")
  .showHelpAfterError("(strategy-engine --help explains the commands)")
  .addHelpText(
    "after",
    `
Examples:
  strategy-engine                    start it, as serve does; serve --help lists every setting
  strategy-engine strategies         the built-in strategies; with a name, everything about one
  strategy-engine signals            print signals as they come
  strategy-engine tail               follow signals, alerts, deployments and trades
  strategy-engine top                watch how a running engine is; q ends it
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
const GROUPS: Readonly<Record<string, readonly Command[]>> = {
  "The engine:": [serveCommand(), nodeCommand(), workCommand(), doctorCommand(), versionCommand()],
  "Watching it:": [topCommand(), signalsCommand(), tailCommand()],
  "Strategies:": [strategiesCommand(), newCommand(), testCommand(), deployCommand()],
  "Research:": [
    backtestCommand(),
    reportCommand(),
    sweepCommand(),
    walkforwardCommand(),
    lookAheadCommand(),
    parityCommand(),
  ],
  "Data:": [importCommand(), dataCommand(), replayCommand()],
  "Records:": [backupCommand(), restoreCommand(), auditCommand()],
  "This command:": [completionCommand(() => program)],
};
for (const [heading, commands] of Object.entries(GROUPS)) {
  for (const command of commands) program.addCommand(hinting(command.helpGroup(heading), program.name()));
}

/** What is called wrongly names the help that explains it. */
function hinting(command: Command, before: string): Command {
  const name = `${before} ${command.name()}`;
  for (const one of command.commands) hinting(one, name);
  return command.showHelpAfterError(`(${name} --help explains it)`);
}

// Whoever reads may have seen enough (`strategy-engine signals | head`): there is nobody left to write for. The engine itself
// writes its log by other means, and goes on without a reader.
const serves = process.argv.length === 2 || ["serve", "node"].includes(process.argv[2] ?? "");
for (const stream of serves ? [] : [process.stdout, process.stderr]) {
  stream.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? (process.exitCode ?? 0) : 1));
}

// Asked to explain a command that there is none of, commander explains all of them and does not say why.
const [first, about = "help"] = process.argv.slice(2);
const known = ["help", ...program.commands.flatMap((command) => [command.name(), ...command.aliases()])];
if (first === "help" && !about.startsWith("-") && !known.includes(about))
  program.error(`error: unknown command '${about}'`);

// Whatever a command writes, the store and its journals above all, is for the eyes of who runs it.
process.umask(0o077);
// What a command waits for may be a timer or a thread that keeps no process: node would end in its middle, with code 0.
const underWay = setInterval(() => undefined, 60_000);
// Not awaited here: parts of it that are loaded when they are wanted may import this file, and would wait for its end.
program
  .parseAsync(process.argv.length > 2 ? process.argv : [...process.argv, "serve"])
  .catch((error: unknown) => {
    complain(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  })
  .finally(() => clearInterval(underWay));
