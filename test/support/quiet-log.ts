// A log for parts whose words a test does not look at.
import { createLog } from "../../src/telemetry/log.ts";

export const QUIET = createLog("silent");
