// What people watch the engine by: alerts, and the record of who changed what. The door of the room.
export { Alerts, type Alert } from "./alerts.ts";
export { type WebhookSettings, webhooksOf } from "./webhooks/webhooks.ts";
export { Audit, type AuditEntry } from "./audit.ts";
export { ChainWalk, type ChainReport, type Change } from "./chain.ts";
