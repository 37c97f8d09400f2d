#!/usr/bin/env -S node --max-semi-space-size=4
// The `strategy-engine` command: one file per subcommand, this one only joins them.
import { Command } from "commander";
import { seen } from "../domain/seen.ts";
import { packageVersion } from "../package-version.ts";
import { complain, printWhole, tellWhole } from "./text.ts";

type Loader = () => Promise<Command>;

/** Each is loaded when it is asked for: to load all of them takes longer than what most of them do. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Loader>>>> = {
  "The engine:": {
    serve: async () => (await import("./serve.ts")).serveCommand(),
    node: async () => (await import("./node.ts")).nodeCommand(),
    work: async () => (await import("./work.ts")).workCommand(),
    doctor: async () => (await import("./doctor.ts")).doctorCommand(),
    version: async () => (await import("./version.ts")).versionCommand(),
  },
  "Watching it:": {
    top: async () => (await import("./top/top.ts")).topCommand(),
    signals: async () => (await import("./signals.ts")).signalsCommand(),
    tail: async () => (await import("./tail.ts")).tailCommand(),
  },
  "Strategies:": {
    strategies: async () => (await import("./strategies.ts")).strategiesCommand(),
    new: async () => (await import("./project/new.ts")).newCommand(),
    test: async () => (await import("./project/test.ts")).testCommand(),
    deploy: async () => (await import("./project/deploy.ts")).deployCommand(),
  },
  "Research:": {
    backtest: async () => (await import("./backtest.ts")).backtestCommand(),
    report: async () => (await import("./report.ts")).reportCommand(),
    sweep: async () => (await import("./sweep/sweep.ts")).sweepCommand(),
    walkforward: async () => (await import("./walkforward.ts")).walkforwardCommand(),
    lookahead: async () => (await import("./look-ahead.ts")).lookAheadCommand(),
    parity: async () => (await import("./parity.ts")).parityCommand(),
  },
  "Data:": {
    import: async () => (await import("./import.ts")).importCommand(),
    data: async () => (await import("./data/data.ts")).dataCommand(),
    replay: async () => (await import("./replay.ts")).replayCommand(),
  },
  "Records:": {
    backup: async () => (await import("./backup.ts")).backupCommand(),
    restore: async () => (await import("./restore.ts")).restoreCommand(),
    audit: async () => (await import("./audit.ts")).auditCommand(),
  },
  "This command:": {
    completion: async () => (await import("./completion.ts")).completionCommand(() => program),
  },
};

const program = harmlessly(new Command("strategy-engine"))
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
/** What was asked for; serve where nothing was. */
const words = process.argv.length > 2 ? process.argv.slice(2) : ["serve"];
const [first = "", about = "help"] = words;

// Whoever reads may have seen enough (`strategy-engine signals | head`): who only follows has nobody left to write for. All
// others do what they were asked for, and their exit code says how it went: of `import *.csv | head -1` all files are
// stored. What serves writes its log by other means and goes on, whoever reads. stderr is beside the output: nothing ends
// because nobody reads that.
const serves = ["serve", "node", "work"].includes(first);
const follows = ["signals", "watch", "tail", "top"].includes(first);
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code !== "EPIPE" && !serves) process.exit(1);
    if (follows && stream === process.stdout) process.exit(process.exitCode ?? 0);
  });
}

// Whatever a command writes, the store and its journals above all, is for the eyes of who runs it.
process.umask(0o077);
// What a command waits for may be a timer or a thread that keeps no process: node would end in its middle, with code 0.
const underWay = setInterval(() => undefined, 60_000);
// Not awaited here: parts of it that are loaded when they are wanted may import this file, and would wait for its end.
run()
  .catch((error: unknown) => {
    complain(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  })
  .finally(() => clearInterval(underWay));

async function run(): Promise<void> {
  for (const [heading, loaders] of Object.entries(GROUPS)) {
    for (const load of chosen(loaders)) program.addCommand(hinting((await load()).helpGroup(heading), program.name()));
  }
  // Asked to explain a command that there is none of, commander explains all of them and does not say why.
  const known = ["help", ...program.commands.flatMap((command) => [command.name(), ...command.aliases()])];
  if (first === "help" && !about.startsWith("-") && !known.includes(about))
    program.error(`error: unknown command '${about}'`);
  await program.parseAsync(words, { from: "user" });
}

/** The one that was named, if one was: all of them are in the help, in what completes them and in what is perhaps meant. */
function chosen(loaders: Readonly<Record<string, Loader>>): readonly Loader[] {
  if (["-V", "--version"].includes(first)) return [];
  const isNamed = first !== "completion" && Object.values(GROUPS).some((group) => Object.hasOwn(group, first));
  return Object.entries(loaders).flatMap(([name, load]) => (isNamed && name !== first ? [] : [load]));
}

/** What is called wrongly names the help that explains it. */
function hinting(command: Command, before: string): Command {
  const name = `${before} ${command.name()}`;
  for (const one of command.commands) hinting(one, name);
  return harmlessly(command).showHelpAfterError(`(${name} --help explains it)`);
}

/**
 * A shell puts names of files in the place of `*`, and commander repeats what it does not understand, in one line; what it
 * guesses stands in a second one, the last.
 */
function harmlessly(command: Command): Command {
  const outputError = (text: string, write: (text: string) => void): void =>
    write(text.replaceAll(/\n(?!\(Did you mean [^\n]*\?\)\n$|$)/g, seen));
  return command.configureOutput({ writeOut: printWhole, writeErr: tellWhole, outputError });
}
