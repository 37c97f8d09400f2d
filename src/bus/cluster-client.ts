// The client of a whole Redis Cluster. It is ready when every master that holds slots answers and calls the Cluster
// sound, and it is one: with any of those masters the whole client is lost and made anew, from the nodes of the address,
// so that nobody has to ask which part of it stands. Anew means another object of the library: what that remembers of a
// Cluster before a fail-over (slots, subscribers) has kept it from the one behind. A write under way to a slot that moves
// follows it; nothing else is tried again. Main thread only.
//
// In parts it is for who asks for keys one by one, each for itself: it is ready while any master answers. A master that is
// lost, or does not answer in time, is let go alone; what is asked of its keys is refused until the map of slots, which is
// asked for again and again until a master that can be reached has every slot, names another one. Such a client listens
// to no channels.
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
import { type ByCommand, CommandLane, type OnSettled, type WriteLane } from "./write-lane.ts";

const CONNECT_MS = 2_000;
/** Of one node, for the map of slots. */
const MAP_MS = 1_000;
const REDIRECTIONS_MAX = 4;
/**
 * In parts, while a master is away. A node that hangs may be the first that is asked, and nobody else is meanwhile; what
 * is too short for a busy machine is followed by more.
 */
const MAP_AGAIN_MS = 200;
const MAP_PATIENCES_MS = [250, 500, MAP_MS] as const;
/** Of one master, in parts; then what lies in the socket of a thread that stood still itself has GRACE_MS to be read. */
const ANSWER_MS = 1_500;
const GRACE_MS = 250;

export class ClusterClient implements SupervisedClient, ByCommand {
  readonly attemptMs: number;
  /** One master that speaks says nothing of the others. */
  readonly heardBytes = 0;
  private readonly name: string;
  private readonly address: ClusterAddress;
  private readonly inParts: boolean;
  /** Masters that have not answered yet, with their answers. */
  private readonly asked = new WeakMap<Redis, Promise<void>>();
  private readonly events: ClientEvents;
  private current: Cluster;
  private standing = true;
  private ended = false;
  private attempts = 0;
  private next: NodeJS.Timeout | undefined;
  private looking: NodeJS.Timeout | null = null;
  private looks = 0;
  private corked: readonly Redis[] = [];
  private messenger: Redis | null = null;

  constructor(name: string, address: ClusterAddress, events: ClientEvents, inParts = false) {
    this.name = name;
    this.address = address;
    this.inParts = inParts;
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

  lane(onSettled: OnSettled): WriteLane {
    return new CommandLane(this, onSettled);
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
        enableReadyCheck: !this.inParts, // of any node, and in parts one that calls the Cluster broken will do
        shardedSubscribers: !this.inParts, // a connection to a master, once somebody subscribes to a sharded channel of it
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
    client.on("+node", (node: Redis) => this.with(node));
    client.on("-node", (node: Redis) => this.without(client, node));
    client.on("close", () => client === this.current && this.break());
    client.on("smessageBuffer", (channel: Buffer, bytes: Buffer) => this.events.onShardMessage(channel, bytes));
    return client;
  }

  private async greet(client: Cluster): Promise<void> {
    if (this.inParts) await Promise.allSettled(client.nodes("master").map((node) => this.answers(client, node)));
    if (!(await this.check(client))) return;
    this.attempts = 0;
    this.events.onReady();
  }

  /** False where the client is not, or no longer, the one in use and fit for it. */
  private async check(client: Cluster): Promise<boolean> {
    const masters = client.nodes("master");
    try {
      if (this.inParts) await Promise.any(masters.map((node) => this.answers(client, node)));
      else await Promise.all(masters.map(clusterStands));
    } catch (error) {
      const [cause] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
      this.lose(client, cause instanceof Error ? cause : new Error("no master of the Redis Cluster can be reached"));
    }
    return client === this.current && this.standing;
  }

  /** Rejects when the master is gone; one that only calls the Cluster broken is there. */
  private answers(client: Cluster, node: Redis): Promise<void> {
    const asked = this.asked.get(node) ?? this.ask(client, node).finally(() => this.asked.delete(node));
    this.asked.set(node, asked);
    return asked;
  }

  private async ask(client: Cluster, node: Redis): Promise<void> {
    let timer = setTimeout(() => {
      timer = setTimeout(() => node.stream?.destroy(), GRACE_MS);
    }, ANSWER_MS);
    try {
      await clusterStands(node);
    } catch (error) {
      this.lookAgain(client);
      if (node.status !== "ready") throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Who serves which slots, until all of them are served. */
  private lookAgain(client: Cluster): void {
    if (client !== this.current || !this.standing) return;
    this.look(client);
    this.looking ??= setInterval(() => {
      const masters = client.nodes("master");
      for (const node of masters) connect(node);
      const there = new Set(masters.filter(({ status }) => status === "ready").map(keyOf));
      if (mastersOf(client).every((key) => there.has(key))) this.lookNoMore();
      else this.look(client);
    }, MAP_AGAIN_MS);
  }

  private look(client: Cluster): void {
    client.options.slotsRefreshTimeout = MAP_PATIENCES_MS[this.looks++ % MAP_PATIENCES_MS.length];
    client.refreshSlotsCache();
  }

  private lookNoMore(): void {
    if (this.looking !== null) clearInterval(this.looking);
    this.looking = null;
  }

  /** What waits for a connection to a master that hangs would wait for long: it is made first, what is asked is refused. */
  private with(node: Redis): void {
    if (this.looking !== null && node.options.readOnly !== true) connect(node);
  }

  /** A node has left: the map has changed, or its connection broke. */
  private without(client: Cluster, node: Redis): void {
    const key = keyOf(node);
    if (!client.slots.some((keys) => keys[0] === key)) return;
    if (this.inParts) this.lookAgain(client);
    else this.lose(client, new Error(`master ${key} is lost`));
  }

  private lose(client: Cluster, error: Error): void {
    if (client !== this.current || !this.standing) return;
    this.events.onTrouble(error);
    this.break();
  }

  /** At once, also where a node would not answer a farewell. */
  private discard(): void {
    this.lookNoMore();
    const nodes = this.current.nodes();
    this.current.disconnect();
    for (const node of nodes) node.stream?.destroy();
  }
}

/** host:port of every master that the map of slots names. */
function mastersOf(client: Cluster): readonly string[] {
  return [...new Set(client.slots.map(([master = ""]) => master))];
}

function keyOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

/** The library itself connects to a node when something is asked of it. */
function connect(node: Redis): void {
  if (node.status === "wait") node.connect().catch(nothing);
}

function nothing(): void {}
