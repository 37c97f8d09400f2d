// Hands trials of a search to the queue in Redis, for processes that take them (`strategy-engine work`), and says whether any
// are there. When the last one is gone, or Redis, what is out is taken back and answered at once, so that a search is never
// held up: who asked does it itself. Main thread only.
import type { JobLine, JobSender } from "../../bus/bus.ts";
import type { Log } from "../../telemetry/log.ts";

/** `bytes`: what was sent back; null: nobody did it, and `again` says whether somebody may later. */
export interface TrialNews {
  readonly bytes: Uint8Array | null;
  readonly again: boolean;
}

export const NOBODY: TrialNews = { bytes: null, again: true };
const FAILED: TrialNews = { bytes: null, again: false };

export class TrialSender {
  /** Sent back as done. */
  answered = 0;
  /** That came back undone. */
  returned = 0;
  private readonly sender: JobSender;
  private readonly log: Log;
  private told = "";
  /** By their ids in the queue. */
  private readonly out = new Map<string, (news: TrialNews) => void>();

  /** `onAttended`: told when it becomes otherwise whether anybody takes trials. */
  constructor(line: JobLine, log: Log, onAttended: (attended: boolean) => void) {
    this.log = log;
    this.sender = line.send("trials", {
      onAttended: (attended) => {
        onAttended(attended);
        if (!attended) this.takeBack();
      },
    });
  }

  get attended(): boolean {
    return this.sender.attended;
  }

  /** Trials that are out. */
  get size(): number {
    return this.out.size;
  }

  offer(body: Uint8Array): Promise<TrialNews> {
    if (!this.sender.attended) return Promise.resolve(NOBODY);
    return new Promise((resolve) => {
      const id = this.sender.send({
        body,
        onStart: () => undefined,
        onProgress: () => undefined,
        onEnd: (ending) => {
          if (!ending.ok) this.tell(ending.reason);
          this.end(id, ending.ok ? { bytes: ending.result, again: false } : FAILED);
        },
      });
      this.out.set(id, resolve);
    });
  }

  /** Nobody waits for what is out any more. */
  takeBack(): void {
    for (const id of this.out.keys()) {
      this.sender.cancel(id);
      this.end(id, NOBODY);
    }
  }

  async close(): Promise<void> {
    this.takeBack();
    await this.sender.close();
  }

  /** One line per change. */
  private tell(reason: string): void {
    if (reason === this.told) return;
    this.told = reason;
    this.log.warn("a trial came back undone; the engine makes it itself", { reason });
  }

  private end(id: string, news: TrialNews): void {
    const resolve = this.out.get(id);
    if (resolve === undefined) return;
    this.out.delete(id);
    if (news.bytes === null) this.returned += 1;
    else this.answered += 1;
    resolve(news);
  }
}
