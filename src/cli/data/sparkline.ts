// A column of numbers as one line of small bars: the last value of each part, between the least and the greatest of them.
const BARS = "▁▂▃▄▅▆▇█";

/** Gathers the numbers one by one; `width` characters at most. */
export class Sparkline {
  private readonly points: number[] = [];
  private readonly total: number;
  private readonly width: number;
  private seen = 0;

  /** `total`: how many numbers will come. */
  constructor(total: number, width = 60) {
    this.total = Math.max(1, total);
    this.width = width;
  }

  add(value: number): void {
    this.points[Math.floor((this.seen * this.width) / Math.max(this.total, this.width))] = value;
    this.seen++;
  }

  toString(): string {
    const low = Math.min(...this.points);
    const height = Math.max(...this.points) - low;
    return this.points
      .map((value) => BARS[height > 0 ? Math.floor(((value - low) / height) * 7.999) : 3] ?? " ")
      .join("");
  }
}
