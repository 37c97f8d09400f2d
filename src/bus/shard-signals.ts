// The signals of all shards, as every node hears them: live on the shards' sharded channels, and by XRANGE what was missed
// while nobody listened. Per shard each entry comes once and in order of its id, whatever happens to the connection: what
// lies behind the last id that was given is read again at each subscription, and what was heard twice is left out. While
// nothing can be heard, because one master of a Redis Cluster is away, the shards of the others are read all the same.
// While nobody is to be told, nothing is heard: a node without sockets leaves the signals of all shards where they are, in
// their streams, and reads on from there when somebody comes. Main thread only.
//
//   resting --listen--> awake (subscribed, caught up) --nobody wants it for REST_LOOKS looks--> resting
import type { Log } from "../telemetry/log.ts";
import { shardKeys } from "./keys.ts";
import type { RedisAddress } from "./redis-address.ts";
import { RedisLink } from "./redis-link.ts";
import { isBehind } from "./stream-id.ts";

export interface HeardSignal {
  readonly shard: number;
  /** `<sequence of the causing event>-<ordinal within it>`. */
  readonly id: string;
  /** The wire signal as JSON. */
  readonly data: string;
}

/** Of each shard, what a node knows when it begins. */
const FIRST = 100;
const PAGE = 1_000;
/** Heard while earlier ones are read; beyond, they are read as well. */
const WAITING_MAX = 10_000;
const AGAIN_MS = 250;
const LOOK_MS = 250;
/** A socket that comes back within this time finds everything as it was. */
const REST_LOOKS = 40;
/** Nobody waits longer for what was missed: it is then told when it comes, in its order. */
const WAKING_MS = 1_000;

/** Who is told. */
export interface SignalHearer {
  /** In the order of their shard. */
  onSignals(signals: readonly HeardSignal[]): void;
  /** Whether there is anybody to tell. */
  wanted(): boolean;
  /** More was said meanwhile than is read: what comes does not follow what was given before. */
  onHole(): void;
}

interface Ear {
  readonly shard: number;
  /** The newest that was given; null: nothing yet. */
  last: string | null;
  /** Heard while earlier ones are still read; null: nothing is being read. */
  waiting: HeardSignal[] | null;
  /** Something could not be kept or read: it is read again. */
  stale: boolean;
  /** It is being read because it cannot be heard. */
  followed: boolean;
  /** What was missed was missed because nobody wanted it. */
  rested: boolean;
}

export class ShardSignals {
  private readonly log: Log;
  private readonly hear: RedisLink;
  private readonly ask: RedisLink;
  private readonly ears: readonly Ear[];
  private readonly hearer: SignalHearer;
  /** Null: it rests. */
  private looking: NodeJS.Timeout | null = null;
  /** Looks in a row at which nobody wanted to be told. */
  private unwanted = 0;
  /** Until what was missed is given, or that takes long; null: nobody has to wait. */
  private waking: Promise<void> | null = null;
  private onAwake: () => void = () => undefined;
  private closed = false;
  private subscribed = false;
  /** Raised at each beginning: what still runs of an earlier one knows nothing of what was missed since. */
  private beginning = 0;
  /** Stretches that were read because nobody had listened. */
  repairs = 0;
  private refusal = "";

  /** It rests until `listen`. */
  constructor(shards: number, address: RedisAddress, log: Log, hearer: SignalHearer) {
    this.log = log;
    this.hearer = hearer;
    this.ears = Array.from({ length: shards }, (_, shard) => ({
      shard,
      last: null,
      waiting: null,
      stale: false,
      followed: false,
      rested: false,
    }));
    const byChannel = new Map(this.ears.map((ear) => [shardKeys(ear.shard).channel, ear]));
    this.ask = new RedisLink(
      "signals-read",
      address,
      log,
      { onUp: () => this.begin(), onDown: () => undefined },
      "parts",
    );
    this.hear = new RedisLink("signals", address, log, {
      onUp: () => this.begin(),
      onDown: () => (this.subscribed = false),
      onShardMessage: (channel, bytes) => {
        const ear = byChannel.get(channel);
        if (ear !== undefined && this.awake) this.heard(ear, Buffer.from(bytes).toString());
      },
    });
  }

  /** Everything that was said is heard, or could be. */
  get connected(): boolean {
    return this.awake ? this.caughtUp : this.hear.up && this.ask.up;
  }

  /** Somebody is about to be told. Null: at once; otherwise it resolves when what was missed is given, or takes longer. */
  listen(): Promise<void> | null {
    this.unwanted = 0;
    if (this.looking === null && !this.closed) this.wake();
    return this.waking;
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.looking !== null) clearInterval(this.looking);
    this.onAwake();
    await Promise.all([this.hear.close(), this.ask.close()]);
  }

  private get awake(): boolean {
    return this.looking !== null;
  }
  private get caughtUp(): boolean {
    return this.subscribed && this.ears.every(({ waiting, stale }) => waiting === null && !stale);
  }

  private wake(): void {
    this.looking = setInterval(() => this.look(), LOOK_MS);
    this.waking = new Promise((resolve) => {
      const late = setTimeout(() => this.onAwake(), WAKING_MS);
      this.onAwake = () => {
        clearTimeout(late);
        this.waking = null;
        resolve();
      };
    });
    this.begin();
  }

  /** What is said from here on is read when somebody wants it. */
  private rest(): void {
    if (this.looking !== null) clearInterval(this.looking);
    this.looking = null;
    this.onAwake();
    this.subscribed = false;
    this.beginning += 1;
    for (const ear of this.ears) {
      ear.rested = true;
      if (!this.hear.up) continue; // nothing stands
      this.hear.redis.sunsubscribe(shardKeys(ear.shard).channel).catch(() => undefined); // broken meanwhile: the same
    }
  }

  private look(): void {
    this.unwanted = this.hearer.wanted() ? 0 : this.unwanted + 1;
    if (this.unwanted > REST_LOOKS) this.rest();
    else this.follow();
  }

  /** Subscribes; then what came before that is read. */
  private begin(): void {
    if (!this.hear.up || !this.ask.up || !this.awake || this.closed) return;
    const beginning = ++this.beginning;
    const channels = this.ears.map(({ shard }) => shardKeys(shard).channel);
    for (const ear of this.ears) {
      ear.stale = true;
      ear.waiting ??= [];
    }
    this.subscribeAll(channels).then(
      () => {
        if (beginning !== this.beginning) return;
        this.subscribed = true;
        this.refusal = "";
        for (const ear of this.ears) void this.repair(ear, beginning);
      },
      (error: unknown) => beginning === this.beginning && this.later(error),
    );
  }

  private async subscribeAll(channels: readonly string[]): Promise<void> {
    await Promise.all(channels.map((channel) => this.hear.redis.ssubscribe(channel)));
  }

  private follow(): void {
    const over = (): boolean => this.closed || this.hear.up || !this.awake;
    if (over() || !this.ask.up) return;
    for (const ear of this.ears) {
      if (ear.followed) continue;
      ear.followed = true;
      this.readAll(ear, over)
        .catch(() => undefined) // its master is away: it is read when that is back
        .finally(() => (ear.followed = false));
    }
  }

  private heard(ear: Ear, message: string): void {
    const space = message.indexOf(" ");
    const signal = { shard: ear.shard, id: message.slice(0, space), data: message.slice(space + 1) };
    if (ear.waiting === null) this.give(ear, [signal]);
    else if (ear.waiting.length < WAITING_MAX) ear.waiting.push(signal);
    else {
      ear.waiting.length = 0;
      ear.stale = true;
    }
  }

  /** Reads on from the last one until nothing is missing, or reading has begun anew. */
  private async repair(ear: Ear, beginning: number): Promise<void> {
    const over = (): boolean => beginning !== this.beginning;
    try {
      do {
        ear.stale = false;
        const stretches = await this.readAll(ear, over);
        if (!ear.rested) this.repairs += stretches;
        if (over()) return;
      } while (ear.stale);
      const { waiting } = ear;
      ear.waiting = null;
      ear.rested = false;
      this.give(ear, waiting ?? []);
      if (this.caughtUp) this.onAwake();
    } catch (error) {
      if (over()) return;
      ear.stale = true;
      this.later(error);
    }
  }

  /** What is there and was not given yet; gives how many stretches that were, beyond the first one of all. */
  private async readAll(ear: Ear, over: () => boolean): Promise<number> {
    if (ear.last === null) await this.first(ear, over);
    return over() ? 0 : this.readOn(ear, over);
  }

  /** The latest ones: what a client sees that comes now. */
  private async first(ear: Ear, over: () => boolean): Promise<void> {
    const found = await this.ask.redis.xrevrange(shardKeys(ear.shard).signals, "+", "-", "COUNT", FIRST);
    if (over()) return;
    ear.last = "0-0";
    this.give(ear, signalsOf(ear.shard, found.toReversed()));
  }

  private async readOn(ear: Ear, over: () => boolean): Promise<number> {
    for (let stretches = 0; ; stretches++) {
      const from = `(${ear.last ?? "0-0"}`;
      const found = await this.ask.redis.xrange(shardKeys(ear.shard).signals, from, "+", "COUNT", PAGE);
      if (over()) return stretches;
      if (ear.rested && found.length === PAGE && !this.hearer.wanted()) {
        this.beginAnew();
        return stretches;
      }
      this.give(ear, signalsOf(ear.shard, found));
      if (found.length < PAGE) return stretches + (found.length > 0 ? 1 : 0);
    }
  }

  /** Nobody was told for long: as at the beginning, the latest ones will do. */
  private beginAnew(): void {
    for (const ear of this.ears) {
      ear.last = null;
      ear.waiting = [];
      ear.rested = false;
    }
    this.hearer.onHole();
    this.begin();
  }

  /** Only those behind the last one. */
  private give(ear: Ear, signals: readonly HeardSignal[]): void {
    const fresh: HeardSignal[] = [];
    for (const signal of signals) {
      if (ear.last !== null && !isBehind(signal.id, ear.last)) continue;
      ear.last = signal.id;
      fresh.push(signal);
    }
    if (fresh.length > 0) this.hearer.onSignals(fresh);
  }

  /** A connection that is gone begins anew by itself; everything else is tried again. */
  private later(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.refusal && this.hear.up) this.log.warn("signals of shards cannot be read", { reason });
    this.refusal = reason;
    setTimeout(() => this.begin(), AGAIN_MS).unref();
  }
}

function signalsOf(shard: number, entries: readonly (readonly [string, readonly string[]])[]): readonly HeardSignal[] {
  return entries.map(([id, fields]) => ({ shard, id, data: fields[fields.indexOf("data") + 1] ?? "" }));
}
