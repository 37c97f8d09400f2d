// Alerts on their way to webhooks, at least once: what is to be brought is stored with the alert and taken up again after a
// restart, until it is delivered, refused for good, or ATTEMPTS_MAX attempts have failed. One attempt at a time for each
// webhook, the oldest first of those whose time has come. Between attempts an alert waits, each time twice as long, and
// stands aside meanwhile: one that a receiver does not take holds up no other. At most WAITING_MAX wait for one webhook;
// beyond that the oldest that is not critical is given up, and a critical one only where there is no other.
// The body is signed: X-Signature is "sha256=" and the HMAC-SHA256, in hex, of X-Timestamp, a dot and the body under the
// webhook's secret. Nobody waits for it. Neither URL nor secret is told: a webhook is shown by its host.
import { createHash, createHmac } from "node:crypto";
import { deliveryTable, type DeliveryRecord, readDeliveries } from "../../../store/deliveries.ts";
import type { Statement, Store } from "../../../store/store.ts";
import type { Log } from "../../../telemetry/log.ts";
import { isPublicAddress } from "./address.ts";
import { post } from "./post.ts";

export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

/** Of settings: URL, a bar, secret. */
export function webhooksOf(settings: readonly string[]): readonly Webhook[] {
  return settings.map((item) => {
    const [url = "", secret = ""] = item.split("|");
    return { url, secret };
  });
}

export interface WebhookSettings {
  readonly webhooks: readonly Webhook[];
  /** Loopback and private addresses as well. */
  readonly allowPrivate: boolean;
  /** Of one attempt, and the wait after the first that failed. */
  readonly timeoutMs?: number;
  readonly firstWaitMs?: number;
}

export interface WebhooksOptions extends WebhookSettings {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
}

/** As it is shown beside an alert. */
export interface DeliveryView {
  readonly webhook: string;
  readonly state: DeliveryRecord["state"];
  readonly attempts: number;
  readonly error: string | null;
}

export const ATTEMPTS_MAX = 12;
export const WAITING_MAX = 1_000;
const SHOWN_MAX = 10_000;
const TIMEOUT_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
const ERROR_MAX = 300;
const ANY = (): boolean => true;

interface Waiting {
  record: DeliveryRecord;
  readonly critical: boolean;
  /** Not before; by performance.now(). */
  dueMs: number;
}

interface Line extends Webhook {
  readonly id: string;
  readonly host: string;
  /** Oldest first. */
  readonly waiting: Waiting[];
  /** The one that is being brought. */
  underWay: Waiting | null;
  timer: NodeJS.Timeout | undefined;
}

export class Webhooks {
  private readonly options: WebhooksOptions;
  private readonly lines: readonly Line[];
  private readonly shown = new Map<number, Map<string, DeliveryRecord>>();
  private readonly ending = new AbortController();
  private working: Promise<unknown> = Promise.resolve();

  constructor(options: WebhooksOptions) {
    this.options = options;
    this.lines = options.webhooks.map(({ url, secret }) => {
      const id = createHash("sha256").update(url).digest("hex").slice(0, 16);
      return { url, secret, id, host: new URL(url).host, waiting: [], underWay: null, timer: undefined };
    });
  }

  async load(): Promise<void> {
    for (const record of await readDeliveries(this.options.store, SHOWN_MAX)) {
      this.show(record);
      if (record.state === "pending") this.lines.find(({ id }) => id === record.webhook)?.waiting.push(due(record));
    }
    for (const line of this.lines) this.work(line);
  }

  /** What is to be stored together with a new alert. */
  rows(position: number, body: string): readonly DeliveryRecord[] {
    const createdAt = this.options.now();
    return this.lines.map(({ id: webhook }) => {
      return { position, webhook, body, state: "pending", attempts: 0, error: null, createdAt };
    });
  }

  /** On their way from now on, stored or not. */
  send(records: readonly DeliveryRecord[]): void {
    for (const record of records) {
      const line = this.lines.find(({ id }) => id === record.webhook);
      if (line === undefined) continue;
      this.show(record);
      line.waiting.push(due(record));
      if (line.waiting.length > WAITING_MAX) this.giveUpOne(line);
      this.work(line);
    }
  }

  of(position: number): readonly DeliveryView[] {
    return [...(this.shown.get(position)?.values() ?? [])].map(({ webhook, state, attempts, error }) => {
      const host = this.lines.find(({ id }) => id === webhook)?.host ?? "no longer set";
      return { webhook: host, state, attempts, error };
    });
  }

  /** What has come about of one meanwhile stays. */
  statements(records: readonly DeliveryRecord[]): readonly Statement[] {
    return records.map((record) => deliveryTable.add(record));
  }

  /** What is under way is given up; it is taken up again by the next process. */
  async close(): Promise<void> {
    this.ending.abort();
    for (const { timer } of this.lines) clearTimeout(timer);
    await this.working;
  }

  private giveUpOne(line: Line): void {
    const open = line.waiting.filter((waiting) => waiting !== line.underWay);
    const one = open.find(({ critical }) => !critical) ?? open[0];
    if (one === undefined) return;
    line.waiting.splice(line.waiting.indexOf(one), 1);
    this.keep({ ...one.record, state: "failed", error: "too many alerts waited" });
  }

  /** Brings the oldest whose time has come, or waits until one's has. */
  private work(line: Line): void {
    clearTimeout(line.timer);
    if (line.underWay !== null || line.waiting.length === 0 || this.ending.signal.aborted) return;
    const now = performance.now();
    const next = line.waiting.find(({ dueMs }) => dueMs <= now);
    if (next === undefined) {
      const soonest = line.waiting.reduce((least, { dueMs }) => Math.min(least, dueMs), Infinity);
      line.timer = setTimeout(() => this.work(line), Math.max(1, soonest - now));
      line.timer.unref();
      return;
    }
    line.underWay = next;
    void this.bring(line, next).finally(() => {
      line.underWay = null;
      this.work(line);
    });
  }

  private async bring(line: Line, waiting: Waiting): Promise<void> {
    const { firstWaitMs = FIRST_WAIT_MS } = this.options;
    const after = await this.attempt(line, waiting.record);
    if (this.ending.signal.aborted) return;
    this.keep(after);
    if (after.state === "pending") {
      waiting.record = after;
      waiting.dueMs = performance.now() + Math.min(LONGEST_WAIT_MS, firstWaitMs * 2 ** (after.attempts - 1));
    } else line.waiting.splice(line.waiting.indexOf(waiting), 1);
  }

  private async attempt(line: Line, record: DeliveryRecord): Promise<DeliveryRecord> {
    const { allowPrivate, timeoutMs = TIMEOUT_MS, now, log } = this.options;
    const { body } = record;
    const timestamp = String(Math.floor(now() / 1e6));
    const signature = createHmac("sha256", line.secret).update(`${timestamp}.${body}`).digest("hex");
    const headers = { "X-Timestamp": timestamp, "X-Signature": `sha256=${signature}` };
    const sent = await post({
      url: new URL(line.url),
      body,
      headers,
      allows: allowPrivate ? ANY : isPublicAddress,
      timeoutMs,
    });
    const attempts = record.attempts + 1;
    if (sent.ok) return { ...record, attempts, state: "delivered", error: null };
    const state = sent.failure.final || attempts >= ATTEMPTS_MAX ? "failed" : "pending";
    const error = sent.failure.why.slice(0, ERROR_MAX);
    if (!this.ending.signal.aborted)
      log.warn("an alert was not delivered", { webhook: line.host, attempts, state, reason: error });
    return { ...record, attempts, state, error };
  }

  private keep(record: DeliveryRecord): void {
    this.show(record);
    const { store, log } = this.options;
    this.working = this.working.then(async () => {
      const stored = await store.commit([deliveryTable.put(record)]);
      if (!stored.ok) log.error("the delivery of an alert could not be stored", { code: stored.failure.code });
    });
  }

  private show(record: DeliveryRecord): void {
    const known = this.shown.get(record.position) ?? new Map<string, DeliveryRecord>();
    known.set(record.webhook, record);
    this.shown.set(record.position, known);
    const [oldest] = this.shown.keys();
    if (this.shown.size > SHOWN_MAX && oldest !== undefined) this.shown.delete(oldest);
  }
}

/** What is to be brought as soon as it can be. */
function due(record: DeliveryRecord): Waiting {
  const { level } = JSON.parse(record.body) as { readonly level?: unknown };
  return { record, critical: level === "critical", dueMs: 0 };
}
