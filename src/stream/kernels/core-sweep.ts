// The fast path of research among the core's exports: parameter sets as lanes over one tape. Addresses are bytes in the
// core's memory; what a job holds stands in assembly/sweep/sweep-layout.ts, the rules in assembly/sweep/.
export interface SweepExports {
  /** `out`: place of bar `from`; a row has room for n f64 before it. */
  sweepMeans(x: number, n: number, from: number, to: number, out: number): void;
  /** `scratch`: 2 n f64. */
  sweepChannel(
    high: number,
    low: number,
    n: number,
    from: number,
    to: number,
    upper: number,
    lower: number,
    scratch: number,
  ): void;
  sweepPast(x: number, n: number, from: number, to: number, out: number): void;
  sweepNarrow(x: number, count: number, out: number): void;
  sweepScalar(rule: number, job: number, first: number, last: number): void;
  sweepLanes(rule: number, job: number, first: number, last: number): void;
  sweepQuick(rule: number, job: number, first: number, last: number): void;
}
