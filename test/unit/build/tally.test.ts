import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
interface Counter {
  tallyTests(report: unknown): Tally;
  closingLine(tally: Tally): string;
}
const { tallyTests, closingLine } = (await import(`${ROOT}build/tally.mjs`)) as Counter;

const COUNTS = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };

it("counts what the report counts", () => {
  const report = { ...COUNTS, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1, testResults: [] };
  expect(tallyTests(report)).toEqual({ passed: 7, failed: 2, skipped: 2 });
});

it("a file that could not be loaded is a failure, although it holds no test", () => {
  const testResults = [
    { status: "failed", assertionResults: [] },
    { status: "failed", assertionResults: [{}] },
    { status: "passed", assertionResults: [] },
  ];
  expect(tallyTests({ ...COUNTS, testResults }).failed).toBe(1);
});

it("closes with one line that a program can read", () => {
  expect(closingLine({ passed: 7, failed: 0, skipped: 3 })).toBe("7 passed, 0 failed");
});
