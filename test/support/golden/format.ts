// Files of golden cases: values that independent programs computed. Everything that a file says is checked here, so that
// the rest may rely on it; a fault is a GoldenError whose sentence names the file, the case and what was found.
//   { format: 1, group, cases: [{ name, peer, call, params, input, output: { kind, .. }, tolerance, note? }] }
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export class GoldenError extends Error {}

export interface Tolerance {
  readonly abs?: number;
  readonly rel?: number;
}
export const KINDS = ["series", "multi", "object", "table", "table_sampled", "matrix", "backtest", "stats"] as const;
export type Kind = (typeof KINDS)[number];
export type Fields = Readonly<Record<string, unknown>>;

export interface GoldenCase {
  readonly name: string;
  readonly call: string;
  readonly params: Readonly<Record<string, number | string | boolean>>;
  readonly input: Fields;
  readonly output: { readonly kind: Kind } & Fields;
  /** abs and rel of the whole case, or a Tolerance (or a number: abs) per field or beginning of a field's name. */
  readonly tolerance: Readonly<Record<string, number | Tolerance>>;
}
export interface GoldenFile {
  readonly name: string;
  readonly cases: readonly GoldenCase[];
}

/** Names of the golden files of a folder, without ".json", in order. */
export function goldenNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .sort();
}

export function readGoldenFile(folder: string, name: string): GoldenFile {
  const path = join(folder, `${name}.json`);
  const fault = (text: string): GoldenError => new GoldenError(`${name}.json: ${text}`);
  if (!existsSync(path)) throw fault(`not found in ${folder}`);
  const file = parse(path, fault);
  if (!isFields(file)) throw fault("an object with format and cases is expected");
  if (file["format"] !== 1) throw fault(`format ${text(file["format"])}, only format 1 is known`);
  const cases = file["cases"];
  if (!Array.isArray(cases) || cases.length === 0) throw fault("cases must be a list with at least one entry");
  return { name, cases: cases.map((each: unknown, place) => checked(each, place, fault)) };
}

function parse(path: string, fault: (text: string) => GoldenError): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fault(`cannot be read: ${reason} (JSON knows no NaN and no Infinity: null stands for no value)`);
  }
}

function checked(each: unknown, place: number, fault: (text: string) => GoldenError): GoldenCase {
  if (!isFields(each)) throw fault(`case ${place} is no object`);
  const name = each["name"];
  if (typeof name !== "string" || name === "") throw fault(`case ${place} has no name`);
  const own = (text: string): GoldenError => fault(`case ${name}: ${text}`);
  if (typeof each["call"] !== "string") throw own("no call");
  const { params = {}, input, output, tolerance } = each;
  if (!isFields(params)) throw own("params must be an object");
  if (!isFields(input)) throw own("input must be an object");
  if (!isFields(output)) throw own("output must be an object");
  if (!KINDS.some((kind) => kind === output["kind"])) {
    throw own(`output.kind ${text(output["kind"])} is not one of ${KINDS.join(", ")}`);
  }
  checkTolerance(tolerance, own);
  const wrong = badNumber(output, "output");
  if (wrong !== undefined) throw own(wrong);
  return { ...each, params } as unknown as GoldenCase;
}

function checkTolerance(tolerance: unknown, own: (text: string) => GoldenError): void {
  if (!isFields(tolerance) || Object.keys(tolerance).length === 0) throw own("no tolerance");
  for (const [field, value] of Object.entries(tolerance)) {
    const numbers = isFields(value) ? Object.values(value) : [value];
    if (!numbers.every((each) => typeof each === "number" && each >= 0 && Number.isFinite(each))) {
      throw own(`tolerance.${field} must be a number from 0, or such numbers as abs and rel`);
    }
  }
}

/** JSON turns 1e999 into Infinity: no peer means that. Series must say where their values belong. */
function badNumber(value: unknown, path: string): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return `${path} is ${value}`;
  if (typeof value !== "object" || value === null) return undefined;
  if (isSeries(value) && !wholeSeries(value)) {
    return `${path} needs either values, or index and at of the same length, and length, valid and sum_valid`;
  }
  for (const [key, inner] of Object.entries(value)) {
    const found = badNumber(inner, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A recorded series: all values, or those `at` the places `index`, and figures about all of them. */
export interface Series {
  readonly length: number;
  readonly first_valid?: number | null;
  readonly valid: number;
  readonly sum_valid: number;
  readonly values?: readonly (number | null)[];
  readonly index?: readonly number[];
  readonly at?: readonly (number | null)[];
}
export function isSeries(value: unknown): value is Series {
  return isFields(value) && value["kind"] === "series";
}
function wholeSeries({ length, valid, sum_valid, values, index, at }: Series): boolean {
  const figures = [length, valid, sum_valid].every((figure) => typeof figure === "number");
  const places = Array.isArray(index) && Array.isArray(at) && index.length === at.length && at.length > 0;
  return figures && (Array.isArray(values) ? values.length === length : places);
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? "undefined";
}
