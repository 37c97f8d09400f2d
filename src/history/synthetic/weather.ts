// What all symbols of the synthetic market share: the regime of the hour and the market's own move. Regimes follow each
// other at random; each lasts days. Only +, -, x, / and square roots are used, which give the same bits on every machine.
import { Random } from "../../domain/random.ts";

export type Regime = "calm" | "rising" | "falling" | "volatile";

interface Climate {
  /** Standard deviation of a day's return. */
  readonly noise: number;
  /** Expected return of a day. */
  readonly drift: number;
  readonly meanDays: number;
  readonly volume: number;
}

export const CLIMATES: Readonly<Record<Regime, Climate>> = {
  calm: { noise: 0.008, drift: 0.0002, meanDays: 12, volume: 1 },
  rising: { noise: 0.014, drift: 0.006, meanDays: 8, volume: 1.4 },
  falling: { noise: 0.018, drift: -0.007, meanDays: 6, volume: 1.6 },
  volatile: { noise: 0.04, drift: 0, meanDays: 4, volume: 2.5 },
};

const FOLLOWING: Readonly<Record<Regime, readonly Regime[]>> = {
  calm: ["rising", "rising", "falling", "volatile"],
  rising: ["calm", "calm", "volatile", "falling"],
  falling: ["volatile", "volatile", "calm", "rising"],
  volatile: ["calm", "rising", "falling"],
};

export const DAY_MS = 86_400_000;

export class Weather {
  regime: Regime = "calm";
  /** Move of the whole market in this bar. */
  move = 0;
  /** Standard deviation of the move. */
  noise = 0;
  private readonly random: Random;
  private readonly days: number;

  constructor(seed: number, intervalMs: number) {
    this.random = new Random(seed);
    this.days = intervalMs / DAY_MS;
  }

  /** Goes on by one bar; every symbol with the same seed sees the same weather. */
  step(): void {
    const draw = this.random.next();
    const turn = this.random.next();
    if (draw < this.days / CLIMATES[this.regime].meanDays) {
      const next = FOLLOWING[this.regime];
      this.regime = next[Math.floor(turn * next.length)] ?? "calm";
    }
    const { noise, drift } = CLIMATES[this.regime];
    this.noise = noise * Math.sqrt(this.days);
    this.move = drift * this.days + this.noise * this.random.normal();
  }
}
