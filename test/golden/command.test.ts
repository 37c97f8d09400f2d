// The golden command over folders made up here: what it prints and returns, and that hostile folders are told apart.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCore } from "../support/core.ts";
import { goldenCommand } from "../support/golden/main.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "golden-"));
  for (const name of ["golden", "data"]) mkdirSync(join(folder, name));
  const rows = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3].map((price, row) => `${row * 60_000},${price}`);
  writeFileSync(join(folder, "data", "walk.csv.gz"), gzipSync(["timestamp_ms,close", ...rows].join("\n")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): { code: number; text: string } {
  const lines: string[] = [];
  const say = (line: string): number => lines.push(line);
  const code = goldenCommand(["--golden", join(folder, "golden"), "--data", join(folder, "data"), ...args], say, say);
  return { code, text: lines.join("\n") };
}
function put(name: string, text: string): void {
  writeFileSync(join(folder, "golden", name), text);
}
const CASE = {
  name: "adf_walk",
  peer: "by hand",
  call: "adfuller(x, maxlag=0, regression='c', autolag=None)",
  params: { regression: "c", lags: 0 },
  input: { file: "walk.csv.gz", columns: ["close"] },
  output: { kind: "object", values: { nobs: 15, usedlag: 0 } as Record<string, unknown> },
  tolerance: { abs: 1e-9, rel: 1e-9 } as Record<string, unknown>,
};
function putCases(...cases: readonly object[]): void {
  put("made-up.json", JSON.stringify({ format: 1, group: "made-up", cases }));
}

describe("the golden command", () => {
  it("returns 0 and a total when every value agrees", () => {
    putCases(CASE);
    const { code, text } = run();
    expect(text.split("\n").at(-1)).toBe("total: 1 files, 1 cases: 1 passed, 0 failed, 0 missing, 0 not applicable");
    expect(code).toBe(0);
  });

  it("returns 1 and names case, field, what was expected and what was found", () => {
    putCases({ ...CASE, output: { kind: "object", values: { nobs: 14 } } });
    const { code, text } = run();
    expect(text).toContain("made-up / adf_walk: nobs: expected 14");
    expect(text).toContain("found 15");
    expect(code).toBe(1);
  });

  it("reports a call, a parameter and a value of one that the engine lacks as missing, and returns 0", () => {
    const unknown = { ...CASE, call: "garch(x)" };
    const parameter = { ...CASE, params: { ...CASE.params, bandwidth: 3 } };
    const value = { ...CASE, params: { ...CASE.params, regression: "ctt" } };
    putCases(unknown, parameter, value);
    const { code, text } = run();
    expect(text).toContain("garch(x)");
    expect(text).toContain("no parameter bandwidth");
    expect(text).toContain('regression = "ctt" is not offered');
    expect(text).toContain("0 failed, 3 missing");
    expect(code).toBe(0);
  });

  it("fails on a field that the engine does not give and on a case that records nothing", () => {
    putCases({ ...CASE, output: { kind: "object", values: { icbest: 1 } } });
    expect(run()).toMatchObject({ code: 1, text: expect.stringContaining("found nothing") as string });
    putCases({ ...CASE, output: { kind: "object", values: {} } });
    expect(run()).toMatchObject({ code: 1, text: expect.stringContaining("nothing that could be compared") as string });
  });

  it("calls a value that hangs on rounding missing within the proved bound, and a failure beyond it", () => {
    // Two of the five steps of a are equal: 10 to 11 and 20 to 22. tau-b = (3 - 6) / sqrt((10 - 1) 10).
    const rows = ["timestamp_ms,a,b", "0,10,1", "1,11,2", "2,20,3", "3,22,1", "4,21,5", "5,30,4"];
    writeFileSync(join(folder, "data", "ties.csv"), rows.join("\n"));
    const [a, b] = ["a", "b"].map((column) => ({ file: "ties.csv", column }));
    const ties = { ...CASE, call: "pearsonr, spearmanr, kendalltau on log returns", params: {}, input: { a, b } };
    const recorded = (kendall: number): string => {
      putCases({ ...ties, output: { kind: "object", values: { kendall } } });
      return run().text.split("\n").at(-1) ?? "";
    };
    expect(recorded(-3 / Math.sqrt(90))).toContain("1 passed, 0 failed, 0 missing");
    expect(recorded(-0.1)).toContain("0 passed, 0 failed, 1 missing");
    expect(recorded(0.3)).toContain("0 passed, 1 failed, 0 missing");
  });

  it("returns 2 with the usage for a folder that does not exist, an empty one, and an unknown option", () => {
    const usage = /golden: .*\(npm run golden -- --help explains it\)$/;
    expect(run()).toMatchObject({ code: 2, text: expect.stringMatching(usage) as string });
    expect(run("--golden", join(folder, "nowhere"))).toMatchObject({
      code: 2,
      text: expect.stringMatching(usage) as string,
    });
    expect(run("--data", join(folder, "nowhere"))).toMatchObject({
      code: 2,
      text: expect.stringMatching(usage) as string,
    });
    expect(run("--verbose")).toMatchObject({ code: 2, text: expect.stringMatching(usage) as string });
  });
});

describe("a hostile golden folder", () => {
  const text = (value: unknown): string => JSON.stringify({ format: 1, group: "g", cases: [value] });
  it.each([
    ["no JSON", "{", "cannot be read"],
    ["NaN", text(CASE).replace("15", "NaN"), "JSON knows no NaN"],
    ["Infinity in disguise", text(CASE).replace("15", "1e999"), "is Infinity"],
    ["another format", '{"format":2,"cases":[]}', "format 2, only format 1 is known"],
    ["a list", "[]", "an object with format and cases is expected"],
    ["no cases", '{"format":1,"cases":[]}', "at least one entry"],
    ["a case without a name", text({ ...CASE, name: 7 }), "case 0 has no name"],
    ["an unknown kind", text({ ...CASE, output: { kind: "tensor" } }), 'output.kind "tensor" is not one of'],
    ["no tolerance", text({ ...CASE, tolerance: {} }), "no tolerance"],
    ["a negative tolerance", text({ ...CASE, tolerance: { abs: -1 } }), "must be a number from 0"],
    ["a series of no place", text({ ...CASE, output: { kind: "series", at: [1] } }), "needs either values"],
  ])("fails with a clear message: %s", (_, content, message) => {
    put("hostile.json", content);
    const { code, text } = run();
    expect(text).toContain(message);
    expect(text).toContain("hostile");
    expect(text).toContain("1 failed");
    expect(code).toBe(1);
  });

  it.each([
    ["a missing file", { file: "absent.csv.gz", columns: ["close"] }, "data file absent.csv.gz does not exist"],
    ["a file elsewhere", { file: "../golden/made-up.json" }, "lies outside of the data folder"],
    ["no file", {}, "names no data file"],
    ["a missing column", { file: "walk.csv.gz", columns: ["bid"] }, "has no column bid"],
    ["rows beyond the end", { file: "walk.csv.gz", columns: ["close"], rows: [0, 99] }, "do not fit 16 rows"],
    ["an unknown transform", { file: "walk.csv.gz", columns: ["close"], transform: "wavelet" }, 'known as "wavelet"'],
  ])("fails the case alone when its data is wrong: %s", (_, input, message) => {
    putCases(CASE, { ...CASE, name: "wrong", input });
    const { code, text } = run();
    expect(text).toContain(`made-up / wrong: `);
    expect(text).toContain(message);
    expect(text).toContain("1 passed, 1 failed");
    expect(code).toBe(1);
  });

  it("fails on a data file that is no gzip", () => {
    writeFileSync(join(folder, "data", "walk.csv.gz"), "plain");
    putCases(CASE);
    expect(run()).toMatchObject({ code: 1, text: expect.stringContaining("walk.csv.gz cannot be read") as string });
  });
});

it("uses the printed 1 percent coefficient of Engle-Granger, -22.527", () => {
  const { core } = openCore("release");
  expect(core.mackinnonCritical(1, 0, 2, 500)).toBeCloseTo(-3.91843, 5);
  expect(core.mackinnonP(-25, -1, 1)).toBe(0);
});
