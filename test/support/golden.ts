// Golden cases for a test of its own. The whole of ../shared/golden is run by test/golden/golden.test.ts; this is for
// suites that look at single cases from another side. Where the folder is absent they skip and say so.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { SHARED } from "./golden-data.ts";
import { GoldenData } from "./golden/data.ts";
import { readGoldenFile, type GoldenCase } from "./golden/format.ts";

export type { GoldenCase };
export const GOLDEN_PRESENT = ["golden", "data"].every((folder) => existsSync(join(SHARED, folder)));
if (!GOLDEN_PRESENT) console.warn(`golden cases skipped: ${SHARED} does not exist; twins and properties still run`);

const data = new GoldenData(join(SHARED, "data"));

/** The cases of golden/`file`.json whose name matches; none when the folder is absent. */
export function goldenCases(file: string, name = /./): readonly GoldenCase[] {
  if (!GOLDEN_PRESENT) return [];
  return readGoldenFile(join(SHARED, "golden"), file).cases.filter((each) => name.test(each.name));
}
/** Joined columns: `a` and `b` of a pair, or `series` of a panel. */
export function inputsOf(golden: GoldenCase): number[][] {
  return data.inputs(golden);
}
/** One column of a case with `file` and `rows`. */
export function columnOf(golden: GoldenCase, name: string): readonly number[] {
  return data.input(golden, name);
}
