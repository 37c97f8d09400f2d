// Counts what passed and what failed, from the reports that the test runner, the checks and the gates wrote themselves,
// and names what failed: who reads only the end of a log finds it there.
//   node build/tally.mjs [LABEL...]    prints what failed, then `N passed, N failed` over all reports; each LABEL is a
//                                      step that failed without a report of its own, and counts as one failure
// Exit code 1 when anything failed or when nothing ran at all.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { ROOT } from "./run.mjs";

export const TEST_REPORT = join(ROOT, "build", "out", "test-report.json");
export const GATE_REPORT = join(ROOT, "build", "out", "gate-report.json");
export const CHECK_REPORT = join(ROOT, "build", "out", "check-report.json");
/** The unit tests of the checks, run for a second time. */
export const CHECK_TEST_REPORT = join(ROOT, "build", "out", "check-test-report.json");

/** Characters of all that is told about failures, and of one line of it. */
const TOLD_MAX = 2_500;
const LINE_MAX = 200;
const ERROR_LINES = 3;
/** The runner's report keeps no message of a hook around a whole file. */
const OUTSIDE_TESTS = "before or after its tests; the runner's messages say what";

/** Files that failed although none of their tests did: could not be loaded, or failed before or after the tests. */
function brokenFiles(report) {
  return report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
}

/** Tests of a vitest JSON report. A file that is broken as a whole counts as one failure. */
export function tallyTests(report) {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles(report).length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

export function closingLine({ passed, failed }) {
  return `${passed} passed, ${failed} failed`;
}

/** The beginning of a message, without colours and without the stack. */
function beginning(message) {
  const lines = stripVTControlCharacters(message ?? "").split("\n");
  const stack = lines.findIndex((line) => /^\s+at /.test(line));
  const told = lines.slice(0, stack < 0 ? undefined : stack).filter((line) => line.trim() !== "");
  return told.slice(0, ERROR_LINES).map((line) => `    ${line.trim()}`);
}

function sourceOf(path) {
  return relative(join(ROOT, "build", "out"), path).replace(/\.js$/, ".ts");
}

/** What failed in a vitest JSON report: for each failure its name, then the beginning of the error. */
export function failedTests(report, { skipped = false } = {}) {
  const broken = new Set(brokenFiles(report));
  return report.testResults.flatMap((file) => {
    const source = sourceOf(file.name);
    if (broken.has(file)) return [[`FAILED  ${source}`, ...beginning(file.message || OUTSIDE_TESTS)]];
    return file.assertionResults.flatMap((test) => {
      const name = [source, ...test.ancestorTitles, test.title].join(" > ");
      if (test.status === "failed") return [[`FAILED  ${name}`, ...beginning(test.failureMessages[0])]];
      return skipped && test.status !== "passed" ? [[`SKIPPED ${name}`]] : [];
    });
  });
}

/** Lines of all failures within a length: each whole while there is room, then names alone, then their number. */
export function tellFailures(failures, max = TOLD_MAX) {
  const lines = [];
  let room = max;
  const take = (more) => {
    const cut = more.map((line) => line.slice(0, LINE_MAX));
    const length = cut.reduce((sum, line) => sum + line.length + 1, 0);
    if (length > room) return false;
    room -= length;
    lines.push(...cut);
    return true;
  };
  const untold = failures.filter((failure) => !take(failure) && !take(failure.slice(0, 1)));
  return untold.length === 0 ? lines : [...lines, `... and ${untold.length} more`];
}

function main() {
  const tests = readReport(TEST_REPORT);
  const gates = readReport(GATE_REPORT);
  const broken = process.argv.slice(2);
  const checked = readReport(CHECK_REPORT)?.failed ?? [];
  const checkTests = readReport(CHECK_TEST_REPORT);
  const failures = [
    ...broken.map((label) => [`BROKEN  ${label}`]),
    ...checked.map(({ label, output }) => [`CHECK   ${label}`, ...output.map((line) => `    ${line}`)]),
    ...(tests === undefined ? [] : failedTests(tests, { skipped: true })),
    ...(checkTests === undefined ? [] : failedTests(checkTests)),
    ...(gates?.missed ?? []).map((text) => [`MISSED  ${text}`]),
  ];
  const tested = tests === undefined ? { passed: 0, failed: 0, skipped: 0 } : tallyTests(tests);
  const total = {
    passed: tested.passed + (gates?.passed ?? 0),
    failed: tested.failed + tested.skipped + (gates?.failed ?? 0) + broken.length,
  };
  for (const line of tellFailures(failures)) console.log(line);
  console.log(closingLine(total));
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
