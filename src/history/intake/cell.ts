// One value of a table as its format gives it, and what it means as a number or as a time. Times without a zone are UTC.
// A day whose parts could be read in two ways (03/04/2020) is no time: who wrote it has to say which.
import type { EventKind } from "../../domain/event.ts";

export type Cell = string | number | bigint | boolean | Date | null | undefined;

/** Rows with names for their cells; batches of one source may differ in their names. */
export interface Batch {
  readonly names: readonly string[];
  /** Where the rows say it themselves. */
  readonly kind?: EventKind;
  readonly rows: readonly (readonly Cell[])[];
  /** Line of each row, or its number from 1 where the format has no lines. */
  readonly lines: readonly number[];
}

/** Nothing stands there: an empty cell, null, and the signs that programs write for it. */
export function isBlank(cell: Cell): boolean {
  if (cell === null || cell === undefined) return true;
  if (typeof cell !== "string" || beginsWithDigit(cell)) return false;
  return cell === "." || BLANK.has(cell.trim().toLowerCase());
}
const BLANK: ReadonlySet<string> = new Set(["", "nan", "null", "none", "n/a", "na", "-"]);

/** Nothing at all stands there, not even a sign for it. */
export function isEmpty(cell: Cell): boolean {
  return cell === null || cell === undefined || (typeof cell === "string" && cell.trim() === "");
}

/** Nearly every cell is a plain number: it must not pay for the rules about the others. */
function beginsWithDigit(cell: string): boolean {
  const code = cell.charCodeAt(0);
  return code >= 48 && code <= 57;
}

/** NaN for what is no number. */
export function numberOf(cell: Cell): number {
  switch (typeof cell) {
    case "number":
      return cell;
    case "bigint":
      return Number(cell);
    case "string":
      return plainText(cell) ? Number(cell) : Number.NaN;
    default:
      return Number.NaN;
  }
}

/** Neither empty, which would be 0, nor hexadecimal and the like. */
function plainText(cell: string): boolean {
  if (beginsWithDigit(cell)) return !(cell.charCodeAt(0) === 48 && cell.charCodeAt(1) > 64);
  return cell.trim() !== "" && !/^\s*[+-]?0[xob]/i.test(cell);
}

const DAY_MS = 86_400_000;
const UTC =
  /^(\d{4})[-/.](\d\d?)[-/.](\d\d?)(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(?:Z|UTC|GMT|[+]00:?00)?$/;
const ZONED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*[+-]\d\d:?\d\d$/;

/** Microseconds since 1970; NaN for what is no time between 1970 and 2100. `usPerUnit` null: told from the magnitude. */
export function timeOf(cell: Cell, usPerUnit: number | null): number {
  if (cell instanceof Date) return inRange(cell.getTime() * 1e3);
  const exact = typeof cell === "string" && cell.length > 17 && /^\d{18,19}$/.test(cell) ? BigInt(cell) : cell;
  if (typeof exact === "bigint" && exact >= 100_000_000_000_000_000n) return inRange(Number((exact + 500n) / 1_000n));
  const number = numberOf(cell);
  if (typeof cell === "string" && Number.isNaN(number)) return inRange(textTime(cell.trim()));
  if (usPerUnit !== null) return inRange(Math.floor(number * usPerUnit + 0.5));
  if (Number.isInteger(number) && number >= 19_700_101 && number <= 21_001_231) return inRange(dayNumber(number));
  return inRange(Math.floor(number * unitOf(number) + 0.5));
}

function unitOf(number: number): number {
  return number < 1e11 ? 1e6 : number < 1e14 ? 1e3 : number < 1e17 ? 1 : 1e-3;
}

const LAST_US = 4_102_444_800_000_000;
function inRange(us: number): number {
  return us > 0 && us < LAST_US ? us : Number.NaN;
}

/** 20200131. */
function dayNumber(number: number): number {
  const [year, month, day] = [Math.floor(number / 10_000), Math.floor(number / 100) % 100, number % 100];
  return day >= 1 && month >= 1 && month <= 12 ? utc(year, month, day) : Number.NaN;
}

function utc(year: number, month: number, day: number): number {
  const ms = Date.UTC(year, month - 1, day);
  return new Date(ms).getUTCDate() === day ? ms * 1e3 : Number.NaN;
}

function textTime(text: string): number {
  const match = UTC.exec(text);
  if (!match) return ZONED.test(text) ? Date.parse(text.replace(" ", "T")) * 1e3 : Number.NaN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const within = hour <= 24 && minute < 60 && second <= 60 && month >= 1 && month <= 12;
  const fraction = Number((match[7] ?? "").padEnd(6, "0").slice(0, 6));
  return within ? utc(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1e6 + fraction : Number.NaN;
}

/** 14:30 or 14:30:05 as microseconds of the day; NaN for anything else. */
export function timeOfDay(cell: Cell): number {
  const match = typeof cell === "string" ? /^\s*(\d\d?):(\d\d)(?::(\d\d))?\s*$/.exec(cell) : null;
  const us = match ? ((Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3] ?? 0)) * 1e6 : Number.NaN;
  return us < DAY_MS * 1e3 ? us : Number.NaN;
}
