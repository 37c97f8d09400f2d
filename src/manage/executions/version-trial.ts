// A new version at the execution of its strategy, as the pipeline sees it: in shadow first, then with a share, compared on
// the same events, at last alone or out. What the thread cannot answer any more, because it was lost or the execution is
// over, is answered with nothing seen: then the pipeline has no evidence, and a promotion opens the version anew.
import type { DeliveryRun, Evidence, ShareOf, Switched } from "../pipeline/pipeline.ts";
import type { Entry } from "./entry.ts";
import type { Answer, VersionOffer } from "./messages.ts";
import type { Pool } from "./pool.ts";

const NOTHING: Evidence = {
  events: 0,
  trades: { old: 0, new: 0 },
  pnl: { old: 0, new: 0 },
  faults: { old: 0, new: 0 },
  difference: { mean: 0, error: 0, n: 0 },
};

export class VersionTrial implements DeliveryRun {
  private readonly entry: Entry;
  private readonly pool: Pool;
  private readonly offer: VersionOffer;
  /** Integer microseconds. */
  private readonly now: () => number;
  private readonly before: Entry["program"];

  constructor(entry: Entry, pool: Pool, offer: VersionOffer, now: () => number) {
    this.entry = entry;
    this.pool = pool;
    this.offer = offer;
    this.now = now;
    this.before = entry.program;
  }

  /** False: it trades already, or cannot be opened beside the one that does. */
  async begin(): Promise<boolean> {
    const answer = await this.pool.ask(this.entry.key, { kind: "contend", ...this.offer });
    return answer !== null && answer.fault === null;
  }

  async share(percent: number, by: ShareOf): Promise<void> {
    await this.pool.ask(this.entry.key, { kind: "share", percent, by });
  }

  async evidence(): Promise<Evidence> {
    const answer = await this.pool.ask(this.entry.key, { kind: "compare" });
    return answer?.comparison ?? NOTHING;
  }

  promote(): Promise<Switched> {
    return this.switched(() => this.pool.ask(this.entry.key, { kind: "promote", ...this.offer }));
  }

  revert(): Promise<Switched> {
    return this.switched(() => this.pool.ask(this.entry.key, { kind: "revert" }));
  }

  end(): void {
    void this.pool.ask(this.entry.key, { kind: "settle" });
  }

  private async switched(ask: () => Promise<Answer | null>): Promise<Switched> {
    const { entry, offer } = this;
    const begun = this.now();
    const answer = await ask();
    const ms = Math.round((this.now() - begun) / 10) / 100;
    if (answer === null || answer.sequence < 0) return { sequence: entry.sequence + 1, ms };
    const { version, sequence } = answer;
    entry.record = { ...entry.record, version };
    entry.program = version === offer.version ? offer.program : this.before;
    return { sequence, ms };
  }
}
