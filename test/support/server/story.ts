// What one connection was told, judged as it arrives: each subscription's chain of numbers must hold, and every hole in
// it must be told by a gap notice. Messages that answer no request are updates, gaps and snapshots.
import { expect } from "vitest";
import { Client, type Message } from "./client.ts";

export interface GapSeen {
  readonly from: number;
  readonly to: number;
  readonly dropped: number;
}

/** One subscription of one connection. */
export class Story {
  /** What an update's `prev` must be next. */
  last: number;
  readonly seen: number[] = [];
  readonly gaps: GapSeen[] = [];
  /** Everything that matches behind this number is to be told. */
  readonly start: number;
  private readonly ackSeq: number;

  /** `fromSeq`: where a replay begins, null without one. */
  constructor(ackSeq: number, fromSeq: number | null) {
    this.ackSeq = ackSeq;
    this.start = fromSeq ?? ackSeq;
    this.last = this.start;
  }

  take(message: Message): void {
    const seq = Number(message["seq"]);
    if (message["type"] === "gap") {
      const gap = {
        from: Number(message["from_seq"]),
        to: Number(message["to_seq"]),
        dropped: Number(message["dropped"]),
      };
      expect(gap.from).toBeGreaterThan(this.last);
      this.gaps.push(gap);
      this.last = gap.to;
    } else if (message["type"] === "update") {
      // The first live one follows the acknowledgement, whether or not there was anything to replay.
      if (message["replay"] !== true) this.last = Math.max(this.last, this.ackSeq);
      expect(message["prev"]).toBe(this.last);
      this.seen.push(seq);
      this.last = seq;
    }
  }
}

/** A client whose stories are kept. */
export class Watcher {
  readonly client: Client;
  readonly stories = new Map<string, Story>();
  private asked = 0;

  private constructor(client: Client) {
    this.client = client;
  }

  static async open(url: string): Promise<Watcher> {
    return new Watcher(await Client.ready(url));
  }

  /** The answer to this request; what comes before it goes into the stories. */
  async ask(request: Readonly<Record<string, unknown>>): Promise<Message> {
    this.asked += 1;
    const id = this.asked;
    this.client.send({ ...request, id });
    for (;;) {
      const message = await Promise.race([this.client.next(), this.client.closed]);
      if ("code" in message && !("type" in message)) throw new Error(`closed with ${String(message["code"])}`);
      if (message["id"] === id) return message;
      this.stories.get(String(message["sub"]))?.take(message);
    }
  }

  /** Subscribes and begins a story; a subscription that it holds already goes on with the one it has. */
  async subscribe(
    filter: unknown,
    resume: { readonly from_seq: number; readonly epoch: string } | null,
  ): Promise<Message> {
    const ack = await this.ask({ op: "subscribe", channel: "signals", filter, ...resume });
    const sub = String(ack["sub"]);
    const reason = (ack["replay"] as Message | null)?.["reason"];
    const from = reason === "epoch_changed" ? null : (resume?.from_seq ?? null);
    if (!this.stories.has(sub)) this.stories.set(sub, new Story(Number(ack["seq"]), from));
    return ack;
  }

  /** The updates of a replay on request, which stand outside the story. */
  async replay(
    sub: string,
    from: number,
    to: number,
  ): Promise<{ readonly answer: Message; readonly seqs: readonly number[] }> {
    const answer = await this.ask({ op: "replay", sub, from_seq: from, to_seq: to });
    const updates = answer["type"] === "replayed" ? await this.client.take(Number(answer["count"])) : [];
    expect(updates.every((update) => update["replay"] === true)).toBe(true);
    return { answer, seqs: updates.map(({ seq }) => Number(seq)) };
  }

  /** Everything sent so far is read. After a gap its notice comes when the buffer is empty, so behind the first answer. */
  async settle(): Promise<void> {
    await this.ask({ op: "ping" });
    await this.ask({ op: "ping" });
  }
}
