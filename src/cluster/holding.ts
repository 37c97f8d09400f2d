// One shard while this node holds its lease (term.ts): the folder is made, a process becomes its engine, serves, ends. The
// lease is given back when the process has ended, and not before: nobody else may begin while it still works. A process that does
// not get on is ended: one that starts or stops for too long, and one that is ready but has not said for a while that it
// works. Otherwise its lease would be renewed for ever for nothing.
import { rm } from "node:fs/promises";
import type { Lease, LeaseStore } from "../bus/bus.ts";
import type { Config } from "../config.ts";
import type { Log } from "../telemetry/log.ts";
import { makeEpoch, removeBelowSource, removeOlder } from "./folders.ts";
import type { ChildEnd, ShardChild } from "./shard-child.ts";
import type { SharedFolder } from "./shared-folder.ts";
import type { Spares } from "./spares.ts";
import { Term } from "./term.ts";

export interface HoldingParts {
  readonly store: Pick<LeaseStore, "renew" | "resume" | "heardAt" | "release" | "folderOf" | "markFolder">;
  readonly config: Config;
  readonly folder: Pick<SharedFolder, "dir" | "during" | "newestEpoch">;
  readonly shards: number;
  readonly spares: Pick<Spares, "take" | "refill">;
  readonly log: Log;
}

export type HoldingState = "making" | "starting" | "ready" | "draining" | "lost" | "ended";

/** A folder is copied and a long journal computed again: that may take minutes, and a second attempt takes no less. */
export const START_MS_MAX = 10 * 60_000;
/** An engine stops in some seconds; what it had not finished is finished by the next owner, as after any kill. */
export const DRAIN_MS_MAX = 15_000;
/** A data plane that starts again by itself gets this long. */
const UNWELL_MS_MIN = 30_000;
const UNWELL_LEASES = 5;

export function unwellMsMax(leaseMs: number): number {
  return Math.max(UNWELL_MS_MIN, UNWELL_LEASES * leaseMs);
}

export class Holding {
  readonly lease: Lease;
  /** Of the process, once there is one. */
  private child: ShardChild | null = null;
  private readonly term: Term;
  private readonly takenAt: number;
  private drainedAt = Infinity;
  private readonly parts: HoldingParts;
  private readonly log: Log;
  private now: HoldingState = "making";
  private cleaning = Promise.resolve();
  /** Ends the holding while there is no process to end. */
  private giveUp: (end: ChildEnd) => void = () => undefined;
  private readonly givenUp = new Promise<ChildEnd>((resolve) => {
    this.giveUp = resolve;
  });

  constructor(lease: Lease, askedAt: number, parts: HoldingParts) {
    this.lease = lease;
    this.takenAt = askedAt;
    this.parts = parts;
    this.log = parts.log.child({ shard: lease.shard, epoch: lease.epoch });
    const { store, folder, config } = parts;
    this.term = new Term(lease, askedAt, { store, folder, leaseMs: config.leaseMs, log: this.log });
  }

  get state(): HoldingState {
    return this.now;
  }
  /** The lease has run out and nobody else can have it; it is not served. */
  get waiting(): boolean {
    return this.now !== "ended" && this.now !== "lost" && this.term.at(performance.now()) !== "ours";
  }
  /** What its engine answers is an owner's word. */
  get counts(): boolean {
    return this.now !== "lost" && !this.waiting;
  }
  /** Of its engine; 0: it is not ready, or must not be asked. */
  get port(): number {
    if (this.waiting) return 0;
    return this.now === "ready" || this.now === "draining" ? (this.child?.port ?? 0) : 0;
  }
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Resolves when the shard is no longer held, with how that came. */
  async run(): Promise<ChildEnd> {
    const served = this.serve().catch((error: unknown): ChildEnd => {
      return { how: "failed", reason: error instanceof Error ? error.message : String(error) };
    });
    const end = await Promise.race([served, this.givenUp]);
    const lost = this.now === "lost";
    this.now = "ended";
    this.term.end();
    if (lost) return { how: "lost", reason: end.reason };
    // A lease that was lost is another one's; one that cannot be given back now ends by itself.
    await this.parts.store.release(this.lease).catch(() => undefined);
    return end;
  }

  async renew(now: number): Promise<void> {
    if (this.now === "ended" || this.now === "lost") return;
    const answer = await this.term.renew(now, () => void this.renew(performance.now()));
    if (answer === "lost") this.lose("its lease ended or is another node's");
    if (answer === "renewed") this.child?.renewed();
  }

  /** Without a renewal for the life of a lease, somebody else may have it; without progress, somebody else should. */
  expire(now: number): void {
    const state = this.term.at(now);
    if (state === "over") return this.lose(`its lease could not be renewed for ${this.parts.config.leaseMs} ms`);
    if (state === "waiting") this.term.waits(now);
    if (this.term.inDoubt) this.child?.waiting();
    const fault = this.standstill(now);
    if (fault !== null) this.end({ how: "failed", reason: fault });
  }

  /** Another node says that it has the shard: it does not wait any more. */
  yield(to: string): void {
    this.lose(`${to} has it`);
  }

  drain(): void {
    if (this.now === "ended" || this.now === "lost" || this.now === "draining") return;
    this.now = "draining";
    this.drainedAt = performance.now();
    this.child?.drain();
  }

  private standstill(now: number): string | null {
    const unwellMs = unwellMsMax(this.parts.config.leaseMs);
    switch (this.now) {
      case "making":
      case "starting":
        return now - this.takenAt > START_MS_MAX ? `it did not start within ${START_MS_MAX} ms` : null;
      case "ready":
        return now - (this.child?.wellAt ?? now) > unwellMs ? `it has not worked for ${unwellMs} ms` : null;
      case "draining":
        return now - this.drainedAt > DRAIN_MS_MAX ? `it did not stop within ${DRAIN_MS_MAX} ms` : null;
      default:
        return null;
    }
  }

  private lose(reason: string): void {
    if (this.now === "ended" || this.now === "lost") return;
    this.now = "lost";
    this.log.warn("shard lost: its process is ended", { reason });
    this.end({ how: "lost", reason });
  }

  private end(end: ChildEnd): void {
    if (this.child === null) this.giveUp(end);
    else this.child.kill(end.reason);
  }

  private async serve(): Promise<ChildEnd> {
    const { config, shards, spares } = this.parts;
    const { shard, epoch, token, nodeId } = this.lease;
    const dataDir = await this.folder();
    if (this.now !== "making") return { how: "drained", reason: "it was given back before it began" };
    const child = spares.take();
    this.child = child;
    this.now = "starting";
    await child.loaded;
    child.onReady = () => this.ready(child);
    if ((this.now as HoldingState) === "starting") {
      // What is recorded for runs over history belongs to the shard, unless a folder of its own is named for it.
      const historyDir = config.historyDir === config.dataDir ? dataDir : config.historyDir;
      child.seat({ shard, shards, epoch, token, nodeId }, { ...config, dataDir, historyDir });
    }
    return child.ended;
  }

  /** Complete, and known to be so before anything is written into it. */
  private async folder(): Promise<string> {
    const { store, folder } = this.parts;
    const { shard, epoch } = this.lease;
    const known = await store.folderOf(shard);
    const dataDir = await folder.during(makeEpoch(folder.dir, shard, epoch, known));
    if (await store.markFolder(this.lease)) {
      this.clean(() => removeBelowSource(folder.dir, shard, epoch));
    } else {
      this.lose("its lease ended while its folder was made");
      // Nobody was served from it, and who has gone on meanwhile must not be followed by a copy of before (ADR 58).
      this.clean(() => rm(dataDir, { recursive: true, force: true }));
    }
    return dataDir;
  }

  /** One after the other, and nobody waits for it. */
  private clean(work: () => Promise<void>): void {
    const { folder } = this.parts;
    const cleaned = this.cleaning.then(() => folder.during(work()));
    this.cleaning = cleaned.catch((error: unknown) => {
      this.log.warn("folders of earlier epochs could not be removed", { error });
    });
  }

  private ready(child: ShardChild): void {
    if (this.now !== "starting") return;
    this.now = "ready";
    const tookMs = Math.round(performance.now() - this.takenAt);
    this.log.info("shard served", { node: this.lease.nodeId, pid: child.pid, took_ms: tookMs });
    this.parts.spares.refill();
    const { dir } = this.parts.folder;
    this.clean(() => removeOlder(dir, this.lease.shard, this.lease.epoch));
  }
}
