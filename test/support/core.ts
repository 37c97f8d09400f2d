// The core alone, for calling its functions directly: a small memory of its own, release or debug build, and an arena
// of f64 in it for columns, results and scratch.
import * as layout from "../../assembly/layout.ts";
import { instantiateCore, loadCore, type CoreBuild, type CoreExports } from "../../src/stream/kernels/core.ts";
import { SCRATCH_BYTES } from "../../src/stream/rings/memory-plan.ts";
import { createPlane, type Plane } from "../../src/stream/rings/plane.ts";

export const BUILDS: readonly CoreBuild[] = ["release", "debug"];

/** Hands out f64 columns of `bytes` of memory from `base`. */
export class Arena {
  readonly f: Float64Array;
  private readonly base: number;
  private readonly bytes: number;
  private used = 0;

  constructor(memory: WebAssembly.Memory, base: number, bytes: number) {
    this.f = new Float64Array(memory.buffer);
    this.base = base;
    this.bytes = bytes;
  }

  /** Address of `count` f64, 16-byte aligned, all NaN: what reads scratch before it has written it shows. */
  take(count: number): number {
    const address = this.base + this.used * 8;
    this.used += count + (count & 1);
    if (this.used * 8 > this.bytes)
      throw new Error(`the arena holds ${this.bytes} bytes, ${this.used * 8} were asked for`);
    this.f.fill(Number.NaN, address / 8, address / 8 + count);
    return address;
  }

  put(values: ArrayLike<number>): number {
    const address = this.take(values.length);
    this.f.set(values, address / 8);
    return address;
  }

  read(address: number, count: number): number[] {
    return [...this.f.subarray(address / 8, address / 8 + count)];
  }

  at(address: number): number {
    return this.f[address / 8] ?? Number.NaN;
  }

  reset(): void {
    this.used = 0;
  }
}

export interface TestCore {
  readonly core: CoreExports;
  readonly arena: Arena;
  readonly plane: Plane;
}

export function openCore(build: CoreBuild, maxSymbols = 64): TestCore {
  const plane = createPlane({ maxSymbols, maxInstances: 64, workers: 1 });
  const core = instantiateCore(loadCore(build).module, plane.memory);
  core.attach(0);
  core.resetGlobals();
  // The decoder's scratch region: nothing else uses it here.
  const base = plane.plan.bases[layout.PLAN_SCRATCH] ?? 0;
  return { core, arena: new Arena(plane.memory, base, SCRATCH_BYTES), plane };
}
