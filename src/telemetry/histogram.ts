// A latency histogram that is cheap enough for hot loops: record is O(1), allocates nothing and takes no lock.
// Values are microseconds (any unit would do, as long as `resolution` is in the same one). A value v is counted in
// steps of the resolution; buckets are one step wide up to 256 steps and then double their width every 128 buckets,
// so a bucket is never wider than 1/128 of the values in it.
//
//   steps   1 ... 256 | 257 ... 512 | 513 ... 1024 | ...    2^31
//   width       1     |      2      |      4       | ...    2^23
//
// A bucket's upper edge belongs to it, as in Prometheus. Edges include 250, 500, 1000, 2000, 4000 ... microseconds at
// the default resolution, so counts below those bounds are exact. One writer; readers on the same thread.
const LINEAR = 256;
const PER_OCTAVE = 128;
const STEPS_MAX = 2 ** 31 - 1;
const BUCKETS = index(STEPS_MAX - 1) + 1;

export interface HistogramMark {
  readonly counts: Float64Array;
  readonly total: number;
}
const NOTHING: HistogramMark = { counts: new Float64Array(), total: 0 };

export class LatencyHistogram {
  readonly resolution: number;
  private readonly counts = new Float64Array(BUCKETS);
  private readonly stepsPerUnit: number;
  private total = 0;
  private added = 0;
  private largest = 0;

  constructor(resolution = 0.125) {
    this.resolution = resolution;
    this.stepsPerUnit = 1 / resolution;
  }

  /** Negative values count as 0 (clocks of two threads may disagree by a hair); values beyond the range in the last bucket. */
  record(value: number): void {
    const steps = Math.min(Math.max(Math.ceil(value * this.stepsPerUnit), 1), STEPS_MAX);
    const bucket = index(steps - 1);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.total += 1;
    this.added += value;
    if (value > this.largest) this.largest = value;
  }

  get count(): number {
    return this.total;
  }
  get sum(): number {
    return this.added;
  }
  get max(): number {
    return this.largest;
  }

  /**
   * The value that a share q (0..1) of the records does not exceed, to within the bucket's width; 0 when empty. With an
   * earlier mark: of the records since then.
   */
  quantile(q: number, since: HistogramMark = NOTHING): number {
    const rank = Math.max(1, Math.ceil(q * (this.total - since.total)));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += (this.counts[bucket] ?? 0) - (since.counts[bucket] ?? 0);
      if (seen >= rank) return Math.min(upperEdge(bucket) * this.resolution, this.largest);
    }
    return 0;
  }

  /** Where the records stand now; 25 KB. */
  mark(): HistogramMark {
    return { counts: this.counts.slice(), total: this.total };
  }

  /** Records at or below each bound; the bounds ascend. Exact where a bound is a bucket's edge. */
  cumulative(bounds: readonly number[]): number[] {
    const result: number[] = [];
    let seen = 0;
    let bucket = 0;
    for (const bound of bounds) {
      const steps = bound * this.stepsPerUnit;
      while (bucket < BUCKETS && upperEdge(bucket) <= steps) {
        seen += this.counts[bucket] ?? 0;
        bucket += 1;
      }
      result.push(seen);
    }
    return result;
  }

  clear(): void {
    this.counts.fill(0);
    this.total = 0;
    this.added = 0;
    this.largest = 0;
  }
}

/** Bucket of a value of n + 1 steps. */
function index(n: number): number {
  if (n < LINEAR) return n;
  const shift = 24 - Math.clz32(n);
  return PER_OCTAVE * shift + (n >> shift);
}

/** Largest number of steps that a bucket holds. */
function upperEdge(bucket: number): number {
  if (bucket < LINEAR) return bucket + 1;
  const shift = Math.floor(bucket / PER_OCTAVE) - 1;
  return (bucket - PER_OCTAVE * shift + 1) * 2 ** shift;
}
