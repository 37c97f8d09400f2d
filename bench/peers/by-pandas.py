# The seven indicators by pandas, over the same bars: by-pandas.py COLUMNS COUNT RUNS, where COLUMNS holds high, low and
# close as raw f64. Prints the median ns of all seven and the last value of each of the twelve outputs.
# Wilder's averages are ewm(alpha=1/n) from the first change, so they agree with ours after the first few hundred bars.
import sys
import time

import numpy
import pandas

path, count, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
high, low, close = (pandas.Series(column) for column in numpy.fromfile(path).reshape(3, count))


def seven():
    change = close.diff()
    gain = change.clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
    loss = (-change).clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
    middle = close.rolling(20).mean()
    width = 2 * close.rolling(20).std(ddof=0)
    before = close.shift()
    span = numpy.fmax(high, before) - numpy.fmin(low, before)
    line = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
    signal = line.ewm(span=9, adjust=False).mean()
    return [
        close.rolling(50).mean(),
        close.ewm(span=50, adjust=False).mean(),
        100 * gain / (gain + loss),
        middle,
        middle + width,
        middle - width,
        span.ewm(alpha=1 / 14, adjust=False).mean(),
        high.rolling(20).max(),
        low.rolling(20).min(),
        line,
        signal,
        line - signal,
    ]


times = []
for _ in range(runs):
    begin = time.perf_counter_ns()
    outputs = seven()
    times.append(time.perf_counter_ns() - begin)
print(sorted(times)[runs // 2], *(repr(float(column.iloc[-1])) for column in outputs))
