// `npm run check`: everything a reviewer would otherwise have to say.
//   --fast    without the unit tests: the pre-commit hook, and .ci/run, which runs all tests
// All steps run even when one fails, so that one run names every fault; a report keeps them for the end of .ci/run. Two of
// them run at a time; what needs the compiled programs waits for them.
import { rmSync, writeFileSync } from "node:fs";
import { run, runAndKeep } from "./run.mjs";
import { CHECK_REPORT, CHECK_TEST_REPORT } from "./tally.mjs";

const fast = process.argv.includes("--fast");
const FORMAT = ["--check", "--log-level", "warn"];
const REPAIR = "`npm run format` repairs it";
/** The longest first; steps of one list run one after the other. The hint says what to do when a step fails. */
const lists = [
  [step("format of src", "prettier", [...FORMAT, "src"], REPAIR)],
  [step("format of all else", "prettier", [...FORMAT, ".", "!src/**"], REPAIR)],
  [step("lint", "oxlint", ["--type-aware", "--deny-warnings"], "the rules are in .oxlintrc.json")],
  [step("dead code", "knip", ["--no-progress"], "what is used from outside belongs into knip.json")],
  [
    step("lockfile", "build/complete-lockfile.mjs", ["--check"], "`npm run lockfile` completes it"),
    step("bill of materials", "build/sbom.mjs", ["--check"], "`npm run sbom` writes it"),
    step("types", "build/compile.mjs", [], "the compiler's messages are above"),
    step("generated pages", "build/docs.mjs", ["--check"], "`npm run docs` writes them"),
  ],
];
const AT_A_TIME = 2;
const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${CHECK_TEST_REPORT}`];
const unit = step("unit tests", "vitest", ["run", "--project", "unit", ...reporters], "see above");
/** Lines of a failed step that its report keeps. */
const LINES_KEPT = 6;

/**
 * @param {string} label
 * @param {string} program
 * @param {string[]} args
 * @param {string} hint
 */
function step(label, program, args, hint) {
  return { label, program, args, hint };
}

rmSync(CHECK_TEST_REPORT, { force: true });
/** @type {{ label: string, output: string[] }[]} */
const failed = [];
const waiting = [...lists];

/** @param {{ label: string, program: string, args: string[], hint: string }} one */
async function make({ label, program, args, hint }) {
  const start = performance.now();
  const { code, lines } =
    program === "vitest" ? { code: run(program, args), lines: [] } : await runAndKeep(program, args);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`check: ${label} ${code === 0 ? "good" : "FAILED"} in ${seconds} s${code === 0 ? "" : `; ${hint}`}`);
  if (code !== 0) failed.push({ label, output: lines.slice(0, LINES_KEPT) });
}

async function lane() {
  for (let list = waiting.shift(); list !== undefined; list = waiting.shift()) for (const one of list) await make(one);
}

await Promise.all(Array.from({ length: AT_A_TIME }, lane));
if (!fast) await make(unit);
writeFileSync(CHECK_REPORT, `${JSON.stringify({ failed })}\n`);
if (failed.length > 0) console.error(`check: failed: ${failed.map(({ label }) => label).join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;
