// Numbers, times and names as people read them. What is not known is a dash, never a zero.
import { isBlank, seen } from "../domain/seen.ts";

const DASH = "–";
const PRICE_DIGITS = 7;

/** Made once for each number of digits: making one takes longer than a row of a table. */
const writers = new Map<string, Intl.NumberFormat>();
function written(value: number, least: number, most: number): string {
  const key = `${least} ${most}`;
  const known = writers.get(key);
  if (known !== undefined) return known.format(value);
  const made = new Intl.NumberFormat("en", { minimumFractionDigits: least, maximumFractionDigits: most });
  writers.set(key, made);
  return made.format(value);
}

/** A little less than nothing is nothing: "-0.00" would be read as a loss. */
function unsigned(text: string): string {
  return /[1-9]/.test(text) ? text : text.replace("-", "");
}

export function price(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  const size = Math.abs(value);
  const whole = size >= 1 ? Math.floor(Math.log10(size)) + 1 : 0;
  const digits = Math.min(8, Math.max(2, PRICE_DIGITS - whole));
  return written(value, 2, digits);
}

export function money(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  return unsigned(written(value, 2, 2));
}

/** With its sign, so that colour is never the only sign of a loss. */
export function gain(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  return `${value > 0 ? "+" : ""}${money(value)}`;
}

export function share(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  return `${unsigned((100 * value).toFixed(digits))} %`;
}

export function figure(value: unknown, digits = 2): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (typeof value !== "number" || !Number.isFinite(value)) return DASH;
  return unsigned(written(value, 0, digits));
}

/** Accepts ISO text, epoch seconds and epoch milliseconds. */
export function moment(value: string | number | null | undefined): Date | null {
  if (value === null || value === undefined) return null;
  const date = new Date(typeof value === "number" && value < 1e11 ? 1_000 * value : value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** With its day where that is not today. */
export function clock(value: string | number | null | undefined, now = new Date()): string {
  const date = moment(value);
  if (date === null) return DASH;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  const day = dayOf(date);
  return day === dayOf(now) ? time : `${day} ${time}`;
}

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

export function span(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return DASH;
  if (seconds < 1) return `${Math.round(1_000 * seconds)} ms`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let rest = value;
  let unit = 0;
  while (rest >= 1_024 && unit < units.length - 1) {
    rest /= 1_024;
    unit++;
  }
  return `${rest >= 100 || unit === 0 ? rest.toFixed(0) : rest.toFixed(1)} ${units[unit] ?? ""}`;
}

const SHORT = 160;
/** Any value on a line or two. */
export function shortly(value: unknown, most = SHORT): string {
  const text = typeof value === "number" ? figure(value, 6) : (JSON.stringify(value) ?? DASH);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** momentum_rider, momentumRider -> momentum rider */
export function words(name: string): string {
  return name.replaceAll("_", " ").replaceAll(/(?<=[a-z])[A-Z](?=[a-z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

interface Called {
  readonly strategy_id: string;
  readonly strategy_name?: string | null | undefined;
}

/** A strategy within a sentence: what its name holds turns nothing of that round. */
export function called({ strategy_id: id, strategy_name: name }: Called): string {
  return typeof name === "string" && !isBlank(name) ? `${seen(name)} (${id})` : id;
}
