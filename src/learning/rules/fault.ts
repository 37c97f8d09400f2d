// What is wrong with a rule text: where, what was found there, what is allowed, and what was probably meant.
import type { Diagnostic } from "../../sandbox/sandbox.ts";
import { nearest } from "../../domain/nearest.ts";
import type { Place } from "./syntax.ts";

/** Thrown inside the reading of a text and caught at its door, so that a depth of calls can end at once. */
export class RuleError extends Error {
  readonly fault: Diagnostic;

  constructor(at: Place, message: string, hint: string | null = null) {
    super(message);
    this.fault = faultAt(at, message, hint);
  }
}

export function faultAt({ line, column }: Place, message: string, hint: string | null = null): Diagnostic {
  return { message, line, column, hint };
}

/** `did you mean ...?`, where a known name is near enough. */
export function meant(found: string, known: readonly string[]): string | null {
  const close = nearest(found.slice(0, WORD_SHOWN), known);
  return close === null ? null : `did you mean ${close}?`;
}

/** As words are shown in messages. */
export function quoted(text: string): string {
  return `"${text.length > WORD_SHOWN ? `${text.slice(0, WORD_SHOWN)}…` : text}"`;
}
const WORD_SHOWN = 40;
