// The host of a thread of executions, on the test's own thread: letters go in, rows are taken, news comes out.
import * as layout from "../../../assembly/layout.ts";
import { createFeedMemory, FeedReader, FeedWriter } from "../../../src/manage/executions/feed-ring.ts";
import { Host } from "../../../src/manage/executions/host.ts";
import type { Answer, ExecutionNews, News } from "../../../src/manage/executions/messages.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import type { CompiledStrategy } from "../../../src/sandbox/sandbox.ts";
import { eventually } from "../eventually.ts";

export type HostLetter = Parameters<Host["letter"]>[0];

/** Of a program in Python. */
export function programOf(hash: string, code: string): CompiledStrategy {
  return { language: "python", codeHash: hash, hash, code, wasm: null, parameters: [], reads: [] };
}

/** Both sides are traded. */
export function termsWith(riskLimits: Readonly<Record<string, number>> = {}): ReturnType<typeof termsFor> {
  return termsFor({ parameters: { allow_short: true }, riskLimits, executionConfig: {} });
}

export class HostThread {
  readonly told: News[] = [];
  /** What its executions told with the last ticks. */
  batches: readonly ExecutionNews[] = [];
  private readonly writer: FeedWriter;
  private readonly host: Host;
  private rows = 0;

  constructor() {
    const memory = createFeedMemory();
    this.writer = new FeedWriter(memory);
    this.host = new Host(new FeedReader(memory), (news) => void this.told.push(news), false);
  }

  letter(letter: HostLetter): Promise<void> {
    return this.letters([letter]);
  }

  /** One behind the other, before what the first one asks for is done. */
  async letters(letters: readonly HostLetter[]): Promise<void> {
    for (const letter of letters) this.host.letter(letter);
    await eventually(
      () => this.host.opening,
      (count) => count === 0,
    );
  }

  /** So many ticks, at this price; sides of what was filled, and faults. */
  ticks(count: number, price = 100): { readonly sides: readonly string[]; readonly faults: readonly string[] } {
    const words = new Int32Array(16);
    const numbers = new Float64Array(words.buffer);
    for (let row = 0; row < count; row++) {
      words[0] = layout.KIND_TRADE << 16;
      const time = 1_750_000_000_000_000 + ++this.rows * 1_000_000;
      numbers.set([time, time, price, 1, price, price, price], layout.EVENT_TIME / 8);
      this.writer.write(words, 0, this.rows);
      this.writer.publish();
      this.host.row();
    }
    const news = this.host.batch()?.news ?? [];
    this.batches = news;
    return {
      sides: news.flatMap(({ fills }) => fills.map(({ side }) => side)),
      faults: news.flatMap(({ fault }) => (fault === null ? [] : [fault])),
    };
  }

  /** To the request of this number, once it was given. */
  answer(request: number): Answer | null {
    const found = this.told.find((news) => news.kind === "answer" && news.request === request);
    return found?.kind === "answer" ? found.answer : null;
  }
}
