// The rules of latency_arbitrage in plain TypeScript: moves in lists, the covariance as a sum over all pairs of moves
// whose intervals overlap, the latency as the quantile of all that were seen.
interface Move {
  readonly time: number;
  readonly log: number;
}
interface Venue {
  readonly id: number;
  bid: number;
  ask: number;
  time: number;
  arrived: number;
  moves: Move[];
}
export interface TwinLead {
  readonly tau: number;
  readonly beta: number;
  readonly sigma: number;
}
export interface LatencySignal {
  readonly action: 1 | -1 | 0;
  readonly entry: number;
  readonly edge: number;
  readonly fair: number;
}
export interface LatencyCosts {
  readonly fee: number;
  readonly tick: number;
  readonly cooldownUs: number;
}

const SLIPPAGE = 0.5e-4;
const KEPT = 128;

function covariance(a: readonly Move[], b: readonly Move[], tau: number): number {
  let sum = 0;
  for (let i = 1; i < a.length; i++) {
    for (let j = 1; j < b.length; j++) {
      const start = Math.max((a[i - 1]?.time ?? 0) + tau, b[j - 1]?.time ?? 0);
      const end = Math.min((a[i]?.time ?? 0) + tau, b[j]?.time ?? 0);
      if (start < end) sum += ((a[i]?.log ?? 0) - (a[i - 1]?.log ?? 0)) * ((b[j]?.log ?? 0) - (b[j - 1]?.log ?? 0));
    }
  }
  return sum;
}
function energy(moves: readonly Move[]): number {
  return moves.reduce((sum, { log }, i) => sum + (i === 0 ? 0 : (log - (moves[i - 1]?.log ?? 0)) ** 2), 0);
}
/** Of moves at one time the last counts. */
function distinct(moves: readonly Move[]): readonly Move[] {
  return moves.filter(({ time }, i) => moves[i + 1]?.time !== time);
}

export class LatencyTwin {
  lead: TwinLead | null = null;
  misses = 0;
  pausedUntil = 0;
  private readonly venues: Venue[] = [];
  private readonly costs: LatencyCosts;
  private readonly latencies: number[] = [];
  private held: { side: 1 | -1; stop: number; target: number; opened: number; tau: number; follower: number } | null =
    null;
  private last = -Infinity;

  constructor(costs: LatencyCosts) {
    this.costs = costs;
  }

  quote(id: number, bid: number, ask: number, time: number, clock: number): readonly LatencySignal[] {
    let venue = this.venues.find((known) => known.id === id);
    if (!venue) this.venues.push((venue = { id, bid: 0, ask: 0, time: 0, arrived: 0, moves: [] }));
    const moved = (bid + ask) / 2 !== (venue.bid + venue.ask) / 2;
    Object.assign(venue, { bid, ask, time: Math.max(time, venue.time), arrived: clock });
    if (moved) venue.moves = [...venue.moves, { time: venue.time, log: Math.log((bid + ask) / 2) }].slice(-KEPT);
    this.latencies.push(clock - time);
    const out = this.leave(clock);
    if (!this.held) out.push(...this.enter(time, clock));
    return out;
  }

  review(clock: number): readonly LatencySignal[] {
    const out = this.leave(clock);
    const [a, b] = this.venues.map(({ moves }) => moves);
    if (!a || !b || Math.min(a.length, b.length) < 32) return out;
    this.lead = null;
    const [one, other] = [distinct(a), distinct(b)];
    const scale = Math.sqrt(energy(one) * energy(other));
    const rho = (tau: number): number => covariance(one, other, tau) / scale;
    const rhos = Array.from({ length: 51 }, (_, lag) => rho(lag * 20_000 - 500_000));
    const largest = rhos.reduce((most, one, lag) => (Math.abs(one) > Math.abs(rhos[most] ?? 0) ? lag : most), 0);
    const highest = rhos[largest] ?? 0;
    const below = (lag: number): boolean => (rhos[lag] ?? 0) <= highest / 2;
    const first = rhos.findLastIndex((_, lag) => lag < largest && below(lag)) + 1;
    const end = rhos.findIndex((_, lag) => lag > largest && below(lag));
    const peak = rhos.slice(first, end < 0 ? undefined : end).map((one) => one - highest / 2);
    const weight = peak.reduce((sum, one) => sum + one, 0);
    const tau = peak.reduce((sum, one, lag) => sum + one * (first + lag), 0) * (20_000 / weight) - 500_000;
    const chance = 4 * Math.sqrt(2 / Math.min(a.length, b.length));
    if (!(highest >= Math.max(0.4, chance)) || Math.abs(tau) < 20_000) return out;
    const [leader, follower] = tau > 0 ? [one, other] : [other, one];
    const span = (follower.at(-1)?.time ?? 0) - (follower[0]?.time ?? 0);
    const sigma = Math.sqrt((energy(follower) / span) * 1e6);
    this.lead = { tau, beta: covariance(one, other, tau) / energy(leader), sigma };
    return out;
  }

  private p95(): number {
    const sorted = this.latencies.toSorted((one, other) => one - other);
    return sorted[Math.floor(0.95 * sorted.length)] ?? Infinity;
  }

  private leave(clock: number): LatencySignal[] {
    if (!this.held) return [];
    const { side, stop, target, opened, tau, follower } = this.held;
    const venue = this.venues[follower];
    const taken = (side > 0 ? venue?.ask : venue?.bid) ?? 0;
    const closed = side * (taken - target) >= 0;
    if (!closed && side * (taken - stop) > 0 && clock - opened < 5 * tau) return [];
    this.held = null;
    this.misses = closed ? 0 : this.misses + 1;
    if (this.misses >= 3) [this.misses, this.pausedUntil] = [0, clock + 60_000_000];
    return [{ action: 0, entry: (side > 0 ? venue?.bid : venue?.ask) ?? 0, edge: (clock - opened) / 1000, fair: 0 }];
  }

  private enter(time: number, clock: number): readonly LatencySignal[] {
    if (!this.lead || clock < this.pausedUntil) return [];
    const { tau, beta } = this.lead;
    const slot = tau > 0 ? 1 : 0;
    const [leader, follower] = [this.venues[1 - slot], this.venues[slot]];
    if (!leader || !follower || clock - follower.arrived >= 1_000_000) return [];
    const before = leader.moves.findLast((move) => move.time <= time - Math.abs(tau));
    const move = before ? (leader.moves.at(-1)?.log ?? 0) - before.log : 0;
    const fair = ((follower.bid + follower.ask) / 2) * (1 + beta * move);
    const side = fair > follower.ask ? 1 : -1;
    const entry = side > 0 ? follower.ask : follower.bid;
    const edge = side * (fair - entry) - (this.costs.fee + SLIPPAGE) * entry - this.costs.tick / 2;
    if (edge <= 0 || this.p95() >= Math.abs(tau) || clock - this.last < this.costs.cooldownUs) return [];
    this.last = clock;
    const stop = entry - side * 2 * this.costs.tick;
    this.held = { side, stop, target: fair, opened: clock, tau: Math.abs(tau), follower: slot };
    return [{ action: side, entry, edge, fair }];
  }
}
