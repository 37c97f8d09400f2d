// The log: one JSON object a line on stdout, with `time` in ISO-8601 and `level` as a word.
// Lines are written asynchronously, so a slow reader of stdout never holds up the data plane; what it leaves unread
// beyond BUFFER_BYTES_MAX is dropped and counted. Whatever is buffered is written when the process exits.
// Fields that carry secrets by name are replaced, here and in every child; use on the main thread only.
import { pino } from "pino";
import { seenLines } from "../domain/seen.ts";
import { type LogDestination, type LogLine, LogTail } from "./log-tail.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with fields that every line carries. */
  child(fields: LogFields): Log;
  /** What was said last, of this log and of all that come from it; newest first. */
  tail(most: number, from?: LogLine["level"]): readonly LogLine[];
  /** Writes what is buffered before it returns; for the last words before an exit. */
  flush(): void;
}

const BUFFER_BYTES_MAX = 8 * 1024 * 1024;
const SECRET_NAMES = [
  "password",
  "apiKey",
  "api_key",
  "apiKeys",
  "API_KEYS",
  "alertWebhooks",
  "ALERT_WEBHOOKS",
  "authorization",
  "x-api-key",
  "secret",
  "token",
];
const SECRETS = SECRET_NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`]);

export function createLog(level: LogLevel, destination: LogDestination = standardOutput()): Log {
  const tail = new LogTail(destination);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Nothing is no secret: whoever reads "***" thinks that one is set.
      redact: { paths: SECRETS, censor: (value) => (value === "" || value === null ? value : "***") },
      serializers: { error: pino.stdSerializers.err },
    },
    tail,
  );
  return wrap(logger, tail);
}

/** A log that says nothing; for tests and tools. */
export const SILENT_LOG: Log = createLog("silent", { write: () => undefined, flushSync: () => undefined });

function wrap(logger: pino.Logger, tail: LogTail): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields), tail),
    tail: (most, from) => tail.last(most, from),
    flush: () => tail.flushSync(),
  };
}

function standardOutput(): LogDestination {
  const stdout = pino.destination({ dest: 1, sync: false, maxLength: BUFFER_BYTES_MAX });
  let dropped = 0;
  let readerGone = false;
  stdout.on("drop", () => {
    dropped += 1;
  });
  // The reader of stdout may leave (`strategy-engine serve | head`): the engine goes on without its log.
  stdout.on("error", () => {
    readerGone = true;
  });
  const flushSync = (): void => {
    if (!readerGone) stdout.flushSync();
  };
  process.on("exit", () => {
    flushSync();
    if (dropped > 0) process.stderr.write(`${dropped} log lines were dropped: the reader of stdout was too slow\n`);
  });
  return {
    // Whoever follows it in a terminal is steered by no text that somebody else wrote; JSON itself leaves some as they are.
    write: (line) => {
      if (!readerGone) stdout.write(seenLines(line));
    },
    flushSync,
  };
}
