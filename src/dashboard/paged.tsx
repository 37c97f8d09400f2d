// A list of the API page by page: the newest page is asked for again and again like any answer, older ones by their cursor.
import { useState } from "preact/hooks";
import type { Shown } from "./answer.ts";

/** The cursors that led to the page that is shown; none: the newest page. */
export type Way = readonly string[];

export function useWay(): readonly [Way, (way: Way) => void, { readonly cursor?: string }] {
  const [way, go] = useState<Way>([]);
  const cursor = way.at(-1);
  return [way, go, cursor === undefined ? {} : { cursor }];
}

/** None of them is only told of the present question: what another filter found says nothing of this one. */
export function rowsOf<T>({ settled }: Pick<Shown<unknown>, "settled">, rows: readonly T[] | undefined) {
  return rows === undefined || (rows.length === 0 && !settled) ? null : rows;
}

interface TurnerProps {
  readonly way: Way;
  readonly go: (way: Way) => void;
  readonly answer: Pick<Shown<{ readonly next_cursor: string | null }>, "value" | "settled">;
}

export function Turner({ way, go, answer }: TurnerProps) {
  const next = answer.value?.next_cursor ?? null;
  if (way.length === 0 && next === null) return null;
  // Until the page has come that was turned to, the cursor is still that of the page before.
  const last = next === null || !answer.settled;
  return (
    <p class="moves">
      <button type="button" disabled={way.length === 0} onClick={() => go(way.slice(0, -1))}>
        Newer
      </button>
      <span class="muted">page {way.length + 1}</span>
      <button type="button" disabled={last} onClick={() => next !== null && go([...way, next])}>
        Older
      </button>
    </p>
  );
}
