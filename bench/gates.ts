// `npm run gates`: runs the benchmarks that budget.ts has gates for and fails when one does not hold. A miss is
// measured again: the median of all attempts decides a ratio, the best of them an absolute limit.
// Words narrow it to the benchmarks whose names hold one of them: `npm run gates -- kernels`.
// With --record-fingerprints nothing is judged: what the benchmarks compute becomes what gates ask for from then on.
// Writes build/out/gate-report.json for the closing line of .ci/run.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ATTEMPTS, type Gate, GATES, TIMES_ONLY } from "./budget.ts";
import { benchNames, loadBench } from "./discover.ts";
import { record, recordedFingerprints } from "./fingerprints.ts";
import type { Result } from "./result.ts";
import { hurry } from "./runner.ts";
import { flag, wordsOf } from "../test/support/words.ts";
import { judge as judgeBy, type Verdict } from "./verdict.ts";

const LEFT_RUNNING_MS = 10_000;
const REPORT = fileURLToPath(new URL("../gate-report.json", import.meta.url));

const recorded = recordedFingerprints();

function judge(gate: Gate, attempts: readonly (readonly Result[])[]): Verdict {
  return judgeBy(gate, attempts, recorded);
}

/** What each missed gate says; none when all hold. */
async function missedOf(name: string, gates: readonly Gate[]): Promise<string[]> {
  const bench = await loadBench(name);
  const attempts: (readonly Result[])[] = [];
  let missed: readonly Gate[] = gates;
  while (missed.length > 0 && attempts.length < ATTEMPTS) {
    attempts.push(await bench.run());
    missed = gates.filter((gate) => !judge(gate, attempts).good);
  }
  for (const gate of gates) {
    const verdict = judge(gate, attempts);
    console.log(`${verdict.good ? "holds " : "MISSED"}  ${verdict.text}`);
    if (!verdict.good) console.log(`        ${gate.why}`);
  }
  return missed.map((gate) => judge(gate, attempts).text);
}

function runnable(gate: Gate): boolean {
  if (gate.needs === undefined) return true;
  const [program = "", ...words] = gate.needs.split(" ");
  if (spawnSync(program, words).status === 0) return true;
  console.log(`ABSENT  ${gate.result}: not measured here, because there is no ${program}`);
  return false;
}

/** What these benchmarks compute is right from now on. */
async function recordAll(names: ReadonlySet<string>): Promise<void> {
  hurry();
  const results: Result[] = [];
  for (const name of names) {
    if (TIMES_ONLY[name] !== undefined) continue;
    console.log(name);
    results.push(...(await (await loadBench(name)).run()));
  }
  record(results);
}

process.env["BENCH_INSTALL"] = "off";
const { values, rest: words } = wordsOf({
  name: "npm run gates --",
  about: "The ratios, limits and fingerprints of bench/budget.ts; exits with 1 when one is missed.",
  options: {
    "record-fingerprints": flag("what the benchmarks compute becomes what gates ask for: after a change that means it"),
  },
  rest: { value: "WORD", about: "part of a benchmark's name; all without one" },
});
const asked = GATES.filter(({ bench }) => words.length === 0 || words.some((word) => bench.includes(word)));
if (asked.length === 0) {
  console.error(
    `no gate is of ${words.join(" or ")}; there are those of ${[...new Set(GATES.map(({ bench }) => bench))].join(", ")}`,
  );
  process.exit(2);
}
const all = asked.filter(runnable);
const known = new Set(benchNames());
const names = new Set(all.map((gate) => gate.bench));
if (values["record-fingerprints"]) await recordAll(names);
else await judgeAll();

async function judgeAll(): Promise<void> {
  const missed: string[] = [];
  const seconds: [name: string, seconds: number][] = [];
  for (const name of names) {
    const gates = all.filter((gate) => gate.bench === name);
    const begin = performance.now();
    try {
      if (!known.has(name)) throw new Error(`bench/${name}.bench.ts does not exist`);
      missed.push(...(await missedOf(name, gates)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      console.log(`MISSED  ${gates.length} gates of ${name}: ${reason}`);
      missed.push(...gates.map((gate) => `${gate.result}: ${reason}`));
    }
    seconds.push([name, (performance.now() - begin) / 1000]);
  }
  const failed = missed.length;
  const whole = seconds.reduce((sum, [, each]) => sum + each, 0);
  console.log(`\n${whole.toFixed(0)} s in all; seconds a benchmark, attempts together, the longest first:`);
  for (const [name, each] of seconds.toSorted(([, a], [, b]) => b - a))
    console.log(`${each.toFixed(1).padStart(7)}  ${name}`);
  const report = { passed: all.length - failed, failed, missed };
  writeFileSync(REPORT, `${JSON.stringify(report)}\n`);
  console.log(`${report.passed} gates hold, ${failed} missed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
setTimeout(() => {
  console.error("gates: a benchmark left something running");
  process.exit(1);
}, LEFT_RUNNING_MS).unref();
