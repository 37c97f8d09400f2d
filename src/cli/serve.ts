// `strategy-engine serve`: reads the configuration, starts the engine, and stops it in order on SIGTERM or SIGINT.
// Exit code 0 after an orderly stop, 1 when it could not start, failed, or took longer than STOP_MS to stop.
import { relative } from "node:path";
import { Command } from "commander";
import { type Config, describeSettings, loadConfig, loggable } from "../config.ts";
import { createLog } from "../telemetry/log.ts";
import { warnOfSocketBinary } from "./checks/socket-binary.ts";
import { ownAddress } from "./engine-address.ts";
import { stopOnDefects, stopOnSignal } from "./process-end.ts";
import { columns, complain, styled } from "./text.ts";
import { binariesFor, explainUws, thisHost } from "./uws-support.ts";

const STOP_MS = 10_000;
const DEFAULT_WIDTH_MAX = 20;

export function serveCommand(): Command {
  return new Command("serve")
    .description("start the engine: live feed, strategies, REST and WebSocket")
    .option("-c, --config <file>", "JSON file with settings; the environment goes before it")
    .addHelpText("after", () => settingsHelp())
    .action(async (options: { readonly config?: string }) => {
      process.exitCode = await serve(options.config ?? null);
    });
}

async function serve(configFile: string | null): Promise<number> {
  const loaded = loadConfig(configFile);
  if (!loaded.ok) {
    complain(loaded.failure);
    return 1;
  }
  const { config, warnings } = loaded.value;
  const log = createLog(config.logLevel);
  log.info("starting", { settings: loggable(config) });
  for (const warning of warnings) log.warn(warning);
  warnOfSocketBinary(log);
  stopOnDefects(log);
  try {
    const { start } = await import("../main.ts");
    const running = await start(config, log);
    process.stderr.write(`${whereToLook(config, running.ports)}\n`);
    return await stopOnSignal((reason) => running.stop(reason), log, STOP_MS);
  } catch (error) {
    log.flush();
    complain(startFailure(error, config.dataDir));
    if (config.logLevel === "debug" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    // A half-started engine may hold threads and timers; nothing of it is worth waiting for.
    process.exit(1);
  }
}

/** For a person at the terminal; stdout carries the log alone. Addresses are such as can be opened on this machine. */
function whereToLook({ host, tlsCert, demo }: Config, ports: readonly number[]): string {
  const at = ownAddress(host, ports[0] ?? 0, tlsCert !== null);
  const rows = [
    ["  dashboard", `${at}/`, "for a browser"],
    ["  API", `${at}/docs`, "every path, to read and to try"],
    ["  health", `${at}/health`, ""],
    ["  metrics", `${at}/metrics/prometheus`, ""],
    ["  signals", `${at.replace(/^http/, "ws")}/ws`, '{"op":"subscribe","id":1,"channel":"signals"}'],
  ];
  const note = demo ? "\n\nUntil the first real tick a synthetic market runs, marked DEMO (DEMO=off: none)." : "";
  return `${styled("bold", "strategy-engine is ready", process.stderr)}\n${columns(rows)}${note}`;
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

function settingsHelp(): string {
  const rows = describeSettings().map(({ env, unit, default: value, meaning, builtIn }) => {
    const short = value.length <= DEFAULT_WIDTH_MAX;
    const withUnit = unit === "" || unit === "bytes" ? value : `${value} ${unit}`;
    const notes = [short ? "" : `; default: ${value}`, builtIn ? "" : " (other values: not available yet)"];
    return [`  ${env}`, value === "" ? "-" : short ? withUnit : "...", meaning + notes.join("")];
  });
  return [
    "",
    styled("bold", "Settings, from the environment or as names in the --config file:"),
    columns([["  name", "default", "meaning"], ...rows]),
    "",
    styled("bold", "Examples:"),
    "  strategy-engine serve                                     no Redis needed; a demo feed until the first real tick",
    "  REDIS_URL=redis://cache:6379 DEMO=off strategy-engine serve",
    "  DATA_DIR=/var/lib/engine JOURNAL_SYNC=always strategy-engine serve --config engine.json",
    "  HOST=0.0.0.0 ALLOW_INSECURE=true strategy-engine serve    inside a container with a closed network",
    "",
    "SIGTERM or Ctrl-C stops it in order: no new work, buffers to disk, exit code 0.",
  ].join("\n");
}
