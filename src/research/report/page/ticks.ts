// Places for the labels of an axis: round numbers, round times (UTC).
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SPANS = [60_000, 5 * 60_000, 15 * 60_000, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY] as const;
const MONTHS = [1, 3, 6, 12, 24, 60, 120, 240, 600] as const;
const TICKS_MAX = 200;

/** About `wanted` values between low and high, at multiples of 1, 2 or 5 times a power of ten. */
export function valueTicks(low: number, high: number, wanted: number): readonly number[] {
  const range = high - low;
  if (!(range > 0) || !Number.isFinite(range)) return [low];
  const rough = range / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const count = Math.min(TICKS_MAX, Math.floor(high / step) - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}

/** 1, 2 and 5 times powers of ten between low and high, both above 0; powers alone where there are more than `most`. */
export function growthTicks(low: number, high: number, most: number): readonly number[] {
  const powers: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) powers.push(10 ** power);
  const within = (ticks: readonly number[]): readonly number[] => ticks.filter((one) => one >= low && one <= high);
  const fine = within(powers.flatMap((one) => [one, 2 * one, 5 * one]));
  const every = Math.ceil(powers.length / most);
  return fine.length <= most + 1 ? fine : within(powers.filter((_, place) => place % every === 0));
}

export interface TimeTick {
  readonly time: number;
  readonly label: string;
}

/** At most `most` round times between two times in microseconds. */
export function timeTicks(fromUs: number, toUs: number, most: number): readonly TimeTick[] {
  const [from, to] = [fromUs / 1_000, toUs / 1_000];
  if (!(to > from)) return [];
  const span = SPANS.find((length) => (to - from) / length <= most);
  const found = span === undefined ? months(from, to, most) : multiples(from, to, span);
  return found.map((ms) => ({ time: ms * 1_000, label: labelOf(ms, span) }));
}

function multiples(from: number, to: number, span: number): readonly number[] {
  const first = Math.ceil(from / span);
  const count = Math.floor(to / span) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * span);
}

function months(from: number, to: number, most: number): readonly number[] {
  const first = new Date(from);
  const begin = first.getUTCFullYear() * 12 + first.getUTCMonth();
  const count = (to - from) / (30.4 * DAY);
  const every = MONTHS.find((length) => count / length <= most) ?? 1_200;
  const found: number[] = [];
  for (let month = Math.ceil(begin / every) * every; found.length < TICKS_MAX; month += every) {
    const time = Date.UTC(Math.floor(month / 12), month % 12);
    if (!(time <= to)) break;
    if (time >= from) found.push(time);
  }
  return found;
}

function labelOf(ms: number, span: number | undefined): string {
  const text = new Date(ms).toISOString();
  if (span === undefined) return text.slice(5, 7) === "01" ? text.slice(0, 4) : text.slice(0, 7);
  return span >= DAY || ms % DAY === 0 ? text.slice(5, 10) : text.slice(11, 16);
}
