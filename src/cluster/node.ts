// A node of a cluster: leases shards in Redis, runs one process for each, and gives back what others should have. Every
// quarter of a lease it says that it lives, renews what it holds and looks at all leases. It counts its leases by its own
// monotonic clock, from before it asked: what could not be renewed for the life of a lease is ended at once, whether
// Redis is away, this process stood still, or somebody else was quicker; only what a master of a Redis Cluster took with
// it waits (term.ts). What it then does about shards goes on beside that, one round at a time: a shared folder that is
// slow holds up no renewal.
import { randomBytes } from "node:crypto";
import type { Lease, LeaseStore, LivingMember, Member } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import type { Log } from "../telemetry/log.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import { decide } from "./balance.ts";
import { agree, SilentFolder } from "./identity.ts";
import { Gifts } from "./gifts.ts";
import { Holding, type HoldingParts } from "./holding.ts";
import { Setbacks } from "./setbacks.ts";
import { type Patience, SharedFolder } from "./shared-folder.ts";
import { Spares } from "./spares.ts";

export interface NodeParts {
  readonly store: LeaseStore;
  readonly config: Config;
  readonly nodeId: string;
  readonly clusterDir: string;
  readonly patience: Patience;
  /** host:port of this node's gateway, for the other nodes. */
  readonly address: string;
  readonly version: string;
  /** The program that becomes a shard's process. */
  readonly entry: string;
  readonly log: Log;
}

const TURNS_PER_LEASE = 4;
/** A node that comes, or that hears of the others again, waits so many turns before it takes anything: so do they. */
const TURNS_TO_SETTLE = 2;
/** Of a life: in a turn, a part of Redis that is silent for longer counts as away. */
const PATIENCE = 0.5;
const SPARES = 1;

export class ClusterNode {
  readonly folder: SharedFolder;
  private readonly parts: NodeParts;
  private readonly run = randomBytes(6).toString("hex");
  private readonly holdings = new Map<number, Holding>();
  private readonly ends = new Set<Promise<void>>();
  private readonly freeSince = new Map<number, number>();
  private readonly setbacks = new Setbacks();
  private readonly gifts = new Gifts();
  private readonly spares: Spares;
  private readonly timer: NodeJS.Timeout;
  private turning: Promise<void> | null = null;
  private acting: Promise<void> | null = null;
  private turns = 0;
  private stopping = false;
  /** What it saw last. */
  private seenLeases: readonly (Lease | null)[] = [];
  private seenMembers: readonly LivingMember[] = [];
  private seenAt = -Infinity;
  /** Shards whose lease could not be asked for then; what was seen of it before counts. */
  private unknown = 0;
  private trouble = "";

  private constructor(parts: NodeParts, clusterId: string) {
    this.parts = parts;
    this.folder = new SharedFolder(parts.clusterDir, clusterId, parts.patience.silentMs, parts.log);
    this.spares = new Spares(parts.entry, Math.min(SPARES, parts.config.shardsPerNodeMax));
    this.spares.refill();
    this.timer = setInterval(() => this.tick(), parts.config.leaseMs / TURNS_PER_LEASE);
  }

  /** Resolves when the cluster knows the node; a sentence when that cannot be, and then nothing of it is left. */
  static async start(parts: NodeParts): Promise<Result<ClusterNode, string>> {
    const { store, clusterDir, config, patience } = parts;
    const agreed = await agree(store, clusterDir, config.shards, patience.startMs).catch(cannotAsk);
    if (!agreed.ok) return agreed;
    const node = new ClusterNode(parts, agreed.value.id);
    const joined = await node.join().catch(cannotAsk);
    if (joined.ok) return ok(node);
    await node.stop();
    return joined;
  }

  get members(): readonly LivingMember[] {
    return this.seenMembers;
  }
  get leases(): readonly (Lease | null)[] {
    return this.seenLeases;
  }
  get isStopping(): boolean {
    return this.stopping;
  }
  /** It hears from Redis, or from some part of it. */
  get inTouch(): boolean {
    return performance.now() - this.seenAt <= this.parts.config.leaseMs;
  }
  get spareCount(): number {
    return this.spares.count;
  }
  get failures(): number {
    return this.setbacks.total;
  }

  /** By shard. */
  get held(): ReadonlyMap<number, Holding> {
    return this.holdings;
  }

  /** Hands everything over: each shard is free as soon as its process has ended. A silent folder holds up none of it. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const holding of this.holdings.values()) holding.drain();
    await this.turning;
    await this.folder.unlessSilent(this.acting); // what it takes just now is drained as well
    while (this.ends.size > 0) await Promise.all(this.ends);
    clearInterval(this.timer);
    await this.turning;
    await this.spares.close();
    await this.parts.store.leave(this.member()).catch(() => undefined); // away: others forget it by its age
  }

  private async join(): Promise<Result<null, string>> {
    const { store, config, nodeId } = this.parts;
    const until = performance.now() + 2 * config.leaseMs; // a namesake that was killed counts as living for one
    while ((await store.heartbeat(this.member())) === "taken") {
      if (performance.now() > until)
        return failed(`NODE_ID ${nodeId} is taken by another living node; give each node an id of its own`);
      await new Promise((resolve) => setTimeout(resolve, config.leaseMs / TURNS_PER_LEASE));
    }
    return ok(null);
  }

  private member(): Member {
    const { nodeId: id, address, version, config } = this.parts;
    const shards = [...this.holdings.keys()].sort((one, other) => one - other);
    const serves = [...this.holdings.values()].some(({ state }) => state === "ready");
    const failing = !serves && this.setbacks.failing(performance.now());
    const capacity = config.shardsPerNodeMax;
    const waiting = shards.filter((shard) => this.holdings.get(shard)?.waiting === true);
    return { run: this.run, id, address, version, shards, waiting, capacity, leaving: this.stopping, failing };
  }

  private tick(): void {
    const now = performance.now();
    for (const holding of this.holdings.values()) {
      holding.expire(now);
      void holding.renew(now); // each for itself: of a Redis Cluster a part may be away
    }
    this.turning ??= this.turn(now).then(
      (trouble) => this.told(trouble),
      (error: unknown) => this.told(reasonOf(error)),
    );
  }

  /** One line per change. */
  private told(trouble: string): void {
    this.turning = null;
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    if (trouble === "") this.parts.log.info("the node is in touch with its cluster");
    else if (this.inTouch)
      this.parts.log.warn("the node is out of touch with a part of its cluster", { reason: trouble });
    else this.parts.log.warn("the node is out of touch with its cluster", { reason: trouble });
  }

  /** Gives what is wrong; empty: nothing. Of a Redis Cluster the part that has the nodes, or some shards, may be away. */
  private async turn(now: number): Promise<string> {
    const { store, config } = this.parts;
    const patienceMs = PATIENCE * config.leaseMs;
    const [told, looked] = await Promise.allSettled([
      store.heartbeat(this.member(), patienceMs),
      store.look(config.shards, patienceMs),
    ]);
    if (looked.status === "rejected") throw looked.reason;
    const members = told.status === "fulfilled" ? told.value : null;
    if (members === "taken") throw new Error("another node lives by the same NODE_ID");
    const leases = looked.value;
    this.unknown = leases.filter((lease) => lease === "unknown").length;
    this.seenLeases = leases.map((lease, shard) => (lease === "unknown" ? (this.seenLeases[shard] ?? null) : lease));
    this.seenAt = performance.now();
    this.turns += 1;
    this.seenLeases.forEach((lease, shard) => {
      if (lease !== null) this.freeSince.delete(shard);
      else if (!this.freeSince.has(shard)) this.freeSince.set(shard, now);
    });
    if (members === null) {
      this.turns = 0;
      return told.status === "rejected" ? reasonOf(told.reason) : "";
    }
    this.seenMembers = members;
    this.yieldTo(members);
    if (!this.stopping && this.turns > TURNS_TO_SETTLE)
      this.acting ??= this.act(now).finally(() => (this.acting = null));
    return this.unknown === 0 ? "" : `${this.unknown} leases cannot be asked for`;
  }

  /** What waits here and another node has is that one's: its lease was to be had where this node hears nothing. */
  private yieldTo(members: readonly LivingMember[]): void {
    for (const [shard, holding] of this.holdings) {
      if (!holding.waiting) continue;
      const owner = members.find(({ id, shards, waiting = [] }) => {
        return id !== this.parts.nodeId && shards.includes(shard) && !waiting.includes(shard);
      });
      if (owner !== undefined) holding.yield(owner.id);
    }
  }

  private async act(now: number): Promise<void> {
    const { config, nodeId, log } = this.parts;
    const { take, give } = decide({
      nodeId,
      capacity: config.shardsPerNodeMax,
      leaseMs: config.leaseMs,
      leases: this.seenLeases,
      members: this.seenMembers,
      mine: [...this.holdings.keys()].sort((one, other) => one - other),
      settled:
        this.unknown === 0 && [...this.holdings.values()].every(({ state, waiting }) => state === "ready" && !waiting),
      freeMs: (shard) => now - (this.freeSince.get(shard) ?? now),
      avoided: (shard) => this.setbacks.avoided(shard, now),
      shunned: (id) => this.gifts.shuns(id, now),
    });
    await this.takeAll(take);
    if (give === null) return;
    log.info("another node has fewer shards: one is handed over", give);
    this.gifts.gave(give.shard, give.to, now);
    this.holdings.get(give.shard)?.drain();
  }

  /** The folder is asked for one shard after the other; each is taken as soon as its epochs are known. */
  private async takeAll(shards: readonly number[]): Promise<void> {
    if (shards.length === 0) return;
    const { folder, setbacks } = this;
    const ours = await folder.isOurs(shards);
    const taken: Promise<void>[] = [];
    for (const shard of shards) {
      const newest = ours.ok ? await folder.newestEpoch(shard) : ours;
      if (newest.ok) {
        taken.push(this.take(shard, newest.value));
        continue;
      }
      const told = { shard, reason: newest.failure, again_after_ms: setbacks.note(shard, performance.now()) };
      this.parts.log.error("the folder of a shard cannot be read", told);
    }
    await Promise.all(taken);
  }

  /** `known`: the newest epoch in the folder. */
  private async take(shard: number, known: number): Promise<void> {
    if (this.stopping) return;
    const { store, nodeId, address, config, log } = this.parts;
    const askedAt = performance.now();
    const lease = await store.acquire(shard, nodeId, address, known).catch(() => null); // away: the next turn tells it
    if (lease === null) return;
    this.gifts.took(shard, this.seenMembers, askedAt);
    const { folder, spares } = this;
    const parts: HoldingParts = { store, config, folder, shards: config.shards, spares, log };
    const holding = new Holding(lease, askedAt, parts);
    this.holdings.set(shard, holding);
    if (this.stopping) holding.drain();
    const end = this.keep(shard, holding).finally(() => this.ends.delete(end));
    this.ends.add(end);
  }

  private async keep(shard: number, holding: Holding): Promise<void> {
    const { how, reason } = await holding.run();
    this.holdings.delete(shard);
    const { log } = this.parts;
    const { epoch } = holding.lease;
    if (how === "drained") return log.info("shard handed over", { shard, epoch });
    // Nothing of this node is at fault when Redis was away or others were quicker: it may try again at once.
    if (how === "lost") return log.warn("shard no longer held", { shard, epoch, reason });
    const waitMs = this.setbacks.note(shard, performance.now());
    log.error("the process of a shard has ended", { shard, epoch, reason, again_after_ms: waitMs });
  }
}

function cannotAsk(error: unknown): Result<never, string> {
  if (error instanceof SilentFolder) throw error; // whoever ends the process has to know
  return failed(
    `the cluster in REDIS_URL cannot be asked: ${reasonOf(error)}; start the node again when Redis answers`,
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
