// What other programs keep in Redis of the symbols that a run names, for runs that no imported history is there for. Asked
// for once, all at the same time, and given up after the second that the bus waits; a bus that is away is not asked at all.
import { type Bus, marketHistoryKey } from "../../bus/bus.ts";
import type { HistoryFrame } from "../../history/history.ts";

const SYMBOLS_MAX = 16;
const CHARACTERS_MAX = 64 * 1024 * 1024;

export type ReadFrames = (symbols: readonly string[]) => Promise<readonly HistoryFrame[]>;

/** Nothing where the frames of all of them are more than a thread should be handed. */
export function framesFrom(bus: Bus): ReadFrames {
  return async (symbols) => {
    if (!bus.connected() || symbols.length > SYMBOLS_MAX) return [];
    const values = await Promise.all(symbols.map((symbol) => bus.getKey(marketHistoryKey(symbol))));
    const frames = symbols.flatMap((symbol, place): readonly HistoryFrame[] => {
      const bytes = values[place] ?? null;
      return bytes === null ? [] : [{ symbol, json: new TextDecoder().decode(bytes) }];
    });
    return frames.reduce((sum, { json }) => sum + json.length, 0) > CHARACTERS_MAX ? [] : frames;
  };
}
