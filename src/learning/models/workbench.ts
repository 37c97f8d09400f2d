// A core of one's own for columns: a small memory, one instance, and addresses handed out from it, so that training and
// inference use the functions that trade. One thread, one workbench; what is written stays until `clear`.
import { type CoreExports, instantiateCore, loadCore } from "../../stream/kernels/core.ts";

const PAGE_BYTES = 65_536;
/** What the core was compiled to ask for at least; constant tables lie in the first page. */
const PAGES_MIN = 16;
/** A gigabyte. */
const PAGES_MAX = 16_384;

export class Workbench {
  readonly core: CoreExports;
  /** SHA-256 of the core's bytes. */
  readonly coreHash: string;
  private readonly memory: WebAssembly.Memory;
  private used = PAGE_BYTES;

  constructor() {
    const { module, hash } = loadCore();
    this.memory = new WebAssembly.Memory({ initial: PAGES_MIN, maximum: PAGES_MAX, shared: true });
    this.core = instantiateCore(module, this.memory);
    this.coreHash = hash;
  }

  /** Address of `count` f64, 16-byte aligned, with whatever was there. */
  take(count: number): number {
    const address = this.used;
    this.used += (count + (count & 1)) * 8;
    const missing = Math.ceil(this.used / PAGE_BYTES) - this.memory.buffer.byteLength / PAGE_BYTES;
    if (missing > 0) this.memory.grow(missing);
    return address;
  }

  put(values: Float64Array): number {
    const address = this.take(values.length);
    this.view(address, values.length).set(values);
    return address;
  }

  putWords(values: Uint32Array): number {
    const address = this.take(Math.ceil(values.length / 2));
    new Uint32Array(this.memory.buffer, address, values.length).set(values);
    return address;
  }

  /** Columns one behind the other; the stride is that of `stride`. */
  putColumns(columns: readonly Float64Array[]): { readonly address: number; readonly stride: number } {
    const rows = columns[0]?.length ?? 0;
    const stride = (rows + (rows & 1)) * 8;
    const address = this.take((columns.length * stride) / 8);
    columns.forEach((column, index) => this.view(address + index * stride, rows).set(column));
    return { address, stride };
  }

  /** What lies there now; it does not follow a later growth of the memory. */
  view(address: number, count: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, count);
  }

  read(address: number, count: number): Float64Array {
    return this.view(address, count).slice();
  }

  clear(): void {
    this.used = PAGE_BYTES;
  }
}
