// The journal names the fields of a line before its message, the log after it.
import type { Log } from "../telemetry/log.ts";
import type { JournalLog } from "./journal/journal.ts";

export function journalLog(log: Log): JournalLog {
  return {
    info: (fields, message) => log.info(message, { ...fields }),
    warn: (fields, message) => log.warn(message, { ...fields }),
    error: (fields, message) => log.error(message, { ...fields }),
  };
}
