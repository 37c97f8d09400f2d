// The golden report as text: a table of files, then what failed, what was corrected, what is missing, what does not apply, and the total.
import { NO_ADAPTER } from "./adapter.ts";
import { expectedMissing } from "./expected-missing.ts";
import type { CaseResult, FileResult, Verdict } from "./runner.ts";

/** A series that is wrong is wrong at many places: the first of them tell enough. */
const DIFFERENCES_SHOWN = 4;

export interface Total {
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  readonly missing: number;
  readonly inapplicable: number;
}

function counted(cases: readonly CaseResult[], verdict: Verdict): number {
  return cases.filter((each) => each.verdict === verdict).length;
}
export function totalOf(files: readonly FileResult[]): Total {
  const cases = files.flatMap((file) => file.cases);
  const unreadable = files.filter((file) => file.unreadable !== undefined).length;
  return {
    cases: cases.length,
    passed: counted(cases, "passed"),
    failed: counted(cases, "failed") + unreadable,
    missing: counted(cases, "missing"),
    inapplicable: counted(cases, "inapplicable"),
  };
}

export function reportOf(files: readonly FileResult[]): string {
  const total = totalOf(files);
  const last =
    `total: ${files.length} files, ${total.cases} cases: ${total.passed} passed, ${total.failed} failed, ` +
    `${total.missing} missing, ${total.inapplicable} not applicable`;
  const lists = [failures(files), corrections(files), grouped(files, "missing"), grouped(files, "inapplicable")];
  const parts = [table(files), ...lists];
  return [...parts.filter((part) => part !== ""), last].join("\n\n");
}

function table(files: readonly FileResult[]): string {
  const head = ["file", "cases", "passed", "failed", "missing", "n/a", "worst error / allowed"];
  const rows = files.map(({ file, cases, unreadable }) => {
    if (unreadable !== undefined) return [file, "-", "-", "1", "-", "-", "unreadable"];
    const verdicts = (["passed", "failed", "missing", "inapplicable"] as const).map((each) => counted(cases, each));
    const errors = cases.map((each) => each.worst).filter((worst) => !Number.isNaN(worst));
    const worst = errors.length === 0 ? "-" : share(Math.max(...errors));
    return [file, String(cases.length), ...verdicts.map(String), worst];
  });
  const widths = head.map((_, place) => Math.max(...[head, ...rows].map((row) => row[place]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, place) => (place === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[place] ?? 0)))
      .join("  ");
  return [head, ...rows].map(line).join("\n");
}
function share(value: number): string {
  return value === 0 ? "0" : value.toPrecision(2);
}

function failures(files: readonly FileResult[]): string {
  const lines = files.flatMap(({ file, cases, unreadable }) => [
    ...(unreadable === undefined ? [] : [`  ${unreadable}`]),
    ...cases.filter(({ verdict }) => verdict === "failed").flatMap((each) => failure(file, each)),
  ]);
  return lines.length === 0 ? "" : ["failed:", ...lines].join("\n");
}

/** Each line: file / case: field, expected, found. */
export function failure(file: string, { name, reason, differences }: CaseResult): readonly string[] {
  const shown = differences
    .slice(0, DIFFERENCES_SHOWN)
    .map(({ field, expected, found }) => `  ${file} / ${name}: ${field}: expected ${expected}, found ${found}`);
  const more = differences.length - shown.length;
  if (more > 0) shown.push(`  ${file} / ${name}: and ${more} more values`);
  return differences.length === 0 ? [`  ${file} / ${name}: ${reason}`] : shown;
}

function corrections(files: readonly FileResult[]): string {
  const lines = files.flatMap((each) =>
    each.corrections.map(
      ({ file, name, field, index, recorded, exact }) =>
        `  ${file} / ${name}: ${field}[${index}]: recorded ${recorded}, exact ${exact}`,
    ),
  );
  const title =
    "corrected (recorded wrongly, as test/golden/corrections.test.ts proves; compared with the exact value):";
  return lines.length === 0 ? "" : [title, ...lines].join("\n");
}

/** Cases that ask the same call and lack the same are one line: the call, the reason, how many cases in which files. */
function grouped(files: readonly FileResult[], verdict: Verdict): string {
  const groups = new Map<string, Map<string, readonly string[]>>();
  for (const { file, cases } of files) {
    for (const { call, reason, name } of cases.filter((each) => each.verdict === verdict)) {
      const key = `  ${call}\n    ${reason === NO_ADAPTER ? (expectedMissing(file, call)?.reason ?? reason) : reason}`;
      const group = groups.get(key) ?? new Map<string, readonly string[]>();
      groups.set(key, group.set(file, [...(group.get(file) ?? []), name]));
    }
  }
  const title = verdict === "missing" ? "missing:" : "not applicable:";
  const lines = [...groups].map(([key, group]) => `${key}\n    ${[...group].map(places).join(", ")}`);
  return lines.length === 0 ? "" : [title, ...lines].join("\n");
}
function places([file, names]: readonly [string, readonly string[]]): string {
  return names.length === 1 ? `${file} / ${names[0]}` : `${file} (${names.length} cases from ${names[0]})`;
}
