// As whom a stream is read: the group of a lone engine, or that of an owner of a shard, which exists while its lease does.
// Calls reject when Redis refuses or is away.
import type { ShardSeat } from "../domain/seat.ts";
import { INPUT_STREAM, SHARD_GROUPS_BEGIN, shardGroup, shardKeys, STREAM_GROUP } from "./keys.ts";
import type { RedisCommands } from "./redis-client.ts";
import { ACKNOWLEDGE_SHARD } from "./scripts/acknowledge-shard-3.ts";
import { JOIN_SHARD } from "./scripts/join-shard-2.ts";
import { idsOf, lastDeliveredOf } from "./stream-reply.ts";

export interface StreamGroup {
  readonly key: string;
  readonly name: string;
  /**
   * Reading goes on behind `id`; null: nobody knows behind what. `anew`: that id was just given, and what the group has
   * handed out before means nothing any more. The answer: as which id reading begins, and whether what was handed out
   * and not acknowledged comes first.
   */
  join(redis: RedisCommands, id: string | null, anew: boolean): Promise<Joined>;
  acknowledge(redis: RedisCommands, ids: readonly string[]): Promise<void>;
  /** Whether a group of this name is one as whom the same stream was read, now or by an owner of before. */
  isOurs(name: string): boolean;
}

export interface Joined {
  readonly behind: string | null;
  readonly pendingFirst: boolean;
}

const PENDING_COUNT = 1_000;

export class LoneGroup implements StreamGroup {
  readonly key = INPUT_STREAM;
  readonly name = STREAM_GROUP;

  /** A new group begins with what the stream holds. */
  async join(redis: RedisCommands, id: string | null, anew: boolean): Promise<Joined> {
    const made = await redis.xgroup("CREATE", this.key, this.name, id ?? "0", "MKSTREAM").then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error;
        return false; // it is there already
      },
    );
    if (made) return { behind: id, pendingFirst: false };
    if (id === null) {
      const delivered = lastDeliveredOf(await redis.xinfo("GROUPS", this.key), this.name);
      return { behind: delivered === "0-0" ? null : delivered, pendingFirst: true };
    }
    await redis.xgroup("SETID", this.key, this.name, id);
    if (anew) await this.forgetPending(redis);
    return { behind: id, pendingFirst: false };
  }

  isOurs(name: string): boolean {
    return name === this.name;
  }

  async acknowledge(redis: RedisCommands, ids: readonly string[]): Promise<void> {
    await redis.xack(this.key, this.name, ...ids);
  }

  /** What was handed out up to the position is done with, and what came behind it is read anew. */
  private async forgetPending(redis: RedisCommands): Promise<void> {
    for (;;) {
      const ids = idsOf(await redis.xpending(this.key, this.name, "-", "+", PENDING_COUNT));
      if (ids.length > 0) await redis.xack(this.key, this.name, ...ids);
      if (ids.length < PENDING_COUNT) return;
    }
  }
}

export class ShardGroup implements StreamGroup {
  readonly key: string;
  readonly name: string;
  private readonly seat: ShardSeat;

  constructor(seat: ShardSeat) {
    this.seat = seat;
    this.key = shardKeys(seat.shard).input;
    this.name = shardGroup(seat.epoch);
  }

  async join(redis: RedisCommands, id: string | null): Promise<Joined> {
    const { lease, input } = shardKeys(this.seat.shard);
    const values = [this.seat.token, this.name, SHARD_GROUPS_BEGIN, id ?? "0"];
    this.heed(await redis.eval(JOIN_SHARD.text, JOIN_SHARD.keys, lease, input, ...values));
    return { behind: id, pendingFirst: false };
  }

  isOurs(name: string): boolean {
    return name.startsWith(SHARD_GROUPS_BEGIN);
  }

  async acknowledge(redis: RedisCommands, ids: readonly string[]): Promise<void> {
    const { lease, input, position } = shardKeys(this.seat.shard);
    const { text, keys } = ACKNOWLEDGE_SHARD;
    this.heed(await redis.eval(text, keys, lease, input, position, this.seat.token, this.name, ...ids));
  }

  private heed(answer: unknown): void {
    // Nobody's: the node asks for it again, or ends this process; nothing was read or acknowledged meanwhile.
    if (answer === "free") throw new Error("the lease has ended and is nobody's");
    if (answer !== "lost") return;
    this.seat.onLost(`somebody else holds the lease of shard ${this.seat.shard}`);
    throw new Error("the lease is lost");
  }
}
