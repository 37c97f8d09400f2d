// How far a stage is that lasts: kept while it does, told to the sockets, and at every quarter to the pipeline's own log.
// What a pipeline began may take a moment to end behind it: of one that has ended nothing is under way.
import type { Ledger } from "./ledger.ts";
import type { News } from "./news.ts";
import type { Progress } from "./soak.ts";

const QUARTERS = 4;

export class Headway {
  private readonly ledger: Pick<Ledger, "underway" | "say">;
  private readonly news: Pick<News, "progress">;
  private readonly underway = new Map<string, Progress>();

  constructor(ledger: Pick<Ledger, "underway" | "say">, news: Pick<News, "progress">) {
    this.ledger = ledger;
    this.news = news;
  }

  /** Null: nothing that lasts is under way. */
  of(pipelineId: string): Progress | null {
    return this.ledger.underway(pipelineId) === null ? null : (this.underway.get(pipelineId) ?? null);
  }

  /** Null: it is over. */
  note(pipelineId: string, progress: Progress | null): void {
    const last = this.underway.get(pipelineId);
    const before = last?.share ?? 0;
    const record = this.ledger.underway(pipelineId);
    if (progress === null || record === null) {
      this.underway.delete(pipelineId);
      return;
    }
    this.underway.set(pipelineId, progress);
    this.news.progress(record, progress);
    const { share, stage, events, trades, eta_s: left, queued } = progress;
    if (queued) this.ledger.say(pipelineId, stage, "info", "as many soaks run as may at once: it waits for its turn");
    else if (last?.queued === true) this.ledger.say(pipelineId, stage, "info", "its soak begins");
    if (Math.floor(share * QUARTERS) === Math.floor(before * QUARTERS)) return;
    const said = `${Math.round(100 * share)} % of the live events, ${left} s left: ${events} seen, ${trades} fills`;
    this.ledger.say(pipelineId, stage, "info", said);
  }
}
