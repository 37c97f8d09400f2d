// Query strings -> values. Every fault is collected, so that one answer names them all; unknown names are ignored, and of
// a repeated name the first counts.
import type { FieldIssue } from "../domain/failure.ts";

export const PAGE_DEFAULT = 50;
export const PAGE_MAX = 500;
const CURSOR_MAX = 256;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?$/;

export class QueryReader {
  readonly issues: FieldIssue[] = [];
  private readonly query: URLSearchParams;

  constructor(query: URLSearchParams) {
    this.query = query;
  }

  /** The values read and no fault, or nothing but faults. */
  get fault(): readonly [FieldIssue, ...FieldIssue[]] | null {
    const [first, ...rest] = this.issues;
    return first === undefined ? null : [first, ...rest];
  }

  text(name: string, lengthMax = 128): string | undefined {
    const value = this.query.get(name);
    if (value === null || value === "") return undefined;
    if (value.length <= lengthMax) return value;
    return this.complain(name, `must have at most ${lengthMax} characters`);
  }

  number(name: string, min: number, max: number): number | undefined {
    const value = this.query.get(name);
    if (value === null) return undefined;
    const number = NUMBER.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    return this.complain(name, `must be a number ${bounds(min, max)}`);
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.query.get(name);
    if (value === null) return undefined;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    return this.complain(name, `must be an integer ${bounds(min, max)}`);
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const value = this.query.get(name);
    if (value === null) return undefined;
    const found = allowed.find((item) => item === value);
    return found ?? this.complain(name, `must be one of ${allowed.join(", ")}`);
  }

  /** Like oneOf, for names that may be written in several ways. */
  named<T extends string>(name: string, canonical: (value: string) => T | null, allowed: readonly T[]): T | undefined {
    const value = this.query.get(name);
    if (value === null) return undefined;
    return canonical(value) ?? this.complain(name, `must be one of ${allowed.join(", ")}`);
  }

  page(): { readonly limit: number; readonly cursor?: string } {
    const limit = this.integer("limit", 1, PAGE_MAX) ?? PAGE_DEFAULT;
    const cursor = this.text("cursor", CURSOR_MAX);
    return cursor === undefined ? { limit } : { limit, cursor };
  }

  private complain(field: string, issue: string): undefined {
    this.issues.push({ field, issue });
    return undefined;
  }
}

function bounds(min: number, max: number): string {
  return max === Infinity ? `>= ${min}` : `from ${min} to ${max}`;
}
