// global_liquidity_signal, slow and obvious: from all observations with the times at which they may be used.
export interface Observation {
  /** Day of the observation, milliseconds. */
  readonly ms: number;
  /** Millions of dollars. */
  readonly amount: number;
}
export interface LiquidityTwin {
  readonly z: number;
  readonly growth: number;
  readonly weeks: number;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** Half past four of an afternoon in New York, by trying which UTC hour it is. */
export function halfPastFour(dayMs: number): number {
  const clock = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", hour: "numeric", hourCycle: "h23" });
  const hour = [20, 21].find((utc) => clock.format(dayMs + (utc + 0.5) * 3_600_000) === "16") ?? Number.NaN;
  return dayMs + (hour + 0.5) * 3_600_000;
}

/** The latest Wednesday (its midnight) whose Thursday release has been by `now`. */
export function lastReleased(now: number): number {
  let wednesday = Math.floor(now / DAY_MS) * DAY_MS;
  while (new Date(wednesday).getUTCDay() !== 3 || halfPastFour(wednesday + DAY_MS) > now) wednesday -= DAY_MS;
  return wednesday;
}

function valueOf(series: readonly Observation[], wednesday: number, weeks: number): number {
  const within = series.filter(({ ms }) => ms <= wednesday && ms > wednesday - weeks * WEEK_MS);
  return within.reduce((last, one) => (one.ms >= last.ms ? one : last), { ms: 0, amount: Number.NaN }).amount;
}

export function liquidityTwin(
  [assets, treasury, repos]: readonly (readonly Observation[])[],
  now: number,
  window = 260,
): LiquidityTwin {
  const net = (wednesday: number): number =>
    valueOf(assets ?? [], wednesday, 1) - valueOf(treasury ?? [], wednesday, 1) - valueOf(repos ?? [], wednesday, 5);
  const growthAt = (wednesday: number): number => Math.log(net(wednesday) / net(wednesday - 13 * WEEK_MS));
  let end = lastReleased(now);
  for (let back = 0; back < 4 && Number.isNaN(growthAt(end)); back++) end -= WEEK_MS;
  const all = Array.from({ length: window }, (_, week) => growthAt(end - week * WEEK_MS)).filter(
    (g) => !Number.isNaN(g),
  );
  const mean = all.reduce((sum, g) => sum + g, 0) / all.length;
  const sd = Math.sqrt(all.reduce((sum, g) => sum + (g - mean) ** 2, 0) / (all.length - 1));
  return { z: (growthAt(end) - mean) / sd, growth: growthAt(end), weeks: all.length };
}
