// How a stream is opened whose signals are not the subject: no journal, no learning, every signal passes.
import { SILENT_LOG } from "../../src/telemetry/log.ts";

export const QUIET_STREAM = {
  tiers: { fastMs: 100, tacticalMs: 1_000, strategicMs: 10_000, learningMs: 60_000 },
  rules: { confidenceFloor: 0, cooldownUs: 1_000_000 },
  learning: false,
  journal: null,
  log: SILENT_LOG,
  onApproved: () => undefined,
  onFailure: (reason: string): never => {
    throw new Error(reason);
  },
} as const;
