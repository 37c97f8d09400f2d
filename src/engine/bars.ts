// What was paid lately, as the API and the sockets tell it: bars on asking, and each second those of the symbols that
// somebody follows on the channel `bars`. Main thread.
import { US_PER_S } from "../domain/units.ts";
import type { BarUpdate } from "../domain/live-protocol.ts";
import type { BarView, Live } from "../server/server.ts";
import type { Candle, Candles } from "../stream/candles.ts";
import type { DataPlane } from "./data-plane.ts";

export interface Bars {
  readonly plane: DataPlane;
  readonly records: { readonly candles: Candles | null };
}

export function barViews({ plane, records }: Bars, symbol: string, seconds: number, limit: number) {
  const id = plane.stream.ingest.symbols.idOf(symbol);
  if (id === undefined) return null;
  return (records.candles?.last(id, seconds * US_PER_S, limit) ?? []).map(viewOf);
}

function viewOf({ start, ...prices }: Candle): BarView {
  return { timestamp: start / US_PER_S, ...prices };
}

/** Called once a second. */
export function tellBars({ plane, records }: Bars, live: Live): void {
  const { symbols } = plane.stream.ingest;
  const { wanted } = live.channels.bars;
  const names = wanted === "all" ? Array.from({ length: symbols.count }, (_, id) => symbols.nameOf(id)) : wanted;
  const news: BarUpdate[] = [];
  for (const symbol of names) {
    const id = symbols.idOf(symbol);
    if (id === undefined) continue;
    for (const bar of records.candles?.news(id) ?? []) news.push({ symbol, interval: "1s", ...viewOf(bar) });
  }
  live.channels.bars.publish(news);
}
