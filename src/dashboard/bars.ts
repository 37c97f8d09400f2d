// Bars of one symbol as a chart shows them: what the engine has kept, and each second over the socket what is new.
import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "./answer.ts";
import { type Bar, type Interval, merged, SHOWN } from "./bar-merge.ts";
import { onLive } from "./engine.ts";
import type { BarUpdate, LiveClient } from "../client/client.ts";

/** Between two answers seconds come over the socket; none is missed for longer than this. */
const EVERY_MS = 20_000;
const SECONDS_KEPT = 120;

export function useBars(
  symbol: string,
  interval: Interval,
): { readonly bars: readonly Bar[]; readonly known: boolean; readonly why: string | null } {
  const request = { params: { symbol }, query: { interval, limit: SHOWN } };
  const { value, why } = useAnswer("listBars", request, { everyMs: EVERY_MS });
  const [seconds, keep] = useState<readonly BarUpdate[]>([]);
  useEffect(() => {
    keep([]);
    return followed(symbol, (bar) =>
      keep((before) => [...before.filter(({ timestamp }) => timestamp !== bar.timestamp), bar].slice(-SECONDS_KEPT)),
    );
  }, [symbol]);
  const answered = value !== null && value.symbol === symbol.toUpperCase() && value.interval === interval;
  return { bars: merged(answered ? value.bars : [], seconds, interval), known: answered, why };
}

/** Over every connection from now on, until what is returned is called. */
function followed(symbol: string, take: (bar: BarUpdate) => void): () => void {
  let leave = (): void => undefined;
  const forget = onLive((live: LiveClient) => {
    leave();
    const subscription = live.subscribe("bars", {
      filter: { symbols: [symbol.toUpperCase()] },
      onItem: (item) => {
        if (item.kind === "update") take(item.data);
      },
    });
    leave = () => subscription.close();
  });
  return () => {
    forget();
    leave();
  };
}
