// Numbered ticks over HTTP from a few senders, whose symbols rise so that there are signals, and a look at /health now
// and then. Counts what was answered and how late.
import type { EngineProcess } from "../engine-process.ts";

const SENDERS = 3;
const TICKS = 20;
const STEP = 1e-4;
/** Steps until a symbol falls back: the price stays within a factor of two. */
const STEPS = 5_000;
const PAUSE_MS = 10;
const ANSWER_MS = 30_000;

export interface LoadFigures {
  readonly posts: number;
  /** Answered, and taken in whole. */
  readonly taken: number;
  /** By status. */
  readonly refused: Readonly<Record<string, number>>;
  /** No answer: the connection broke, or it took too long. */
  readonly unanswered: number;
  readonly slowestMs: number;
}

let next = 0;

export class Load {
  readonly acknowledged = new Set<number>();
  private readonly engine: EngineProcess;
  private readonly running: Promise<unknown>;
  private stopped = false;
  private figures = fresh();

  constructor(engine: EngineProcess) {
    this.engine = engine;
    this.running = Promise.all(Array.from({ length: SENDERS }, (_, sender) => this.send(sender)));
  }

  /** What happened since the last look. */
  look(): LoadFigures {
    const seen = this.figures;
    this.figures = fresh();
    return seen;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  /** Each post moves each of the sender's symbols by one step: from the thirteenth on there are signals. */
  private async send(sender: number): Promise<void> {
    for (let post = 0; !this.stopped; post++) {
      const numbers = Array.from({ length: TICKS }, () => ++next);
      const price = 100 * (1 + STEP) ** (post % STEPS);
      const ticks = numbers.map((volume, symbol) => {
        return { symbol: `LOAD${sender}X${symbol}USD`, price, volume, asset_type: "crypto" };
      });
      const began = performance.now();
      const answer = await this.post(JSON.stringify({ market_data: ticks }));
      const { figures } = this;
      figures.posts++;
      figures.slowestMs = Math.max(figures.slowestMs, Math.round(performance.now() - began));
      if (answer === null) figures.unanswered++;
      else if (answer.processed === TICKS) {
        figures.taken++;
        for (const number of numbers) this.acknowledged.add(number);
      } else figures.refused[answer.status] = (figures.refused[answer.status] ?? 0) + 1;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }

  private async post(body: string): Promise<{ readonly status: number; readonly processed: unknown } | null> {
    try {
      const response = await fetch(`${this.engine.url}/api/strategy_engine/process_market_data`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const answer = (await response.json()) as Record<string, unknown>;
      return { status: response.status, processed: answer["processed"] };
    } catch {
      return null;
    }
  }
}

function fresh(): { -readonly [K in keyof LoadFigures]: LoadFigures[K] } & { refused: Record<string, number> } {
  return { posts: 0, taken: 0, refused: {}, unanswered: 0, slowestMs: 0 };
}

export function told({ posts, taken, refused, unanswered, slowestMs }: LoadFigures): string {
  const statuses = Object.entries(refused).map(([status, count]) => `${count} answered ${status}`);
  const rest = [...statuses, ...(unanswered > 0 ? [`${unanswered} without an answer`] : [])];
  return `${posts} posts, ${taken} taken${rest.length > 0 ? `, ${rest.join(", ")}` : ""}, slowest ${slowestMs} ms`;
}
