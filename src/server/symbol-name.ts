// Symbols in paths and bodies: checked, in upper case.
import type { Failure } from "../domain/failure.ts";

const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$/;

/** Null when no symbol can be called so. */
export function symbolName(text: string): string | null {
  return SYMBOL.test(text) ? text.toUpperCase() : null;
}
export function unknownSymbol(text: string): Failure {
  return { code: "not_found", kind: "symbol", id: JSON.stringify(text.slice(0, 64)) };
}
