// `strategy-engine report` as its users meet it, over real files, and its page as a browser shows it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { parquetReadObjects } from "hyparquet";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { batchOf, openTrialLedger } from "../../../src/research/honesty/honesty.ts";
import { readResult, tearsheet, writeResult } from "../../../src/research/report/report.ts";
import { render } from "../../support/browser.ts";
import { DATA, normals, outcomeOf, STATEMENT } from "../../support/research/outcomes.ts";

const CLI = fileURLToPath(new URL("../../../run/cli/cli.js", import.meta.url));
const OUTCOME = outcomeOf(normals(1, 600, 0.001, 0.01), {
  statement: { ...STATEMENT, data: [{ ...DATA, synthetic: true }], symbols: ["<b>BTC"] },
  warnings: ["the data are SYNTHETIC"],
});
const PRICES = [{ symbol: "BTCUSD", time: OUTCOME.equity.time, price: OUTCOME.equity.equity }];

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "report-"));
  writeFileSync(join(folder, "result.json"), writeResult({ outcome: OUTCOME, prices: PRICES, verdict: null }));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function report(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const env = { PATH: "/usr/bin:/bin" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "report", ...args], { cwd: folder, env });
  return { code: status, out: stdout.toString(), err: stderr.toString() };
}

describe("strategy-engine report", () => {
  it("shows a result on a screen, without colours in a pipe", () => {
    const { code, out } = report("result.json");
    expect(code).toBe(0);
    expect(out).toContain("ma_cross on <b>BTC  SYNTHETIC DATA");
    expect(out).toMatch(/equity +[▁▂▃▄▅▆▇█]{60}\n/);
    expect(out).toContain("! the data are SYNTHETIC");
    expect(out).toMatch(/(pass|fail|inconclusive) +deflated Sharpe ratio: /);
    expect(out).not.toContain("\u001b");
  });

  it("writes page and tables, whole or not at all", async () => {
    const { code, out } = report("result.json", "--html", "page.html", "--csv", "csv", "--parquet", "parquet");
    expect(code).toBe(0);
    expect(readdirSync(folder, { recursive: true }).map(String).sort()).toEqual(
      "csv csv/equity.csv csv/trades.csv page.html parquet parquet/equity.parquet parquet/trades.parquet result.json".split(
        " ",
      ),
    );
    expect(out).toContain("written: page.html");
    expect(readFileSync(join(folder, "csv/trades.csv"), "utf8").trimEnd().split("\r\n")).toHaveLength(31);
    const bytes = readFileSync(join(folder, "parquet/equity.parquet"));
    expect(await parquetReadObjects({ file: new Uint8Array(bytes).buffer })).toHaveLength(600);
  });

  it("gives JSON that is a result again, with its verdict, and the same one each time", () => {
    const first = report("result.json", "--json", "--seed", "7");
    const read = readResult(first.out);
    expect(read.ok && read.value.verdict?.seed).toBe(7);
    expect(report("result.json", "--json", "--seed", "7").out).toBe(first.out);
  });

  it("counts what the ledger knows of", () => {
    const ledger = openTrialLedger(join(folder, "data"));
    const runs = Array.from({ length: 500 }, (_, x) => ({ parameters: { x }, figures: { sharpe: x / 250 - 1 } }));
    if (ledger.ok) ledger.value.record(batchOf(STATEMENT, runs, 1));
    const { out } = report("result.json", "--data-dir", "data");
    expect(out).toContain("the best of 500 without skill");
  });

  it.each([
    [["nothing.json"], "nothing.json is not there"],
    [["bad.json"], "bad.json: it is not JSON"],
    [["other.json"], "other.json: it is not a result"],
    [["result.json", "--seed", "x"], "must be a whole number"],
    [["result.json", "--html", "no/such/folder/page.html"], "no/such/folder is not there; make it first"],
  ])("%j is refused with a sentence", (args, sentence) => {
    writeFileSync(join(folder, "bad.json"), "{");
    writeFileSync(join(folder, "other.json"), "{}");
    const { code, err } = report(...args);
    expect(code).toBe(1);
    expect(err).toContain(sentence);
    expect(err).not.toMatch(/\n\s+at /);
    expect(existsSync(join(folder, "page.html"))).toBe(false);
  });
});

describe("the page in a browser", () => {
  it("shows every section, complains of nothing, and asks for nothing but itself", async () => {
    const asked: string[] = [];
    const page = tearsheet({ outcome: OUTCOME, prices: PRICES, verdict: null });
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(page);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { html, console } = await render(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    server.close();
    expect(console).toEqual([]);
    expect(asked).toEqual(["/"]);
    for (const name of "header verdict figures equity months price returns costs trades statement".split(" ")) {
      expect(html).toContain(`id="${name}"`);
    }
    expect([...html.matchAll(/<svg /g)]).toHaveLength(6);
    expect(html).toContain("ma_cross on &lt;b&gt;BTC");
  });
});
