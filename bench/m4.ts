// `npm run bench:m4`: what the owner of an Apple M4 runs, and pastes. Measures the fast tier, the way from tick to signal,
// decoding and backtests in less than a minute, prints the report as markdown and keeps it as build/out/m4-report.md. Runs
// everywhere; the verdict is for an M4 only. Tick to signal needs redis-server. No figure is kept in bench/baseline.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadBench } from "./discover.ts";
import { m4Report } from "./m4-report.ts";
import { thisMachine } from "./machine.ts";
import type { Result } from "./result.ts";

/** In this order: the promise first. */
const BENCHES = ["kernels/cycle", "stream/end-to-end", "stream/decode", "backtest/fast-path"];
const BASELINE = fileURLToPath(new URL("../../../bench/baseline/", import.meta.url));
const REPORT = fileURLToPath(new URL("../m4-report.md", import.meta.url));
const COMMAND_MS = 5_000;

/** What a command says; nothing where it does not exist. */
function said(command: string, ...words: readonly string[]): string {
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    return execFileSync(command, words, { encoding: "utf8", stdio, timeout: COMMAND_MS }).trim();
  } catch {
    return "";
  }
}

function facts(platform: string): Readonly<Record<string, string>> {
  const asked =
    platform === "darwin"
      ? {
          "performance cores": said("sysctl", "-n", "hw.perflevel0.physicalcpu"),
          "efficiency cores": said("sysctl", "-n", "hw.perflevel1.physicalcpu"),
          "cache line": said("sysctl", "-n", "hw.cachelinesize"),
          "L2 of a performance cluster": said("sysctl", "-n", "hw.perflevel0.l2cachesize"),
          macOS: said("sw_vers", "-productVersion"),
        }
      : { "cache line": said("getconf", "LEVEL1_DCACHE_LINESIZE"), system: release() };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ""));
}

function versions(): Readonly<Record<string, string>> {
  const { node, v8 } = process.versions;
  const redis = /v=([\d.]+)/.exec(said("redis-server", "--version"))?.[1] ?? "not installed";
  return { node: `${node}, V8 ${v8}`, redis, commit: said("git", "rev-parse", "--short", "HEAD") || "unknown" };
}

/** Fingerprints that the machines of bench/baseline have computed, by result. */
function known(): ReadonlyMap<string, string> {
  const files = existsSync(BASELINE) ? readdirSync(BASELINE).filter((name) => name.endsWith(".json")) : [];
  const results = files.flatMap((name) => {
    const { results: kept } = JSON.parse(readFileSync(join(BASELINE, name), "utf8")) as { results: readonly Result[] };
    return kept;
  });
  const told = results.flatMap(({ name, fingerprint }) =>
    fingerprint === undefined ? [] : [[name, fingerprint] as const],
  );
  return new Map(told);
}

const begin = performance.now();
const machine = thisMachine();
const results: Result[] = [];
const failures: Record<string, string> = {};
for (const name of BENCHES) {
  console.error(`measuring ${name} ...`);
  try {
    results.push(...(await (await loadBench(name)).run()));
  } catch (error) {
    failures[name] = error instanceof Error ? error.message : String(error);
  }
}
const seconds = (performance.now() - begin) / 1000;
const date = new Date().toISOString().slice(0, 10);
const details = { machine, facts: facts(machine.platform), versions: versions(), date, seconds };
const report = m4Report(details, results, failures, known());
writeFileSync(REPORT, report);
console.log(`\n${report}`);
console.error("kept in build/out/m4-report.md; paste it as it is");
process.exitCode = Object.keys(failures).length > 0 ? 1 : 0;
