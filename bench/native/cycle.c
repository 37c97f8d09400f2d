// The cycle driver in C, two lanes at a time over the engine's own memory image: what the machine allows without
// WebAssembly. Same operations in the same order as assembly/cycle.ts and its kernels (rules left out, as in
// bench/plain/cycle.ts), so the memory must come out equal to the bit; fused multiply-add is forbidden for that reason.
//   gcc -O3 -march=native -ffp-contract=off -o cycle cycle.c -lm
//   cycle IMAGE CYCLES    runs CYCLES bars over every series of the image, prints "<median ns per cycle> <hash>"
// Every series is taken to be due in every cycle, and every block to hold two lanes in lockstep (the bench sees to it).
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef double v2 __attribute__((vector_size(16)));
typedef int64_t m2 __attribute__((vector_size(16)));

enum { HEADER = 65536, PLAN = HEADER + 128 };
enum { GLOBALS = 4, SYMBOLS = 7, SERIES = 8, HISTORY = 9, MOMENTUM = 10 + 6, SPREAD = 10 + 10 };
enum { SERIES_COLUMNS = 32, MOMENTUM_COLUMNS = 28, SPREAD_COLUMNS = 58, SYMBOL_BYTES = 256 };
enum { HISTORY_SLOTS = 512, VOLUME_SLOTS = 32, VOLUME_WINDOW = 20, FEATURE_SLOTS = 252 };
enum { TILE_ROW = 128, HISTORY_TILE = (HISTORY_SLOTS + VOLUME_SLOTS + FEATURE_SLOTS) * TILE_ROW };
enum { COUNT = 1, LN = 2, CLOSE = 3, HIGH = 4, LOW = 5, VOLUME = 6, VARIANCE = 7, ATR = 8, VOLUME_SUM = 9 };
enum { OPEN_END = 10, OPEN_CLOSE, OPEN_HIGH, OPEN_LOW, OPEN_VOLUME, SERIES_SYMBOL = 15, SERIES_TIME = 18, FIRST_CELL = 22 };
enum { CELL_NEXT = 3, LINK_SHIFT = 5, MOMENTUM_CODE = 6, SPREAD_CODE = 10 };

static uint8_t *memory;
static uint32_t plan(int index) { return *(uint32_t *)(memory + PLAN + 4 * index); }
static uint32_t used(int offset) { return *(uint32_t *)(memory + plan(GLOBALS) + offset); }
static v2 *column(uint8_t *at, int index) { return (v2 *)(at + 16 * index); }
static double *lane_column(uint8_t *at, int index) { return (double *)(at + 16 * index); }
static v2 pick(m2 condition, v2 a, v2 b) { return (v2)((condition & (m2)a) | (~condition & (m2)b)); }
static v2 larger(v2 a, v2 b) { return pick(a < b, b, a); }
static v2 smaller(v2 a, v2 b) { return pick(b < a, b, a); }
static v2 magnitude(v2 a) { return (v2)((m2)a & (m2){INT64_MAX, INT64_MAX}); }
static v2 both(double x) { return (v2){x, x}; }
static v2 root(v2 a) { return (v2){sqrt(a[0]), sqrt(a[1])}; }

static v2 ln(v2 x) {
  const m2 shifted = (m2)larger(x, both(2.2250738585072014e-308)) + (int64_t)0x00095f6200000000;
  const v2 m = (v2)((shifted & 0x000fffffffffffff) + 0x3fe6a09e00000000);
  const v2 k = (v2)((m2)((__typeof__(shifted))(((uint64_t __attribute__((vector_size(16))))shifted) >> 52)) | 0x4330000000000000) - 4503599627371519.0;
  const v2 f = m - 1.0, s = f / (f + 2.0), z = s * s, w = z * z;
  const v2 odd = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const v2 tail = 2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1);
  const v2 even = z * (6.66666666666673513e-1 + w * tail), half = 0.5 * f * f;
  const v2 small = s * (half + (odd + even)) + k * 1.90821492927058770002e-10;
  return k * 6.93147180369123816490e-1 + (f + (small - half));
}

static void take_sample(uint8_t *at, uint8_t *window) {
  const v2 close = *column(at, OPEN_CLOSE), high = *column(at, OPEN_HIGH), low = *column(at, OPEN_LOW);
  const v2 volume = *column(at, OPEN_VOLUME), count = *column(at, COUNT), end = *column(at, OPEN_END);
  const v2 ln_close = ln(close), step = ln_close - *column(at, LN), square = step * step;
  const v2 blended = 0.94 * *column(at, VARIANCE) + (1.0 - 0.94) * square;
  const v2 variance = pick(count < 0.5, both(0), pick(count < 1.5, square, blended));
  const v2 previous = *column(at, CLOSE);
  const v2 range = larger(high - low, larger(magnitude(high - previous), magnitude(low - previous)));
  const v2 atr = *column(at, ATR), sum = atr + range, weighed = 13.0 * atr + range;
  const v2 mean = pick(count < 14.5, sum, weighed) / 14.0;
  *column(at, VARIANCE) = larger(variance, both(1e-30));
  *column(at, ATR) = pick(count < 0.5, both(0), larger(pick(count < 13.5, sum, mean), both(1e-30)));
  *column(at, LN) = ln_close;
  *column(at, CLOSE) = close;
  *column(at, HIGH) = high;
  *column(at, LOW) = low;
  *column(at, VOLUME) = volume;
  *column(at, SERIES_TIME) = end;
  *column(at, COUNT) = count + 1.0;
  const int64_t n = (int64_t)count[0];
  *(v2 *)(window + TILE_ROW * (n & (HISTORY_SLOTS - 1))) = ln_close;
  uint8_t *volumes = window + HISTORY_SLOTS * TILE_ROW;
  const v2 leaving = *(v2 *)(volumes + TILE_ROW * ((n - VOLUME_WINDOW) & (VOLUME_SLOTS - 1)));
  *(v2 *)(volumes + TILE_ROW * (n & (VOLUME_SLOTS - 1))) = volume;
  if ((n & 1023) != 1023) {
    *column(at, VOLUME_SUM) = *column(at, VOLUME_SUM) + volume - leaving;
  } else {
    v2 exact = both(0);
    for (int back = VOLUME_WINDOW - 1; back >= 0; back--) exact += *(v2 *)(volumes + TILE_ROW * ((n - back) & (VOLUME_SLOTS - 1)));
    *column(at, VOLUME_SUM) = exact;
  }
  *column(at, OPEN_END) = both(0);
}

static void momentum(uint8_t *cell, uint8_t *at, uint8_t *window) {
  const v2 count = *column(at, COUNT), now = *column(at, LN), sigma = root(*column(at, VARIANCE));
  v2 sum = both(0), weight = both(0), trend = both(0), longest = both(0), shortest = both(HISTORY_SLOTS);
  for (int j = 0; j < 3; j++) {
    const v2 horizon = *column(cell, 16 + j);
    const m2 filled = horizon < count;
    const int64_t slot = (int64_t)(count[0] - 1.0 - horizon[0]) & (HISTORY_SLOTS - 1);
    const v2 move = now - *(v2 *)(window + TILE_ROW * slot);
    sum += pick(filled, move * *column(cell, 19 + j), both(0));
    weight += pick(filled, *column(cell, 22 + j), both(0));
    const m2 longer = filled & (longest < horizon);
    trend = pick(longer, move, trend);
    longest = pick(longer, horizon, longest);
    shortest = pick(horizon < shortest, horizon, shortest);
  }
  *column(cell, 25) = pick(both(0) < weight, sum / (sigma * weight), both(0));
  *column(cell, 26) = trend / larger(longest, both(1));
  *column(cell, 5) = larger(both(0), shortest + 1.0 - count);
}

static v2 rate(v2 value, v2 memory_s, v2 square, v2 dt) {
  return larger((value * memory_s + square) / larger(memory_s + dt, both(1e-6)), both(1e-30));
}

static void spread(uint8_t *cell, v2 mid, v2 time) {
  const v2 zero = both(0), last = *column(cell, 17);
  const m2 started = zero < last;
  const v2 dt = pick(started, larger(zero, (time - last) * 1e-6), zero);
  const v2 move = pick(started, mid - *column(cell, 16), zero), square = move * move, elapsed = *column(cell, 18);
  const v2 fast = rate(*column(cell, 19), smaller(elapsed, both(60)), square, dt);
  const v2 slow = rate(*column(cell, 20), smaller(elapsed, both(3600)), square, dt);
  const m2 moved = zero < square;
  const v2 moves = *column(cell, 22), memory_n = smaller(moves, both(199)), old = *column(cell, 21);
  const v2 tick = (old * memory_n + square) / (memory_n + 1.0);
  *column(cell, 19) = fast;
  *column(cell, 20) = slow;
  *column(cell, 21) = larger(pick(moved, tick, old), both(1e-30));
  const v2 counted = pick(moved, moves + 1.0, moves);
  *column(cell, 22) = counted;
  *column(cell, 5) = larger(zero, 20.0 - counted) + pick(zero < *column(cell, 24), zero, both(1));
  *column(cell, 36) = pick(*column(cell, 35) * slow < fast, both(1), zero);
  *column(cell, 18) = elapsed + dt;
  *column(cell, 16) = mid;
  *column(cell, 17) = pick(started, larger(time, last), time);
  const v2 gamma = *column(cell, 26), normalised = *column(cell, 28);
  const v2 noise = pick(both(0.5) < normalised, root(*column(cell, 21)), fast);
  const v2 risk = gamma * noise * *column(cell, 27), half = 0.5 * (risk + *column(cell, 34));
  const v2 kept = smaller(larger(half, *column(cell, 29) * mid), *column(cell, 30) * mid);
  const v2 reservation = mid - *column(cell, 23) * risk;
  *column(cell, 31) = reservation - kept;
  *column(cell, 32) = reservation + kept;
}

static double symbol_value(double symbol, int offset) {
  return *(double *)(memory + plan(SYMBOLS) + (size_t)symbol * SYMBOL_BYTES + offset);
}

static void spread_block(uint8_t *cell, uint8_t *at) {
  const v2 sampled = *column(at, SERIES_TIME), last = *column(cell, 17);
  v2 mid;
  for (int side = 0; side < 2; side++) {
    const double symbol = lane_column(cell, 1)[side];
    mid[side] = 0.5 * (symbol_value(symbol, 80) + symbol_value(symbol, 88));
  }
  spread(cell, mid, pick(last < sampled, sampled, last));
}

static void cycle(void) {
  const uint32_t series = used(36);
  for (uint32_t i = 0; i < series; i += 2) {
    uint8_t *at = memory + plan(SERIES) + (size_t)(i >> 1) * SERIES_COLUMNS * 16;
    uint8_t *window = memory + plan(HISTORY) + (size_t)(i >> 4) * HISTORY_TILE + (i & 15) * 8;
    if (!(lane_column(at, OPEN_END)[0] > 0)) continue;
    take_sample(at, window);
    for (int side = 0; side < 2; side++) {
      const size_t row = plan(SYMBOLS) + (size_t)lane_column(at, SERIES_SYMBOL)[side] * SYMBOL_BYTES;
      *(double *)(memory + row + 152) += 1;
    }
    for (uint32_t link = (uint32_t)*lane_column(at, FIRST_CELL); link != 0;) {
      const uint32_t code = (link - 1) & ((1 << LINK_SHIFT) - 1), block = (link - 1) >> (LINK_SHIFT + 1);
      const int columns = code == MOMENTUM_CODE ? MOMENTUM_COLUMNS : SPREAD_COLUMNS;
      uint8_t *cell = memory + plan(10 + code) + (size_t)block * columns * 16;
      if (code == MOMENTUM_CODE) momentum(cell, at, window);
      else spread_block(cell, at);
      link = (uint32_t)*lane_column(cell, CELL_NEXT);
    }
  }
}

static uint64_t mix(uint64_t hash, uint64_t word) {
  const uint64_t x = (hash ^ word) * 0x9e3779b97f4a7c15ull;
  return ((x << 29) | (x >> 35)) * 0xbf58476d1ce4e5b9ull;
}
static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 2;
  fseek(file, 0, SEEK_END);
  const size_t size = (size_t)ftell(file);
  rewind(file);
  memory = aligned_alloc(128, (size + 127) / 128 * 128);
  if (fread(memory, 1, size, file) != size) return 2;
  const int cycles = atoi(argv[2]);
  const uint32_t series = used(36);
  double *prices = malloc(series * sizeof(double)), *times = malloc((size_t)cycles * sizeof(double));
  for (uint32_t i = 0; i < series; i++) prices[i] = 100;
  uint32_t x = 7;
  double end = 0;
  for (int c = 0; c < cycles; c++) {
    end += 1e6;
    for (uint32_t i = 0; i < series; i++) {
      uint8_t *at = memory + plan(SERIES) + (size_t)(i >> 1) * SERIES_COLUMNS * 16 + 8 * (i & 1);
      x = x * 1664525u + 1013904223u;
      const double price = prices[i] *= 1.0 + (x / 4294967296.0 - 0.5) * 0.002;
      *lane_column(at, OPEN_END) = end;
      *lane_column(at, OPEN_CLOSE) = price;
      *lane_column(at, OPEN_HIGH) = price * 1.0001;
      *lane_column(at, OPEN_LOW) = price * 0.9999;
      *lane_column(at, OPEN_VOLUME) = 10;
    }
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    cycle();
    clock_gettime(CLOCK_MONOTONIC, &b);
    times[c] = (b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec);
  }
  uint64_t hash = 0;
  const size_t sizes[][2] = {
      {plan(SERIES), (size_t)(series + 1) / 2 * SERIES_COLUMNS * 16},
      {plan(HISTORY), (size_t)(series + 15) / 16 * HISTORY_TILE},
      {plan(MOMENTUM), (size_t)(used(256 + 4 * 6) + 1) / 2 * MOMENTUM_COLUMNS * 16},
      {plan(SPREAD), (size_t)(used(256 + 4 * 10) + 1) / 2 * SPREAD_COLUMNS * 16},
  };
  for (int r = 0; r < 4; r++)
    for (size_t o = 0; o < sizes[r][1]; o += 8) hash = mix(hash, *(uint64_t *)(memory + sizes[r][0] + o));
  qsort(times, (size_t)cycles, sizeof(double), ascending);
  printf("%.0f %llu\n", times[cycles / 2], (unsigned long long)hash);
  return 0;
}
