// `strategy-engine serve`: reads the configuration, starts the engine, and stops it in order on SIGTERM or SIGINT.
// Exit code 0 after an orderly stop, 1 when it could not start, failed, or took longer than STOP_MS to stop.
import { Command } from "commander";
import { type Config, describeSettings } from "../config.ts";
import { ok } from "../domain/result.ts";
import { ownAddress } from "./engine-address.ts";
import { runProcess } from "./process-begin.ts";
import { columns, styled } from "./text.ts";
import type { Running } from "../main.ts";

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

function serve(configFile: string | null): Promise<number> {
  return runProcess({
    configFile,
    sockets: true,
    stopMs: STOP_MS,
    start: async (config, log) => {
      const { start } = await import("../main.ts");
      const running = await start(config, log);
      return ok({ told: whereToLook(config, running), stop: (reason) => running.stop(reason) });
    },
  });
}

/** Addresses are such as can be opened on this machine. */
function whereToLook({ host, tlsCert }: Config, { ports, demo }: Pick<Running, "ports" | "demo">): string {
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
