// What docs/commands.md tells people to type about backtests, in its order, over a file of bars.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { barTable } from "../../support/research.ts";

const CLI = fileURLToPath(new URL("../../../run/cli/cli.js", import.meta.url));
const PAGE = fileURLToPath(new URL("../../../../../docs/commands.md", import.meta.url));

it("every command of the section on backtests works, one after the other", () => {
  const folder = mkdtempSync(join(tmpdir(), "typed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { time, columns } = barTable("BTCUSD", { bars: 3_000 });
  const rows = Array.from(time, (at, bar) => [at / 1000, ...columns.map((column) => column[bar])].join(","));
  writeFileSync(join(folder, "bars.csv"), `timestamp,open,high,low,close,volume\n${rows.join("\n")}\n`);
  const section = readFileSync(PAGE, "utf8").split("## Backtests")[1]?.split("\n## ")[0] ?? "";
  const commands = [...section.matchAll(/^strategy-engine (.*)$/gm)].map(([, args = ""]) => args);
  expect(commands.length).toBeGreaterThanOrEqual(7);
  const env = { PATH: "/usr/bin:/bin", DATA_DIR: join(folder, "data") };
  for (const command of commands) {
    const { status, stderr } = spawnSync(process.execPath, [CLI, ...command.split(" ")], { cwd: folder, env });
    expect([command, status, stderr.toString()]).toEqual([command, 0, ""]);
  }
  const left = readdirSync(folder).sort();
  expect(left).toEqual(["bars.csv", "best.html", "best.json", "data", "run.json", "studied.json", "tables"]);
});
