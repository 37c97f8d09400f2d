// The exports of the core, one line each.
export { attach, heapBase, resetGlobals } from "./attach";
export { closeBarsLanes, closeBarsScalar } from "./cycle";
export { decode, openDecoder, resume } from "./decode/decode";
export { findName, foldName, forgetName, internName, restoreName } from "./decode/names";
export { drain, snapshotTaken } from "./evaluate";
export { rebuildLists } from "./instances";
export { againstBenchmark } from "./math/benchmark";
export { changePointColumn, changePointInit } from "./math/change-point";
export { netLiquidityColumn } from "./kernels/htf/liquidity-weeks";
export { firstDayOf, monthOf, newYorkTime, weekdayOf } from "./math/civil";
export { cycleScratch, profitableCycle } from "./math/cycles";
export { cusumColumn } from "./math/cusum";
export { dickeyFuller, lagsByAic } from "./math/dickey-fuller";
export { symmetricEigen } from "./math/eigen";
export { lnLanes, lnScalar, expScalar, normalCdf } from "./math/exports";
export { hamiltonColumn, hamiltonPrepare } from "./math/hamilton";
export { hamiltonFit, hamiltonFitScratch, hamiltonImprove, hamiltonSmooth } from "./math/hamilton-fit";
export { hashWords } from "./math/hash";
export { intensityFit } from "./math/intensity";
export { isotonic } from "./math/isotonic";
export { johansen, johansenScratch, lagsByBic } from "./math/johansen";
export { maxEigenCritical, traceCritical } from "./math/johansen-table";
export { kalmanColumn, kalmanLanes } from "./math/kalman";
export { asynchronousCovariance, correlation, gridCorrelations, leadLag, sampleGrid } from "./math/lead-lag";
export { leastSquares, leastSquaresScratch } from "./math/least-squares";
export { mackinnonCritical, mackinnonP } from "./math/mackinnon";
export { ftrlLearn } from "./math/models/ftrl";
export { logisticModel, logisticRows } from "./math/models/logistic-model";
export { treeModel, treeRows } from "./math/models/tree-model";
export { drawdownColumn, performance, rollingSharpe } from "./math/performance";
export { quantileSorted, sortColumn } from "./math/quantile";
export { engleGranger, fitLine } from "./math/regression";
export { halfLifeContinuous, hurst, revert } from "./math/reversion";
export { meanT, momentsColumn, momentsInit, momentsStep } from "./math/rolling-moments";
export { lnGamma, logistic, normalQuantile, studentCdf, studentPdf } from "./math/special";
export { tailRisk } from "./math/tail";
export { ratioColumn, ratioInit, ratioStep, varianceRatio } from "./math/variance-ratio";
export { cycleEdge, venueEdge } from "./kernels/arbitrage/cycle-book";
export { run } from "./rings/worker-loop";
export { learnRowsLanes, learnRowsScalar } from "./kernels/learning/threshold-learning";
export {
  screenClock,
  screenClose,
  screenListed,
  screenRows,
  screenStatistic,
  screenTick,
} from "./kernels/statistical/pair-screen";
export { pairsBeatLanes, pairsBeatScalar } from "./kernels/statistical/pairs-trading";
export { kendall, pearson, spearman } from "./math/indicators/association";
export { ema, macd, sma } from "./math/indicators/averages";
export { bandwidth, bollinger, percentB, rollingDeviation, rollingVariance, zScore } from "./math/indicators/bands";
export { donchian } from "./math/indicators/channels";
export { adx } from "./math/indicators/direction";
export { rsi } from "./math/indicators/oscillators";
export { atr, trueRange } from "./math/indicators/ranges";
export { rollingCorrelation, rollingLine } from "./math/indicators/relations";
export { resample } from "./math/indicators/resample";
export { change, ewmaVolatility, logReturns, logReturnVolatility } from "./math/indicators/returns";
export { sweepChannel, sweepMeans, sweepNarrow, sweepPast } from "./sweep/rows";
export { sweepLanes, sweepQuick, sweepScalar } from "./sweep/run";
