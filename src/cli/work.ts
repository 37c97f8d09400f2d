// `strategy-engine work`: a process that makes backtests, sweeps and the runs of pipelines for engines with JOBS=redis.
// Exit code 0 after it has handed back what it was at, 1 when it could not start or failed.
import { Command } from "commander";
import { type Config, loadConfig, loggable } from "../config.ts";
import { createLog } from "../telemetry/log.ts";
import { stopOnDefects, stopOnSignal } from "./process-end.ts";
import { complain } from "./text.ts";
import { packageVersion } from "./version.ts";

const STOP_MS = 10_000;

export function workCommand(): Command {
  return new Command("work")
    .description("make the backtests and sweeps of engines with JOBS=redis, until it is stopped")
    .option("-c, --config <file>", "JSON file with settings; the environment goes before it")
    .addHelpText(
      "after",
      `
Settings (serve --help lists them all):
  REDIS_URL             that of the engines
  HISTORY_DIR           recorded history, the same as the engines'; unset: DATA_DIR
  STRATEGY_TIMEOUT_S    how long a run may last
  STRATEGY_MAX_MEMORY, STRATEGY_MAX_CPU_CORES
                        what users' strategies may have

Examples:
  REDIS_URL=redis://cache HISTORY_DIR=/shared strategy-engine work
  JOBS=redis REDIS_URL=redis://cache HISTORY_DIR=/shared strategy-engine

SIGTERM or Ctrl-C hands back what is under way for another process, then ends it with exit code 0.`,
    )
    .action(async (options: { readonly config?: string }) => {
      process.exitCode = await work(options.config ?? null);
    });
}

async function work(configFile: string | null): Promise<number> {
  const loaded = loadConfig(configFile);
  if (!loaded.ok) {
    complain(loaded.failure);
    return 1;
  }
  const { config, warnings } = loaded.value;
  const { redisUrl } = config;
  if (redisUrl === null) {
    complain("work takes runs from a Redis, and there is none; set REDIS_URL to that of the engines");
    return 1;
  }
  const log = createLog(config.logLevel);
  log.info("starting", { settings: loggable(config) });
  for (const warning of warnings) log.warn(warning);
  stopOnDefects(log);
  const { openJobLine } = await import("../bus/bus.ts");
  const { workOff } = await import("../manage/manage.ts");
  const worker = workOff(await openJobLine(redisUrl, packageVersion(), log), settingsOf(config));
  log.info("working", { history: config.historyDir, threads: worker.threads });
  return stopOnSignal(
    async (reason) => {
      await worker.close();
      log.info("stopped", { reason, taken: worker.taken });
      log.flush();
    },
    log,
    STOP_MS,
  );
}

function settingsOf(config: Config) {
  return {
    dataDir: config.historyDir,
    timeoutMs: config.strategyTimeoutS * 1_000,
    limits: { memoryBytes: config.strategyMaxMemoryBytes, cpuCores: config.strategyMaxCpuCores },
  };
}
