// A bus and what it tells, for tests that take its Redis away.
import type { Bus } from "../../src/bus/bus.ts";
import { Mailbox } from "./mailbox.ts";
import { ownTime } from "./own-time.ts";

/** Writes to Redis in a round of slowestCallMs(). */
export const WRITES_EACH = 4;

export class WatchedBus {
  readonly bus: Bus;
  readonly status = new Mailbox<boolean>();
  readonly messages = new Mailbox<string>();

  constructor(bus: Bus) {
    this.bus = bus;
    bus.onStatus(this.status.put);
    bus.subscribe("ticks", (bytes) => this.messages.put(Buffer.from(bytes).toString()));
  }

  async reaches(connected: boolean): Promise<void> {
    while (this.bus.connected() !== connected) await this.status.atLeast(this.status.received.length + 1);
  }

  /** Calls everything that the data plane calls and says how long the slowest call took. */
  slowestCallMs(rounds: number): number {
    let slowest = 0;
    for (let n = 0; n < rounds; n += 1) {
      for (const call of [
        () => this.bus.publish("strategy.signal", { n }),
        () => this.bus.publishText("strategy.signal", `{"n":${n}}`),
        () => this.bus.publishRaw("ticks", Buffer.from(`${n}`)),
        () => this.bus.setKey(`strategy_engine:momentum:BTCUSD:${n}`, "{}", 60),
        () => void this.bus.connected(),
        () => void this.bus.counters(),
      ]) {
        const took = ownTime();
        call();
        slowest = Math.max(slowest, took());
      }
    }
    return slowest;
  }
}
