import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
interface Counter {
  tallyTests(report: unknown): Tally;
  closingLine(tally: Tally): string;
  failedTests(report: unknown, options?: { readonly skipped?: boolean }): string[][];
  tellFailures(failures: readonly string[][], max?: number): string[];
}
const { tallyTests, closingLine, failedTests, tellFailures } = (await import(`${ROOT}build/tally.mjs`)) as Counter;

const COUNTS = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };

it("counts what the report counts", () => {
  const report = { ...COUNTS, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1, testResults: [] };
  expect(tallyTests(report)).toEqual({ passed: 7, failed: 2, skipped: 2 });
});

it("a file that failed is a failure, although it holds no test or none that failed", () => {
  const testResults = [
    { status: "failed", assertionResults: [] },
    { status: "failed", assertionResults: [{ status: "passed" }] },
    { status: "failed", assertionResults: [{ status: "failed" }] },
    { status: "passed", assertionResults: [] },
  ];
  expect(tallyTests({ ...COUNTS, testResults }).failed).toBe(2);
});

it("closes with one line that a program can read", () => {
  expect(closingLine({ passed: 7, failed: 0, skipped: 3 })).toBe("7 passed, 0 failed");
});

describe("what failed", () => {
  const file = `${ROOT}build/out/test/unit/ring.test.js`;
  const test = (status: string, title: string, failureMessages: string[] = []): object => {
    return { status, title, ancestorTitles: ["the ring"], failureMessages };
  };

  it("is named by its source, with the beginning of the error, without colours and stack", () => {
    const message = "\u001b[31mError\u001b[39m: Hook timed out.\n\nSay how long.\n    at ring.js:1:1\n    at node:net";
    const assertionResults = [test("passed", "opens"), test("failed", "wraps", [message]), test("skipped", "syncs")];
    const report = { testResults: [{ name: file, status: "failed", assertionResults }] };
    const failure = [
      "FAILED  test/unit/ring.test.ts > the ring > wraps",
      "    Error: Hook timed out.",
      "    Say how long.",
    ];
    expect(failedTests(report)).toEqual([failure]);
    expect(failedTests(report, { skipped: true })).toEqual([
      failure,
      ["SKIPPED test/unit/ring.test.ts > the ring > syncs"],
    ]);
  });

  it("is the file itself when that is broken as a whole", () => {
    const report = { testResults: [{ name: file, status: "failed", message: "no such module", assertionResults: [] }] };
    expect(failedTests(report)).toEqual([["FAILED  test/unit/ring.test.ts", "    no such module"]]);
  });

  it("is told whole while there is room, then by name, then by number", () => {
    const failures = Array.from({ length: 9 }, (_, index) => [`FAILED  test ${index}`, "    because of something"]);
    const lines = tellFailures(failures, 100);
    expect(lines).toEqual([...failures[0]!, ...failures[1]!, "FAILED  test 2", "... and 6 more"]);
    expect(tellFailures([["x".repeat(5_000)]])[0]!.length).toBeLessThan(500);
    expect(tellFailures([])).toEqual([]);
  });
});
