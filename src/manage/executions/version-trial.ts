// A new version at the execution of its strategy, as the pipeline sees it: in shadow first, then with a share, compared on
// the same events, at last alone or out. What the thread cannot answer any more, because it was lost or the execution is
// over, is answered with nothing seen: then the pipeline has no evidence, and a promotion opens the version anew. One that
// is out stays out: an execution that is opened again is opened with the version before.
import { failed, ok, type Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { DeliveryRun, Evidence, ShareOf, Switched } from "../pipeline/pipeline.ts";
import type { Entry } from "./entry.ts";
import type { Answer, Comparison, VersionOffer } from "./messages.ts";
import type { Pool } from "./pool.ts";

const NOTHING: Evidence = {
  events: 0,
  trades: { old: 0, new: 0 },
  pnl: { old: 0, new: 0 },
  faults: { old: 0, new: 0 },
  difference: { mean: 0, error: 0, n: 0 },
  lost: { old: 0, new: 0 },
  fallen: { old: 0, new: 0 },
  limits: { dailyLoss: null, drawdown: null },
};

export interface TrialWatch {
  /** Integer microseconds. */
  readonly now: () => number;
  /** With which it trades when it is promoted: they may be others by then. */
  readonly parameters: () => VersionOffer["parameters"];
  /** It is over. */
  readonly settled: () => void;
}

export class VersionTrial implements DeliveryRun {
  private readonly entry: Entry;
  private readonly pool: Pool;
  private readonly offer: VersionOffer;
  private readonly watch: TrialWatch;
  /** What traded when it began. */
  private readonly before: Omit<VersionOffer, "parameters">;
  /** As the thread told it last. */
  private seen = NOTHING;
  private look: (seen: Evidence) => void = () => undefined;

  /** `trading`: of its execution, as it is. */
  constructor(entry: Entry, trading: CompiledStrategy, pool: Pool, offer: VersionOffer, watch: TrialWatch) {
    this.entry = entry;
    this.pool = pool;
    this.offer = offer;
    this.watch = watch;
    this.before = { version: entry.record.version, program: trading };
  }

  /** False: it trades already, or nothing runs any more. The failure says why it cannot be opened beside what trades. */
  async begin(): Promise<Result<boolean, string>> {
    const answer = await this.pool.ask(this.entry.key, { kind: "contend", ...this.offer });
    if (!isGiven(answer) || !this.entry.active) return ok(false);
    if (answer.version === this.offer.version) {
      this.trades(answer.version);
      return ok(false);
    }
    if (answer.fault !== null) return failed(answer.fault);
    this.entry.onCompared = this.compared; // behind the answer no news is about an earlier contest
    return ok(true);
  }

  listen(look: (seen: Evidence) => void): void {
    this.look = look;
    look(this.seen);
  }

  async share(percent: number, by: ShareOf): Promise<void> {
    await this.pool.ask(this.entry.key, { kind: "share", percent, by });
  }

  async evidence(): Promise<Evidence> {
    const answer = await this.pool.ask(this.entry.key, { kind: "compare" });
    return answer?.comparison ?? NOTHING;
  }

  promote(): Promise<Switched> {
    const { offer, entry, pool } = this;
    const parameters = this.watch.parameters();
    const anew = parameters !== offer.parameters;
    return this.switched(() => pool.ask(entry.key, { kind: "promote", ...offer, parameters, anew }));
  }

  revert(): Promise<Switched> {
    const { before, entry, offer, pool, watch } = this;
    const to = { ...before, parameters: watch.parameters() };
    return this.switched(async () => {
      const answer = await pool.ask(entry.key, { kind: "revert", version: offer.version, to });
      if (!isGiven(answer) && entry.record.version === offer.version) this.trades(before.version);
      return answer;
    });
  }

  end(): void {
    if (this.entry.onCompared === this.compared) this.entry.onCompared = null;
    const { entry, offer, pool, watch } = this;
    void pool.ask(entry.key, { kind: "settle", version: offer.version }).then(() => watch.settled());
  }

  private readonly compared = (seen: Comparison): void => {
    this.seen = seen;
    this.look(seen);
  };

  private async switched(ask: () => Promise<Answer | null>): Promise<Switched> {
    const { entry } = this;
    const begun = this.watch.now();
    const answer = await ask();
    const ms = Math.round((this.watch.now() - begun) / 10) / 100;
    if (!isGiven(answer) || !entry.active) return { sequence: entry.sequence + 1, ms, fault: null };
    this.trades(answer.version);
    return { sequence: answer.sequence, ms, fault: answer.fault };
  }

  /** Who asks next sees it, whatever the thread has told so far. */
  private trades(version: string): void {
    const { entry, offer, before } = this;
    const known = [offer, before].find((one) => one.version === version);
    if (!entry.active || known === undefined) return; // whoever has brought a third one has told of it
    entry.record = { ...entry.record, version };
    entry.program = known.program;
  }
}

/** Not given: its thread was lost, or has no such execution (any more, or yet again). */
function isGiven(answer: Answer | null): answer is Answer {
  return answer !== null && answer.sequence >= 0;
}
