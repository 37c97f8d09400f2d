// How the engine is, asked for once for the whole page: the head asks, everybody shows it.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ResponseOf } from "../client/client.ts";
import { useAnswer, type Shown } from "./answer.ts";

type Health = Shown<ResponseOf<"getHealth">>;

export const health = signal<Health>({ value: null, why: null, settled: false, again: () => undefined });

const EVERY_MS = 3_000;

/** For the head alone, which is there on every page. */
export function useHealth(): Health {
  const shown = useAnswer("getHealth", {}, { everyMs: EVERY_MS });
  useEffect(() => {
    health.value = shown;
  }, [shown.value, shown.why]);
  return shown;
}
