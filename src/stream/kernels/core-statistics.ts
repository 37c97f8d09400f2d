// The part of the core's exports that is statistics over columns: batch forms of assembly/math, for tests, backtests and
// learning. Every argument that is an address is a byte address in the core's memory; results are written there.
export interface StatisticsExports {
  againstBenchmark(r: number, b: number, count: number, periods: number, out: number): number;
  asynchronousCovariance(ta: number, a: number, na: number, tb: number, b: number, nb: number, lag: number): number;
  changePointColumn(x: number, count: number, at: number, out: number): void;
  changePointInit(at: number, hazard: number, mean: number, kappa: number, alpha: number, beta: number): void;
  correlation(a: number, b: number, count: number): number;
  firstDayOf(month: number): number;
  monthOf(day: number): number;
  netLiquidityColumn(
    assets: number,
    treasury: number,
    repos: number,
    count: number,
    assetsUnit: number,
    treasuryUnit: number,
    reposUnit: number,
    out: number,
  ): void;
  newYorkTime(day: number, hours: number): number;
  weekdayOf(day: number): number;
  cusumColumn(x: number, count: number, k: number, h: number, at: number, out: number): void;
  drawdownColumn(r: number, count: number, out: number): void;
  gridCorrelations(a: number, b: number, count: number, most: number, out: number): number;
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
  intensityFit(
    counts: number,
    buckets: number,
    nearest: number,
    width: number,
    exposure: number,
    out: number,
    stride: number,
  ): number;
  isotonic(y: number, w: number, count: number, scratch: number): number;
  kalmanColumn(y: number, x: number, count: number, q: number, v: number, at: number, out: number): void;
  kalmanLanes(y: number, x: number, count: number, q: number, v: number, at: number, out: number): void;
  leadLag(
    ta: number,
    a: number,
    na: number,
    tb: number,
    b: number,
    nb: number,
    from: number,
    step: number,
    lags: number,
    out: number,
  ): number;
  leastSquares(
    y: number,
    x: number,
    stride: number,
    regressors: number,
    count: number,
    constant: number,
    out: number,
    scratch: number,
  ): number;
  leastSquaresScratch(regressors: number, count: number): number;
  lnGamma(x: number): number;
  logistic(x: number): number;
  meanT(x: number, count: number): number;
  momentsColumn(x: number, count: number, n: number, at: number, out: number): void;
  momentsInit(at: number): void;
  momentsStep(at: number, ring: number, mask: number, shift: number, count: number, n: number): number;
  normalQuantile(p: number): number;
  performance(r: number, count: number, periods: number, rate: number, out: number): number;
  quantileSorted(x: number, count: number, p: number): number;
  ratioColumn(x: number, count: number, n: number, q: number, at: number, out: number): void;
  ratioInit(at: number): void;
  ratioStep(
    at: number,
    ring: number,
    mask: number,
    shift: number,
    count: number,
    n: number,
    q: number,
    spread: number,
  ): number;
  rollingSharpe(r: number, count: number, n: number, periods: number, at: number, out: number): void;
  sampleGrid(
    times: number,
    values: number,
    count: number,
    from: number,
    step: number,
    points: number,
    out: number,
  ): void;
  sortColumn(x: number, count: number): void;
  studentCdf(t: number, freedom: number): number;
  studentPdf(t: number, freedom: number): number;
  tailRisk(
    r: number,
    count: number,
    p: number,
    mean: number,
    deviation: number,
    skew: number,
    kurtosis: number,
    out: number,
    scratch: number,
  ): void;
  varianceRatio(x: number, count: number, q: number, out: number): number;
}
