// How a process that serves begins: settings, log, what is said first, then what it is; and what it says, in one sentence,
// when it could not start. Exit code 0 after an orderly stop, 1 when it could not start, or is killed where a folder does not
// answer.
import { relative } from "node:path";
import { type Config, loadConfig, loggable } from "../config.ts";
import type { Result } from "../domain/result.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { warnOfSocketBinary } from "./checks/socket-binary.ts";
import { collectBesideAFeed } from "./collector.ts";
import { endAtOnce, stopOnDefects, stopOnSignal } from "./process-end.ts";
import { complain, tell } from "./text.ts";
import { binariesFor, explainUws, thisHost } from "./uws-support.ts";

export interface Serving {
  /** For a person at the terminal; empty: nothing. stdout carries the log alone. */
  readonly told: string;
  readonly stop: (reason: string) => Promise<void>;
  /** A call is out that may not come back, and holds a thread that an exit would wait for; absent: there is none such. */
  readonly hangs?: () => boolean;
}

export interface ServingProcess {
  /** From --config. */
  readonly configFile: string | null;
  /** It listens. */
  readonly sockets: boolean;
  /** Longest that an orderly stop may take. */
  readonly stopMs: number;
  /** A failure, or what it throws, is said and ends the process. */
  readonly start: (config: Config, log: Log) => Promise<Result<Serving, string>>;
}

/** Resolves with the exit code when it was stopped in order. */
export async function runProcess({ configFile, sockets, stopMs, start }: ServingProcess): Promise<number> {
  const loaded = loadConfig(configFile);
  if (!loaded.ok) {
    complain(loaded.failure);
    return 1;
  }
  const { config, warnings } = loaded.value;
  collectBesideAFeed();
  const log = createLog(config.logLevel);
  log.info("starting", { settings: loggable(config) });
  for (const warning of warnings) log.warn(warning);
  if (sockets) warnOfSocketBinary(log);
  let serving: Serving | null = null;
  const hangs = (): boolean => serving?.hangs?.() === true;
  stopOnDefects(log, hangs);
  try {
    const started = await start(config, log);
    if (!started.ok) return notStarted(log, started.failure);
    serving = started.value;
    const { told, stop } = serving;
    if (told !== "") tell(told);
    return await stopOnSignal(stop, log, { mostMs: stopMs, hangs });
  } catch (error) {
    const stack = config.logLevel === "debug" && error instanceof Error ? error.stack : undefined;
    return notStarted(log, startFailure(error, config.dataDir), { stack, held: isSilent(error) });
  }
}

function notStarted(
  log: Log,
  reason: string,
  { stack, held = false }: { readonly stack?: string | undefined; readonly held?: boolean } = {},
): never {
  log.flush();
  complain(reason);
  if (stack !== undefined) tell(stack);
  // What is half started may hold threads, processes and timers; nothing of it is worth waiting for.
  endAtOnce(held);
}

/** A start has asked a folder, and still does. */
function isSilent(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "FOLDER_SILENT";
}

/** What the system and a library say of themselves leaves out what matters: the setting; the ABI and the C library. */
function startFailure(error: unknown, dataDir: string | null): string {
  const message = error instanceof Error ? error.message : String(error);
  const { path } = error as NodeJS.ErrnoException;
  if (dataDir !== null && path !== undefined && !relative(dataDir, path).startsWith("..")) {
    return `${message}; DATA_DIR has to be a folder with room that this user may write to, or empty for memory only`;
  }
  if (!/uWS\.js|uWebSockets|uws_\w+\.node/.test(message)) return message;
  const host = thisHost();
  return explainUws(host, binariesFor(host));
}
