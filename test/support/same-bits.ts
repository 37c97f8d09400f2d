// One program for several processors, whose last line must be the same on all of them: the feed with every kind of event
// through ingest, the core and all eighteen strategies; whole backtests; a sweep; and the replay of one journal. Feed and
// journal are written by whoever comes first. Prints the fingerprint of each part as JSON; how long each took goes to standard error.
//   node build/out/test/support/same-bits.js FOLDER
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runBacktest } from "../../src/research/research.ts";
import { FastPath, tapeMemory } from "../../src/research/sweep/fast-path.ts";
import { ruleOf } from "../../src/research/sweep/rules.ts";
import { loadCore } from "../../src/stream/kernels/core.ts";
import { replay } from "../../src/stream/replay.ts";
import { everyKindFeed, type FedMessage } from "./every-kind-feed.ts";
import { market } from "./research.ts";
import { walkTape } from "./research/tapes.ts";
import { journalTape } from "./tape-journal.ts";
import { runTape } from "./tape-run.ts";

const CAPACITY = { maxSymbols: 64, maxInstances: 64, workers: 2 };
const CAPITAL = 50_000;
const TRADED = ["momentum_rider", "moving_average_crossover", "breakout_strategy", "mean_reversion"] as const;
const SWEEP_BARS = 5_000;
const SWEEP = [10, 20, 30, 40].map((fast) => ({ fast, slow: 3 * fast, momentum: 10, short: 1, fee: 0.0001 }));

/** The feed is made by one processor: the exponential function of the platform, which it uses, is not the same on all. */
function ofFeed(dir: string, feedFile: string): Readonly<Record<string, unknown>> {
  const first = !existsSync(feedFile);
  if (first) writeFileSync(feedFile, JSON.stringify(everyKindFeed()));
  const tape = runTape(JSON.parse(readFileSync(feedFile, "utf8")) as readonly FedMessage[]);
  if (first) journalTape(tape, dir);
  const { count, hash } = tape.plane.state.signalTotals();
  return {
    events: createHash("sha256").update(tape.events).digest("hex"),
    strategies: new Set(tape.signals.map(({ strategy }) => strategy)).size,
    signals: count,
    signal_hash: hex(hash),
    state_hash: hex(tape.plane.hash()),
  };
}

function ofBacktests(): Readonly<Record<string, unknown>> {
  const history = market(["BTCUSD"]);
  const results = TRADED.map((strategy) => {
    const done = runBacktest(history, { strategy, parameters: {}, symbols: ["BTCUSD"], capital: CAPITAL });
    if (!done.ok) throw new Error(`${strategy}: ${JSON.stringify(done.failure)}`);
    return [strategy, done.value.resultHash] as const;
  });
  return Object.fromEntries(results);
}

/** Two lanes at a time, and one: both must agree before anything is told. */
function ofSweep(): Readonly<Record<string, unknown>> {
  const rule = ruleOf("ma_momentum");
  if (rule === undefined) throw new Error("ma_momentum is a rule");
  const path = new FastPath(loadCore().module, tapeMemory(walkTape({ seed: 23, bars: SWEEP_BARS }), SWEEP.length), 0);
  const [lanes, scalar] = (["lanes", "scalar"] as const).map((way) =>
    path.run(rule, SWEEP, way, CAPITAL).map(({ hash, equity }) => `${hash.toString(16)} ${equity}`),
  );
  if (String(lanes) !== String(scalar)) throw new Error(`two lanes give ${String(lanes)}, one ${String(scalar)}`);
  return { results: lanes };
}

async function ofJournal(dir: string): Promise<Readonly<Record<string, unknown>>> {
  const done = await replay({ dir, capacity: CAPACITY });
  if (!done.ok) throw new Error(done.failure);
  const { events, signals, signalHash, stateHash } = done.value;
  return { events, signals, signal_hash: hex(signalHash), state_hash: hex(stateHash) };
}

function hex(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}

async function timed<T>(name: string, part: () => T | Promise<T>): Promise<T> {
  const begin = performance.now();
  const value = await part();
  console.error(`${process.arch}: ${name} in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return value;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: same-bits.js FOLDER (of the feed and the journal of all of them)");
const dir = join(folder, "journal");
mkdirSync(dir, { recursive: true });
const bits = {
  core: loadCore().hash,
  feed: await timed("the feed of every kind", () => ofFeed(dir, join(folder, "feed.json"))),
  backtests: await timed("four backtests", ofBacktests),
  sweep: await timed("a sweep", ofSweep),
  journal: await timed("the journal, replayed by two workers", async () => ofJournal(dir)),
};
console.log(JSON.stringify(bits));
