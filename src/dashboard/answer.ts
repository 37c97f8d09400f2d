// An answer of the API as a page shows it: asked for when the page opens, again every few seconds while it is visible,
// and at once when something that it tells of has changed. A failure keeps the last good answer and says why. An engine
// that wants fewer requests gets them; one that wants a key is asked no more until somebody has entered one.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Signal } from "@preact/signals";
import type { OperationName, RequestOf, ResponseOf } from "../client/client.ts";
import { call, link, locked, type Answer } from "./engine.ts";
import { askAgain, type Timers } from "./pace.ts";

export interface Shown<T> {
  /** Null until the first good answer. */
  readonly value: T | null;
  /** Why there is none, or none newer. */
  readonly why: string | null;
  /** The value answers the present question, not the one before it. */
  readonly settled: boolean;
  readonly again: () => void;
}

interface Pace {
  readonly everyMs?: number;
  /** Ask again when this counts up. */
  readonly when?: Signal<number>;
  /** Do not ask while this is false. */
  readonly asked?: boolean;
}

interface Kept<T> extends Pick<Shown<T>, "value" | "why"> {
  /** The question that the value answers. */
  readonly to: string | null;
}

const EVERY_MS = 5_000;

const TIMERS: Timers = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export function useAnswer<K extends OperationName>(
  operation: K,
  request: RequestOf<K>,
  { everyMs = EVERY_MS, when, asked = true }: Pace = {},
): Shown<ResponseOf<K>> {
  const key = JSON.stringify(request);
  const [shown, show] = useState<Kept<ResponseOf<K>>>({ value: null, why: null, to: null });
  const run = useRef<() => void>(() => undefined);
  const changed = when?.value ?? 0;
  const open = link.value === "open";
  const seen = useRef({ changed, open });
  // How the engine is, it tells everybody.
  const allowed = asked && (!locked.value || operation === "getHealth");
  useEffect(() => {
    if (!allowed) return undefined;
    const loop = askAgain(
      everyMs,
      async () => {
        if (document.hidden) return 0;
        const answer = await (call as (name: K, with_: RequestOf<K>) => Promise<Answer<ResponseOf<K>>>)(
          operation,
          request,
        );
        if (!loop.over)
          show((last) => (answer.ok ? { value: answer.value, why: null, to: key } : { ...last, why: answer.why }));
        return leaveMs(answer);
      },
      TIMERS,
    );
    run.current = loop.now;
    // A hidden tab asks nothing; who comes back to it wants to see what is, not what was.
    const seenAgain = (): void => {
      if (!document.hidden) loop.now();
    };
    document.addEventListener("visibilitychange", seenAgain);
    return () => {
      document.removeEventListener("visibilitychange", seenAgain);
      run.current = () => undefined;
      loop.end();
    };
  }, [operation, key, everyMs, allowed]);
  // What changed on the socket, or a connection that is back, is looked at soon; the first look is made anyway.
  useEffect(() => {
    if (seen.current.changed === changed && seen.current.open === open) return;
    seen.current = { changed, open };
    run.current();
  }, [changed, open]);
  const { value, why, to } = shown;
  return { value, why, settled: to === key, again: () => run.current() };
}

/** For how long the engine wants not to be asked. */
function leaveMs(answer: Answer<unknown>): number {
  if (answer.ok || answer.failure.code !== "refused") return 0;
  return 1_000 * (answer.failure.retryAfter ?? 0);
}
