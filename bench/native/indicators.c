// The seven indicators in C over the same bars, one after the other: what the machine allows without WebAssembly. The
// recursions as anyone would write them, windows by running sums, the channel by blocks; no fast-math, so the chains of
// additions stay chains.
//   gcc -O3 -march=native -ffp-contract=off -o indicators indicators.c -lm
//   indicators COLUMNS COUNT RUNS    COLUMNS: high, low, close as raw f64; prints the median ns of all seven, and the
//                                    last value of each of the twelve outputs
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int count;
static double *high, *low, *close_, *out[12];

static void sma(const double *x, int n, double *y) {
  double sum = 0, share = 1.0 / n;
  for (int t = 0; t < n; t++) sum += x[t], y[t] = NAN;
  y[n - 1] = sum * share;
  for (int t = n; t < count; t++) sum += x[t] - x[t - n], y[t] = sum * share;
}
static void ema(const double *x, int n, double *y) {
  const double gain = 2.0 / (n + 1), keep = 1 - gain;
  double value = 0;
  for (int t = 0; t < n; t++) value += x[t] / n, y[t] = NAN;
  y[n - 1] = value;
  for (int t = n; t < count; t++) y[t] = value = value * keep + x[t] * gain;
}
static void rsi(const double *x, int n, double *y) {
  const double keep = (n - 1.0) / n;
  double gains = 0, losses = 0;
  y[0] = NAN;
  for (int t = 1; t < count; t++) {
    const double change = x[t] - x[t - 1], size = fabs(change), rate = t > n ? keep : 1;
    gains = gains * rate + 0.5 * (size + change);
    losses = losses * rate + 0.5 * (size - change);
    y[t] = t < n ? NAN : 100 * gains / (gains + losses);
  }
}
static void bollinger(const double *x, int n, double k, double *middle, double *upper, double *lower) {
  const double share = 1.0 / n;
  double mean = 0, squares = 0;
  for (int t = 0; t < n; t++) mean += x[t] * share, middle[t] = upper[t] = lower[t] = NAN;
  for (int t = 0; t < n; t++) squares += (x[t] - mean) * (x[t] - mean);
  for (int t = n - 1; t < count; t++) {
    if (t >= n) {
      const double before = mean, step = x[t] - x[t - n];
      mean += step * share;
      squares += step * (x[t] - mean + x[t - n] - before);
    }
    const double variance = squares * share, width = k * sqrt(variance > 0 ? variance : 0);
    middle[t] = mean, upper[t] = mean + width, lower[t] = mean - width;
  }
}
static void atr(int n, double *y) {
  const double gain = 1.0 / n, keep = 1 - gain;
  double value = 0, sum = 0;
  y[0] = NAN;
  for (int t = 1; t < count; t++) {
    const double before = close_[t - 1];
    const double top = high[t] > before ? high[t] : before, bottom = low[t] < before ? low[t] : before;
    if (t > n) value = value * keep + (top - bottom) * gain;
    else sum += top - bottom, value = t == n ? sum * gain : NAN;
    y[t] = value;
  }
}
static void donchian(int n, double *upper, double *lower) {
  for (int start = 0; start < count; start += n) {
    const int end = start + n < count ? start + n : count;
    double top = -INFINITY, bottom = INFINITY;
    for (int t = start - 1; start > 0 && t >= start - n; t--) {
      if (t + n < end) upper[t + n] = top, lower[t + n] = bottom;
      top = high[t] > top ? high[t] : top, bottom = low[t] < bottom ? low[t] : bottom;
    }
    top = -INFINITY, bottom = INFINITY;
    for (int t = start; t < end; t++) {
      top = high[t] > top ? high[t] : top, bottom = low[t] < bottom ? low[t] : bottom;
      upper[t] = start > 0 && upper[t] > top ? upper[t] : top;
      lower[t] = start > 0 && lower[t] < bottom ? lower[t] : bottom;
    }
  }
  for (int t = 0; t < n - 1; t++) upper[t] = lower[t] = NAN;
}
static void macd(const double *x, int fast, int slow, int signal, double *line, double *signals, double *histogram) {
  const double gain[3] = {2.0 / (fast + 1), 2.0 / (slow + 1), 2.0 / (signal + 1)};
  double quick = 0, calm = 0, third = 0;
  const int first = slow + signal - 2;
  for (int t = 0; t < count; t++) {
    quick = t < fast ? quick + x[t] / fast : quick * (1 - gain[0]) + x[t] * gain[0];
    calm = t < slow ? calm + x[t] / slow : calm * (1 - gain[1]) + x[t] * gain[1];
    const double value = quick - calm;
    if (t >= slow - 1) third = t <= first ? third + value / signal : third * (1 - gain[2]) + value * gain[2];
    line[t] = t < slow - 1 ? NAN : value;
    signals[t] = t < first ? NAN : third;
    histogram[t] = t < first ? NAN : value - third;
  }
}
static int ascending(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  count = atoi(argv[2]);
  const int runs = atoi(argv[3]);
  double **columns[3] = {&high, &low, &close_}, *times = malloc(runs * sizeof(double));
  FILE *file = fopen(argv[1], "rb");
  for (int c = 0; c < 3; c++) {
    *columns[c] = malloc(count * sizeof(double));
    if (!file || fread(*columns[c], sizeof(double), count, file) != (size_t)count) return 3;
  }
  for (int c = 0; c < 12; c++) out[c] = malloc(count * sizeof(double));
  for (int run = 0; run < runs; run++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    sma(close_, 50, out[0]);
    ema(close_, 50, out[1]);
    rsi(close_, 14, out[2]);
    bollinger(close_, 20, 2, out[3], out[4], out[5]);
    atr(14, out[6]);
    donchian(20, out[7], out[8]);
    macd(close_, 12, 26, 9, out[9], out[10], out[11]);
    clock_gettime(CLOCK_MONOTONIC, &to);
    times[run] = (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
  }
  qsort(times, runs, sizeof(double), ascending);
  printf("%.0f", times[runs / 2]);
  for (int c = 0; c < 12; c++) printf(" %.17g", out[c][count - 1]);
  printf("\n");
  return 0;
}
