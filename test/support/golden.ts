// Golden cases: values computed by independent programs, in ../shared/golden beside the checkout. `goldenCases` reads
// them, `inputOf` and `inputsOf` fetch their data, `differences` compares; where the folder is absent the suites skip and
// say so. Kinds that can be compared: object, series, multi, table, matrix.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { joinSources, readColumn, SHARED, transform, type Source } from "./golden-data.ts";

export interface Tolerance {
  readonly abs?: number;
  readonly rel?: number;
}
export interface GoldenCase {
  readonly name: string;
  readonly call: string;
  readonly params: Readonly<Record<string, number | string | boolean>>;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: { readonly kind: string } & Readonly<Record<string, unknown>>;
  /** abs and rel of the whole case, or a Tolerance (or 0: exact) per field or start of a field's name. */
  readonly tolerance: Readonly<Record<string, number | Tolerance>>;
}

export const GOLDEN_PRESENT = existsSync(join(SHARED, "golden"));
if (!GOLDEN_PRESENT) console.warn(`golden cases skipped: ${SHARED} does not exist; twins and properties still run`);

/** The cases of golden/`file`.json whose name matches; none when the folder is absent. */
export function goldenCases(file: string, name = /./): readonly GoldenCase[] {
  if (!GOLDEN_PRESENT) return [];
  const text = readFileSync(join(SHARED, "golden", `${file}.json`), "utf8");
  const { format, cases } = JSON.parse(text) as { format: number; cases: readonly GoldenCase[] };
  if (format !== 1) throw new Error(`${file}.json has format ${format}, this loader reads 1`);
  return cases.filter((each) => name.test(each.name));
}

/** One column: `file`, `columns`, `rows`, `transform`. */
export function inputOf({ input }: GoldenCase, column = (input["columns"] as readonly string[])[0] ?? ""): number[] {
  const all = readColumn(input["file"] as string, column);
  const [from, to] = (input["rows"] as readonly [number, number] | undefined) ?? [0, all.length];
  return transform(all.slice(from, to), input["transform"] as string | undefined);
}

/** Joined columns: `a` and `b` of a pair, or `series` of a panel. */
export function inputsOf({ name, input }: GoldenCase): number[][] {
  const sources = (input["series"] ?? [input["a"], input["b"]]) as readonly Source[];
  const joined = joinSources(sources);
  const [from, to] = (input["rows_after_join"] as readonly [number, number] | undefined) ?? [0, joined[0]?.length ?? 0];
  const columns = joined.map((column) => transform(column.slice(from, to), input["transform"] as string | undefined));
  if (columns[0]?.length !== input["n"])
    throw new Error(`${name}: ${columns[0]?.length} rows after the join, ${String(input["n"])} expected`);
  return columns;
}

export type Actual = Readonly<Record<string, unknown>> | ArrayLike<number> | readonly (readonly unknown[])[];

/** One sentence per value that is not what the case says; empty when all agree. */
export function differences(golden: GoldenCase, actual: Actual): readonly string[] {
  const { output } = golden;
  const found: string[] = [];
  switch (output.kind) {
    case "object":
      compare(golden, "", output["values"], actual, found);
      break;
    case "series":
      compareSeries(golden, "", output, actual as ArrayLike<number>, found);
      break;
    case "multi":
      for (const [field, series] of Object.entries(output)) {
        if (field === "kind") continue;
        compareSeries(
          golden,
          field,
          series as Recorded,
          (actual as Record<string, ArrayLike<number>>)[field] ?? [],
          found,
        );
      }
      break;
    case "table":
      compareTable(golden, actual as readonly (readonly unknown[])[], found);
      break;
    case "matrix":
      compare(golden, "", output["rows"], actual, found);
      break;
    default:
      throw new Error(`${golden.name}: no comparison for outputs of kind ${output.kind}`);
  }
  return found;
}

function toleranceOf({ tolerance }: GoldenCase, field: string): Tolerance {
  const key = Object.keys(tolerance).find((name) => name !== "abs" && name !== "rel" && field.startsWith(name));
  const own = key === undefined ? tolerance : tolerance[key];
  if (typeof own === "number") return { abs: own, rel: 0 };
  return own as Tolerance;
}

function compare(golden: GoldenCase, field: string, expected: unknown, actual: unknown, found: string[]): void {
  if (typeof expected === "object" && expected !== null) {
    for (const [key, value] of Object.entries(expected)) {
      const path = field === "" ? key : `${field}.${key}`;
      compare(golden, path, value, (actual as Record<string, unknown> | undefined)?.[key], found);
    }
    return;
  }
  if (typeof expected !== "number") {
    // null stands for a value that does not exist.
    const same = expected === null ? !Number.isFinite(actual) : expected === actual;
    if (!same) found.push(`${golden.name} ${field}: ${String(actual)} instead of ${String(expected)}`);
    return;
  }
  const { abs = 0, rel = 0 } = toleranceOf(golden, field);
  const allowed = abs + rel * Math.abs(expected);
  const got = typeof actual === "number" ? actual : Number.NaN;
  if (!(Math.abs(got - expected) <= allowed)) {
    found.push(`${golden.name} ${field}: ${got} instead of ${expected} (± ${allowed.toExponential(1)})`);
  }
}

type Recorded = Readonly<Record<string, unknown>>;

function compareSeries(
  golden: GoldenCase,
  field: string,
  recorded: Recorded,
  actual: ArrayLike<number>,
  found: string[],
): void {
  const at = (recorded["at"] ?? recorded["values"]) as readonly (number | null)[];
  const index = (recorded["index"] ?? at.map((_, place) => place)) as readonly number[];
  index.forEach((place, order) => compare(golden, `${field}[${place}]`, at[order], actual[place], found));
  const defined = Array.from(actual).filter(Number.isFinite);
  const counts = { length: actual.length, valid: defined.length };
  for (const [name, count] of Object.entries(counts)) {
    if (recorded[name] !== count)
      found.push(`${golden.name} ${field}.${name}: ${count} instead of ${String(recorded[name])}`);
  }
  const sum = defined.reduce((total, value) => total + value, 0);
  const expected = recorded["sum_valid"] as number;
  const { abs = 0, rel = 0 } = toleranceOf(golden, field);
  const allowed = Math.max(abs, 1e-9 * defined.length) + Math.max(rel, 1e-9 * defined.length) * Math.abs(expected);
  if (!(Math.abs(sum - expected) <= allowed))
    found.push(`${golden.name} ${field}.sum_valid: ${sum} instead of ${expected}`);
}

/** `actual` holds the rows in any order, each beginning with the text cells of the recorded row. */
function compareTable(golden: GoldenCase, actual: readonly (readonly unknown[])[], found: string[]): void {
  const columns = golden.output["columns"] as readonly string[];
  const rows = golden.output["rows"] as readonly (readonly unknown[])[];
  const key = (row: readonly unknown[]): string => row.filter((cell) => typeof cell === "string").join("|");
  const byKey = new Map(actual.map((row) => [key(row), row]));
  rows.forEach((row, place) => {
    const own = key(row) === "" ? actual[place] : byKey.get(key(row));
    columns.forEach((column, order) => compare(golden, column, row[order], own?.[order], found));
  });
  if (rows.length !== actual.length) found.push(`${golden.name}: ${actual.length} rows instead of ${rows.length}`);
}
