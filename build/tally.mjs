// Counts what passed and what failed, from the reports that the test runner and the gates wrote themselves.
//   node build/tally.mjs [K]    prints `N passed, N failed` over both reports, plus K failed steps without a report
// Exit code 1 when anything failed or when nothing ran at all.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "./run.mjs";

export const TEST_REPORT = join(ROOT, "build", "out", "test-report.json");
export const GATE_REPORT = join(ROOT, "build", "out", "gate-report.json");

/** Tests of a vitest JSON report. A file that could not be loaded has no tests: it counts as one failure. */
export function tallyTests(report) {
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

export function closingLine({ passed, failed }) {
  return `${passed} passed, ${failed} failed`;
}

function main() {
  const tests = readReport(TEST_REPORT);
  const gates = readReport(GATE_REPORT);
  const tested = tests === undefined ? { passed: 0, failed: 0, skipped: 0 } : tallyTests(tests);
  const total = {
    passed: tested.passed + (gates?.passed ?? 0),
    failed: tested.failed + tested.skipped + (gates?.failed ?? 0) + Number(process.argv[2] ?? 0),
  };
  console.log(closingLine(total));
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
