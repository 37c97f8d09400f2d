// A dataset that is read while somebody watches: how much of the time that was asked for has passed.
import type { Dataset, History, Span } from "../../history/history.ts";
import type { Progress } from "../text.ts";

/** The same history, whose reading moves the bar; `clear` is up to who made it. */
export function watched(history: History, progress: Pick<Progress, "share">): History {
  return {
    list: () => history.list(),
    find: (symbol, kind, intervalMs) => history.find(symbol, kind, intervalMs),
    *read(dataset: Dataset, span: Span = {}) {
      const from = Math.max(dataset.from, span.from ?? -Infinity);
      const length = Math.max(1, Math.min(dataset.to, span.to ?? Infinity) - from);
      for (const block of history.read(dataset, span)) {
        progress.share(Math.min(1, Math.max(0, ((block.time[0] ?? from) - from) / length)), dataset.id);
        yield block;
      }
    },
  };
}
