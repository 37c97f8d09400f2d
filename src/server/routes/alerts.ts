// What somebody should look at, and who changed what: /alerts, /audit.
import type { Failure } from "../../domain/failure.ts";
import { ok } from "../../domain/result.ts";
import { type AuditEntry, type Manage } from "../../manage/manage.ts";
import * as contract from "../contract/alerts.ts";
import { positionCursor, readPosition } from "../list-page.ts";
import { isoTime, timeUs } from "../times.ts";
import type { AnswerOf } from "../contract/endpoint.ts";
import type { Router } from "../router.ts";

export function alertRoutes(router: Router, { alerts, audit }: Manage): void {
  router.route(contract.listAlerts, ({ query }) => {
    const position = readPosition(query);
    if (!position.ok) return position;
    const { level, acknowledged } = query;
    const page = alerts.page({
      ...position.value,
      ...(level === undefined ? {} : { level }),
      ...(acknowledged === undefined ? {} : { acknowledged }),
    });
    const items = page.alerts.map((one) => {
      const deliveries = alerts.deliveries(one);
      return { ...alerts.view(one), ...(deliveries.length === 0 ? {} : { deliveries }) };
    });
    return ok({ alerts: items, count: items.length, next_cursor: positionCursor(page.next) });
  });
  const unknown = ({ alert_id: id }: { readonly alert_id: string }): Failure | null =>
    alerts.get(id) === null ? { code: "not_found", kind: "alert", id } : null;
  router.route(
    contract.ackAlert,
    async ({ params, head }) => {
      const seen = await alerts.acknowledge(params.alert_id, head.caller.id);
      return seen.ok ? ok({ status: "acknowledged" as const, alert_id: params.alert_id }) : seen;
    },
    unknown,
  );

  router.route(contract.listAudit, async ({ query }) => {
    const position = readPosition(query);
    if (!position.ok) return position;
    const { actor, action, since, until } = query;
    const page = await audit.page({
      ...position.value,
      ...(actor === undefined ? {} : { actor }),
      ...(action === undefined ? {} : { action }),
      ...(since === undefined ? {} : { since: timeUs(since) }),
      // The API tells milliseconds; one of them holds a thousand of ours.
      ...(until === undefined ? {} : { until: timeUs(until) + 999 }),
    });
    const items = page.entries.map(entryView);
    return ok({ audit: items, count: items.length, next_cursor: positionCursor(page.next) });
  });
}

type EntryView = AnswerOf<typeof contract.listAudit>["audit"][number];
function entryView({ auditId, timestamp, actor, action, target, before, after, hash }: AuditEntry): EntryView {
  return { audit_id: auditId, timestamp: isoTime(timestamp), actor, action, target, from: before, to: after, hash };
}
