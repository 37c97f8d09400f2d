// A Redis stream read as a member of a consumer group, on a connection of its own: the group remembers what was handed
// out and not yet acknowledged, and hands that out first after every connection, so nothing is lost while either side is
// away; what was not acknowledged comes twice. Main thread only; nobody waits for it but who reads.
import type { Log } from "../telemetry/log.ts";
import { STREAM_GROUP } from "./keys.ts";
import type { RedisAddress } from "./redis-address.ts";
import { RedisLink } from "./redis-link.ts";

export interface StreamEntry {
  readonly id: string;
  /** The field `data`; empty where the entry has none, or was removed before it was acknowledged. */
  readonly data: Uint8Array;
  readonly removed: boolean;
}

/** What a feed needs of a stream; tests and other transports may bring their own. */
export interface StreamSource {
  /** The next entries, in order; empty when none came for a moment, or Redis is away. */
  read(): Promise<readonly StreamEntry[]>;
  /** They need not be handed out again. What Redis does not hear comes once more. */
  acknowledge(ids: readonly string[]): void;
  /** What was handed out and not acknowledged comes again, from the oldest on. */
  rewind(): void;
}

const CONSUMER = "engine";
const COUNT = 256;
/** Below the time after which a connection without an answer counts as broken. */
const BLOCK_MS = 250;
const AWAY_MS = 100;

export class StreamReader implements StreamSource {
  private readonly key: string;
  private readonly log: Log;
  private readonly link: RedisLink;
  private grouped = false;
  /** Id behind which unacknowledged entries are asked for; null: only new ones are left. */
  private again: string | null = "0";
  private refusal = "";

  constructor(key: string, address: RedisAddress, log: Log) {
    this.key = key;
    this.log = log;
    const changed = (): void => {
      this.grouped = false;
      this.rewind();
    };
    this.link = new RedisLink("stream", address, log, { onUp: changed, onDown: changed });
  }

  rewind(): void {
    this.again = "0";
  }

  async read(): Promise<readonly StreamEntry[]> {
    const asked = this.again;
    try {
      if (!this.link.up) return await nothingFor(AWAY_MS);
      if (!this.grouped) await this.join();
      const entries = entriesOf(await this.ask(asked ?? ">"));
      if (asked !== null && this.again === asked) this.again = entries.at(-1)?.id ?? null;
      this.refusal = "";
      return entries;
    } catch (error) {
      this.refused(error);
      return nothingFor(AWAY_MS);
    }
  }

  acknowledge(ids: readonly string[]): void {
    if (ids.length === 0 || !this.link.up) return;
    this.link.redis.xack(this.key, STREAM_GROUP, ...ids).catch((error: unknown) => this.refused(error));
  }

  close(): Promise<void> {
    return this.link.close();
  }

  private ask(id: string): Promise<unknown> {
    const { redis } = this.link;
    const group = ["GROUP", STREAM_GROUP, CONSUMER, "COUNT", COUNT] as const;
    if (id !== ">") return redis.xreadgroupBuffer(...group, "STREAMS", this.key, id);
    return redis.xreadgroupBuffer(...group, "BLOCK", BLOCK_MS, "STREAMS", this.key, id);
  }

  /** The group begins with what the stream holds. */
  private async join(): Promise<void> {
    await this.link.redis.xgroup("CREATE", this.key, STREAM_GROUP, "0", "MKSTREAM").catch((error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith("BUSYGROUP"))) throw error; // it is there already
    });
    this.grouped = true;
  }

  /** One line per change. A group that somebody removed (FLUSHALL, DEL) is made again. */
  private refused(error: unknown): void {
    this.grouped = false;
    const reason = error instanceof Error ? error.message : String(error);
    if (!this.link.up || reason === this.refusal) return;
    this.refusal = reason;
    this.log.warn("the input stream cannot be read", { reason });
  }
}

function nothingFor(ms: number): Promise<readonly StreamEntry[]> {
  return new Promise((resolve) => setTimeout(resolve, ms, []));
}

/** [[key, [[id, [field, value, ...] | null], ...]]] or null, all of it in buffers. */
function entriesOf(reply: unknown): readonly StreamEntry[] {
  const streams = (reply ?? []) as readonly (readonly [
    Buffer,
    readonly (readonly [Buffer, readonly Buffer[] | null])[],
  ])[];
  return (streams[0]?.[1] ?? []).map(([id, fields]) => {
    const at = fields?.findIndex((field, place) => place % 2 === 0 && field.toString() === "data") ?? -1;
    const data = at < 0 ? undefined : fields?.[at + 1];
    return { id: id.toString(), data: data ?? new Uint8Array(), removed: fields === null };
  });
}
