// Seeded randomness for tests and benches: the same seed gives the same path on every machine.
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

  /** Standard normal, by summing twelve uniforms: bounded, smooth enough, and the same everywhere. */
  normal(): number {
    let sum = -6;
    for (let index = 0; index < 12; index++) sum += this.next();
    return sum;
  }
}

/** Prices of a geometric random walk. */
export function walk(random: Random, length: number, start: number, sigma: number, drift = 0): number[] {
  const prices: number[] = [];
  let price = start;
  for (let index = 0; index < length; index++) {
    price *= Math.exp(drift + sigma * random.normal());
    prices.push(price);
  }
  return prices;
}
