// Moving averages and momentum over a tape in C: what the machine allows without WebAssembly. The same arithmetic in the
// same order as assembly/sweep/ and bench/plain/ma-momentum.ts, so that all figures and the hash of the trades are equal.
//   gcc -O3 -march=native -ffp-contract=off -o backtest backtest.c -lm
//   backtest TAPE BARS RUNS FAST SLOW MOMENTUM SHORT FEE CAPITAL    TAPE: open and close as raw f64; prints the median ns
//                                    of a run, then equity, trades, hash, kept, returns, squares, losses, won, lost, fees
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SPAN = 1024 };
static int bars;
static double *restrict open_, *restrict close_, *restrict fast_mean, *restrict slow_mean, *restrict tails;

static void means(const double *restrict x, int n, double *restrict out) {
  const double share = 1.0 / n;
  for (int j = 0; j < n; j++) tails[j] = 0;
  for (int start = 0; start < bars; start += n) {
    const int used = bars - start < n ? bars - start : n;
    const double level = x[start];
    double sum = 0;
    if (start > 0) {
      const double *block = x + start - n;
      int i = n - 2;
      tails[n - 1] = 0;
      for (; i >= 1; i -= 2) {
        const double far = block[i + 1] - level, both = block[i] - level + far;
        tails[i - 1] = both + sum, tails[i] = far + sum;
        sum += both;
      }
      if (i == 0) tails[0] = block[1] - level + sum;
    }
    sum = 0;
    int j = 0;
    for (; j + 1 < used; j += 2) {
      const double one = x[start + j] - level, two = x[start + j + 1] - level + one;
      out[start + j] = level + (tails[j] + (one + sum)) * share;
      out[start + j + 1] = level + (tails[j + 1] + (two + sum)) * share;
      sum += two;
    }
    if (j < used) out[start + j] = level + (tails[j] + (x[start + j] - level + sum)) * share;
  }
}

typedef struct {
  double fee, cash, units, entry, entry_fee, won, lost, fees;
  int entry_bar, trades, wins, held;
  uint32_t hash;
} Book;

static uint32_t stir(uint32_t hash, uint32_t word) {
  const uint32_t x = (hash ^ word) * 0x9e3779b1u;
  return ((x << 13) | (x >> 19)) * 5 + 0xe6546b64u;
}

static __attribute__((noinline)) void trade(Book *book, int bar, double price, int side) {
  if (book->units != 0) {
    const double brought = book->units * (price - book->entry), paid = fabs(book->units) * price * book->fee;
    const double profit = brought - paid - book->entry_fee;
    uint64_t bits;
    memcpy(&bits, &profit, 8);
    const uint32_t place = book->units < 0 ? ~(uint32_t)book->entry_bar : (uint32_t)book->entry_bar;
    book->hash = stir(stir(stir(stir(book->hash, place), bar), (uint32_t)bits), (uint32_t)(bits >> 32));
    book->cash += brought - paid, book->units = 0;
    book->trades++, book->held += bar - book->entry_bar, book->fees += paid + book->entry_fee;
    if (profit > 0) book->wins++, book->won += profit;
    else book->lost += profit;
  }
  if (side == 0 || !(book->cash > 0)) return;
  const double units = book->cash / (price * (1 + book->fee));
  book->entry_fee = units * price * book->fee, book->cash -= book->entry_fee;
  book->units = side * units, book->entry = price, book->entry_bar = bar;
}

static double figures[5];
static Book run(int fast, int slow, int momentum, int shorts, double fee, double capital) {
  Book book = {.fee = fee, .cash = capital};
  const int below = shorts ? -1 : 0, first = slow - 1 > momentum ? slow - 1 : momentum;
  int side = 0, filled = 0;
  double cash = capital, units = 0, entry = 0, before = capital, peak = capital, kept = 1;
  double returns = 0, squares = 0, losses = 0;
  means(close_, fast, fast_mean);
  means(close_, slow, slow_mean);
  for (int start = 0; start < bars; start += SPAN) {
    const int end = bars - start < SPAN ? bars : start + SPAN;
    double sum = 0, squared = 0, lost = 0;
    for (int t = start; t < end; t++) {
      const double price = close_[t], equity = cash + units * (price - entry);
      const double change = (equity - before) / before, loss = change < 0 ? change : 0;
      sum += change, squared += change * change, lost += loss * loss;
      if (peak < equity) peak = equity;
      if (equity < peak * kept) kept = equity / peak;
      before = equity;
      if (t < first) continue;
      const double near = fast_mean[t], far = slow_mean[t], past = close_[t - momentum];
      side = far < near && past < price ? 1 : near < far && price < past ? below : side;
      if (side == filled || t + 1 == bars) continue;
      filled = side;
      trade(&book, t + 1, open_[t + 1], side);
      cash = book.cash, units = book.units, entry = book.entry;
    }
    returns += sum, squares += squared, losses += lost;
  }
  const double all[5] = {before, kept, returns, squares, losses};
  memcpy(figures, all, sizeof all);
  return book;
}

static int ascending(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

int main(int argc, char **argv) {
  if (argc != 10) return 2;
  bars = atoi(argv[2]);
  const int runs = atoi(argv[3]), fast = atoi(argv[4]), slow = atoi(argv[5]), momentum = atoi(argv[6]);
  double *times = malloc(runs * sizeof(double)), **columns[2] = {(double **)&open_, (double **)&close_};
  FILE *file = fopen(argv[1], "rb");
  for (int c = 0; c < 2; c++) {
    *columns[c] = malloc(bars * sizeof(double));
    if (!file || fread(*columns[c], sizeof(double), bars, file) != (size_t)bars) return 3;
  }
  fast_mean = malloc(bars * sizeof(double)), slow_mean = malloc(bars * sizeof(double));
  tails = malloc((fast > slow ? fast : slow) * sizeof(double));
  Book book = {0};
  for (int at = 0; at < runs; at++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    book = run(fast, slow, momentum, atoi(argv[7]), atof(argv[8]), atof(argv[9]));
    clock_gettime(CLOCK_MONOTONIC, &to);
    times[at] = (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
  }
  qsort(times, runs, sizeof(double), ascending);
  printf("%.0f %.17g %d %u %.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", times[runs / 2], figures[0], book.trades, book.hash,
         figures[1], figures[2], figures[3], figures[4], book.won, book.lost, book.fees);
  return 0;
}
