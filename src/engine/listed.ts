// A list whose views are made when a page shows them: a stream may know thousands of symbols, a page has at most 500.
import type { Listed } from "../server/server.ts";

/** `at`: the view of a place; null: there is none, and the page is one shorter. */
export function listed<T>(length: number, at: (index: number) => T | null): Listed<T> {
  return {
    length,
    slice: (start, end) =>
      Array.from({ length: Math.max(0, end - start) }, (_, index) => at(start + index)).filter((view) => view !== null),
  };
}
