// Engle-Granger without lags as anybody would write it: two passes over the window of one pair.
export function engleGrangerPlain(y: Float64Array, x: Float64Array): number {
  const n = y.length;
  let meanY = 0;
  let meanX = 0;
  for (let t = 0; t < n; t++) {
    meanY += y[t]!;
    meanX += x[t]!;
  }
  meanY /= n;
  meanX /= n;
  let xx = 0;
  let xy = 0;
  for (let t = 0; t < n; t++) {
    xx += (x[t]! - meanX) * (x[t]! - meanX);
    xy += (x[t]! - meanX) * (y[t]! - meanY);
  }
  const beta = xy / xx;
  let before = y[0]! - meanY - beta * (x[0]! - meanX);
  let lagged = 0;
  let product = 0;
  let steps = 0;
  for (let t = 1; t < n; t++) {
    const residual = y[t]! - meanY - beta * (x[t]! - meanX);
    const step = residual - before;
    lagged += before * before;
    product += before * step;
    steps += step * step;
    before = residual;
  }
  return product * Math.sqrt((n - 2) / (lagged * steps - product * product));
}
