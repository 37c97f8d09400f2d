// A backtest over a million bars by the fast path: moving averages and momentum with fees, one set of parameters. The core
// against the same as careful plain JavaScript, and against C where there is a gcc. All three must end with the same
// figures and the same hash of their trades, or nothing is timed.
import { execFileSync, spawnSync } from "node:child_process";
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
import { plainMaMomentum, plainMeans } from "../plain/ma-momentum.ts";
import { areEnough } from "../enough.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { compare, median, type Side } from "../runner.ts";

const BARS = 1_000_000;
const SEED = 23;
const CAPITAL = 1_000_000;
const SET = { fast: 20, slow: 50, momentum: 10, short: 1, fee: 0.0001 };
const OPTIONS = { rounds: 9, taskMs: 1, warmupMs: 1 };
const TURNS = 7;
const RUNS = 5;
const SOURCE = fileURLToPath(new URL("../../../../bench/native/backtest.c", import.meta.url));

export async function run(): Promise<readonly Result[]> {
  const tape = walkTape({ seed: SEED, bars: BARS });
  const core = fastPath(tape);
  const averages = new Map([SET.fast, SET.slow].map((length) => [length, new Float64Array(BARS)]));
  const plain = (): SetResult => {
    for (const [length, out] of averages) plainMeans(tape.close, length, out);
    return plainMaMomentum(tape, SET, CAPITAL, averages);
  };
  const [own, other] = [core(), plain()];
  if (!alike(own, other))
    throw new Error(`the core ends with ${JSON.stringify(own)}, JavaScript ${JSON.stringify(other)}`);
  const note =
    `${BARS} bars, seed ${SEED}, averages ${SET.fast} and ${SET.slow}, momentum ${SET.momentum}, ${own.trades} trades; ` +
    `hash of the trades of all ${own.hash.toString(16)}`;
  const side = (label: string, call: () => unknown): Side => ({ label, operations: BARS, run: call });
  const results = [
    await compare(side("core", core), side("plain JavaScript", plain), {
      ...OPTIONS,
      name: "backtest of a million bars / JS",
      note,
      fingerprint: fingerprintOf(...FIGURES.map((name) => own[name])),
    }),
  ];
  const native = againstNative(tape, core, own, note);
  return native === null ? results : [...results, native];
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

const FIGURES = ["equity", "trades", "hash", "kept", "returns", "squares", "losses", "won", "lost", "fees"] as const;

function alike(one: SetResult, other: SetResult): boolean {
  return FIGURES.every((name) => Object.is(one[name], other[name]));
}

/** C in a process of its own, in turns with the core. Null, and said, where there is no gcc. */
function againstNative(tape: Tape, core: () => SetResult, expected: SetResult, note: string): Result | null {
  if (spawnSync("gcc", ["--version"]).status !== 0) {
    console.log("\nbacktest of a million bars / C: not run, there is no gcc");
    return null;
  }
  const dir = mkdtempSync(join(tmpdir(), "backtest-"));
  try {
    const program = join(dir, "backtest");
    const columns = join(dir, "tape");
    execFileSync("gcc", ["-O3", "-march=native", "-ffp-contract=off", "-o", program, SOURCE, "-lm"]);
    writeFileSync(columns, Buffer.concat([tape.open, tape.close].map((column) => Buffer.from(column.buffer))));
    const { fast, slow, momentum, short, fee } = SET;
    const words = [columns, BARS, RUNS, fast, slow, momentum, short, fee, CAPITAL].map(String);
    const fingerprint = fingerprintOf(...FIGURES.map((name) => expected[name]));
    const times: [number[], number[]] = [[], []];
    const resultFrom = (first: number): Result => {
      const [ours, theirs] = [times[0].slice(first), times[1].slice(first)];
      const pairs = [
        { label: "core", medianNs: median(ours) },
        { label: "C -O3 -march=native", medianNs: median(theirs) },
      ];
      const ratio = median(theirs.map((time, turn) => time / (ours[turn] ?? Number.NaN)));
      return { name: "backtest of a million bars / C", pairs, ratio, note, fingerprint };
    };
    const turns: Result[] = [];
    while (turns.length < TURNS && !areEnough(turns)) {
      const [theirs = Number.NaN, ...figures] = execFileSync(program, words, { encoding: "utf8" })
        .split(" ")
        .map(Number);
      const wrong = FIGURES.findIndex((name, place) => figures[place] !== expected[name]);
      const name = FIGURES[wrong];
      if (name !== undefined) throw new Error(`C ends with ${name} ${figures[wrong]}, the core with ${expected[name]}`);
      times[0].push(median(Array.from({ length: RUNS }, () => timed(core))) / BARS);
      times[1].push(theirs / BARS);
      turns.push(resultFrom(turns.length));
    }
    return resultFrom(0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function timed(call: () => unknown): number {
  const begin = performance.now();
  call();
  return (performance.now() - begin) * 1e6;
}
