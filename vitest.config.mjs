// Tests run against the compiled artefact: build/out holds what ships, and node itself loads it. vitest only finds the
// test files. Unit, property and golden tests share the cores; integration tests start servers and processes of their
// own and would take each other's time, so they run one file at a time, after the others.
import { defineConfig } from "vitest/config";

const folder = (name) => `build/out/test/${name}/**/*.test.js`;
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
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: [folder("integration")],
          // Every answer that a test fetches is compared with its declaration.
          setupFiles: ["build/out/test/support/contract/watch.js"],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
