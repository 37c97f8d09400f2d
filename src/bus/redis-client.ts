// What a supervised connection stands on: a client of the library that keeps nothing for later and lets nothing wait,
// told what to do by redis-link.ts and telling what happens to it. Here the client of one server: the one that is named,
// the one that Sentinels name, or, to hear messages, one node of a Redis Cluster (which passes messages on to all its
// nodes), another one at each attempt. cluster-client.ts is the client of a whole Cluster. Main thread only.
import { type Cluster, Redis } from "ioredis";
import { type OnMessage, readAhead } from "./message-reader.ts";
import type { ClusterAddress, ServerAddress } from "./redis-address.ts";
import { DirectLane, type OnSettled, type WriteLane } from "./write-lane.ts";

/** What both kinds of client understand. */
export type RedisCommands = Redis | Cluster;

export interface ClientEvents {
  onAttempt(): void;
  onReady(): void;
  onTrouble(error: Error): void;
  /** An attempt has failed, or what was ready is lost. */
  onClose(): void;
  onShardMessage(channel: Buffer, bytes: Buffer): void;
  /** Of the channels that somebody subscribed to; a client of a whole Cluster has none. */
  readonly onMessage: OnMessage | null;
  /** How long to wait before attempt number `attempt`, which counts from 1 since the last success. */
  delayMs(attempt: number): number;
}

export interface SupervisedClient {
  /** Not to be kept: another one may follow it. */
  readonly redis: RedisCommands;
  /** From the first packet to a connection that is ready. */
  readonly attemptMs: number;
  /** Bytes that the server has sent on this connection; always 0 where they would not say that all of it is in order. */
  readonly heardBytes: number;
  /** Done when everything that this client stands on has answered, and is fit to be used. */
  ping(): Promise<unknown>;
  /** For writes that are only counted; those of one lane arrive in the order of the calls. */
  lane(onSettled: OnSettled): WriteLane;
  /** Ends what stands, at once; the next attempt follows after the wait. */
  break(): void;
  /** Ends for good; `onEnd` follows when that is done. */
  end(onEnd: () => void): void;
}

/** What no client here does: keep commands for later, send them twice, subscribe by itself (the bus does, it counts). */
export const NOTHING_WAITS = {
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0, // what was under way when the connection broke is rejected at once
} as const;

const ATTEMPT_MS = 2_000;
export const CLOSE_MS = 500;
const SENTINEL_ANSWER_MS = 1_000;

export function connectionName(name: string): string {
  return `strategy-engine-${name}`;
}

export class ServerClient implements SupervisedClient {
  readonly redis: Redis;
  readonly attemptMs: number;
  private readonly inCluster: boolean;

  constructor(name: string, address: ServerAddress | ClusterAddress, events: ClientEvents) {
    const nodes = "nodes" in address ? address.nodes : [];
    this.inCluster = nodes.length > 0;
    const asked = "nodes" in address ? 0 : (address.sentinels?.length ?? 0);
    this.attemptMs = ATTEMPT_MS + asked * (ATTEMPT_MS + SENTINEL_ANSWER_MS); // each Sentinel may be the one that hangs
    let turn = Math.floor(Math.random() * nodes.length);
    const options = {
      ...("nodes" in address ? { username: address.username, password: address.password, tls: address.tls } : address),
      ...nodes[turn],
    };
    this.redis = new Redis({
      ...options,
      ...NOTHING_WAITS,
      connectionName: connectionName(name),
      connectTimeout: ATTEMPT_MS,
      disconnectTimeout: CLOSE_MS,
      enableOfflineQueue: false,
      sentinelCommandTimeout: SENTINEL_ANSWER_MS,
      // Once all of them were asked, by this attempt or by earlier ones, it begins again with the first.
      sentinelRetryStrategy: (round) => (round === 1 ? 0 : events.delayMs(round)),
      retryStrategy: (attempt) => {
        turn = (turn + 1) % Math.max(nodes.length, 1);
        Object.assign(this.redis.options, nodes[turn]);
        return events.delayMs(attempt);
      },
    });
    const { onMessage } = events;
    if (onMessage !== null) this.redis.on("connect", () => readAhead(this.redis.stream, onMessage));
    this.redis.on("connecting", () => events.onAttempt());
    this.redis.on("ready", () => this.whenFit(events));
    this.redis.on("error", (error: Error) => events.onTrouble(error));
    this.redis.on("close", () => events.onClose());
    this.redis.on("smessageBuffer", (channel: Buffer, bytes: Buffer) => events.onShardMessage(channel, bytes));
  }

  get heardBytes(): number {
    return this.inCluster ? 0 : (this.redis.stream?.bytesRead ?? 0);
  }

  ping(): Promise<unknown> {
    return this.inCluster ? clusterStands(this.redis) : this.redis.ping();
  }

  lane(onSettled: OnSettled): WriteLane {
    return new DirectLane(this.redis, onSettled);
  }

  break(): void {
    this.redis.stream?.destroy(); // there is none yet while Sentinels are asked
  }

  end(onEnd: () => void): void {
    this.redis.once("end", onEnd);
    this.redis.disconnect();
    this.break();
  }

  /** A node that has lost its Cluster hears no messages of the others. */
  private whenFit(events: ClientEvents): void {
    if (!this.inCluster) {
      events.onReady();
      return;
    }
    this.ping().then(
      () => events.onReady(),
      (error: unknown) => {
        events.onTrouble(error instanceof Error ? error : new Error(String(error)));
        this.break();
      },
    );
  }
}

/** Done when this node takes part in a Cluster that works. */
export async function clusterStands(node: Redis): Promise<void> {
  const info = await node.cluster("INFO");
  const state = /cluster_state:(\w+)/.exec(info)?.[1] ?? "unknown";
  const { host, port } = node.options;
  if (state !== "ok") throw new Error(`the Redis Cluster is not in order, says ${host}:${port} (state ${state})`);
}
