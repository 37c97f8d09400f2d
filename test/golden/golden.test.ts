// All of ../shared/golden against the compiled core, case by case, with the report of `npm run golden`.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BUILDS } from "../support/core.ts";
import { GOLDEN_PRESENT } from "../support/golden.ts";
import { SHARED } from "../support/golden-data.ts";
import { GoldenData } from "../support/golden/data.ts";
import { openEngine } from "../support/golden/engine.ts";
import { EXPECTED_MISSING, expectedMissing } from "../support/golden/expected-missing.ts";
import { failure, reportOf } from "../support/golden/report.ts";
import { runFolder, type CaseResult, type FileResult } from "../support/golden/runner.ts";

describe.skipIf(!GOLDEN_PRESENT).each(BUILDS)("golden values, %s build", (build) => {
  const run = (): readonly FileResult[] =>
    runFolder(join(SHARED, "golden"), new GoldenData(join(SHARED, "data")), openEngine(build));
  const files = GOLDEN_PRESENT ? run() : [];
  if (build === "release" && GOLDEN_PRESENT) console.log(reportOf(files));
  const answered = files.map(
    ({ file, cases }) => [file, cases.filter(({ verdict }) => verdict !== "missing")] as const,
  );
  const missing = files.flatMap(({ file, cases }) =>
    cases.filter(({ verdict }) => verdict === "missing").map((each): [string, CaseResult] => [file, each]),
  );

  describe.each(answered.filter(([, cases]) => cases.length > 0))("%s", (file, cases) => {
    it.each(cases)("$name is $verdict", (result) => {
      expect(result.verdict === "failed" ? failure(file, result) : []).toEqual([]);
    });
  });

  it("can read every file", () => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.map(({ unreadable }) => unreadable).filter((why) => why !== undefined)).toEqual([]);
  });

  it("lacks nothing that is not listed with its reason", () => {
    const unlisted = missing.filter(([file, { call, worst }]) => {
      const row = expectedMissing(file, call);
      return row === undefined || (row.partly === true) === Number.isNaN(worst);
    });
    expect(unlisted.map(([file, { name, reason }]) => `${file} / ${name}: ${reason}`)).toEqual([]);
  });

  it("lists nothing as missing that is answered", () => {
    const idle = EXPECTED_MISSING.filter(
      (row) => !missing.some(([file, { call }]) => row.file.test(file) && row.call.test(call)),
    );
    expect(idle).toEqual([]);
  });
});
