// The same backtest as other people's tools make it: moving averages and momentum over a million bars, long or flat, by the
// fast path against a loop in plain JavaScript, and against pandas, numpy and numba where there is a Python. Each must
// end with the same trades and the same equity, or nothing is timed. Python runs in a process of its own, in turns.
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
import type { Result } from "../result.ts";
import { compare, median } from "../runner.ts";

const BARS = 1_000_000;
const SEED = 23;
const CAPITAL = 1_000_000;
const SET = { fast: 20, slow: 50, momentum: 10, short: 0, fee: 0.0001 };
const OPTIONS = { rounds: 5, taskMs: 1, warmupMs: 1 };
const TURNS = 3;
const RUNS = 5;
const WAYS = ["pandas", "numpy", "numba"] as const;
/** Of the capital: their sums are formed in another order. */
const TOLERANCE = 1e-6;
const SCRIPT = fileURLToPath(new URL("../../../../bench/peers/backtest.py", import.meta.url));

export async function run(): Promise<readonly Result[]> {
  const tape = walkTape({ seed: SEED, bars: BARS });
  const core = fastPath(tape);
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
    { ...OPTIONS, name: "backtest / plain JavaScript loop", note },
  );
  return [javascript, ...byPython(tape, core, own, note)];
}

function fastPath(tape: Tape): () => SetResult {
  const rule = ruleOf("ma_momentum");
  if (rule === undefined) throw new Error("ma_momentum is a rule");
  const path = new FastPath(loadCore().module, tapeMemory(tape, 1), 0);
  return () => {
    const [result] = path.run(rule, [SET], "lanes", CAPITAL);
    if (result === undefined) throw new Error("one set has one result");
    return result;
  };
}

type Told = Pick<SetResult, "equity" | "trades" | "kept">;

function agreed(who: string, own: Told, other: Told): void {
  const near = (one: number, two: number): boolean => Math.abs(one - two) <= TOLERANCE * Math.abs(one);
  if (own.trades === other.trades && near(own.equity, other.equity) && near(own.kept, other.kept)) return;
  const ends = ({ equity, trades, kept }: Told): string => `${trades} trades, equity ${equity}, kept ${kept}`;
  throw new Error(`${who} ends with ${ends(other)}, the fast path with ${ends(own)}`);
}

function byPython(tape: Tape, core: () => SetResult, own: SetResult, note: string): readonly Result[] {
  const python = pythonWith("pandas", "numba");
  if (python === null) {
    console.log("\nbacktest / pandas, numpy, numba: not measured, there is no Python with pandas and numba");
    return [];
  }
  const dir = mkdtempSync(join(tmpdir(), "backtest-"));
  try {
    const columns = join(dir, "tape");
    writeFileSync(columns, Buffer.concat([tape.open, tape.close].map((column) => Buffer.from(column.buffer))));
    const words = [columns, BARS, RUNS, SET.fast, SET.slow, SET.momentum, SET.fee, CAPITAL].map(String);
    return WAYS.map((way): Result => {
      const times: [number[], number[]] = [[], []];
      for (let turn = 0; turn < TURNS; turn++) {
        const output = execFileSync(python, [SCRIPT, way, ...words], { encoding: "utf8" });
        const [theirs = Number.NaN, equity = 0, trades = 0, kept = 0] = output.split(" ").map(Number);
        agreed(way, own, { equity, trades, kept });
        times[0].push(median(Array.from({ length: RUNS }, () => timed(core))) / BARS);
        times[1].push(theirs / BARS);
      }
      const pairs = [
        { label: "fast path", medianNs: median(times[0]) },
        { label: way, medianNs: median(times[1]) },
      ];
      const ratio = median(times[1].map((theirs, turn) => theirs / (times[0][turn] ?? Number.NaN)));
      return { name: `backtest / ${way}`, pairs, ratio, note };
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function timed(call: () => unknown): number {
  const begin = performance.now();
  call();
  return (performance.now() - begin) * 1e6;
}
