// `strategy-engine work`: a process that makes backtests, sweeps, the runs of pipelines and the trials of the generator for
// engines with JOBS=redis.
// Exit code 0 after it has handed back what it was at, 1 when it could not start or failed.
import { join } from "node:path";
import { Command } from "commander";
import type { Config } from "../config.ts";
import { failed, ok, type Result } from "../domain/result.ts";
import type { Log } from "../telemetry/log.ts";
import { runProcess, type Serving } from "./process-begin.ts";
import { packageVersion } from "../package-version.ts";

const STOP_MS = 10_000;

export function workCommand(): Command {
  return new Command("work")
    .description("make the backtests, sweeps and trials of engines with JOBS=redis, until it is stopped")
    .option("-c, --config <file>", "JSON file with settings; the environment goes before it")
    .addHelpText(
      "after",
      `
Settings (serve --help lists them all):
  REDIS_URL             that of the engines
  HISTORY_DIR           recorded history, the same as the engines'; unset: DATA_DIR;
                        without either it takes no trials of the generator
  STRATEGY_TIMEOUT      how long a run may last, seconds
  STRATEGY_MAX_MEMORY, STRATEGY_MAX_CPU
                        what users' strategies may have

Examples:
  REDIS_URL=redis://cache HISTORY_DIR=/shared strategy-engine work
  JOBS=redis REDIS_URL=redis://cache HISTORY_DIR=/shared strategy-engine

SIGTERM or Ctrl-C hands back what is under way for another process, then ends it with exit code 0.`,
    )
    .action(async (options: { readonly config?: string }) => {
      const configFile = options.config ?? null;
      process.exitCode = await runProcess({ configFile, sockets: false, stopMs: STOP_MS, start: work });
    });
}

async function work(config: Config, log: Log): Promise<Result<Serving, string>> {
  const { redisUrl } = config;
  if (redisUrl === null)
    return failed("work takes runs from a Redis, and there is none; set REDIS_URL to that of the engines");
  const { openJobLine } = await import("../bus/bus.ts");
  const { workOff } = await import("../manage/manage.ts");
  const worker = workOff(await openJobLine(redisUrl, packageVersion(), log), settingsOf(config));
  log.info("working", { history: config.historyDir, threads: worker.threads });
  const stop = async (reason: string): Promise<void> => {
    await worker.close();
    log.info("stopped", { reason, taken: worker.taken, trials: worker.trials });
    log.flush();
  };
  return ok({ told: "", stop });
}

function settingsOf(config: Config) {
  return {
    dataDir: config.historyDir,
    timeoutMs: config.strategyTimeoutS * 1_000,
    limits: { memoryBytes: config.strategyMaxMemoryBytes, cpuCores: config.strategyMaxCpuCores },
    compiledDir: config.compiledDir ?? (config.dataDir === null ? null : join(config.dataDir, "compiled")),
  };
}
