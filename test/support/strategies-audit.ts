// `npm run strategies:audit [-- STRATEGY...]`: takes every listed rule out of its kernel, one at a time, compiles the
// core so and runs the test that must notice. A rule whose loss nobody notices is untested, and fails the audit.
// Works in folders of its own (build/audit-N, beside build/out), so nothing that others build or run is touched.
import { execFile } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { STRATEGIES } from "../../src/domain/strategies.ts";
import { wordsOf } from "./words.ts";
import type { AuditedRule } from "./audit/rule.ts";

/** The compiler's own types would change those of the language (Array.at), so it is taken without them. */
interface Compiler {
  readonly main: (
    args: readonly string[],
    host: {
      readonly readFile: (name: string, base: string | null) => string | null;
      readonly writeFile: (name: string, contents: Uint8Array | string) => void;
      readonly listFiles: () => readonly string[];
    },
  ) => Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}
const COMPILER: string = "assemblyscript/asc";
const { main: compileCore } = (await import(COMPILER)) as Compiler;

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const RULES = new URL("./audit/", import.meta.url);
const LANES = 2;
const RULES_LEAST = 3;
const TEST_MS = 120_000;

interface Verdict {
  readonly rule: AuditedRule;
  /** What is wrong, or null when the test noticed. */
  readonly fault: string | null;
}

async function listed(): Promise<readonly AuditedRule[]> {
  const files = readdirSync(RULES).filter((name) => name.endsWith(".js") && name !== "rule.js");
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, RULES).href) as Promise<Readonly<Record<string, readonly AuditedRule[]>>>),
  );
  return modules.flatMap((module) => Object.values(module).flat());
}

/** The core with the rule taken out; a message when it does not compile. */
async function compile(rule: AuditedRule, wasm: string): Promise<string | null> {
  const source = readFileSync(join(ROOT, rule.file), "utf8");
  const places = source.split(rule.find).length - 1;
  if (places !== 1) return `the text to take out stands ${places} times in ${rule.file}`;
  const mutated = source.replace(rule.find, () => rule.replace);
  const written: Uint8Array[] = [];
  const { error, stderr } = await compileCore(["--config", "asconfig.json", "--target", "debug"], {
    readFile: (name, base) => {
      if (name === rule.file) return mutated;
      const path = join(ROOT, base ?? ".", name);
      return existsSync(path) ? readFileSync(path, "utf8") : null;
    },
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) written.push(Buffer.from(contents as Uint8Array));
    },
    listFiles: () => [],
  });
  const bytes = written[0];
  if (error !== null || !bytes) return `does not compile without it: ${stderr.toString().slice(0, 300)}`;
  writeFileSync(wasm, bytes);
  return null;
}

/** Passed and failed tests of one run of vitest over a folder, by name pattern. */
function runTest(folder: string, rule: AuditedRule): Promise<{ readonly passed: number; readonly failed: number }> {
  const file = join(folder, rule.test.replace(/\.ts$/, ".js"));
  const report = join(folder, "audit-report.json");
  rmSync(report, { force: true });
  const name = rule.name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const args = ["run", "--config", join(folder, "vitest.config.mjs"), file, "-t", name];
  const output = ["--reporter=json", `--outputFile=${report}`];
  return new Promise((resolve) => {
    const vitest = join(ROOT, "node_modules/.bin/vitest");
    execFile(vitest, [...args, ...output], { cwd: ROOT, timeout: TEST_MS }, () => {
      if (!existsSync(report)) return resolve({ passed: 0, failed: 0 });
      const found = JSON.parse(readFileSync(report, "utf8")) as { numPassedTests: number; numFailedTests: number };
      return resolve({ passed: found.numPassedTests, failed: found.numFailedTests });
    });
  });
}

function openFolder(lane: number): string {
  const folder = join(ROOT, `build/audit-${lane}`);
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(ROOT, "build/out"), folder, { recursive: true });
  const config = readFileSync(join(ROOT, "vitest.config.mjs"), "utf8").replaceAll("build/out", `build/audit-${lane}`);
  writeFileSync(
    join(folder, "vitest.config.mjs"),
    config.replaceAll(String.raw`build\/out`, String.raw`build\/audit-${lane}`),
  );
  return folder;
}

async function judge(rule: AuditedRule, folder: string): Promise<Verdict> {
  const wasm = join(folder, "core.debug.wasm");
  cpSync(join(ROOT, "build/out/core.debug.wasm"), wasm);
  const before = await runTest(folder, rule);
  if (before.failed > 0) return { rule, fault: `its test fails already: ${rule.name}` };
  if (before.passed === 0) return { rule, fault: `no test is named so: ${rule.name}` };
  const broken = await compile(rule, wasm);
  if (broken !== null) return { rule, fault: broken };
  const { failed } = await runTest(folder, rule);
  return { rule, fault: failed > 0 ? null : `nothing notices its loss: ${rule.name} still passes` };
}

async function audit(rules: readonly AuditedRule[]): Promise<readonly Verdict[]> {
  const waiting = [...rules];
  const verdicts: Verdict[] = [];
  const lane = async (index: number): Promise<void> => {
    const folder = openFolder(index);
    for (let rule = waiting.shift(); rule; rule = waiting.shift()) {
      const verdict = await judge(rule, folder);
      verdicts.push(verdict);
      const place = `${verdicts.length}/${rules.length}`.padEnd(9);
      console.log(`${place}${verdict.fault === null ? "noticed" : "MISSED "}  ${rule.strategy}: ${rule.rule}`);
      if (verdict.fault !== null) console.log(`         ${verdict.fault}`);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(index)));
  return verdicts;
}

const { rest: chosen } = wordsOf({
  name: "npm run strategies:audit --",
  about: "Takes each listed rule out of its kernel, and fails when no test notices.",
  options: {},
  rest: { value: "STRATEGY", about: "all when none is named", names: STRATEGIES.map(({ name }) => name) },
});
const all = await listed();
const rules = all.filter(({ strategy }) => chosen.length === 0 || chosen.includes(strategy));
const thin = STRATEGIES.filter(
  ({ name, built }) =>
    built &&
    (chosen.length === 0 || chosen.includes(name)) &&
    all.filter(({ strategy }) => strategy === name).length < RULES_LEAST,
);
for (const { name } of thin) console.log(`MISSED   ${name}: lists fewer than ${RULES_LEAST} rules`);
const verdicts = await audit(rules);
const missed = verdicts.filter(({ fault }) => fault !== null).length + thin.length;
console.log(`${verdicts.length - (missed - thin.length)} rules noticed, ${missed} missed`);
process.exitCode = missed > 0 || verdicts.length === 0 ? 1 : 0;
