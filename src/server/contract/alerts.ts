// What somebody should look at, and who changed what: /alerts, /audit.
import { count, done, idOf, page, pageOf, strategyId, strategyName, time, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { anything, flag, list, nullable, object, oneOf, optional, text } from "./schema.ts";

const alertId = idOf("alert", "an alert");
const level = oneOf(["info", "warning", "critical"], "How grave.");

const delivery = object({
  webhook: text("Its host.", { examples: ["hooks.example.org"] }),
  state: oneOf(["pending", "delivered", "failed"], "How far it has come."),
  attempts: count("So far."),
  error: nullable(text("Why the last attempt failed.", { examples: ["it answered 503"] })),
});

export const alert = titled(
  "Alert",
  object({
    alert_id: alertId,
    level,
    type: oneOf(["performance", "risk", "system", "pipeline"], "What it is about."),
    strategy_id: nullable(strategyId),
    strategy_name: strategyName,
    message: text("What happened.", { examples: ["daily loss limit reached"] }),
    created_at: time("When."),
    acknowledged: flag("Whether somebody has seen it."),
    occurrences: count("How often it was found; once more within five minutes is no new alert."),
    last_at: time("When last."),
    deliveries: optional(list(delivery, "Its way to each webhook of ALERT_WEBHOOKS, where there are any.")),
  }),
);

export const listAlerts = endpoint({
  method: "GET",
  path: "/alerts",
  tag: "alerts",
  summary: "Alerts",
  description: "Newest first.",
  query: {
    level: optional(level),
    acknowledged: optional(flag("Only those that were seen, or were not.")),
    ...page,
  },
  answer: pageOf("alerts", alert),
});

export const ackAlert = endpoint({
  method: "POST",
  path: "/alerts/{alert_id}/ack",
  tag: "alerts",
  summary: "Marks an alert as seen",
  description: "Once more does nothing.",
  params: { alert_id: alertId },
  answer: object({ status: done("acknowledged"), alert_id: alertId }),
  errors: ["storage_unavailable"],
  idempotent: true,
});

const words = (description: string, example: string) => text(description, { examples: [example] });

const auditEntry = titled(
  "AuditEntry",
  object({
    audit_id: text("Id of the entry.", { examples: ["audit_000042"] }),
    timestamp: time("When."),
    actor: words("Who: the name of a key, or the engine.", "engine"),
    action: words("What was done.", "config.set"),
    target: words("To what.", "thresholds"),
    from: anything("Before; null when there was nothing.", { examples: [{ min_signal_quality: 0.1 }] }),
    to: anything("After; null when there is nothing.", { examples: [{ min_signal_quality: 0.2 }] }),
    hash: words("SHA-256 over this entry and the one before: nothing can be taken out unseen.", "9f2c41ab".repeat(8)),
  }),
);

export const listAudit = endpoint({
  method: "GET",
  path: "/audit",
  tag: "audit",
  summary: "Who changed what",
  description: "Newest first. Entries are chained by their hashes.",
  query: {
    actor: optional(text("Only by this one.", { maxLength: 128, examples: ["engine"] })),
    action: optional(text("Only this action.", { maxLength: 128, examples: ["config.set"] })),
    since: optional(time("Not before.")),
    until: optional(time("Not after.")),
    ...page,
  },
  answer: pageOf("audit", auditEntry),
});
