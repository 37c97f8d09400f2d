// Alerts: what somebody should look at. Whoever finds something raises it here; it is told at once to those who listen
// (sockets, the bus) and kept in the store. Telling comes first: a full disk must not silence an alert, so one that
// could not be stored is kept in memory all the same. The newest ALERTS_MAX are kept.
import { type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { AlertUpdate } from "../../domain/live-protocol.ts";
import { alertTable, type AlertRecord } from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import { newId } from "../ids.ts";

export type Alert = AlertRecord;

export interface NewAlert {
  readonly level: Alert["level"];
  readonly type: Alert["type"];
  /** One sentence: what happened. */
  readonly message: string;
  readonly strategyId?: string;
  readonly symbol?: string;
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
}

/** What the store does not take; a message may quote what somebody has sent. */
// oxlint-disable-next-line eslint/no-control-regex -- it is the character that is meant
const UNFIT = /[\u0000\p{Surrogate}]/gu;
export const ALERTS_MAX = 10_000;
/** Older ones are removed after this many new ones. */
const FORGET_EVERY = 100;
const FORGET = "DELETE FROM alerts WHERE position <= ?";

export class Alerts {
  private readonly options: AlertsOptions;
  /** In the order of their positions. */
  private list: Alert[] = [];
  private readonly listeners: ((alert: Alert) => void)[] = [];
  private storing: Promise<unknown> = Promise.resolve();

  constructor(options: AlertsOptions) {
    this.options = options;
  }

  async load(): Promise<void> {
    const newest = await alertTable.load(this.options.store, "ORDER BY position DESC LIMIT ?", [ALERTS_MAX]);
    this.list = [...newest].reverse();
  }

  /** Called at once with every new alert, and with one that was acknowledged. */
  onAlert(listener: (alert: Alert) => void): void {
    this.listeners.push(listener);
  }

  /** Those that nobody has acknowledged, oldest first. */
  open(): readonly Alert[] {
    return this.list.filter(({ acknowledged }) => !acknowledged);
  }

  raise({ level, type, message, strategyId, symbol }: NewAlert): Alert {
    const alert: Alert = {
      position: (this.list.at(-1)?.position ?? 0) + 1,
      alertId: newId("alert"),
      level,
      type,
      strategyId: strategyId ?? null,
      symbol: symbol ?? null,
      message: message.replaceAll(UNFIT, "\ufffd"),
      createdAt: this.options.now(),
      acknowledged: false,
      acknowledgedAt: null,
      acknowledgedBy: null,
    };
    this.list.push(alert);
    this.tell(alert);
    this.storing = this.storing.then(() => this.keep(alert));
    return alert;
  }

  /** Once more does nothing. */
  async acknowledge(alertId: string, actor: string): Promise<Result<Alert, Failure>> {
    await this.storing; // its row is there by now, if it will ever be
    const known = this.get(alertId);
    if (known === null) return failed({ code: "not_found", kind: "alert", id: alertId });
    if (known.acknowledged) return ok(known);
    const seen = { ...known, acknowledged: true, acknowledgedAt: this.options.now(), acknowledgedBy: actor };
    const stored = await this.options.store.commit([alertTable.put(seen)]);
    if (!stored.ok) return stored;
    const index = this.list.findIndex((alert) => alert.alertId === alertId);
    if (index >= 0) this.list[index] = seen;
    this.tell(seen);
    return ok(seen);
  }

  get(alertId: string): Alert | null {
    return this.list.find((alert) => alert.alertId === alertId) ?? null;
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
    await this.storing;
  }

  private tell(alert: Alert): void {
    for (const listener of this.listeners) listener(alert);
  }

  private async keep(alert: Alert): Promise<void> {
    const { store, log } = this.options;
    const old = alert.position - ALERTS_MAX;
    const forget = old > 0 && alert.position % FORGET_EVERY === 0 ? [{ sql: FORGET, params: [old] }] : [];
    if (this.list.length > ALERTS_MAX + FORGET_EVERY) this.list = this.list.slice(-ALERTS_MAX);
    const stored = await store.commit([alertTable.put(alert), ...forget]);
    if (!stored.ok) log.error("an alert could not be stored", { alert_id: alert.alertId, code: stored.failure.code });
  }
}

/** As the API, the sockets and the bus show it. */
export function alertView(alert: Alert): AlertUpdate {
  const { alertId, level, type, strategyId, symbol, message, createdAt, acknowledged } = alert;
  return {
    alert_id: alertId,
    level,
    type,
    strategy_id: strategyId,
    ...(symbol === null ? {} : { symbol }),
    message,
    created_at: new Date(createdAt / 1000).toISOString(),
    acknowledged,
  };
}
