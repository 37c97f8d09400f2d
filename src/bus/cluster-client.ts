// The client of a whole Redis Cluster. It is ready when every master that holds slots answers and calls the Cluster
// sound, and it is one: with any of those masters the whole client is lost and made anew, from the nodes of the address,
// so that nobody has to ask which part of it stands. Anew means another object of the library: what that remembers of a
// Cluster before a fail-over (slots, subscribers) has kept it from the one behind. A write under way to a slot that moves
// follows it; nothing else is tried again. Main thread only.
import { Cluster, type Redis } from "ioredis";
import type { ClusterAddress } from "./redis-address.ts";
import {
  type ClientEvents,
  CLOSE_MS,
  clusterStands,
  connectionName,
  NOTHING_WAITS,
  type SupervisedClient,
} from "./redis-client.ts";

const CONNECT_MS = 2_000;
/** Of one node, for the map of slots. */
const MAP_MS = 1_000;
const REDIRECTIONS_MAX = 4;

export class ClusterClient implements SupervisedClient {
  readonly attemptMs: number;
  /** One master that speaks says nothing of the others. */
  readonly heardBytes = 0;
  private readonly name: string;
  private readonly address: ClusterAddress;
  private readonly events: ClientEvents;
  private current: Cluster;
  private standing = true;
  private ended = false;
  private attempts = 0;
  private next: NodeJS.Timeout | undefined;
  private corked: readonly Redis[] = [];
  private messenger: Redis | null = null;

  constructor(name: string, address: ClusterAddress, events: ClientEvents) {
    this.name = name;
    this.address = address;
    this.events = events;
    this.attemptMs = CONNECT_MS + address.nodes.length * MAP_MS;
    this.current = this.open();
  }

  get redis(): Cluster {
    return this.current;
  }

  /** Never rejects: what does not answer, or is not sound, ends the client. */
  async ping(): Promise<void> {
    await this.check(this.current);
  }

  async publish(channel: string, body: string | Buffer): Promise<unknown> {
    // Any node passes messages on to all; in order they arrive only by way of one.
    if (this.messenger?.status !== "ready") {
      this.messenger = this.redis.nodes("master").find((node) => node.status === "ready") ?? null;
    }
    if (this.messenger === null) throw new Error("no master of the Redis Cluster can be reached");
    return this.messenger.publish(channel, body);
  }

  cork(): void {
    this.corked = this.redis.nodes("master").filter((node) => node.status === "ready");
    for (const { stream } of this.corked) stream.cork();
  }

  uncork(): void {
    for (const { stream } of this.corked) stream.uncork();
    this.corked = [];
  }

  break(): void {
    if (!this.standing) return; // the next one comes
    this.standing = false;
    this.discard();
    this.events.onClose();
    if (this.ended) return;
    this.attempts += 1;
    this.next = setTimeout(() => {
      this.standing = true;
      this.current = this.open();
      this.events.onAttempt();
    }, this.events.delayMs(this.attempts));
  }

  end(onEnd: () => void): void {
    this.ended = true;
    clearTimeout(this.next);
    this.break();
    onEnd();
  }

  private open(): Cluster {
    const { nodes, username, password, tls } = this.address;
    const client = new Cluster(
      nodes.map((place) => ({ ...place })),
      {
        redisOptions: {
          ...NOTHING_WAITS,
          username,
          password,
          tls,
          connectionName: connectionName(this.name),
          connectTimeout: CONNECT_MS,
          disconnectTimeout: CLOSE_MS,
        },
        enableOfflineQueue: false,
        shardedSubscribers: true, // a connection to a master, once somebody subscribes to a sharded channel of it
        dnsLookup: (host, done) => done(null, host), // by the socket itself: the name is what a certificate is held against
        slotsRefreshTimeout: MAP_MS,
        maxRedirections: REDIRECTIONS_MAX,
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
        clusterRetryStrategy: () => null,
      },
    );
    const tell = (error: Error & { readonly lastNodeError?: Error }): void => {
      if (client === this.current) this.events.onTrouble(error.lastNodeError ?? error);
    };
    client.on("error", tell);
    client.on("node error", tell);
    client.on("ready", () => void this.greet(client));
    client.on("-node", (node: Redis) => this.without(client, node));
    client.on("close", () => client === this.current && this.break());
    client.on("smessageBuffer", (channel: Buffer, bytes: Buffer) => this.events.onShardMessage(channel, bytes));
    return client;
  }

  private async greet(client: Cluster): Promise<void> {
    if (!(await this.check(client))) return;
    this.attempts = 0;
    this.events.onReady();
  }

  /** False where the client is not, or no longer, the one in use and fit for it. */
  private async check(client: Cluster): Promise<boolean> {
    try {
      await Promise.all(client.nodes("master").map(clusterStands));
    } catch (error) {
      this.lose(client, error instanceof Error ? error : new Error(String(error)));
    }
    return client === this.current && this.standing;
  }

  /** A node has left: the map has changed, or its connection broke. */
  private without(client: Cluster, node: Redis): void {
    const key = `${node.options.host}:${node.options.port}`;
    if (client.slots.some((keys) => keys[0] === key)) this.lose(client, new Error(`master ${key} is lost`));
  }

  private lose(client: Cluster, error: Error): void {
    if (client !== this.current || !this.standing) return;
    this.events.onTrouble(error);
    this.break();
  }

  /** At once, also where a node would not answer a farewell. */
  private discard(): void {
    const nodes = this.current.nodes();
    this.current.disconnect();
    for (const node of nodes) node.stream?.destroy();
  }
}
