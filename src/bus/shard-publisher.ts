// Says a shard's signals to everybody: into the shard's stream and on its sharded channel, in one script that refuses who
// is not the owner any more and passes over what was said before (scripts/say-signals-3.ts). On a connection of its own.
import type { ShardSeat } from "../domain/seat.ts";
import type { Log } from "../telemetry/log.ts";
import { shardKeys } from "./keys.ts";
import type { RedisAddress } from "./redis-address.ts";
import { RedisLink } from "./redis-link.ts";
import { SAY_SIGNALS } from "./scripts/say-signals-3.ts";

export interface SaidSignal {
  /** `<sequence of the causing event>-<ordinal within it>`. */
  readonly id: string;
  readonly data: string;
}

/** Entries of a shard's stream of signals, about. */
export const SIGNALS_KEPT = 100_000;

export class ShardPublisher {
  private readonly seat: ShardSeat;
  private readonly log: Log;
  private readonly link: RedisLink;
  private refusal = "";

  constructor(seat: ShardSeat, address: RedisAddress, log: Log) {
    this.seat = seat;
    this.log = log;
    const events = { onUp: () => undefined, onDown: () => undefined };
    this.link = new RedisLink("shard-signals", address, log, events, "parts");
  }

  /** The newest id of all that was ever said, also when nothing is given; null: Redis is away, or refuses. */
  async say(signals: readonly SaidSignal[]): Promise<string | null> {
    if (!this.link.up) return null;
    const { lease, signals: stream, channel } = shardKeys(this.seat.shard);
    const values = signals.flatMap(({ id, data }) => [id, data]);
    try {
      const { text, keys } = SAY_SIGNALS;
      const said = await this.link.redis.eval(
        text,
        keys,
        lease,
        stream,
        channel,
        this.seat.token,
        SIGNALS_KEPT,
        ...values,
      );
      if (said === "free") this.refused("the lease has ended and is nobody's");
      else if (said === "lost") this.seat.onLost(`somebody else holds the lease of shard ${this.seat.shard}`);
      else {
        this.refusal = "";
        return String(said);
      }
    } catch (error) {
      this.refused(error instanceof Error ? error.message : String(error));
    }
    return null;
  }

  close(): Promise<void> {
    return this.link.close();
  }

  private refused(reason: string): void {
    if (this.link.up && reason !== this.refusal) this.log.warn("signals cannot be said to the cluster", { reason });
    this.refusal = reason;
  }
}
