// How alike strategies move: correlations from an exponentially weighted matrix of the steps that their profit makes, and
// which of them are one risk taken several times: a cluster is what a chain of correlations above a threshold joins.
//   cov[i][j] = l cov[i][j] + (1-l) x[i] x[j],   correlation = cov[i][j] / sqrt(cov[i][i] cov[j][j]),   l = 0.97
// A series that did not move in a while has no correlation. At most SERIES_MAX series; a step costs their number squared.
const DECAY = 0.97;
export const SERIES_MAX = 64;
/** Steps of both before their correlation counts. */
const STEPS_MIN = 30;
export const ALIKE = 0.8;

export class Likeness {
  private readonly places = new Map<string, number>();
  private readonly covariances = new Float64Array(SERIES_MAX * SERIES_MAX);
  private readonly steps = new Float64Array(SERIES_MAX);
  private readonly counts = new Uint32Array(SERIES_MAX);

  /** What each series did in this step; those that are not named are over. Beyond SERIES_MAX the first ones count. */
  step(moves: ReadonlyMap<string, number>): void {
    for (const [name, place] of this.places) if (!moves.has(name)) this.forget(name, place);
    this.steps.fill(0);
    for (const [name, move] of moves) {
      const place = this.placeOf(name);
      if (place >= 0) this.steps[place] = Number.isFinite(move) ? move : 0;
    }
    for (const place of this.places.values()) {
      this.counts[place] = (this.counts[place] ?? 0) + 1;
      for (const other of this.places.values()) {
        const at = place * SERIES_MAX + other;
        const product = (this.steps[place] ?? 0) * (this.steps[other] ?? 0);
        this.covariances[at] = DECAY * (this.covariances[at] ?? 0) + (1 - DECAY) * product;
      }
    }
  }

  /** Whether the series is one of those that count. */
  knows(name: string): boolean {
    return this.places.has(name);
  }

  /** Null: one of them is not known for long enough, or does not move. */
  correlation(one: string, other: string): number | null {
    const [a, b] = [this.places.get(one), this.places.get(other)];
    if (a === undefined || b === undefined) return null;
    if (Math.min(this.counts[a] ?? 0, this.counts[b] ?? 0) < STEPS_MIN) return null;
    const own = (this.covariances[a * SERIES_MAX + a] ?? 0) * (this.covariances[b * SERIES_MAX + b] ?? 0);
    const both = this.covariances[a * SERIES_MAX + b] ?? 0;
    return own > 0 ? Math.max(-1, Math.min(1, both / Math.sqrt(own))) : null;
  }

  /** The highest of any two; 0 where there is none. */
  highest(): number {
    let most = 0;
    for (const [one, a] of this.places)
      for (const [other, b] of this.places) if (a < b) most = Math.max(most, this.correlation(one, other) ?? 0);
    return most;
  }

  /** Groups of two and more. */
  clusters(alike = ALIKE): readonly (readonly string[])[] {
    const names = [...this.places.keys()];
    const left = new Set(names);
    const found: string[][] = [];
    for (const first of names) {
      if (!left.delete(first)) continue;
      const group = [first];
      for (const member of group)
        for (const other of left)
          if ((this.correlation(member, other) ?? 0) >= alike) {
            left.delete(other);
            group.push(other);
          }
      if (group.length > 1) found.push(group);
    }
    return found;
  }

  private placeOf(name: string): number {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    if (this.places.size >= SERIES_MAX) return -1;
    const taken = new Set(this.places.values());
    let place = 0;
    while (taken.has(place)) place++;
    this.places.set(name, place);
    return place;
  }

  private forget(name: string, place: number): void {
    this.places.delete(name);
    this.counts[place] = 0;
    for (let other = 0; other < SERIES_MAX; other++) {
      this.covariances[place * SERIES_MAX + other] = 0;
      this.covariances[other * SERIES_MAX + place] = 0;
    }
  }
}
