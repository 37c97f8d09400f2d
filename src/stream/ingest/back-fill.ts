// Reads a symbol's history once, when the symbol is first seen, and lets it into the stream as FLAG_HISTORY events: they
// fill windows and give no signals. What cannot be read is ignored and counted; nothing waits for it.
import * as layout from "../../../assembly/layout.ts";
import type { Ingest } from "./intake.ts";
import { historyTicks } from "./history-frame.ts";

export interface BackFillOptions {
  readonly ingest: Ingest;
  /** The value under a key; null when there is none. */
  readonly read: (symbol: string) => Promise<Uint8Array | null>;
}

export const HISTORY_BYTES_MAX = 16 * 1024 * 1024;
/** Rows handed over at once; between them the event loop goes on and consumers drain. */
const ROWS_AT_ONCE = 1_000;

export class BackFill {
  private readonly options: BackFillOptions;
  private readonly asked = new Set<string>();
  private queue: Promise<void> = Promise.resolve();

  constructor(options: BackFillOptions) {
    this.options = options;
  }

  /** Asks for the history of a symbol, once in its life; safe to call while ingest is at work. Never rejects. */
  request(symbol: string): void {
    if (this.asked.has(symbol)) return;
    this.asked.add(symbol);
    this.queue = this.queue.then(() => this.fill(symbol)).catch(() => this.corrupt());
  }

  /** Resolves when everything that was asked for is in. */
  settled(): Promise<void> {
    return this.queue;
  }

  private async fill(symbol: string): Promise<void> {
    const bytes = await this.options.read(symbol);
    if (bytes === null) return;
    const { ingest } = this.options;
    const text = bytes.length > HISTORY_BYTES_MAX ? null : new TextDecoder().decode(bytes);
    const ticks = text === null ? null : historyTicks(text, symbol, ingest.clock);
    if (ticks === null) return this.corrupt();
    for (let from = 0; from < ticks.length; from += ROWS_AT_ONCE) {
      ingest.acceptValue(ticks.slice(from, from + ROWS_AT_ONCE), "redis", "json", layout.FLAG_HISTORY);
      ingest.publish();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private corrupt(): void {
    this.options.ingest.counters.historyCorrupt += 1;
  }
}
