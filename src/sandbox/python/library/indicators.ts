// The indicators that a Python strategy has as builtins: what it gives is checked here, in the interpreter's own Python,
// and computed by the host (../indicators.ts) on a column of f64. NaN while there are too few values.
export const INDICATORS = `
from array import array as _array
from uctypes import addressof as _address

_answer = _array("d", [0.0, 0.0, 0.0])
_answer_at = _address(_answer)

# What a list and its numbers look like in memory; the host finds the numbers of another list by it.
_sample = [1.5, 7, -2.25]
_sample_at = id(_sample)

def _column(name, values):
    try:
        return _array("d", values._v if type(values).__name__ == "ndarray" else values)
    except (TypeError, ValueError):
        raise TypeError(name + " needs a list of numbers")

def _period(name, n):
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 1000000:
        raise ValueError("%s needs a period that is a whole number from 1 to 1000000" % name)

def _compute(which, name, values, n, second=0.0, third=0.0):
    _period(name, n)
    if type(values) is list and _host(which, id(values), -1, n, second, third, _answer_at, _sample_at):
        return _answer[0]
    column = _column(name, values)
    _host(which, _address(column), len(column), n, second, third, _answer_at, _sample_at)
    return _answer[0]

def calculate_sma(prices, period=20):
    return _compute(0, "calculate_sma", prices, period)

def calculate_ema(prices, period=20):
    return _compute(1, "calculate_ema", prices, period)

def calculate_std(prices, period=20):
    return _compute(2, "calculate_std", prices, period)

def calculate_zscore(prices, period=20):
    return _compute(3, "calculate_zscore", prices, period)

def calculate_rsi(prices, period=14):
    return _compute(4, "calculate_rsi", prices, period)

def calculate_macd(prices, fast=12, slow=26, signal=9):
    _period("calculate_macd", slow)
    _period("calculate_macd", signal)
    _compute(5, "calculate_macd", prices, fast, slow, signal)
    return _answer[0], _answer[1], _answer[2]

def calculate_bollinger(prices, period=20, width=2.0):
    _compute(6, "calculate_bollinger", prices, period, float(width))
    return _answer[0], _answer[1], _answer[2]

def calculate_atr(highs, lows, closes, period=14):
    _period("calculate_atr", period)
    n = min(len(highs), len(lows), len(closes))
    column = _column("calculate_atr", list(highs)[len(highs) - n:] + list(lows)[len(lows) - n:] + list(closes)[len(closes) - n:])
    _host(7, _address(column), len(column), period, 0.0, 0.0, _answer_at, _sample_at)
    return _answer[0]
`;
