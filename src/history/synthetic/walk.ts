// The price of one synthetic symbol, bar by bar. Four kinds of symbols take turns by their place in the list:
//   leader    goes with the market, and has jumps
//   follower  is tied to the leader before it: price = leader x (1 + spread), and the spread returns to 0 within hours
//             to days, so that the two are cointegrated
//   trender   has trends of its own besides the market's
//   returner  is drawn back to a level that moves slowly
// Deterministic in seed and place: the same bits on every machine.
import { Random } from "../../domain/random.ts";
import { CLIMATES, DAY_MS, Weather } from "./weather.ts";

export type Role = "leader" | "follower" | "trender" | "returner";

const ROLES: readonly Role[] = ["leader", "follower", "trender", "returner"];
const SEED_STEP = 0x9e3779b1;
const FIRST_PRICE = 100;
const JUMPS_A_DAY = 0.03;
const SPREAD_DAY = 0.01;
const SPREAD_HALF_DAYS = 0.5;
const RETURN_DAYS = 3;
const MOVE_MAX = 0.25;
const TREND_DAYS = 10;
const TREND_DAY = 0.005;

export function roleOf(place: number): Role {
  return ROLES[place % ROLES.length] ?? "leader";
}

/** Closes and what belongs to them; `step` goes on by one bar. */
export class Walk {
  close = FIRST_PRICE;
  /** Standard deviation of this bar's return, for its high and low. */
  noise = 0;
  volume = 0;
  private readonly random: Random;
  private readonly weather: Weather;
  private readonly role: Role;
  private readonly days: number;
  private readonly leader: Walk | null;
  private readonly ratio: number;
  private spread = 0;
  private anchor = FIRST_PRICE;
  private trend = 0;

  constructor(seed: number, place: number, intervalMs: number) {
    this.role = roleOf(place);
    this.days = intervalMs / DAY_MS;
    this.weather = new Weather(seed, intervalMs);
    this.random = new Random(Math.imul(seed + 1, SEED_STEP) + Math.imul(place + 1, 0x85ebca6b));
    this.leader = this.role === "follower" ? new Walk(seed, place - 1, intervalMs) : null;
    this.ratio = 0.5 + this.random.next();
    this.close = this.anchor = FIRST_PRICE * (this.leader ? this.ratio : 0.5 + this.random.next());
  }

  step(): void {
    this.weather.step();
    this.noise = 0.6 * this.weather.noise;
    const own = this.noise * this.random.normal();
    this.volume = CLIMATES[this.weather.regime].volume * (0.5 + this.random.next());
    if (this.leader) this.follow(this.leader);
    else this.close = this.close * (1 + bounded(this.move(own)));
  }

  private move(own: number): number {
    const { move } = this.weather;
    if (this.role === "trender") {
      if (this.random.next() < this.days / TREND_DAYS) this.trend = TREND_DAY * (2 * this.random.next() - 1);
      return 0.5 * move + own + this.trend * this.days;
    }
    if (this.role === "returner") {
      this.anchor *= 1 + bounded(0.3 * move);
      const back = Math.min(1, this.days / RETURN_DAYS) * (this.anchor / this.close - 1);
      return back + own;
    }
    return move + own + this.jump();
  }

  private jump(): number {
    if (this.random.next() >= JUMPS_A_DAY * this.days) return 0;
    const size = 0.03 + 0.05 * this.random.next();
    return this.random.next() < 0.5 ? size : -size;
  }

  private follow(leader: Walk): void {
    leader.step();
    const back = Math.min(1, (0.7 * this.days) / SPREAD_HALF_DAYS);
    const push = SPREAD_DAY * Math.sqrt(Math.min(1, 2 * this.days));
    this.spread += -back * this.spread + push * this.random.normal();
    this.spread = Math.min(0.5, Math.max(-0.5, this.spread));
    this.close = leader.close * this.ratio * (1 + this.spread);
  }
}

function bounded(move: number): number {
  return Math.min(MOVE_MAX, Math.max(-MOVE_MAX, move));
}
