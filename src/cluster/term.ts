// For how long a shard is this node's: its lease by the node's own monotonic clock, from before it asked. A lease that was
// not renewed for its life is over, and so is the shard, with one exception. When nobody answers for the lease although
// other parts of Redis do, the master of a Redis Cluster that has it is away: nobody else can take the lease there, and the
// replica that takes the master's place finds it ended. Then the shard waits: its process is kept, its requests are not
// served (what they would change might be lost to another owner), its input, which lies with the lease, does not come. It
// goes on when the lease is had again, which Redis gives only to the last owner and only if nobody was owner since (ADR 58).
//
//   ours --no renewal for a life--> over
//      \--the same, unanswered, Redis speaks elsewhere--> waiting --had again--> ours
//                                                             \--another one's, silence, too long--> over
import type { Lease, LeaseStore } from "../bus/bus.ts";
import type { Log } from "../telemetry/log.ts";
import type { SharedFolder } from "./shared-folder.ts";

export interface TermParts {
  readonly store: Pick<LeaseStore, "renew" | "resume" | "heardAt">;
  readonly folder: Pick<SharedFolder, "newestEpoch">;
  readonly leaseMs: number;
  readonly log: Log;
}

export type TermState = "ours" | "waiting" | "over";

/** What no replica has taken over by then waits for somebody who mends Redis; nobody has to keep memory for that. */
export const WAIT_MS_MAX = 60_000;
/** Whoever is refused asks again. */
const AGAIN_MS = 100;

export class Term {
  private readonly lease: Lease;
  private readonly parts: TermParts;
  /** Monotonic ms at which the newest renewal that was heard of was sent, so never later than Redis counted it. */
  private renewedAt: number;
  private asking = false;
  /** When the first renewal was sent that nobody has answered, while none since was answered; null: all were. */
  private silentSince: number | null = null;
  private askedAt = 0;
  private waitsSince: number | null = null;
  private again: NodeJS.Timeout | undefined;

  constructor(lease: Lease, askedAt: number, parts: TermParts) {
    this.lease = lease;
    this.renewedAt = askedAt;
    this.parts = parts;
  }

  /** Its master may be away; the node goes on asking. */
  get inDoubt(): boolean {
    return this.silentSince !== null;
  }

  at(now: number): TermState {
    const { leaseMs, store } = this.parts;
    const lapsedMs = now - this.renewedAt - leaseMs;
    if (lapsedMs <= 0) return "ours";
    const { silentSince } = this;
    const elsewhere = silentSince !== null && store.heardAt > silentSince && now - store.heardAt <= leaseMs;
    return elsewhere && lapsedMs <= WAIT_MS_MAX ? "waiting" : "over";
  }

  /** One at a time: who does not answer is not asked again meanwhile. `lost`: it is not ours any more. */
  async renew(now: number, onAgain: () => void): Promise<"renewed" | "unanswered" | "lost"> {
    if (this.asking) {
      this.silentSince ??= this.askedAt;
      return "unanswered";
    }
    this.asking = true;
    this.askedAt = now;
    try {
      return await this.ask(now, onAgain);
    } finally {
      this.asking = false;
    }
  }

  /** Says once that it waits. */
  waits(now: number): void {
    if (this.waitsSince !== null) return;
    this.waitsSince = now;
    this.parts.log.warn("shard waits: the part of Redis that has its lease does not answer");
  }

  end(): void {
    clearTimeout(this.again);
  }

  private async ask(now: number, onAgain: () => void): Promise<"renewed" | "unanswered" | "lost"> {
    const { store } = this.parts;
    // A Redis that answers after one that did not may know less: a replica that has not heard of the newest renewal.
    const asked = this.silentSince === null ? store.renew(this.lease) : store.resume(this.lease);
    const ours = await asked.catch(() => null); // away: the clock decides
    if (ours === null) {
      this.silentSince ??= now;
      clearTimeout(this.again);
      this.again = setTimeout(onAgain, AGAIN_MS).unref();
      return "unanswered";
    }
    if (!ours || !(await this.mayGoOn(now))) return "lost";
    this.renewedAt = now;
    this.silentSince = null;
    if (this.waitsSince !== null) {
      this.parts.log.info("shard goes on: its lease is had again", { waited_ms: Math.round(now - this.waitsSince) });
      this.waitsSince = null;
    }
    return "renewed";
  }

  /** While it was nobody's, there may have been an owner of whom Redis has forgotten; the folder has what that one made. */
  private async mayGoOn(now: number): Promise<boolean> {
    if (Math.max(now, performance.now()) - this.renewedAt <= this.parts.leaseMs) return true;
    const newest = await this.parts.folder.newestEpoch(this.lease.shard);
    return newest.ok && newest.value <= this.lease.epoch;
  }
}
