// A Redis stream read as a member of a consumer group, on a connection of its own. Where reading goes on is the reader's
// business and not the group's: behind the position that who takes the entries has kept, and after a broken connection
// behind the newest entry that was handed out here. Only without a position the group decides: what it has handed out
// and heard no more of comes first. A position that is ahead of everything the stream ever had is of a stream that is no
// more: Redis has lost it, and what is in its place is read from the beginning. Main thread only; nobody waits for it but who reads.
import type { Log } from "../telemetry/log.ts";
import type { RedisAddress } from "./redis-address.ts";
import type { RedisCommands } from "./redis-client.ts";
import { RedisLink } from "./redis-link.ts";
import { StreamGauge, type StreamFacts, type StreamPlace } from "./stream-gauge.ts";
import type { StreamGroup } from "./stream-group.ts";
import { isBehind } from "./stream-id.ts";
import { entriesOf, factsOf, groupsOf, type StreamEntry } from "./stream-reply.ts";

/** What a feed needs of a stream; tests and other transports may bring their own. */
export interface StreamSource {
  /** The next entries, in order; empty when none came for a moment, or Redis is away. */
  read(): Promise<readonly StreamEntry[]>;
  /** All entries up to the last of them are done with. False: Redis has not heard it, say it again. */
  acknowledge(ids: readonly string[]): Promise<boolean>;
  /** Reading goes on behind it; null: what was handed out and not acknowledged comes again. */
  goOnBehind(place: StreamPlace | null): void;
  readonly gauge: Pick<StreamGauge, "gaps" | "lag" | "replaced">;
  /** Told when another stream is in the place of the one that was read. */
  onReplaced?: (message: string) => void;
}

const CONSUMER = "engine";
const BEGINNING = "0-0";
const COUNT = 256;
/** Below the time after which a connection without an answer counts as broken. */
const BLOCK_MS = 250;
const AWAY_MS = 100;
const COMPARE_MS = 1_000;

export class StreamReader implements StreamSource {
  readonly gauge = new StreamGauge();
  onReplaced: (message: string) => void = () => undefined;
  private readonly group: StreamGroup;
  private readonly log: Log;
  private readonly link: RedisLink;
  private grouped = false;
  /** A position was given, and the group may still hold what was handed out before. */
  private placed = false;
  /** Id behind which unacknowledged entries are asked for; null: only new ones are left. */
  private again: string | null = null;
  /** The newest that the group had handed out before; reading goes on behind it when all of that has come again. */
  private delivered: string | null = null;
  private comparedAt = -Infinity;
  private refusal = "";

  constructor(group: StreamGroup, address: RedisAddress, log: Log) {
    this.group = group;
    this.log = log;
    const changed = (): void => void (this.grouped = false);
    this.link = new RedisLink("stream", address, log, { onUp: changed, onDown: changed }, "parts");
  }

  goOnBehind(place: StreamPlace | null): void {
    this.gauge.begin(place);
    this.placed = place !== null;
    this.again = null;
    this.grouped = false;
  }

  async read(): Promise<readonly StreamEntry[]> {
    try {
      if (!this.link.up) return await nothingFor(AWAY_MS);
      if (!this.grouped) await this.join(this.link.redis);
      const asked = this.again;
      if (asked === null) await this.compare();
      const entries = entriesOf(await this.ask(asked ?? ">"));
      if (asked !== null) this.cameAgain(entries.at(-1)?.id ?? null);
      this.gauge.gaps += entries.filter(({ removed }) => removed).length;
      this.refusal = "";
      return entries.map((entry) => ({ ...entry, ordinal: asked === null ? this.gauge.took(entry.id) : null }));
    } catch (error) {
      this.refused(error);
      return nothingFor(AWAY_MS);
    }
  }

  async acknowledge(ids: readonly string[]): Promise<boolean> {
    if (ids.length === 0) return true;
    if (!this.link.up) return false;
    try {
      await this.group.acknowledge(this.link.redis, ids);
      return true;
    } catch (error) {
      this.refused(error);
      return false;
    }
  }

  close(): Promise<void> {
    return this.link.close();
  }

  private ask(id: string): Promise<unknown> {
    const { redis } = this.link;
    const group = ["GROUP", this.group.name, CONSUMER, "COUNT", COUNT] as const;
    if (id !== ">") return redis.xreadgroupBuffer(...group, "STREAMS", this.group.key, id);
    return redis.xreadgroupBuffer(...group, "BLOCK", BLOCK_MS, "STREAMS", this.group.key, id);
  }

  /** While what was handed out before still comes again there is no place yet, and a new connection goes on with that. */
  private async join(redis: RedisCommands): Promise<void> {
    const stood = this.again === null ? this.gauge.newest : null;
    if (stood !== null) await this.lookFor(redis, stood);
    const id = stood === null ? null : (this.gauge.newest?.id ?? null);
    const { behind, pendingFirst } = await this.group.join(redis, id, this.placed);
    this.again = pendingFirst ? (this.again ?? "0") : null;
    this.delivered = behind;
    this.placed = false;
    this.grouped = true;
    this.comparedAt = -Infinity;
  }

  /**
   * Whether the stream is still the one that was read. An id ahead of its newest is of entries that Redis has lost: the
   * last ones (a replica that was behind has taken over, a restart from a copy), then our group is still there and all
   * that is left was read; or all of them.
   */
  private async lookFor(redis: RedisCommands, { id, ordinal }: StreamPlace): Promise<void> {
    const facts = await this.facts(redis);
    const last = facts?.last ?? BEGINNING;
    if (!isBehind(id, last)) return;
    const groups = facts === null ? [] : groupsOf(await redis.xinfo("GROUPS", this.group.key));
    const added = facts?.added ?? null;
    const more = added !== null && ordinal !== null && added > ordinal; // than were read, so they are others
    if (groups.some((name) => this.group.isOurs(name)) && !more) {
      this.log.warn("the input stream has lost its end; reading goes on behind what is left", { stood: id, last });
      return this.gauge.begin({ id: last, ordinal: added });
    }
    this.gauge.begin({ id: BEGINNING, ordinal: 0 });
    this.gauge.replaced += 1;
    const message = `the input stream is another one: reading stood at ${id}, and its newest entry is ${last}; it is read from its beginning`;
    this.log.warn(message);
    this.onReplaced(message);
  }

  /** Null: there is no stream. */
  private async facts(redis: RedisCommands): Promise<StreamFacts | null> {
    const reply = await redis.xinfo("STREAM", this.group.key).catch((error: unknown) => {
      if (error instanceof Error && error.message.includes("no such key")) return null;
      throw error;
    });
    return reply === null ? null : factsOf(reply);
  }

  /** The newest of those that were handed out before; null: there are no more. */
  private cameAgain(newest: string | null): void {
    this.again = newest;
    if (newest === null && this.delivered !== null) this.gauge.begin({ id: this.delivered, ordinal: null });
  }

  private async compare(): Promise<void> {
    const now = performance.now();
    if (now - this.comparedAt < COMPARE_MS) return;
    this.comparedAt = now;
    const facts = factsOf(await this.link.redis.xinfo("STREAM", this.group.key));
    const missed = this.gauge.compare(facts);
    if (missed > 0)
      this.log.warn("entries of the input stream were removed before they were read", { entries: missed });
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
