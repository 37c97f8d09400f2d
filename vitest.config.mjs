// Tests run against the compiled artefact: build/out holds what ships, and node itself loads it. vitest only finds the
// test files. Unit, property and golden tests share the cores, then integration tests do; those that judge by the clock
// run one file at a time, after the others.
import { lstatSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./build/longest-first.mjs";
import { propertySeed } from "./build/property-seed.mjs";

const folder = (name) => `build/out/test/${name}/**/*.test.js`;
/**
 * Integration tests that want the machine, and a process, for themselves: three judge milliseconds, and one the share of a
 * processor that executions get by the clock.
 */
const ALONE = "bus-faults hostile-sockets live-scale manage/budget"
  .split(" ")
  .map((name) => `build/out/test/integration/${name}.test.js`);
/**
 * The other files share a few processes: a file leaves nothing behind, and modules are loaded once, which is half
 * of what many a file costs. Not where node_modules is a link: node 20 comes to know a package by both of its paths.
 */
const packages = lstatSync(new URL("node_modules", import.meta.url), { throwIfNoEntry: false });
const isolate = packages?.isSymbolicLink() ?? false;
const SEED = "build/out/test/support/property-seed.js";
/** Every answer that an integration test fetches is compared with its declaration. */
const setupFiles = [SEED, "build/out/test/support/run-threads.js", "build/out/test/support/contract/watch.js"];
// From node's own coverage of forked processes: NODE_V8_COVERAGE=folder npm test.
const execArgv = ["--enable-source-maps"];

export default defineConfig({
  test: {
    pool: "forks",
    execArgv,
    env: { PROPERTY_SEED: propertySeed() },
    server: { deps: { external: [/\/build\/out\/(src|assembly|bench|test\/support)\//] } },
    // For what hangs, not for what is slow: the machine may be busy with other work.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 20_000,
    passWithNoTests: false,
    sequence: { sequencer: LongestFirst },
    expect: { poll: { timeout: 60_000, interval: 40 } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [folder("unit"), folder("property"), folder("golden")],
          maxWorkers: "100%",
          // Files share a process: a test leaves nothing behind, and modules are loaded once. A fifth of the time less.
          isolate: false,
          setupFiles: [SEED],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          isolate,
          include: [folder("integration")],
          exclude: ALONE,
          setupFiles,
          // One more than there are cores: with as many, a tenth to a quarter of the processors' time was left, while they
          // waited for engines to start, states to come and leases to end.
          maxWorkers: availableParallelism() + 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: ALONE,
          setupFiles,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
