// The same backtest as other people's tools make it: moving averages and momentum over a million bars, long or flat, by the
// fast path against a loop in plain JavaScript, and against pandas, numpy and numba where there is a Python. Each must
// end with the same trades and the same equity, or nothing is timed. Python runs in a process of its own, in turns. And a
// thousand sets over a tenth of the bars against numba, the fastest of them.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FastPath, tapeMemory } from "../../src/research/sweep/fast-path.ts";
import { ruleOf } from "../../src/research/sweep/rules.ts";
import type { SetResult } from "../../src/research/sweep/set-result.ts";
import type { Tape } from "../../src/research/sweep/tape.ts";
import { loadCore } from "../../src/stream/kernels/core.ts";
import { walkTape } from "../../test/support/research/tapes.ts";
import { pythonWith } from "../peers/python.ts";
import { plainMaMomentum, plainMeans } from "../plain/ma-momentum.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { compare, median } from "../runner.ts";

const BARS = 1_000_000;
const SEED = 23;
const CAPITAL = 1_000_000;
const SET = { fast: 20, slow: 50, momentum: 10, short: 0, fee: 0.0001 };
type ParameterSet = typeof SET;
const SWEEP_BARS = 100_000;
const [LENGTHS, MOMENTA] = [12, 7];
const SETS = Array.from({ length: LENGTHS * LENGTHS * MOMENTA }, (_, place) => ({
  ...SET,
  fast: 5 + 2 * (place % LENGTHS),
  slow: 40 + 10 * (Math.floor(place / LENGTHS) % LENGTHS),
  momentum: 5 * (1 + Math.floor(place / LENGTHS / LENGTHS)),
}));
const OPTIONS = { rounds: 5, taskMs: 1, warmupMs: 1 };
const TURNS = 3;
const RUNS = 3;
const WAYS = ["pandas", "numpy", "numba"] as const;
/** Of the capital: their sums are formed in another order. */
const TOLERANCE = 1e-6;
const SCRIPT = fileURLToPath(new URL("../../../../bench/peers/backtest.py", import.meta.url));

export async function run(): Promise<readonly Result[]> {
  const tape = walkTape({ seed: SEED, bars: BARS });
  const path = fastPath(tape, [SET]);
  const core = (): SetResult => {
    const [result] = path();
    if (result === undefined) throw new Error("one set has one result");
    return result;
  };
  const own = core();
  const averages = new Map([SET.fast, SET.slow].map((length) => [length, new Float64Array(BARS)]));
  const plain = (): SetResult => {
    for (const [length, out] of averages) plainMeans(tape.close, length, out);
    return plainMaMomentum(tape, SET, CAPITAL, averages);
  };
  agreed("the loop", own, plain());
  const note = `${BARS} bars, seed ${SEED}, long or flat, ${own.trades} trades, the same of all`;
  const javascript = await compare(
    { label: "fast path", operations: BARS, run: core },
    { label: "plain JavaScript loop", operations: BARS, run: plain },
    { ...OPTIONS, name: "backtest / plain JavaScript loop", note, fingerprint: printOf(own) },
  );
  return [javascript, ...byPython(tape, core, own, note)];
}

function fastPath(tape: Tape, sets: readonly ParameterSet[]): () => readonly SetResult[] {
  const rule = ruleOf("ma_momentum");
  if (rule === undefined) throw new Error("ma_momentum is a rule");
  const path = new FastPath(loadCore().module, tapeMemory(tape, 1), 0);
  return () => path.run(rule, sets, "lanes", CAPITAL);
}

type Told = Pick<SetResult, "equity" | "trades" | "kept">;

function agreed(who: string, own: Told, other: Told): void {
  const near = (one: number, two: number): boolean => Math.abs(one - two) <= TOLERANCE * Math.abs(one);
  if (own.trades === other.trades && near(own.equity, other.equity) && near(own.kept, other.kept)) return;
  const ends = ({ equity, trades, kept }: Told): string => `${trades} trades, equity ${equity}, kept ${kept}`;
  throw new Error(`${who} ends with ${ends(other)}, the fast path with ${ends(own)}`);
}

function printOf({ equity, trades, kept }: Told): string {
  return fingerprintOf(Float64Array.of(equity, kept), trades);
}

function byPython(tape: Tape, core: () => SetResult, own: SetResult, note: string): readonly Result[] {
  const python = pythonWith("pandas", "numba");
  if (python === null) {
    console.log("\nbacktest / pandas, numpy, numba: not measured, there is no Python with pandas and numba");
    return [];
  }
  const single = WAYS.map((way) => inTurns(python, { way, tape, sets: [SET], core, own, note }));
  const short = walkTape({ seed: SEED, bars: SWEEP_BARS });
  const all = fastPath(short, SETS);
  const sum = (name: keyof Told): number => all().reduce((total, result) => total + result[name], 0);
  const summed = { equity: sum("equity"), trades: sum("trades"), kept: sum("kept") };
  const told = `${SETS.length} sets x ${SWEEP_BARS} bars, ${summed.trades} trades, the same of both; ns per set and bar`;
  return [...single, inTurns(python, { way: "numba", tape: short, sets: SETS, core: all, own: summed, note: told })];
}

interface Turns {
  readonly way: (typeof WAYS)[number];
  readonly tape: Tape;
  readonly sets: readonly ParameterSet[];
  readonly core: () => unknown;
  readonly own: Told;
  readonly note: string;
}

function inTurns(python: string, { way, tape, sets, core, own, note }: Turns): Result {
  const dir = mkdtempSync(join(tmpdir(), "backtest-"));
  try {
    const [columns, rows] = [join(dir, "tape"), join(dir, "sets")];
    writeFileSync(columns, Buffer.concat([tape.open, tape.close].map((column) => Buffer.from(column.buffer))));
    writeFileSync(
      rows,
      Buffer.from(Float64Array.from(sets.flatMap((set) => [set.fast, set.slow, set.momentum])).buffer),
    );
    const words = [SCRIPT, way, columns, tape.bars, RUNS, rows, SET.fee, CAPITAL].map(String);
    const operations = tape.bars * sets.length;
    const times: [number[], number[]] = [[], []];
    for (let turn = 0; turn < TURNS; turn++) {
      const output = execFileSync(python, words, { encoding: "utf8" });
      const [theirs = Number.NaN, equity = 0, trades = 0, kept = 0] = output.split(" ").map(Number);
      agreed(way, own, { equity, trades, kept });
      times[0].push(median(Array.from({ length: RUNS }, () => timed(core))) / operations);
      times[1].push(theirs / operations);
    }
    const pairs = [
      { label: "fast path", medianNs: median(times[0]) },
      { label: way, medianNs: median(times[1]) },
    ];
    const ratio = median(times[1].map((theirs, turn) => theirs / (times[0][turn] ?? Number.NaN)));
    const name = sets.length === 1 ? `backtest / ${way}` : `backtests of ${sets.length} sets / ${way}`;
    return { name, pairs, ratio, note, fingerprint: printOf(own) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function timed(call: () => unknown): number {
  const begin = performance.now();
  call();
  return (performance.now() - begin) * 1e6;
}
