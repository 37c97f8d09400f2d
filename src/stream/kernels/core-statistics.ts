// The part of the core's exports that is statistics over columns: batch forms of assembly/math, for tests, backtests and
// learning. Every argument that is an address is a byte address in the core's memory; results are written there.
export interface StatisticsExports {
  changePointColumn(x: number, count: number, at: number, out: number): void;
  changePointInit(at: number, hazard: number, mean: number, kappa: number, alpha: number, beta: number): void;
  cusumColumn(x: number, count: number, k: number, h: number, at: number, out: number): void;
  hamiltonColumn(
    r: number,
    count: number,
    model: number,
    states: number,
    at: number,
    filtered: number,
    predicted: number,
  ): number;
  hamiltonFit(x: number, count: number, model: number, states: number, passes: number, scratch: number): number;
  hamiltonFitScratch(count: number, states: number): number;
  hamiltonImprove(x: number, count: number, model: number, states: number, floor: number, scratch: number): number;
  hamiltonPrepare(model: number, states: number): number;
  hamiltonSmooth(
    count: number,
    model: number,
    states: number,
    filtered: number,
    predicted: number,
    joint: number,
  ): void;
  kalmanColumn(y: number, x: number, count: number, q: number, v: number, at: number, out: number): void;
  kalmanLanes(y: number, x: number, count: number, q: number, v: number, at: number, out: number): void;
  lnGamma(x: number): number;
  logistic(x: number): number;
  normalQuantile(p: number): number;
  studentCdf(t: number, freedom: number): number;
  studentPdf(t: number, freedom: number): number;
}
