// Loads the compute core over a memory. Several instances (main's decoder, each worker) share one memory and one
// compiled module, so V8's optimised code is shared as well.
import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import * as layout from "../../../assembly/layout.ts";

/** The exports of assembly/index.ts; the generated build/out/core.d.ts is the proof, checked by a test. */
export interface CoreExports {
  heapBase(): number;
  attach(worker: number): void;
  resetGlobals(): void;
  rebuildLists(): void;
  run(timeoutMs: number): number;
  drain(limit: number): number;
  snapshotTaken(): void;
  closeBarsLanes(clock: number): number;
  closeBarsScalar(clock: number): number;
  hashWords(address: number, bytes: number, seed: bigint): bigint;
  lnScalar(x: number): number;
  lnLanes(address: number): void;
  expScalar(x: number): number;
  normalCdf(z: number): number;
  learnRowsLanes(): void;
  learnRowsScalar(): void;
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
