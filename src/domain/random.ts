// Seeded randomness: the same seed gives the same numbers on every machine. For the demo market, tests and benches.
const STEP = 0x6d2b79f5;

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + STEP) >>> 0;
    return uniformOf(this.state);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** Close to standard normal, by summing twelve uniforms: bounded, and the same everywhere. */
  normal(): number {
    let { state } = this;
    let sum = -6;
    for (let index = 0; index < 12; index++) {
      state = (state + STEP) >>> 0;
      sum += uniformOf(state);
    }
    this.state = state;
    return sum;
  }
}

function uniformOf(state: number): number {
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
