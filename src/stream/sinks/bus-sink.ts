// Approved signals leave for other processes: each one as a key that lives for a while and as a message on its topic.
// The key is written first, so that whoever hears the message finds the key. Exits are not signals of the API, and demo
// signals never leave the process. Nothing here waits: the bus drops and counts what it cannot take.
import { KEY_TTL_SECONDS_MAX, signalKey, TOPICS } from "../../bus/bus.ts";
import { signalText, wireSecond } from "../../domain/signal.ts";
import type { Bus } from "../../bus/bus.ts";
import type { Approved } from "../../domain/approved.ts";

export class BusSink {
  private readonly bus: Pick<Bus, "publishText" | "setKey">;
  private readonly ttlSeconds: number;

  constructor(bus: Pick<Bus, "publishText" | "setKey">, ttlSeconds: number) {
    if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > KEY_TTL_SECONDS_MAX) {
      throw new RangeError(`a signal's key lives 1 to ${KEY_TTL_SECONDS_MAX} seconds`);
    }
    this.bus = bus;
    this.ttlSeconds = ttlSeconds;
  }

  /** One cycle's approved signals, in order. */
  onApproved(signals: readonly Approved[]): void {
    for (const signal of signals) {
      if (signal.demo || signal.action === "exit") continue;
      const text = signalText(signal);
      this.bus.setKey(signalKey(signal.strategy, signal.symbol, wireSecond(signal)), text, this.ttlSeconds);
      this.bus.publishText(TOPICS.signal, text);
    }
  }
}
