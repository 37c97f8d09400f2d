// The rules of funding_rate_arbitrage in plain TypeScript: settlements in lists, weighed by age; the forecast and its
// error by going through the intervals one by one; the basis from all quotes.
interface Site {
  readonly id: number;
  bid: number;
  ask: number;
  arrived: number;
  rate: number;
  hours: number;
  settled: number;
  history: number[];
}
export interface FundingSignal {
  readonly action: 1 | -1 | 0;
  readonly venue: number;
  readonly value: number;
}
export interface Costs {
  readonly fee: number;
  readonly borrow: number;
  readonly cooldownUs: number;
}
interface Position {
  readonly side: 1 | -1;
  readonly perp: Site;
  readonly other: Site;
  readonly prices: readonly [number, number];
  collected: number;
}

const HORIZON_H = 168;
const HOUR_US = 3_600_000_000;
const mid = ({ bid, ask }: Site): number => (bid + ask) / 2;
const daily = ({ rate, hours }: Site): number => (hours > 0 ? (rate / hours) * 24 : 0);

/** Expected sum of the next n rates, and the deviation of that sum. */
export function forecastTwin(rates: readonly number[], n: number): readonly [carry: number, error: number] {
  const rate = rates.at(-1) ?? 0;
  const pairs = rates.slice(1).map((y, i) => ({ x: rates[i] ?? 0, y, w: 0.996 ** (rates.length - 2 - i) }));
  if (pairs.length === 0) return [n * rate, 0];
  const total = pairs.reduce((sum, { w }) => sum + w, 0);
  const mean = (of: (pair: { x: number; y: number }) => number): number =>
    pairs.reduce((sum, pair) => sum + pair.w * of(pair), 0) / total;
  const [mx, my] = [mean(({ x }) => x), mean(({ y }) => y)];
  const [xx, xy] = [mean(({ x }) => (x - mx) ** 2), mean(({ x, y }) => (x - mx) * (y - my))];
  const phi = Math.max(-0.99, Math.min(0.99, xx > 1e-30 ? xy / xx : 0));
  const residual = mean(({ x, y }) => (y - my - phi * (x - mx)) ** 2);
  let [expected, carry] = [rate - my, 0];
  const reach: number[] = [];
  for (let interval = 0; interval < n; interval++) {
    carry += my + expected;
    expected *= phi;
    reach.push(1 + phi * (reach.at(-1) ?? 0));
  }
  return [carry, Math.sqrt(residual * reach.reduce((sum, one) => sum + one * one, 0))];
}

export class FundingTwin {
  private readonly sites: Site[] = [];
  private readonly bases = new Map<string, number[]>();
  private readonly costs: Costs;
  private held: Position | null = null;
  private last = -Infinity;

  constructor(costs: Costs) {
    this.costs = costs;
  }

  quote(id: number, bid: number, ask: number, clock: number): readonly FundingSignal[] {
    const site = this.site(id);
    Object.assign(site, { bid, ask, arrived: clock });
    for (const other of this.sites) {
      if (other === site || other.bid === 0) continue;
      const [one, two] = this.ordered(site, other);
      const key = `${one.id}:${two.id}`;
      this.bases.set(key, [...(this.bases.get(key) ?? []), mid(one) / mid(two) - 1]);
    }
    return this.held ? this.leave() : this.enter(clock);
  }

  funding(id: number, rate: number, hours: number, time: number): readonly FundingSignal[] {
    const site = this.site(id);
    const settles = site.history.length === 0 || time - site.settled >= 0.5 * hours * HOUR_US;
    Object.assign(site, { rate, hours });
    if (settles) {
      site.history.push(rate);
      site.settled = time;
    }
    if (!this.held) return [];
    const { side, perp, other } = this.held;
    if (settles && site === perp) this.held.collected -= side * rate;
    if (settles && site === other) this.held.collected += side * rate;
    return this.leave();
  }

  private site(id: number): Site {
    const known = this.sites.find((site) => site.id === id);
    if (known) return known;
    const site = { id, bid: 0, ask: 0, arrived: 0, rate: 0, hours: 0, settled: 0, history: [] };
    this.sites.push(site);
    return site;
  }
  private ordered(one: Site, other: Site): readonly [Site, Site] {
    return this.sites.indexOf(one) < this.sites.indexOf(other) ? [one, other] : [other, one];
  }
  private deviation(perp: Site, other: Site): number {
    const [one, two] = this.ordered(perp, other);
    const list = this.bases.get(`${one.id}:${two.id}`) ?? [];
    const mean = list.reduce((sum, basis) => sum + basis, 0) / list.length;
    return Math.sqrt(Math.max(list.reduce((sum, basis) => sum + (basis - mean) ** 2, 0) / list.length, 1e-30));
  }
  private carry(site: Site): readonly [number, number] {
    return site.hours > 0 ? forecastTwin(site.history, Math.round(HORIZON_H / site.hours)) : [0, 0];
  }

  private leave(): readonly FundingSignal[] {
    if (!this.held) return [];
    const { side, perp, other, prices, collected } = this.held;
    const [perpMove, otherMove] = [mid(perp) / prices[0], mid(other) / prices[1]];
    const earned = side * (perpMove - otherMove) + collected;
    const widened = side * (prices[0] / prices[1] - mid(perp) / mid(other));
    const margin = (move: number, way: number): number => (1 / 3 + way * (move - 1)) / move;
    const thin = margin(perpMove, side) < 0.015 || (other.hours > 0 && margin(otherMove, -side) < 0.015);
    const turned = -side * (daily(perp) - daily(other)) < -0.001;
    if (earned < 0.01 && !turned && widened <= 2 * this.deviation(perp, other) && !thin) return [];
    this.held = null;
    return [{ action: 0, venue: perp.id, value: earned }];
  }

  private enter(clock: number): readonly FundingSignal[] {
    const ready = this.sites.filter(({ bid, arrived }) => bid > 0 && clock - arrived < 60_000_000);
    const known = (site: Site): boolean => site.hours > 0 && site.history.length >= 10;
    let best: { net: number; carry: number; error: number; perp: Site; other: Site } | null = null;
    for (const perp of ready.filter(known)) {
      for (const other of ready.filter((site) => site !== perp)) {
        const crosses = other.hours > 0;
        if (crosses && (!known(other) || this.sites.indexOf(other) < this.sites.indexOf(perp))) continue;
        if (crosses && Math.abs(daily(perp) - daily(other)) < 0.001) continue;
        const [own, ownError] = this.carry(perp);
        const [theirs, theirError] = this.carry(other);
        const carry = own - theirs;
        const spread = (site: Site): number => (site.ask - site.bid) / mid(site);
        const borrow = !crosses && carry < 0 ? (this.costs.borrow * HORIZON_H) / 8760 : 0;
        const net = Math.abs(carry) - 4 * (this.costs.fee + 0.5e-4) - spread(perp) - spread(other) - borrow;
        if (net > (best?.net ?? 0)) best = { net, carry, error: Math.hypot(ownError, theirError), perp, other };
      }
    }
    if (!best || best.net <= 0.001 || clock - this.last < this.costs.cooldownUs) return [];
    const { perp, other, carry } = best;
    this.last = clock;
    const side = carry > 0 ? -1 : 1;
    this.held = { side, perp, other, prices: [mid(perp), mid(other)], collected: 0 };
    return [{ action: side, venue: perp.id, value: Math.abs(carry) }];
  }
}
