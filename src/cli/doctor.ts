// `strategy-engine doctor`: checks the machine with the settings that are in force, says of each thing whether it is
// all right and what to do if it is not. Starts nothing and leaves nothing behind. Exit code 1 if something is broken.
import { Command } from "commander";
import { type Config, loadConfig, loggable } from "../config.ts";
import { broken, fine, type Finding, type Level } from "./checks/finding.ts";
import { checkDisk, checkMemory, checkPorts } from "./checks/machine.ts";
import { checkRedis } from "./checks/redis.ts";
import { checkCore, checkNode, checkProcessor, checkServerLibrary, checkWebAssembly } from "./checks/runtime.ts";
import { checkSocketBinary } from "./checks/socket-binary.ts";
import { checkStrategies } from "./checks/strategies.ts";
import { columns, print, type Style, styled } from "./text.ts";

const STYLES: Readonly<Record<Level, Style>> = { ok: "green", warn: "yellow", fail: "red" };
const SUBJECT_WIDTH = 16;

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("check this machine and the settings: what is wrong, and what to do about it")
    .option("-c, --config <file>", "JSON file with settings, as for serve")
    .option("--json", "findings as JSON")
    .addHelpText(
      "after",
      `
Each line is ok, warn (the engine runs, but look at it) or fail (it will not start or will break).
Exit code 1 if there is a fail.

Examples:
  strategy-engine doctor
  DATA_DIR=/var/lib/engine MAX_SYMBOLS=20000 strategy-engine doctor`,
    )
    .action(async (options: { readonly config?: string; readonly json?: boolean }) => {
      const loaded = loadConfig(options.config ?? null);
      const findings = await examine(loaded);
      const inForce = loaded.ok ? `\n${settingsInForce(loaded.value.config)}\n` : "";
      print(options.json === true ? JSON.stringify(findings, null, 2) : `${report(findings)}\n${inForce}`.trimEnd());
      process.exitCode = findings.some(({ level }) => level === "fail") ? 1 : 0;
    });
}

async function examine(loaded: ReturnType<typeof loadConfig>): Promise<readonly Finding[]> {
  const defaults = loadConfig(null, {});
  const config = loaded.ok ? loaded.value.config : defaults.ok ? defaults.value.config : null;
  const settings = loaded.ok
    ? fine("settings", `all are allowed; ${changed(loaded.value.config)}`)
    : broken("settings", loaded.failure, "correct them; the lines below are about the defaults");
  const warnings = (loaded.ok ? loaded.value.warnings : []).map((found): Finding => ({
    level: "warn",
    subject: "settings",
    found,
    advice: null,
  }));
  return [settings, ...warnings, ...(config === null ? [] : await examineMachine(config))];
}

async function examineMachine(config: Config): Promise<readonly Finding[]> {
  return [
    checkNode(),
    checkProcessor(config),
    checkWebAssembly(),
    checkCore(),
    await checkServerLibrary(),
    checkSocketBinary(),
    await checkRedis(config),
    ...checkDisk(config),
    ...(await checkPorts(config)),
    checkMemory(config),
    checkStrategies(config),
  ];
}

/** Those that are not their defaults, without secrets. */
function changed(config: Config): string {
  const bare = loadConfig(null, {});
  const defaults: Readonly<Record<string, string>> = bare.ok ? loggable(bare.value.config) : {};
  const other = Object.entries(loggable(config)).filter(([env, value]) => value !== defaults[env]);
  return other.length === 0 ? "none is set" : `set: ${other.map(([env, value]) => `${env}=${value}`).join(" ")}`;
}

function settingsInForce(config: Config): string {
  const rows = Object.entries(loggable(config)).map(([env, value]) => [`  ${env}`, value === "" ? "-" : value]);
  return `${styled("bold", "Settings in force:")}\n${columns(rows)}`;
}

function report(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ level, subject, found, advice }) => {
    const mark = styled(STYLES[level], level.padEnd(6));
    const line = `${mark}${subject.padEnd(SUBJECT_WIDTH)}${found}`;
    return advice === null ? [line] : [line, `${" ".repeat(6 + SUBJECT_WIDTH)}${styled("bold", "do:")} ${advice}`];
  });
  return [...lines, "", verdict(findings)].join("\n");
}

function verdict(findings: readonly Finding[]): string {
  const failures = findings.filter(({ level }) => level === "fail").length;
  const warnings = findings.filter(({ level }) => level === "warn").length;
  if (failures > 0) return styled("red", `${failures} of ${findings.length} checks failed`);
  if (warnings > 0) return styled("yellow", `ready, with ${warnings} thing${warnings === 1 ? "" : "s"} to look at`);
  return styled("green", "ready");
}
