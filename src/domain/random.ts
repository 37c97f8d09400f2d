// Seeded randomness: the same seed gives the same numbers on every machine. For the demo market, tests and benches.
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** Close to standard normal, by summing twelve uniforms: bounded, and the same everywhere. */
  normal(): number {
    let sum = -6;
    for (let index = 0; index < 12; index++) sum += this.next();
    return sum;
  }
}
