// `npm test`: compiles, installs the system packages that tests need, runs all tests against the compiled artefact and
// closes with one line. A file or a part of its path narrows the run: `npm test -- test/unit/architecture.test.ts`.
// A skipped test counts as a failure in a full run: what cannot run here must say so, not vanish.
import { rmSync } from "node:fs";
import { run } from "./run.mjs";
import { closingLine, readReport, tallyTests, TEST_REPORT } from "./tally.mjs";

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
if (given.length === 0 && tally.skipped > 0) {
  console.error(`${tally.skipped} tests were skipped; in a full run that is a failure`);
  tally.failed += tally.skipped;
}
// An error outside any test (an unhandled rejection) fails the run, but stands in no test's result.
if (code !== 0 && tally.failed === 0) tally.failed = 1;
console.log(closingLine(tally));
process.exitCode = tally.failed > 0 ? 1 : 0;
