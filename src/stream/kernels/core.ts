// Loads the compute core over a memory. Several instances (main's decoder, each worker) share one memory and one
// compiled module, so V8's optimised code is shared as well.
import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import * as layout from "../../../assembly/layout.ts";
import type { IndicatorExports } from "./core-indicators.ts";
import type { ModelExports } from "./core-models.ts";
import type { StatisticsExports } from "./core-statistics.ts";
import type { SweepExports } from "./core-sweep.ts";

export { FIRST_NONE, SEED_MEAN } from "./core-indicators.ts";

/** The exports of assembly/index.ts; the generated build/out/core.d.ts is the proof, checked by a test. */
export interface CoreExports extends StatisticsExports, IndicatorExports, ModelExports, SweepExports {
  heapBase(): number;
  attach(worker: number): void;
  resetGlobals(): void;
  rebuildLists(): void;
  run(timeoutMs: number): number;
  drain(limit: number): number;
  snapshotTaken(): void;
  openDecoder(): void;
  decode(length: number, format: number, flags: number): number;
  resume(verdict: number): number;
  findName(table: number): number;
  foldName(address: number, length: number): number;
  forgetName(table: number, id: number): void;
  internName(table: number, assetType: number): number;
  restoreName(table: number, id: number, assetType: number): number;
  closeBarsLanes(clock: number): number;
  closeBarsScalar(clock: number): number;
  pairsBeatLanes(clock: number): void;
  pairsBeatScalar(clock: number): void;
  hashWords(address: number, bytes: number, seed: bigint): bigint;
  cycleEdge(
    bid0: number,
    ask0: number,
    direction0: number,
    bid1: number,
    ask1: number,
    direction1: number,
    bid2: number,
    ask2: number,
    direction2: number,
  ): number;
  cycleScratch(n: number): number;
  profitableCycle(rates: number, n: number, out: number, scratch: number): number;
  venueEdge(bid: number, ask: number): number;
  lnScalar(x: number): number;
  lnLanes(address: number): void;
  expScalar(x: number): number;
  normalCdf(z: number): number;
  learnRowsLanes(): void;
  learnRowsScalar(): void;
  dickeyFuller(x: number, count: number, lags: number, regression: number, scratch: number): number;
  lagsByAic(x: number, count: number, maxLag: number, regression: number, scratch: number): number;
  symmetricEigen(a: number, v: number, order: number): void;
  johansen(
    y: number,
    stride: number,
    variables: number,
    count: number,
    terms: number,
    lags: number,
    out: number,
    scratch: number,
  ): number;
  johansenScratch(variables: number, count: number, lags: number): number;
  lagsByBic(y: number, stride: number, variables: number, count: number, maxLag: number, scratch: number): number;
  maxEigenCritical(terms: number, left: number, percent: number): number;
  traceCritical(terms: number, left: number, percent: number): number;
  mackinnonCritical(percent: number, regression: number, variables: number, observations: number): number;
  mackinnonP(statistic: number, regression: number, variables: number): number;
  engleGranger(y: number, x: number, count: number, lags: number, scratch: number): number;
  fitLine(y: number, x: number, count: number, residuals: number, out: number): number;
  halfLifeContinuous(slope: number): number;
  hurst(s: number, count: number, low: number, high: number): number;
  revert(s: number, count: number, out: number): number;
  screenClock(clock: number): void;
  screenClose(): void;
  screenListed(place: number): number;
  screenRows(from: number, step: number): void;
  screenStatistic(i: number, j: number): number;
  screenTick(symbol: number, price: number, time: number, lag: number): void;
}

export type CoreBuild = "release" | "debug";

export interface CoreModule {
  readonly module: WebAssembly.Module;
  readonly hash: string;
}

export function loadCore(build: CoreBuild = "release"): CoreModule {
  const file = build === "release" ? "core.wasm" : "core.debug.wasm";
  const bytes = readFileSync(new URL(`../../../${file}`, import.meta.url));
  return { module: new WebAssembly.Module(bytes), hash: createHash("sha256").update(bytes).digest("hex") };
}

export function instantiateCore(module: WebAssembly.Module, memory: WebAssembly.Memory): CoreExports {
  const instance = new WebAssembly.Instance(module, {
    env: {
      memory,
      abort: (_message: number, _file: number, line: number, column: number): never => {
        throw new Error(`core assertion failed at line ${line}, column ${column}`);
      },
    },
  });
  const core = instance.exports as unknown as CoreExports;
  if (core.heapBase() > layout.HEADER) {
    throw new Error(`the core's constant tables end at ${core.heapBase()}, beyond ${layout.HEADER}`);
  }
  return core;
}
