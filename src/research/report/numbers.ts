// Numbers and times as people read them; N/A is what is not available.
import type { EpochUs } from "../../domain/units.ts";
import { US_PER_MS } from "../../domain/units.ts";

export const NOTHING = "N/A";
const TIME_MAX_US = 8.64e18;
const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;

function known(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

export function percent(share: number | null, digits = 2): string {
  return known(share) ? `${fixed(100 * share, digits)} %` : NOTHING;
}

export function ratio(value: number | null, digits = 2): string {
  return known(value) ? fixed(value, digits) : NOTHING;
}

export function money(value: number | null): string {
  if (!known(value)) return NOTHING;
  return Math.abs(value) >= 1e15 ? value.toExponential(3) : grouped(value, 2);
}

/** Short, beside an axis. */
export function axis(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e12 || (size !== 0 && size < 1e-4)) return withMinus(value.toExponential());
  const [unit, name] = size >= 1e9 ? [1e9, " bn"] : size >= 1e6 ? [1e6, " M"] : [1, ""];
  return `${withMinus((value / unit).toLocaleString("en-US", { maximumSignificantDigits: 6 }))}${name}`;
}

/** Enough digits for a price of any size. */
export function price(value: number | null): string {
  if (!known(value)) return NOTHING;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-6 || size >= 1e12)) return value.toExponential(4);
  return grouped(value, size >= 1_000 ? 2 : size >= 1 ? 4 : 8);
}

export function whole(value: number | null): string {
  return known(value) ? grouped(value, 0) : NOTHING;
}

function grouped(value: number, digits: number): string {
  return withMinus(
    value.toLocaleString("en-US", { minimumFractionDigits: Math.min(digits, 2), maximumFractionDigits: digits }),
  );
}
function fixed(value: number, digits: number): string {
  if (Math.abs(value) >= 1e9) return withMinus(value.toExponential(2));
  return withMinus(value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
}
/** Without "-0.00". */
function withMinus(text: string): string {
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

export function utc(time: EpochUs): string {
  return Math.abs(time) <= TIME_MAX_US ? new Date(time / US_PER_MS).toISOString() : "";
}
export function day(time: EpochUs): string {
  const text = utc(time);
  return text === "" ? NOTHING : text.slice(0, -14);
}
export function minute(time: EpochUs): string {
  const text = utc(time);
  return text === "" ? NOTHING : text.slice(0, -8).replace("T", " ");
}

export function duration(us: number | null): string {
  if (!known(us)) return NOTHING;
  if (us >= 2 * DAY_US) return `${fixed(us / DAY_US, 1)} days`;
  if (us >= HOUR_US) return `${fixed(us / HOUR_US, 1)} h`;
  return us >= 60_000_000 ? `${fixed(us / 60_000_000, 1)} min` : `${fixed(us / 1_000_000, 2)} s`;
}
