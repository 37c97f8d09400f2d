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
/** Symbols whose history is asked for before the one in front of them is in: a feed of thousands begins at once. */
const AHEAD_MAX = 8;

interface Reading {
  readonly symbol: string;
  /** Null: not begun. */
  bytes: Promise<Uint8Array | null> | null;
}

export class BackFill {
  private readonly options: BackFillOptions;
  private readonly asked = new Set<string>();
  private queue: Promise<void> = Promise.resolve();
  /** On their way, and not in yet; in the order of `queue`. */
  private readonly ahead: Reading[] = [];
  private readonly waiting: Reading[] = [];

  constructor(options: BackFillOptions) {
    this.options = options;
  }

  /** Asks for the history of a symbol, once in its life; safe to call while ingest is at work. Never rejects. */
  request(symbol: string): void {
    if (this.asked.has(symbol)) return;
    this.asked.add(symbol);
    const reading: Reading = { symbol, bytes: null };
    this.waiting.push(reading);
    this.readOn();
    this.queue = this.queue.then(() => this.enter(reading)).catch(() => this.corrupt());
  }

  /** Resolves when everything that was asked for is in. */
  settled(): Promise<void> {
    return this.queue;
  }

  /** Begins what there is room for. */
  private readOn(): void {
    while (this.ahead.length < AHEAD_MAX) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      this.ahead.push(next);
      next.bytes = this.options.read(next.symbol);
      next.bytes.catch(() => undefined); // told when its turn comes
    }
  }

  private async enter({ symbol, bytes: reading }: Reading): Promise<void> {
    try {
      await this.take(symbol, await reading);
    } finally {
      this.ahead.shift();
      this.readOn();
    }
  }

  private async take(symbol: string, bytes: Uint8Array | null): Promise<void> {
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
