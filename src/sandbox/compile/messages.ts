// Between the engine and the compiler's process.
import type { Told } from "./artefact.ts";
import type { Source } from "./compiler.ts";
import type { Diagnostic } from "./diagnostics.ts";

export interface CompileRequest {
  readonly id: number;
  readonly source: Source;
  readonly memoryBytes: number;
}
/** It is compiled: what stands at the top of the author's file is run now. */
interface CompileBegins {
  readonly begins: number;
}
export interface CompileAnswer {
  readonly id: number;
  /** The module with its counter as base64, and what it says of itself. */
  readonly made: (Told & { readonly wasm: string }) | null;
  readonly diagnostics: readonly Diagnostic[];
}
export type FromCompiler = { readonly ready: true } | CompileBegins | CompileAnswer;
