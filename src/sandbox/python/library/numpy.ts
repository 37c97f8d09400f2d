// The part of numpy that a Python strategy can import: one-dimensional arrays of numbers, in the interpreter's own Python.
// An array is a list with arithmetic; what takes an array takes a list or a tuple as well. Reductions run from left to
// right, so their last digits may differ from numpy's pairwise sums.
export const NUMPY = `
import math as _math

nan = float("nan")
inf = float("inf")
pi = _math.pi
e = _math.e
float64 = float
int64 = int
bool_ = bool

def _binary(operation, reverse=False):
    def apply(self, other):
        own = self._v
        if isinstance(other, ndarray):
            other = other._v
        elif isinstance(other, (int, float)):
            if reverse:
                return ndarray([operation(other, a) for a in own])
            return ndarray([operation(a, other) for a in own])
        elif not isinstance(other, (list, tuple)):
            return NotImplemented
        if len(other) != len(own):
            if len(other) == 1:
                other = list(other) * len(own)
            elif len(own) == 1:
                own = own * len(other)
            else:
                raise ValueError("operands could not be broadcast together with shapes (%d,) (%d,)" % (len(own), len(other)))
        if reverse:
            return ndarray([operation(b, a) for a, b in zip(own, other)])
        return ndarray([operation(a, b) for a, b in zip(own, other)])
    return apply

def _divide(a, b):
    if b:
        return a / b
    if a == 0 or a != a:
        return nan
    return inf if (a > 0) == (_math.copysign(1.0, b) > 0) else -inf

def _power(a, b):
    try:
        r = a ** b
    except ZeroDivisionError:
        return inf
    return nan if isinstance(r, complex) else r

class ndarray:
    def __init__(self, values):
        self._v = values

    @property
    def size(self):
        return len(self._v)
    @property
    def shape(self):
        return (len(self._v),)
    @property
    def ndim(self):
        return 1
    @property
    def T(self):
        return self

    def __len__(self):
        return len(self._v)
    def __iter__(self):
        return iter(self._v)
    def __contains__(self, value):
        return value in self._v
    def __repr__(self):
        return "array(" + repr(self._v) + ")"
    def __str__(self):
        return "[" + " ".join([str(a) for a in self._v]) + "]"
    def __bool__(self):
        if len(self._v) != 1:
            raise ValueError("the truth value of an array is ambiguous; use any() or all()")
        return bool(self._v[0])
    def __float__(self):
        if len(self._v) != 1:
            raise TypeError("only an array of one value can be a number")
        return float(self._v[0])
    def __getitem__(self, key):
        if isinstance(key, ndarray):
            key = key._v
        if isinstance(key, list):
            if key and isinstance(key[0], bool):
                if len(key) != len(self._v):
                    raise IndexError("the mask has %d values, the array %d" % (len(key), len(self._v)))
                return ndarray([a for a, k in zip(self._v, key) if k])
            return ndarray([self._v[k] for k in key])
        if isinstance(key, slice):
            return ndarray(self._v[key])
        return self._v[key]
    def __setitem__(self, key, value):
        if isinstance(key, slice) or isinstance(key, ndarray):
            places = list(range(len(self._v)))
            places = places[key] if isinstance(key, slice) else [p for p, k in zip(places, key._v) if k]
            for n, p in enumerate(places):
                self._v[p] = value if isinstance(value, (int, float)) else value[n]
            return
        self._v[key] = value

    __add__ = _binary(lambda a, b: a + b)
    __radd__ = _binary(lambda a, b: a + b, True)
    __sub__ = _binary(lambda a, b: a - b)
    __rsub__ = _binary(lambda a, b: a - b, True)
    __mul__ = _binary(lambda a, b: a * b)
    __rmul__ = _binary(lambda a, b: a * b, True)
    __truediv__ = _binary(_divide)
    __rtruediv__ = _binary(_divide, True)
    __floordiv__ = _binary(lambda a, b: a // b if b else nan)
    __mod__ = _binary(lambda a, b: a % b if b else nan)
    __pow__ = _binary(_power)
    __rpow__ = _binary(_power, True)
    __and__ = _binary(lambda a, b: a and b)
    __or__ = _binary(lambda a, b: a or b)
    __lt__ = _binary(lambda a, b: a < b)
    __le__ = _binary(lambda a, b: a <= b)
    __gt__ = _binary(lambda a, b: a > b)
    __ge__ = _binary(lambda a, b: a >= b)
    __eq__ = _binary(lambda a, b: a == b)
    __ne__ = _binary(lambda a, b: a != b)
    def __neg__(self):
        return ndarray([-a for a in self._v])
    def __pos__(self):
        return self
    def __abs__(self):
        return ndarray([abs(a) for a in self._v])
    def __invert__(self):
        return ndarray([not a for a in self._v])

    def tolist(self):
        return list(self._v)
    def copy(self):
        return ndarray(list(self._v))
    def astype(self, kind):
        return ndarray([kind(a) for a in self._v])
    def flatten(self):
        return self.copy()
    def mean(self):
        return mean(self)
    def std(self, ddof=0):
        return std(self, ddof=ddof)
    def var(self, ddof=0):
        return var(self, ddof=ddof)
    def sum(self):
        return sum(self)
    def max(self):
        return max(self)
    def min(self):
        return min(self)
    def cumsum(self):
        return cumsum(self)
    def argmax(self):
        return argmax(self)
    def argmin(self):
        return argmin(self)
    def any(self):
        return any(self)
    def all(self):
        return all(self)

_max = max
_min = min
_sum = sum
_any = any
_all = all
_round = round
_abs = abs

def _values(x):
    if isinstance(x, ndarray):
        return x._v
    if isinstance(x, (int, float)):
        return [x]
    values = list(x)
    if values and isinstance(values[0], (list, tuple, ndarray)):
        raise NotImplementedError("arrays of more than one dimension are not in the engine's numpy")
    return values

def _each(function):
    def apply(x):
        if isinstance(x, (int, float)):
            return function(x)
        return ndarray([function(a) for a in _values(x)])
    return apply

def _full(name, x):
    values = _values(x)
    if not values:
        raise ValueError(name + " of an empty array")
    return values

def array(values, dtype=None):
    values = list(_values(values))
    return ndarray(values if dtype is None else [dtype(a) for a in values])
asarray = array

def zeros(n, dtype=float):
    return ndarray([dtype(0)] * n)
def ones(n, dtype=float):
    return ndarray([dtype(1)] * n)
def full(n, value):
    return ndarray([value] * n)
def zeros_like(x):
    return zeros(len(x))
def ones_like(x):
    return ones(len(x))
def arange(start, stop=None, step=1):
    if stop is None:
        start, stop = 0, start
    n = int(_math.ceil((stop - start) / step))
    return ndarray([start + step * k for k in range(_max(0, n))])
def linspace(start, stop, num=50):
    return ndarray([start + (stop - start) * k / (num - 1) if num > 1 else start for k in range(num)])
def concatenate(parts):
    out = []
    for part in parts:
        out.extend(_values(part))
    return ndarray(out)
def append(x, values):
    return concatenate([x, values])

def sum(x):
    return _sum(_values(x))
def mean(x):
    values = _values(x)
    return _sum(values) / len(values) if values else nan
average = mean
def var(x, ddof=0):
    values = _values(x)
    n = len(values)
    if n <= ddof:
        return nan
    middle = _sum(values) / n
    return _sum([(a - middle) * (a - middle) for a in values]) / (n - ddof)
def std(x, ddof=0):
    v = var(x, ddof)
    return _math.sqrt(v) if v == v else nan
def median(x):
    return percentile(x, 50)
def percentile(x, q):
    values = sorted(_full("percentile", x))
    at = (len(values) - 1) * q / 100
    low = int(at)
    if low + 1 >= len(values):
        return values[-1] + 0.0
    return values[low] + (values[low + 1] - values[low]) * (at - low)
def max(x):
    return _extreme("max", x, True)
def min(x):
    return _extreme("min", x, False)
amax = max
amin = min
def _extreme(name, x, up):
    values = _full(name, x)
    for a in values:
        if a != a:
            return nan
    return _max(values) if up else _min(values)
def argmax(x):
    values = _full("argmax", x)
    return values.index(_max(values))
def argmin(x):
    values = _full("argmin", x)
    return values.index(_min(values))
def any(x):
    return _any(_values(x))
def all(x):
    return _all(_values(x))
def cumsum(x):
    out = []
    total = 0
    for a in _values(x):
        total += a
        out.append(total)
    return ndarray(out)
def prod(x):
    total = 1.0
    for a in _values(x):
        total *= a
    return total
def diff(x, n=1):
    values = _values(x)
    for _ in range(n):
        values = [values[k + 1] - values[k] for k in range(len(values) - 1)]
    return ndarray(list(values))
def dot(x, y):
    a = _values(x)
    b = _values(y)
    if len(a) != len(b):
        raise ValueError("shapes (%d,) and (%d,) not aligned" % (len(a), len(b)))
    return _sum([p * q for p, q in zip(a, b)])

def _log(a):
    if a > 0:
        return _math.log(a)
    return -inf if a == 0 else nan
def _sqrt(a):
    return _math.sqrt(a) if a >= 0 else nan
def _exp(a):
    try:
        return _math.exp(a)
    except OverflowError:
        return inf
log = _each(_log)
log2 = _each(lambda a: _math.log2(a) if a > 0 else _log(a))
log10 = _each(lambda a: _math.log10(a) if a > 0 else _log(a))
sqrt = _each(_sqrt)
exp = _each(_exp)
abs = _each(_abs)
absolute = abs
fabs = abs
sign = _each(lambda a: (a > 0) - (a < 0) if a == a else nan)
floor = _each(lambda a: float(_math.floor(a)))
ceil = _each(lambda a: float(_math.ceil(a)))
isnan = _each(lambda a: a != a)
isfinite = _each(lambda a: _math.isfinite(a))
tanh = _each(_math.tanh)
square = _each(lambda a: a * a)
def round(x, decimals=0):
    return _each(lambda a: _round(a, decimals))(x)
def clip(x, low, high):
    return _each(lambda a: low if a < low else high if a > high else a)(x)
def _pairwise(choose):
    def apply(x, y):
        if isinstance(x, (int, float)) and isinstance(y, (int, float)):
            return choose(x, y)
        x = ndarray(_values(x))
        return _binary(choose)(x, y)
    return apply
maximum = _pairwise(lambda a, b: a if a > b or a != a else b)
minimum = _pairwise(lambda a, b: a if a < b or a != a else b)
def where(condition, x, y):
    flags = _values(condition)
    a = [x] * len(flags) if isinstance(x, (int, float)) else _values(x)
    b = [y] * len(flags) if isinstance(y, (int, float)) else _values(y)
    return ndarray([p if f else q for f, p, q in zip(flags, a, b)])
def nanmean(x):
    return mean([a for a in _values(x) if a == a])
def nanstd(x):
    return std([a for a in _values(x) if a == a])
`;
