// Between the engine and the compiler's process.
import type { Source } from "./compiler.ts";
import type { Diagnostic } from "./diagnostics.ts";

export interface CompileRequest {
  readonly id: number;
  readonly source: Source;
  readonly memoryBytes: number;
}
export interface CompileAnswer {
  readonly id: number;
  /** Base64. */
  readonly module: string | null;
  readonly diagnostics: readonly Diagnostic[];
}
