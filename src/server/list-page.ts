// Pages of a list to which things are only ever added, newest first: a position in it stays what it is while newer ones
// come in behind it, so the cursor is a position.
import { invalid } from "../domain/failure.ts";
import { failed, ok } from "../domain/result.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A list of which only the page that is shown is made; any array is one. */
export interface Listed<T> {
  readonly length: number;
  slice(start: number, end: number): readonly T[];
}

/** What was asked of a page. */
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

const NOT_OURS = invalid("cursor", "is not one of this list; start again without it");

export function pageOfList<T>({ limit, cursor }: PageQuery, all: Listed<T>): Result<ListPage<T>, Failure> {
  const after = cursor === undefined ? -1 : readCursor(cursor);
  if (after === null) return failed(NOT_OURS);
  const end = after < 0 ? all.length : Math.min(after, all.length);
  const start = Math.max(0, end - limit);
  return ok({ items: all.slice(start, end).toReversed(), nextCursor: start > 0 ? writeCursor(start) : null });
}

/** For lists that are asked for by position: what lies before the page that the cursor ended. */
export function readPosition({ limit, cursor }: PageQuery): Result<{ limit: number; before?: number }, Failure> {
  if (cursor === undefined) return ok({ limit });
  const before = readCursor(cursor);
  return before === null ? failed(NOT_OURS) : ok({ limit, before });
}
export function positionCursor(next: number | null): string | null {
  return next === null ? null : writeCursor(next);
}

function writeCursor(before: number): string {
  return Buffer.from(`s.${before}`).toString("base64url");
}

function readCursor(cursor: string): number | null {
  const found = /^s\.(\d{1,9})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  return found === null ? null : Number(found[1]);
}
