// Alerts: what somebody should look at. Whoever finds something raises it here; it is told at once to those who listen
// (sockets, the bus) and kept in the store. Telling comes first: a full disk must not silence an alert, so one that
// cannot be stored is kept in memory all the same, and stored when there is room again (alert-rows.ts). What is found
// again within SAME_US, by its key, counts up instead of being told once more, as long as nobody has acknowledged it. New
// ones go to the webhooks. The newest ALERTS_MAX are kept.
import { type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { AlertUpdate } from "../../domain/live-protocol.ts";
import { forgetDeliveries, highestPosition } from "../../store/deliveries.ts";
import { fitText } from "../../store/fit-text.ts";
import { alertTable, type AlertRecord } from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import { newId } from "../ids.ts";
import { AlertRows } from "./alert-rows.ts";
import type { Audit } from "./audit.ts";
import { type DeliveryView, Webhooks, type WebhookSettings } from "./webhooks/webhooks.ts";

export type Alert = AlertRecord;

export interface NewAlert {
  readonly level: Alert["level"];
  readonly type: Alert["type"];
  /** One sentence: what happened. */
  readonly message: string;
  readonly strategyId?: string;
  readonly symbol?: string;
  /** What it is about: the same key is the same alert. Without one, everything that it says. */
  readonly key?: string;
  /** A state that comes and goes, such as a stop and its end: the other side makes this one new again. */
  readonly state?: string;
}

export interface AlertPage {
  /** Newest first. */
  readonly alerts: readonly Alert[];
  /** `before` of the next page; null on the last one. */
  readonly next: number | null;
}

export interface AlertQuery {
  readonly level?: Alert["level"];
  readonly acknowledged?: boolean;
  /** Only alerts of a lower position. */
  readonly before?: number;
  readonly limit: number;
}

export interface AlertsOptions {
  readonly store: Store;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly webhooks?: WebhookSettings;
  /** Acknowledging is in its trail. */
  readonly audit?: Audit;
  /** What people call a strategy; null: it is no more. */
  readonly nameOf?: (strategyId: string) => string | null;
}

const NO_WEBHOOKS: WebhookSettings = { webhooks: [], allowPrivate: false };
const SAME_US = 300_000_000;
/** Keys that are remembered. */
const SAME_MAX = 10_000;
export const ALERTS_MAX = 10_000;
/** Older ones are removed after this many new ones. */
const FORGET_EVERY = 100;
const FORGET = "DELETE FROM alerts WHERE position <= ?";

export class Alerts {
  private readonly options: AlertsOptions;
  /** In the order of their positions. */
  private list: Alert[] = [];
  private readonly listeners: ((alert: Alert) => void)[] = [];
  private readonly rows: AlertRows;
  /** The highest position that there is or was. */
  private last = 0;
  private readonly webhooks: Webhooks;
  /** Position of the newest alert by its key. */
  private readonly recent = new Map<string, number>();
  /** The key that told of a state last. */
  private readonly states = new Map<string, string>();
  /** New ones since the start of the process. */
  readonly raised: Record<Alert["level"], number> = { info: 0, warning: 0, critical: 0 };

  constructor(options: AlertsOptions) {
    this.options = options;
    const { store, now, log, webhooks = NO_WEBHOOKS } = options;
    this.webhooks = new Webhooks({ ...webhooks, store, now, log });
    this.rows = new AlertRows({ store, log, alertAt: (position) => this.at(position) });
  }

  async load(): Promise<void> {
    const newest = await alertTable.load(this.options.store, "ORDER BY position DESC LIMIT ?", [ALERTS_MAX]);
    this.list = [...newest].reverse();
    this.last = await highestPosition(this.options.store);
    await this.webhooks.load();
  }

  /** How it came to the webhooks; empty: there are none. */
  deliveries({ position }: Alert): readonly DeliveryView[] {
    return this.webhooks.of(position);
  }

  /** As the API, the sockets, webhooks and the bus show it. */
  view(alert: Alert): AlertView {
    const { strategyId } = alert;
    return alertView(alert, strategyId === null ? null : (this.options.nameOf?.(strategyId) ?? null));
  }

  /** Called at once with every new alert, and with one that was acknowledged. */
  onAlert(listener: (alert: Alert) => void): void {
    this.listeners.push(listener);
  }

  /** Those that nobody has acknowledged, oldest first. */
  open(): readonly Alert[] {
    return this.list.filter(({ acknowledged }) => !acknowledged);
  }

  raise(found: NewAlert): Alert {
    const { level, type, message, strategyId, symbol } = found;
    const key = JSON.stringify([level, type, strategyId, symbol, found.key ?? message]);
    if (found.state !== undefined) this.turn(found.state, key);
    const again = this.again(key);
    if (again !== null) return again;
    const now = this.options.now();
    const alert: Alert = {
      position: ++this.last,
      alertId: newId("alert"),
      level,
      type,
      strategyId: strategyId ?? null,
      symbol: symbol ?? null,
      message: fitText(message, "\ufffd"),
      createdAt: now,
      acknowledged: false,
      acknowledgedAt: null,
      acknowledgedBy: null,
      occurrences: 1,
      lastAt: now,
    };
    this.list.push(alert);
    this.raised[level]++;
    this.remember(key, alert.position);
    this.tell(alert);
    this.keep(alert);
    return alert;
  }

  private turn(state: string, key: string): void {
    const before = this.states.get(state);
    if (before !== undefined && before !== key) this.recent.delete(before);
    this.states.delete(state);
    this.states.set(state, key);
    const [oldest] = this.states.keys();
    if (this.states.size > SAME_MAX && oldest !== undefined) this.states.delete(oldest);
  }

  /** The alert that this is once more; null: it is a new one. */
  private again(key: string): Alert | null {
    const position = this.recent.get(key);
    const index = position === undefined ? -1 : this.indexOf(position);
    const known = index < 0 ? undefined : this.list[index];
    const now = this.options.now();
    if (known === undefined || known.acknowledged || Math.abs(now - known.createdAt) > SAME_US) return null;
    const counted = { ...known, occurrences: known.occurrences + 1, lastAt: now };
    this.list[index] = counted;
    this.rows.again(counted.position);
    return counted;
  }

  /** Positions rise, with gaps where one could not be stored before a restart; -1: it is not here. */
  private indexOf(position: number): number {
    let [low, high] = [0, this.list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.list[middle]?.position ?? Infinity) < position) low = middle + 1;
      else high = middle;
    }
    return this.list[low]?.position === position ? low : -1;
  }

  private remember(key: string, position: number): void {
    this.recent.delete(key);
    this.recent.set(key, position);
    const [oldest] = this.recent.keys();
    if (this.recent.size > SAME_MAX && oldest !== undefined) this.recent.delete(oldest);
  }

  /** Once more does nothing. Between what was raised before and what is raised after it, in the store as in memory. */
  acknowledge(alertId: string, actor: string): Promise<Result<Alert, Failure>> {
    return this.rows.after(() => this.acknowledged(alertId, actor));
  }

  private async acknowledged(alertId: string, actor: string): Promise<Result<Alert, Failure>> {
    const known = this.get(alertId);
    if (known === null) return failed({ code: "not_found", kind: "alert", id: alertId });
    if (known.acknowledged) return ok(known);
    const seen = { ...known, acknowledged: true, acknowledgedAt: this.options.now(), acknowledgedBy: actor };
    this.replace(seen); // at once: what is found meanwhile is a new alert
    const { audit, store } = this.options;
    const [from, to] = [{ acknowledged: false }, { acknowledged: true }];
    const row = alertTable.put(seen);
    const stored = await (audit === undefined
      ? store.commit([row])
      : audit.record({ actor, action: "alert.ack", target: alertId, from, to }, [row]));
    if (!stored.ok) {
      this.replace(known);
      return stored;
    }
    this.tell(seen);
    return ok(seen);
  }

  private replace(alert: Alert): void {
    const index = this.indexOf(alert.position);
    if (index >= 0) this.list[index] = alert;
  }

  get(alertId: string): Alert | null {
    return this.list.find((alert) => alert.alertId === alertId) ?? null;
  }

  /** The newest of them; null: none is kept. */
  newest(wanted: (alert: Alert) => boolean): Alert | null {
    return this.list.findLast(wanted) ?? null;
  }

  page({ level, acknowledged, before = Infinity, limit }: AlertQuery): AlertPage {
    const fits = (alert: Alert): boolean =>
      alert.position < before &&
      (level === undefined || alert.level === level) &&
      (acknowledged === undefined || alert.acknowledged === acknowledged);
    const found: Alert[] = [];
    for (let index = this.list.length - 1; index >= 0 && found.length <= limit; index--) {
      const alert = this.list[index];
      if (alert !== undefined && fits(alert)) found.push(alert);
    }
    const alerts = found.slice(0, limit);
    return { alerts, next: found.length > limit ? (alerts.at(-1)?.position ?? null) : null };
  }

  /** Resolves when what was raised so far is stored, or cannot be. */
  async close(): Promise<void> {
    await this.rows.close();
    await this.webhooks.close();
  }

  private tell(alert: Alert): void {
    for (const listener of this.listeners) listener(alert);
  }

  /** With what is to be brought to webhooks, which is on its way from then on, stored or not. */
  private keep(alert: Alert): void {
    const { position } = alert;
    const old = position - ALERTS_MAX;
    const forgets = old > 0 && position % FORGET_EVERY === 0;
    const forget = forgets ? [{ sql: FORGET, params: [old] }, forgetDeliveries(old)] : [];
    if (this.list.length > ALERTS_MAX + FORGET_EVERY) this.list = this.list.slice(-ALERTS_MAX);
    const deliveries = this.webhooks.rows(position, JSON.stringify(this.view(alert)));
    this.rows.add(position, [...this.webhooks.statements(deliveries), ...forget], () => this.webhooks.send(deliveries));
  }

  private at(position: number): Alert | null {
    const index = this.indexOf(position);
    return index < 0 ? null : (this.list[index] ?? null);
  }
}

type AlertView = AlertUpdate & { readonly occurrences: number; readonly last_at: string };

function alertView(alert: Alert, strategyName: string | null): AlertView {
  const { alertId, level, type, strategyId, symbol, message, createdAt, acknowledged, occurrences, lastAt } = alert;
  return {
    alert_id: alertId,
    level,
    type,
    strategy_id: strategyId,
    strategy_name: strategyName,
    ...(symbol === null ? {} : { symbol }),
    message,
    created_at: new Date(createdAt / 1000).toISOString(),
    acknowledged,
    occurrences,
    last_at: new Date((lastAt === 0 ? createdAt : lastAt) / 1000).toISOString(),
  };
}
