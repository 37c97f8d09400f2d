# Moving averages and momentum over a tape, long or flat, filled at the next open with a fee, the equity of every bar and
# its returns and deepest fall: as columns of pandas, as columns of numpy, and as a loop that numba compiles.
#   backtest.py WAY TAPE BARS RUNS SETS FEE CAPITAL      TAPE: open and close as raw f64; SETS: fast, slow, momentum as f64
# Numba runs all sets, the others the first one. Prints the median ns of a run (numba's compiling is left out), and summed
# over the sets the last equity, closed trades, and deepest share of its peak kept.
import sys
import time

import numpy

way, path, bars, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sets = numpy.fromfile(sys.argv[5]).astype(int).reshape(-1, 3)
fast, slow, momentum = sets[0]
fee, capital = float(sys.argv[6]), float(sys.argv[7])
opens, closes = numpy.fromfile(path).reshape(2, bars)


def told(equity, entries, exits):
    """Of the columns of a run: what the others tell as well."""
    before = numpy.concatenate(([capital], equity[:-1]))
    returns = equity / before - 1
    kept = (equity / numpy.maximum.accumulate(numpy.maximum(equity, capital))).min()
    sums = returns.sum(), (returns * returns).sum(), (numpy.minimum(returns, 0) ** 2).sum()
    return equity[-1], exits, kept, sums


def from_sides(side):
    """Equity when the side of each bar's open is given: 1 long, 0 flat."""
    was = numpy.concatenate(([0.0], side[:-1]))
    entered, left = side > was, side < was
    previous = numpy.concatenate((closes[:1], closes[:-1]))
    # Over night what was held, over the day what is held; a fee at each fill.
    night = numpy.where(was > 0, opens / previous, 1.0)
    day = numpy.where(side > 0, closes / opens, 1.0)
    paid = numpy.where(entered, 1 / (1 + fee), numpy.where(left, 1 - fee, 1.0))
    return told(capital * numpy.cumprod(night * paid * day), entered.sum(), left.sum())


def by_pandas():
    close = pandas.Series(closes)
    near, far, past = close.rolling(fast).mean(), close.rolling(slow).mean(), close.shift(momentum)
    wanted = pandas.Series(numpy.nan, index=close.index)
    wanted[(far < near) & (past < close)] = 1.0
    wanted[(near < far) & (close < past)] = 0.0
    return from_sides(wanted.ffill().shift(1).fillna(0.0).to_numpy())


def by_numpy():
    level = closes[0]
    sums = numpy.concatenate(([0.0], numpy.cumsum(closes - level)))

    def mean(length):
        out = numpy.full(bars, numpy.nan)
        out[length - 1 :] = level + (sums[length:] - sums[:-length]) / length
        return out

    near, far = mean(fast), mean(slow)
    past = numpy.concatenate((numpy.full(momentum, numpy.nan), closes[:-momentum]))
    up, down = (far < near) & (past < closes), (near < far) & (closes < past)
    latest = numpy.maximum.accumulate(numpy.where(up | down, numpy.arange(bars), -1))
    wanted = numpy.where(latest >= 0, up[latest], False)
    return from_sides(numpy.concatenate(([0.0], wanted[:-1].astype(float))))


def loop(opens, closes, fast, slow, momentum, fee, capital):
    cash, units, side = capital, 0.0, 0
    before, peak, kept = capital, capital, 1.0
    near, far = 0.0, 0.0
    returns, squares, losses, trades = 0.0, 0.0, 0.0, 0
    wanted = 0
    for t in range(len(closes)):
        if wanted != side:
            price = opens[t]
            if wanted == 1:
                units = cash / (price * (1 + fee))
                cash = 0.0
            else:
                cash = units * price * (1 - fee)
                units = 0.0
                trades += 1
            side = wanted
        price = closes[t]
        equity = cash + units * price
        change = equity / before - 1
        returns += change
        squares += change * change
        if change < 0:
            losses += change * change
        peak = max(peak, equity)
        kept = min(kept, equity / peak)
        before = equity
        near += price
        far += price
        if t >= fast:
            near -= closes[t - fast]
        if t >= slow:
            far -= closes[t - slow]
        if t + 1 < slow or t < momentum:
            continue
        past = closes[t - momentum]
        if far / slow < near / fast and past < price:
            wanted = 1
        elif near / fast < far / slow and price < past:
            wanted = 0
    return before, trades, kept, (returns, squares, losses)


if way == "pandas":
    import pandas

    run = by_pandas
elif way == "numpy":
    run = by_numpy
else:
    import numba

    compiled = numba.njit(loop)

    @numba.njit
    def all_sets(opens, closes, sets, fee, capital):
        equities, trades, kept = 0.0, 0, 0.0
        for at in range(len(sets)):
            told = compiled(opens, closes, sets[at, 0], sets[at, 1], sets[at, 2], fee, capital)
            equities += told[0]
            trades += told[1]
            kept += told[2]
        return equities, trades, kept, 0

    def run():
        return all_sets(opens, closes, sets, fee, capital)


run()
times = []
for _ in range(runs):
    begin = time.perf_counter_ns()
    equity, trades, kept, _ = run()
    times.append(time.perf_counter_ns() - begin)
print(sorted(times)[runs // 2], repr(float(equity)), int(trades), repr(float(kept)))
