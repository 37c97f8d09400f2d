// A venue behind the platform's execution engine, over the bus: orders, cancellations and questions leave on
// `strategy.order.requested`, everything comes back on `strategy.order.update` (docs/bus.md). Pub/Sub forgets: what was
// told while one side was away is asked for again, and a question without an answer in time counts as "the venue is
// away". Connected means that Redis is there and that the execution engine has answered a question since then.
import { announce, type Bus, ORDER_UPDATE_CHANNEL, type TopicPayloads, TOPICS } from "../../bus/bus.ts";
import type { Lessens, LiveVenue, Placed, SentOrder, Stays } from "./port.ts";
import type { VenueOrderState, VenuePosition, VenueUpdate } from "./port.ts";
import { VenueAway } from "./port.ts";
import { type Answer, messageOf, orderFields } from "./wire.ts";

export interface RedisVenueOptions {
  readonly bus: Bus;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  /** Prefix of request ids that no other process uses. */
  readonly session: string;
  readonly answerMs?: number;
  /** Between two questions whether the execution engine is there. */
  readonly knockMs?: number;
}

const ANSWER_MS = 2_000;
const KNOCK_MS = 1_000;

type Wanted = TopicPayloads["strategy.order.requested"];
type Request = Pick<Wanted, "action"> & Readonly<Record<string, string | number | boolean | null>>;

export class RedisVenue implements LiveVenue {
  readonly name = "redis";
  private readonly options: RedisVenueOptions;
  private readonly waiting = new Map<string, (answer: Answer | string) => void>();
  private listener: (update: VenueUpdate) => void = () => undefined;
  private answered = false;
  private told = false;
  private timer: NodeJS.Timeout | null = null;
  private requests = 0;
  private closed = false;

  constructor(options: RedisVenueOptions) {
    this.options = options;
  }

  get connected(): boolean {
    return !this.closed && this.answered && this.options.bus.connected();
  }

  start(): Promise<void> {
    const { bus, knockMs = KNOCK_MS } = this.options;
    bus.subscribe(ORDER_UPDATE_CHANNEL, (bytes) => this.heard(bytes));
    bus.onStatus((connected) => {
      if (connected) void this.knock();
      else this.lost("Redis is away");
    });
    this.timer = setInterval(() => void this.knock(), knockMs).unref();
    void this.knock();
    return Promise.resolve();
  }

  place(order: SentOrder, stays: Stays, lessens: Lessens): Promise<Placed> {
    const why = stays();
    if (why !== null) return Promise.resolve({ kind: "withheld", reason: why });
    if (!this.connected) return Promise.resolve({ kind: "unsure", reason: "Redis is away" });
    const { executionId, strategyId } = order;
    const asked = orderFields({ ...order, reduceOnly: order.reduceOnly && lessens() });
    this.request({ action: "place", execution_id: executionId, strategy_id: strategyId, ...asked });
    return Promise.resolve({ kind: "sent" });
  }

  cancel({ clientOrderId, symbol }: SentOrder, venueOrderId: string | null): Promise<void> {
    this.request({ action: "cancel", client_order_id: clientOrderId, order_id: venueOrderId, symbol });
    return Promise.resolve();
  }

  async find({ clientOrderId, symbol }: SentOrder, venueOrderId: string | null): Promise<VenueOrderState | null> {
    const asked = { action: "status" as const, client_order_id: clientOrderId, order_id: venueOrderId, symbol };
    const answer = await this.ask(asked);
    if (answer.kind !== "status") throw new VenueAway("the execution engine answered another question");
    return answer.order;
  }

  async open(): Promise<readonly VenueOrderState[]> {
    return (await this.snapshot()).open;
  }
  async positions(): Promise<readonly VenuePosition[]> {
    return (await this.snapshot()).positions;
  }

  /** The execution engine does not say what its markets are. */
  spot(): readonly string[] {
    return [];
  }

  onUpdate(listener: (update: VenueUpdate) => void): void {
    this.listener = listener;
  }

  close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearInterval(this.timer);
    this.giveUp();
    return Promise.resolve();
  }

  /** Whether the execution engine is there. It counts as gone when it has not answered once. */
  private async knock(): Promise<void> {
    if (this.closed || !this.options.bus.connected()) return;
    try {
      await this.snapshot();
    } catch (error) {
      this.lost(error instanceof Error ? error.message : "the execution engine does not answer");
    }
  }

  private async snapshot(): Promise<Extract<Answer, { kind: "snapshot" }>> {
    const answer = await this.ask({ action: "snapshot" });
    if (answer.kind !== "snapshot") throw new VenueAway("the execution engine answered another question");
    return answer;
  }

  private ask(question: Request): Promise<Answer> {
    const { bus, session, answerMs = ANSWER_MS } = this.options;
    if (this.closed || !bus.connected()) return Promise.reject(new VenueAway("Redis is away"));
    const requestId = `${session}-${++this.requests}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(`the execution engine does not answer within ${answerMs} ms`), answerMs);
      const settle = (answer: Answer | string): void => {
        clearTimeout(timer);
        this.waiting.delete(requestId);
        if (typeof answer === "string") reject(new VenueAway(answer));
        else resolve(answer);
      };
      this.waiting.set(requestId, settle);
      this.request({ ...question, request_id: requestId });
    });
  }

  private request(request: Request): void {
    const timestamp = new Date(this.options.now() / 1_000).toISOString();
    announce(this.options.bus, TOPICS.orderRequested, { ...request, timestamp });
  }

  private heard(bytes: Uint8Array): void {
    if (this.closed) return;
    const message = messageOf(bytes);
    if (message.kind === "update") {
      this.listener(message.update);
      return;
    }
    const settle = this.waiting.get(message.requestId);
    if (settle === undefined) return; // of another process, or too late
    settle(message.answer ?? "the execution engine's answer cannot be read");
    if (message.answer === null) return;
    this.answered = true;
    if (!this.connected || this.told) return;
    this.told = true;
    this.listener({ kind: "link", connected: true, reason: null });
  }

  private lost(reason: string): void {
    this.answered = false;
    this.giveUp();
    if (!this.told) return;
    this.told = false;
    this.listener({ kind: "link", connected: false, reason });
  }

  private giveUp(): void {
    for (const settle of this.waiting.values()) settle("the execution engine is away");
  }
}
