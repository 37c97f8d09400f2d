// Alerts on their way to webhooks, in order, at least once: what is to be brought is stored with the alert and taken up
// again after a restart, until it is delivered or ATTEMPTS_MAX attempts have failed. One attempt at a time for each
// webhook, with waits that double between them; at most WAITING_MAX wait for one, beyond that the oldest are given up.
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

interface Line extends Webhook {
  readonly id: string;
  readonly host: string;
  readonly waiting: DeliveryRecord[];
  busy: boolean;
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
      return { url, secret, id, host: new URL(url).host, waiting: [], busy: false };
    });
  }

  async load(): Promise<void> {
    for (const record of await readDeliveries(this.options.store, SHOWN_MAX)) {
      this.show(record);
      if (record.state === "pending") this.lines.find(({ id }) => id === record.webhook)?.waiting.push(record);
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
      line.waiting.push(record);
      // The one under way is left alone.
      const oldest = line.waiting.length > WAITING_MAX ? line.waiting.splice(1, 1)[0] : undefined;
      if (oldest !== undefined) this.keep({ ...oldest, state: "failed", error: "too many alerts waited" });
      this.work(line);
    }
  }

  of(position: number): readonly DeliveryView[] {
    return [...(this.shown.get(position)?.values() ?? [])].map(({ webhook, state, attempts, error }) => {
      const host = this.lines.find(({ id }) => id === webhook)?.host ?? "no longer set";
      return { webhook: host, state, attempts, error };
    });
  }

  statements(records: readonly DeliveryRecord[]): readonly Statement[] {
    return records.map((record) => deliveryTable.put(record));
  }

  /** What is under way is given up; it is taken up again by the next process. */
  async close(): Promise<void> {
    this.ending.abort();
    await this.working;
  }

  private work(line: Line): void {
    if (line.busy || line.waiting.length === 0 || this.ending.signal.aborted) return;
    line.busy = true;
    void this.empty(line).finally(() => {
      line.busy = false;
      this.work(line);
    });
  }

  private async empty(line: Line): Promise<void> {
    for (let [record] = line.waiting; record !== undefined; [record] = line.waiting) {
      const { firstWaitMs = FIRST_WAIT_MS } = this.options;
      const after = await this.attempt(line, record);
      if (this.ending.signal.aborted) return;
      this.keep(after);
      if (after.state === "pending") {
        line.waiting[0] = after;
        await this.pause(Math.min(LONGEST_WAIT_MS, firstWaitMs * 2 ** (after.attempts - 1)));
        if (this.ending.signal.aborted) return;
      } else line.waiting.shift();
    }
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
    const state = attempts >= ATTEMPTS_MAX ? "failed" : "pending";
    const error = sent.failure.slice(0, ERROR_MAX);
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

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.ending.signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      timer.unref();
      this.ending.signal.addEventListener("abort", done);
    });
  }
}
