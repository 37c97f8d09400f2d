// `npm run gates`: runs the benchmarks that budget.ts has gates for and fails when one does not hold. A miss is
// measured again: the median of all attempts decides a ratio, the best of them an absolute limit. Only what has a gate is
// measured, and a measurement ends early where the gate holds by far (enough.ts).
// Words narrow it to the benchmarks whose names hold one of them: `npm run gates -- kernels`.
// With --record-fingerprints nothing is judged: what the benchmarks compute becomes what gates ask for from then on.
// Writes build/out/gate-report.json for the closing line of .ci/run.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ATTEMPTS, type Gate, GATES, TIMES_ONLY } from "./budget.ts";
import { benchNames, loadBench } from "./discover.ts";
import { ask } from "./enough.ts";
import { record, recordedFingerprints } from "./fingerprints.ts";
import type { Result } from "./result.ts";
import { hurry } from "./runner.ts";
import { flag, wordsOf } from "../test/support/words.ts";
import { isClear, judge as judgeBy, type Verdict } from "./verdict.ts";

const LEFT_RUNNING_MS = 10_000;
const REPORT = fileURLToPath(new URL("../gate-report.json", import.meta.url));

const recorded = recordedFingerprints();

function judge(gate: Gate, attempts: readonly (readonly Result[])[]): Verdict {
  return judgeBy(gate, attempts, recorded);
}

/** What a benchmark took, all its attempts together. */
interface Taken {
  readonly name: string;
  attempts: number;
  /** By the clock, and of the processor by this process. */
  seconds: number;
  own: number;
}

/** What each missed gate says; none when all hold. */
async function missedOf(name: string, gates: readonly Gate[], taken: Taken): Promise<string[]> {
  const bench = await loadBench(name);
  const attempts: (readonly Result[])[] = [];
  let missed: readonly Gate[] = gates;
  while (missed.length > 0 && attempts.length < ATTEMPTS) {
    taken.attempts++;
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
  const gatesOf = (name: string): readonly Gate[] => all.filter(({ result }) => result === name);
  ask({
    asked: (name) => gatesOf(name).length > 0,
    settled: (rounds) => gatesOf(rounds[0]?.name ?? "").every((gate) => isClear(gate, rounds)),
  });
  const missed: string[] = [];
  const times: Taken[] = [];
  for (const name of names) {
    const gates = all.filter((gate) => gate.bench === name);
    const taken = { name, attempts: 0, seconds: 0, own: 0 };
    times.push(taken);
    const [begin, before] = [performance.now(), process.cpuUsage()];
    try {
      if (!known.has(name)) throw new Error(`bench/${name}.bench.ts does not exist`);
      missed.push(...(await missedOf(name, gates, taken)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      console.log(`MISSED  ${gates.length} gates of ${name}: ${reason}`);
      missed.push(...gates.map((gate) => `${gate.result}: ${reason}`));
    }
    const { user, system } = process.cpuUsage(before);
    Object.assign(taken, { seconds: (performance.now() - begin) / 1e3, own: (user + system) / 1e6 });
  }
  tell(times);
  const failed = missed.length;
  const report = { passed: all.length - failed, failed, missed };
  writeFileSync(REPORT, `${JSON.stringify(report)}\n`);
  console.log(`${report.passed} gates hold, ${failed} missed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function tell(times: readonly Taken[]): void {
  const sum = (of: (one: Taken) => number): string => times.reduce((total, one) => total + of(one), 0).toFixed(0);
  console.log(
    `\n${sum(({ seconds }) => seconds)} s in all, ${sum(({ own }) => own)} of them of the processor, in this process.`,
  );
  console.log("Seconds, those of the processor, attempts, benchmark; the longest first:");
  for (const { name, seconds, own, attempts } of times.toSorted((a, b) => b.seconds - a.seconds))
    console.log(
      `${seconds.toFixed(1).padStart(7)}${own.toFixed(1).padStart(7)}${String(attempts).padStart(3)}  ${name}`,
    );
}

setTimeout(() => {
  console.error("gates: a benchmark left something running");
  process.exit(1);
}, LEFT_RUNNING_MS).unref();
