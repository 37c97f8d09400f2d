// `npm run bench [-- part-of-a-name]`: runs the benchmarks, prints a table, keeps the figures in
// bench/baseline/<machine>.json (one file per machine; a filtered run replaces only what it measured), and a line of the
// day in bench/baseline/history.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { benchNames, loadBench } from "./discover.ts";
import { dayOf, historyFile, readHistory, withDay, writeHistory } from "./history.ts";
import { machineSlug, thisMachine } from "./machine.ts";
import { figureOf, type Result } from "./result.ts";
import { time } from "./verdict.ts";
import { wordsOf } from "../test/support/words.ts";

const BASELINE = fileURLToPath(new URL("../../../bench/baseline/", import.meta.url));
/** The product's promise for the fast tier, on arm64 Macs. */
const FAST_TIER_P99_NS = 8e6;
const FAST_TIER = { result: "fast-tier evaluation", label: "f64x2" };

interface Baseline {
  readonly machine: ReturnType<typeof thisMachine>;
  readonly measured: string;
  readonly results: readonly Result[];
}

function printResult(result: Result): void {
  const ratio = result.pairs.length > 1 ? `${result.ratio.toFixed(2)} x` : "";
  console.log(`\n${result.name.padEnd(72)}${ratio.padStart(10)}`);
  for (const figure of result.pairs) {
    const median = time(figure.medianNs).padStart(12);
    const p99 = figure.p99Ns === undefined ? "" : time(figure.p99Ns);
    const max = figure.maxNs === undefined ? "" : time(figure.maxNs);
    console.log(`  ${figure.label.padEnd(44)}${median}${p99.padStart(12)}${max.padStart(12)}`);
  }
  console.log(`  ${result.note}`);
}

function save(path: string, results: readonly Result[]): void {
  const measured = new Set(results.map((result) => result.name));
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Baseline).results : [];
  const kept = before.filter((result) => !measured.has(result.name));
  const all = [...kept, ...results].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const baseline: Baseline = { machine: thisMachine(), measured: new Date().toISOString().slice(0, 10), results: all };
  const history = historyFile(`${BASELINE}history`, machineSlug(baseline.machine));
  writeHistory(history, withDay(readHistory(history), dayOf(baseline.measured, baseline.machine.node, results)));
  mkdirSync(BASELINE, { recursive: true });
  writeFileSync(path, `${JSON.stringify(baseline, roundFigures, 2)}\n`);
}

/** Four figures are more than a shared machine can repeat. */
function roundFigures(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}

function printVerdict(results: readonly Result[]): void {
  const machine = thisMachine();
  const result = results.find((candidate) => candidate.name === FAST_TIER.result);
  const p99 = result === undefined ? undefined : figureOf(result, FAST_TIER.label)?.p99Ns;
  if (p99 === undefined || machine.arch !== "arm64" || machine.platform !== "darwin") return;
  const verdict = p99 <= FAST_TIER_P99_NS ? "met" : "MISSED";
  console.log(`\n8 ms target for the fast tier on ${machine.cpu}: ${verdict} (p99 ${time(p99)})`);
}

const { rest: filters } = wordsOf({
  name: "npm run bench --",
  about:
    "Benchmarks: a table, and figures in bench/baseline. Those that take minutes run when they are asked for by name.",
  options: {},
  rest: { value: "WORD", about: "part of a name; all without one" },
});
const names = benchNames().filter((name) => filters.length === 0 || filters.some((word) => name.includes(word)));
const machine = thisMachine();
console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.arch}, ${machine.platform}, node ${machine.node}`);
console.log("each line: median, p99, maximum of one operation; x = how many times as fast the first is as the second");
if (names.length === 0) {
  console.error(`no benchmark matches ${filters.join(" ")}; there are: ${benchNames().join(", ")}`);
  process.exitCode = 1;
} else {
  const results: Result[] = [];
  for (const name of names) {
    const bench = await loadBench(name);
    if (bench.onDemand === true && filters.length === 0) {
      console.log(`\n${name}: takes minutes or needs more than node, runs when asked for by name`);
      continue;
    }
    try {
      const fresh = await bench.run();
      fresh.forEach(printResult);
      results.push(...fresh);
    } catch (error) {
      console.error(`\n${name} FAILED: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
  }
  const path = `${BASELINE}${machineSlug(machine)}.json`;
  save(path, results);
  printVerdict(results);
  console.log(`\nkept in bench/baseline/${machineSlug(machine)}.json`);
}
