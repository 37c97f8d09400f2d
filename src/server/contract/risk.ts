// Limits, exposure, the emergency stop: /risk.
import { count, done } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { defaulted, object, text } from "./schema.ts";

/** Optional: stopping must never fail for want of words. */
const reason = object({
  reason: defaulted(text("Why; kept in the log.", { maxLength: 512, examples: ["exchange outage"] }), ""),
});

export const emergencyStop = endpoint({
  method: "POST",
  path: "/risk/emergency-stop",
  tag: "risk",
  summary: "Stops everything",
  description: "Latched: all executions stop and no signal leaves until it is released by `/risk/resume`.",
  body: reason,
  answer: object({ status: done("emergency_stopped"), executions_stopped: count("Executions that it ended.") }),
  idempotent: true,
});

export const resumeRisk = endpoint({
  method: "POST",
  path: "/risk/resume",
  tag: "risk",
  summary: "Releases the emergency stop",
  description: "Signals leave again. Executions stay stopped until they are started.",
  body: reason,
  answer: object({ status: done("resumed") }),
  idempotent: true,
});
