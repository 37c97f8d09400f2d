// `npm test`: compiles, installs the system packages that tests need, runs all tests against the compiled artefact and
// closes with what failed and one line. A file or a part of its path narrows the run: `npm test -- test/unit/architecture.test.ts`.
// A test that cannot run here says why and is counted as skipped; where CI is set, that is a failure.
import { rmSync } from "node:fs";
import { run } from "./run.mjs";
import { closingLine, failedTests, readReport, tallyTests, tellFailures, TEST_REPORT } from "./tally.mjs";

const given = process.argv.slice(2);
rmSync(TEST_REPORT, { force: true });

for (const step of ["build/compile.mjs", "build/system-packages.mjs"]) {
  const code = run(step);
  if (code !== 0) process.exit(code);
}

const chosen = given.map((word) => word.replace(/\.ts$/, ".js"));
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${TEST_REPORT}`];
const code = run("vitest", ["run", ...reporters, ...chosen]);

const report = readReport(TEST_REPORT);
const tally = report === undefined ? { passed: 0, failed: 1, skipped: 0 } : tallyTests(report);
const failures = report === undefined ? [["FAILED  the test runner, without a report"]] : failedTests(report);
if (given.length === 0 && tally.skipped > 0) {
  console.error(`${tally.skipped} skipped: the messages above say what they need`);
  if (process.env.CI) tally.failed += tally.skipped;
}
// An error outside any test (an unhandled rejection) fails the run, but stands in no test's result.
if (code !== 0 && tally.failed === 0) {
  tally.failed = 1;
  failures.push(["FAILED  something outside any test; the runner's messages above say what"]);
}
for (const line of tellFailures(failures)) console.log(line);
console.log(closingLine(tally));
process.exitCode = tally.failed > 0 ? 1 : 0;
