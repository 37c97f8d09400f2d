// Nobody reads what a command prints any more, as behind `| head -1`: what it was asked for is done all the same, and its exit
// code says how that went; who only follows an engine ends.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runCommand, startCommand } from "../support/command.ts";
import { dataDir, referenceTrend, startEngine } from "../support/manage/engine.ts";

const HEAD = "timestamp,open,high,low,close,volume";
const ROWS = Array.from({ length: 50 }, (_, minute) => `${1_700_000_000 + 60 * minute},1,2,0.5,1.5,10`);

/** Its stdout is closed before it can say anything. */
function unread(
  folder: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly err: string }> {
  const { child, ended } = startCommand(folder, args);
  child.stdout?.destroy();
  return ended;
}

it("import stores every file, and tells of the one that is broken", async () => {
  const dir = dataDir();
  for (const name of ["AAAUSD", "BBBUSD", "CCCUSD"])
    writeFileSync(join(dir, `${name}.csv`), [HEAD, ...ROWS, ""].join("\n"));
  writeFileSync(join(dir, "broken.csv"), "nothing\n");
  expect(await unread(dir, ["import", "AAAUSD.csv", "BBBUSD.csv"])).toMatchObject({ code: 0, err: "" });
  const { code, err } = await unread(dir, ["import", "broken.csv", "CCCUSD.csv"]);
  expect([code, err]).toEqual([1, expect.stringContaining("broken.csv")]);
  const { out } = await runCommand(dir, ["data", "list", "--json"]);
  const { datasets } = JSON.parse(out) as { readonly datasets: readonly { readonly symbol: string }[] };
  expect(datasets.map(({ symbol }) => symbol)).toEqual(["AAAUSD", "BBBUSD", "CCCUSD"]);
});

it("signals and tail end", async () => {
  const engine = await startEngine();
  await engine.post(JSON.stringify({ market_data: referenceTrend("BTCUSD") }));
  for (const command of ["signals", "tail"])
    expect((await unread(dataDir(), [command, "--snapshot", "--url", engine.url])).code).toBe(0);
});
