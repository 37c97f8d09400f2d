// One shard while this node holds its lease: the folder is made, a process becomes its engine, serves, ends. The lease is
// given back when the process has ended, and not before: nobody else may begin while it still works.
import type { Lease, LeaseStore } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import type { Log } from "../telemetry/log.ts";
import { makeEpoch, removeOlder } from "./folders.ts";
import type { ShardChild } from "./shard-child.ts";
import type { Spares } from "./spares.ts";

export interface HoldingParts {
  readonly store: LeaseStore;
  readonly config: Config;
  readonly clusterDir: string;
  readonly shards: number;
  readonly spares: Spares;
  readonly log: Log;
}

export type HoldingState = "making" | "starting" | "ready" | "draining" | "lost" | "ended";

export class Holding {
  readonly lease: Lease;
  /** Of the process, once there is one. */
  private child: ShardChild | null = null;
  /** Monotonic ms at which the newest renewal that was heard of was sent, so never later than Redis counted it. */
  private renewedAt: number;
  private readonly takenAt: number;
  private readonly parts: HoldingParts;
  private readonly log: Log;
  private now: HoldingState = "making";

  constructor(lease: Lease, askedAt: number, parts: HoldingParts) {
    this.lease = lease;
    this.renewedAt = askedAt;
    this.takenAt = askedAt;
    this.parts = parts;
    this.log = parts.log.child({ shard: lease.shard, epoch: lease.epoch });
  }

  get state(): HoldingState {
    return this.now;
  }
  /** Of its engine; 0: it is not ready. */
  get port(): number {
    return this.now === "ready" || this.now === "draining" ? (this.child?.port ?? 0) : 0;
  }
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Resolves when the shard is no longer held: null when it ended as it was asked to, else what went wrong. */
  async run(): Promise<string | null> {
    const fault = await this.serve().catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    const lost = this.now === "lost";
    this.now = "ended";
    // A lease that was lost is another one's; one that cannot be given back now ends by itself.
    if (!lost) await this.parts.store.release(this.lease).catch(() => undefined);
    return fault;
  }

  async renew(now: number): Promise<void> {
    if (this.now === "ended" || this.now === "lost") return;
    const ours = await this.parts.store.renew(this.lease).catch(() => null); // away: the clock decides
    if (ours === null) return;
    if (!ours) return this.lose("its lease ended or is another node's");
    this.renewedAt = now;
    this.child?.renewed();
  }

  /** Without a renewal for the life of a lease, somebody else may have it. */
  expire(now: number): void {
    const { leaseMs } = this.parts.config;
    if (now - this.renewedAt > leaseMs) this.lose(`its lease could not be renewed for ${leaseMs} ms`);
  }

  drain(): void {
    if (this.now === "ended" || this.now === "lost" || this.now === "draining") return;
    this.now = "draining";
    this.child?.drain();
  }

  kill(): void {
    this.child?.kill();
  }

  private lose(reason: string): void {
    if (this.now === "ended" || this.now === "lost") return;
    this.now = "lost";
    this.log.warn("shard lost: its process is ended", { reason });
    this.child?.kill();
  }

  private async serve(): Promise<string | null> {
    const { clusterDir, config, shards, spares } = this.parts;
    const { shard, epoch, token, nodeId } = this.lease;
    const dataDir = await makeEpoch(clusterDir, shard, epoch);
    if (this.now !== "making") return this.now === "draining" ? null : "lost before it began";
    const child = spares.take();
    this.child = child;
    this.now = "starting";
    await child.loaded;
    child.onReady = () => this.ready(child);
    child.seat({ shard, shards, epoch, token, nodeId }, { ...config, dataDir });
    if ((this.now as HoldingState) === "draining") child.drain();
    if ((this.now as HoldingState) === "lost") child.kill();
    const { clean, reason } = await child.ended;
    return clean ? null : reason;
  }

  private ready(child: ShardChild): void {
    if (this.now !== "starting") return;
    this.now = "ready";
    const tookMs = Math.round(performance.now() - this.takenAt);
    this.log.info("shard served", { node: this.lease.nodeId, pid: child.pid, took_ms: tookMs });
    this.parts.spares.refill();
    const { clusterDir } = this.parts;
    removeOlder(clusterDir, this.lease.shard, this.lease.epoch).catch((error: unknown) =>
      this.log.warn("folders of earlier epochs could not be removed", { error }),
    );
  }
}
