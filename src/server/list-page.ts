// Pages of a list, newest first. Where things are only ever added a position stays what it is while newer ones come in
// behind it, so the cursor is a position. Where things leave a list, or come into the part of it that is asked for, the
// cursor names the last one that was shown, or its rank where each has one: each of those that are there all the time is
// shown once.
import { invalid } from "../domain/failure.ts";
import { failed, ok } from "../domain/result.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A list in the order of its ranks, of which any may leave and come: an item's rank is its own, and a whole number. */
export function pageOfRanked<T>(
  { limit, cursor }: PageQuery,
  all: readonly T[],
  rankOf: (item: T) => number,
): Result<ListPage<T>, Failure> {
  const before = cursor === undefined ? Number.POSITIVE_INFINITY : readCursor(cursor);
  if (before === null) return failed(NOT_OURS);
  const end = all.findLastIndex((item) => rankOf(item) < before) + 1;
  const page = all.slice(Math.max(0, end - limit), end);
  const [oldest] = page;
  const more = end > limit && oldest !== undefined;
  return ok({ items: page.toReversed(), nextCursor: more ? writeCursor(rankOf(oldest)) : null });
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

/** Of a list: all that it has, those of them that are asked for, and the name that each bears for good. */
export interface Chosen<T> {
  readonly all: readonly T[];
  readonly shown: readonly T[];
  readonly nameOf: (item: T) => string;
}

/** For lists that change: `shown` may hold other ones at each page. */
export function pageOfChosen<T>({ limit, cursor }: PageQuery, chosen: Chosen<T>): Result<ListPage<T>, Failure> {
  const { all, shown, nameOf } = chosen;
  const last = cursor === undefined ? null : readName(cursor);
  if (cursor !== undefined && last === null) return failed(NOT_OURS);
  const wanted = new Set(shown.map(nameOf));
  const end = last === null ? all.length : placeOf(last, all, nameOf);
  const rest = all.slice(0, end).filter((item) => wanted.has(nameOf(item)));
  const page = rest.slice(-limit);
  const [oldest] = page;
  const more = rest.length > limit && oldest !== undefined;
  return ok({
    items: page.toReversed(),
    nextCursor: more ? writeName(all.lastIndexOf(oldest), nameOf(oldest)) : null,
  });
}

interface Named {
  readonly place: number;
  readonly name: string;
}

/** One that is gone left its place to those in front of it. */
function placeOf<T>({ place, name }: Named, all: readonly T[], nameOf: (item: T) => string): number {
  const found = all.findLastIndex((item) => nameOf(item) === name);
  return found < 0 ? Math.min(place, all.length) : found;
}

function writeName(place: number, name: string): string {
  return Buffer.from(`n.${place}.${name}`).toString("base64url");
}

function readName(cursor: string): Named | null {
  const found = /^n\.(\d{1,9})\.(.+)$/s.exec(Buffer.from(cursor, "base64url").toString());
  return found === null ? null : { place: Number(found[1]), name: found[2] ?? "" };
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
