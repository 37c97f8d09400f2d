// `strategy-engine lookahead` as its users meet it, over recorded history and over a made-up market.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { storeBars } from "../../support/research.ts";

const CLI = fileURLToPath(new URL("../../../run/cli/cli.js", import.meta.url));
let folder = "";
function lookahead(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: "/usr/bin:/bin", DATA_DIR: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "lookahead", ...args], { cwd: folder, env });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lookahead-"));
  storeBars(folder, "BTCUSD", { bars: 2_000 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("finds nothing in honest strategies, tells how long their past lasts, and says which ones it could not look at", () => {
  const { code, out, err } = lookahead("momentum_rider", "moving_average_crossover", "pairs_trading", "--cuts", "3");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^momentum_rider +[\d,]+ +3 +none +[\d,]+ rows$/m);
  expect(out).toMatch(/^moving_average_crossover +[\d,]+ +3 +none +[\d,]+ rows$/m);
  expect(out).toMatch(/^pairs_trading +- +- +not looked at +2 symbols with 200 bars of history are needed$/m);
});

it("needs no history for a made-up market", () => {
  const { code, out } = lookahead("pairs_trading", "--synthetic", "--days", "5", "--cuts", "2");
  expect(code).toBe(0);
  expect(out).toMatch(/^pairs_trading +[\d,]+ +2 +none/m);
});

it.each([
  [["no_such_type"], "is no strategy"],
  [["pairs_trading"], "no strategy has enough history"],
  [["momentum_rider", "--cuts", "0"], "--cuts must be 1 to"],
])("%j is refused with a sentence", (args, sentence) => {
  const { code, err, out } = lookahead(...args);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain(sentence);
});

it("asks the same of a strategy of the user's, over a made-up market and over recorded history", () => {
  spawnSync(process.execPath, [CLI, "new", "snake", "--python"], { cwd: folder, env: { PATH: "/usr/bin:/bin" } });
  const { code, out, err } = lookahead("./snake", "--synthetic", "--days", "3", "--cuts", "2");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^snake +[\d,]+ +2 +none +[\d,]+ rows$/m);
  expect(lookahead("./snake", "-s", "BTCUSD", "--cuts", "2").out).toMatch(/^snake +[\d,]+ +2 +none/m);
  expect(lookahead("./snake", "-s", "NOWHERE").err).toContain("200 bars of history");
  expect(lookahead("./nothing").err).toContain("does not exist");
});
