// Signals of the engine's own strategies for a program that declares them. Whoever opens programs says where they come from;
// what is told of an event follows from the events before it and from it alone, so that a program is told the same wherever
// these events come from. Threads: belongs to the thread that opened the program.
import type { Result } from "../domain/result.ts";
import type { MarketEvent } from "./strategy-module.ts";

export interface SignalFeed {
  readonly bytes: number;
  /** What is told of this event (signal-words.ts), in the order of the strategies; read before the next call. The failure is a sentence. */
  take(event: MarketEvent): Result<Float64Array, string>;
  close(): void;
}

/** `symbols`: names by index, which may grow. */
export type SignalFeeds = (strategies: readonly string[], symbols: readonly string[]) => Promise<SignalFeed>;
