// Tests run against the compiled artefact: build/out holds what ships, and node itself loads it. vitest only finds the
// test files. Unit, property and golden tests share the cores, then those of commands and files do; what remains of the
// integration tests starts servers and watches the clock, so these run one file at a time, after the others.
import { defineConfig } from "vitest/config";

const folder = (name) => `build/out/test/${name}/**/*.test.js`;
/** Integration tests that no busy machine disturbs. */
const PATIENT = [
  ...["history", "research"].map((name) => folder(`integration/${name}`)),
  ...["*cli", "sandbox-program", "sandbox-own-tests", "parity", "replay", "import-journal"].map(
    (name) => `build/out/test/integration/${name}.test.js`,
  ),
];
/** Every answer that an integration test fetches is compared with its declaration. */
const setupFiles = ["build/out/test/support/contract/watch.js"];
// From node's own coverage of forked processes: NODE_V8_COVERAGE=folder npm test.
const execArgv = ["--enable-source-maps"];

export default defineConfig({
  test: {
    pool: "forks",
    execArgv,
    server: { deps: { external: [/\/build\/out\/(src|assembly|bench|test\/support)\//] } },
    // For what hangs, not for what is slow: the machine may be busy with other work.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [folder("unit"), folder("property"), folder("golden")],
          maxWorkers: "100%",
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "patient",
          include: PATIENT,
          setupFiles,
          maxWorkers: "100%",
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: [folder("integration")],
          exclude: PATIENT,
          setupFiles,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
