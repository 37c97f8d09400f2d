// The language that a strategy in Python may count on, and the small modules.
import { describe, expect, it } from "vitest";
import { opened, eventAt, faultOf, saidBy, strategyOf } from "../../../support/sandbox/python.ts";
import { checkPython } from "../../../../src/sandbox/python/check/check.ts";

/** Runs statements that end by setting `r`, and says what it is; the text must pass the check as well. */
async function result(statements: string, before = ""): Promise<string> {
  const code = strategyOf(`${statements.trim()}\nraise ValueError(repr(r))`, before);
  const checked = await checkPython(code);
  expect(checked.ok ? [] : checked.failure).toEqual([]);
  return (await faultOf(code)).message.replace(/^ValueError: /, "");
}

describe("the language", () => {
  it.each([
    [
      "classes",
      "class A:\n    k = 1\n    def __init__(self, x=2):\n        self.x = x\n    @property\n    def double(self):\n        return self.x * 2\n    @staticmethod\n    def one():\n        return 1\n    @classmethod\n    def make(cls):\n        return cls(5)\nclass B(A):\n    def __init__(self):\n        super().__init__(7)\n    def __repr__(self):\n        return 'B'\nr = (A().double, A.one(), A.make().x, B().x, B(), isinstance(B(), A))",
      "(4, 1, 5, 7, B, True)",
    ],
    [
      "closures",
      "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n        return n\n    return inner\nf = outer()\nr = (f(), f())",
      "(1, 2)",
    ],
    [
      "arguments",
      "def f(a, b=2, *c, d=4, **e):\n    return (a, b, c, d, sorted(e))\nr = (f(1), f(1, 3, 5, 6, d=7, x=8), f(*[1, 2], **{'d': 3}), f(b=1, a=2))",
      "((1, 2, (), 4, []), (1, 3, (5, 6), 7, ['x']), (1, 2, (), 3, []), (2, 1, (), 4, []))",
    ],
    [
      "branches",
      "r = []\nfor x in range(4):\n    if x == 0:\n        r.append('a')\n    elif x < 2:\n        r.append('b')\n    else:\n        r.append('c')",
      "['a', 'b', 'c', 'c']",
    ],
    [
      "loops",
      "r = []\nfor x in range(10):\n    if x % 2:\n        continue\n    if x > 6:\n        break\n    r.append(x)\nelse:\n    r.append('no')\nn = 3\nwhile n > 0:\n    n -= 1\nelse:\n    r.append(n)",
      "[0, 2, 4, 6, 0]",
    ],
    [
      "exceptions",
      "class E(ValueError):\n    pass\nr = []\ntry:\n    raise E('x')\nexcept (KeyError, ValueError) as e:\n    r.append(e.args)\nelse:\n    r.append(1)\nfinally:\n    r.append('f')\ntry:\n    {}['k']\nexcept KeyError:\n    r.append('k')",
      "[('x',), 'f', 'k']",
    ],
    [
      "arithmetic",
      "r = (7 // 2, -7 // 2, -7 % 3, 2 ** 10, 1 / 4, 10 ** 20, 0.1 + 0.2, 5 & 3, 1 << 4, ~5, abs(-2.5), divmod(7, 2))",
      "(3, -4, 2, 1024, 0.25, 100000000000000000000, 0.30000000000000004, 1, 16, -6, 2.5, (3, 1))",
    ],
    [
      "chains",
      "x = 5\nr = (1 < x < 10, 1 < x > 7, not x == 5, x and 0 or 'y', x if x > 9 else None, x is not None, 3 in [1, 3])",
      "(True, False, False, 'y', None, True, True)",
    ],
    [
      "f-strings",
      "x = 3.14159\nn = 'a'\nr = f'{x:.2f} {n!r} {1 + 1} {{}} {n:>3}|{x:8.3f}'",
      "\"3.14 'a' 2 {}   a|   3.142\"",
    ],
    [
      "formats",
      "r = ('%d %.1f %s' % (1, 2.2, 'x'), '{} {:.2f} {k}'.format(1, 2.0, k='v'), ', '.join(['a', 'b']), ' a '.strip().upper())",
      "('1 2.2 x', '1 2.00 v', 'a, b', 'A')",
    ],
    [
      "literals",
      "r = ([1, 2], (1,), {'a': 1}, len({1, 1, 2}), [], (), {}, None, True, 1_000, 0x1f, 1e3, 'a' 'b')",
      "([1, 2], (1,), {'a': 1}, 2, [], (), {}, None, True, 1000, 31, 1000.0, 'ab')",
    ],
    [
      "comprehensions",
      "r = ([x * y for x in range(3) for y in range(2) if x != y], {k: v for k, v in [('a', 1)]}, sorted({x % 2 for x in range(5)}), sum(x for x in range(5)))",
      "([0, 0, 0, 2], {'a': 1}, [0, 1], 10)",
    ],
    [
      "slices",
      "x = [0, 1, 2, 3, 4]\nr = (x[1:3], x[-2:], x[:-1], x[::2], x[::-1], 'abc'[1:], (1, 2, 3)[:2])\nx[1:3] = [9]\ndel x[0]\nr = (r, x)",
      "(([1, 2], [3, 4], [0, 1, 2, 3], [0, 2, 4], [4, 3, 2, 1, 0], 'bc', (1, 2)), [9, 3, 4])",
    ],
    ["unpacking", "a, b = 1, 2\na, b = b, a\n(c, d), *e = [(3, 4), 5, 6]\nr = (a, b, c, d, e)", "(2, 1, 3, 4, [5, 6])"],
    [
      "lambdas",
      "r = (sorted([3, 1, 2], key=lambda v: -v), (lambda *a, k=1: (a, k))(1, 2))",
      "([3, 2, 1], ((1, 2), 1))",
    ],
    [
      "generators",
      "def g(n):\n    for i in range(n):\n        yield i\nr = (list(g(3)), next(g(1)), dict(zip('ab', g(2))) == {'a': 0, 'b': 1})",
      "([0, 1, 2], 0, True)",
    ],
    [
      "builtins",
      "r = (len([1]), min(2, 1), max([1, 3]), min([], default=0), sum([1.5, 2]), abs(-1), round(2.5), round(1.256, 2), list(range(1, 7, 2)), sorted([2, 1], reverse=True), list(enumerate('ab', 1)), list(zip([1], [2])), list(map(str, [1])), list(filter(None, [0, 1])), any([0, 1]), all([1, 0]), list(reversed([1, 2])))",
      "(1, 1, 3, 0, 3.5, 1, 2, 1.26, [1, 3, 5], [2, 1], [(1, 'a'), (2, 'b')], [(1, 2)], ['1'], [1], True, False, [2, 1])",
    ],
    [
      "types",
      "r = (int('7'), int(3.9), float('2.5'), str(1.0), bool([]), list('ab'), dict(a=1), tuple([1]), set([1]) == {1}, isinstance(1.0, (int, float)), isinstance('a', str))",
      "(7, 3, 2.5, '1.0', False, ['a', 'b'], {'a': 1}, (1,), True, True, True)",
    ],
    [
      "lists and dicts",
      "x = [3, 1]\nx.append(2)\nx.extend([5])\nx.insert(0, 9)\nx.sort()\nx.pop()\nd = {'a': 1}\nd.update(b=2)\nr = (x, x.index(2), x.count(1), d.get('z', 0), sorted(d.items()), d.pop('a'), d.setdefault('c', []), 'b' in d)",
      "([1, 2, 3, 5], 1, 1, 0, [('a', 1), ('b', 2)], 1, [], True)",
    ],
    [
      "annotations",
      "x: int = 1\ny: 'List[float]'\ndef f(a: int = 1, *b: str, c: 'No' = 2) -> None:\n    '''What it does.'''\n    z: float = a\n    return z\nr = (x, f())",
      "(1, 1)",
    ],
    [
      "decorators and global",
      "def twice(f):\n    def g(*a, **k):\n        return f(*a, **k) * 2\n    return g\n@twice\ndef h(x):\n    global seen\n    seen = x\n    return x\nr = (h(2), seen)",
      "(4, 2)",
    ],
    [
      "assignment expressions, assert, with",
      "class C:\n    def __enter__(self):\n        return 5\n    def __exit__(self, *a):\n        return True\nif (n := 3) > 2:\n    pass\nassert n == 3, 'm'\nwith C() as c:\n    raise ValueError()\nr = (n, c)",
      "(3, 5)",
    ],
    [
      "operators of one's own",
      "class V:\n    def __init__(self, x):\n        self.x = x\n    def __add__(self, o):\n        return V(self.x + o.x)\n    def __eq__(self, o):\n        return self.x == o.x\n    def __len__(self):\n        return self.x\n    def __getitem__(self, k):\n        return k\n    def __call__(self, y):\n        return y\n    def __lt__(self, o):\n        return self.x < o.x\nr = ((V(1) + V(2)).x, V(1) == V(1), len(V(3)), V(1)[7], V(1)(8), V(1) < V(2))",
      "(3, True, 3, 7, 8, True)",
    ],
    ["print", "print('a', 1, sep='-', end='')\nr = 1", "1"],
    [
      "math",
      "r = (math.sqrt(9), math.floor(2.5), math.ceil(2.5), math.isnan(float('nan')), math.pi > 3, math.log(math.e), math.exp(0), math.fabs(-1), math.pow(2, 3), math.inf > 1)",
      "(3.0, 2, 3, True, True, 1.0, 1.0, 1.0, 8.0, True)",
    ],
  ])("has %s", async (_name, statements, wanted) => {
    expect(await result(statements, "import math")).toBe(wanted);
  });
});

describe("numpy", () => {
  it.each([
    ["np.mean([1, 2, 3, 4])", "2.5"],
    ["np.std([1, 2, 3, 4])", "1.118033988749895"],
    ["np.std([1, 2, 3, 4], ddof=1)", "1.2909944487358056"],
    ["np.var([1, 2])", "0.25"],
    ["np.array([1, 2]) + np.array([3, 4.5])", "array([4, 6.5])"],
    ["2 * np.array([1, 2]) - 1", "array([1, 3])"],
    ["1 / np.array([1, 4])", "array([1.0, 0.25])"],
    ["np.array([1.0, 0.0]) / 0", "array([inf, nan])"],
    ["np.array([1, 2]) ** 2", "array([1, 4])"],
    ["-np.array([1, -2])", "array([-1, 2])"],
    ["np.diff([1, 4, 2])", "array([3, -2])"],
    ["np.diff(np.log([1.0, 1.0]))", "array([0.0])"],
    ["(np.max([1, 5, 2]), np.min([4, 2]), np.sum([1, 2.5]))", "(5, 2, 3.5)"],
    ["(np.log(1.0), np.sqrt(9), np.sqrt([4.0, 9.0]))", "(0.0, 3.0, array([2.0, 3.0]))"],
    ["(np.log(0.0), np.sqrt(-1.0))", "(-inf, nan)"],
    ["np.array([1, 2, 3])[1:]", "array([2, 3])"],
    ["np.array([1, 2, 3])[-1]", "3"],
    ["np.array([1, 2, 3])[np.array([1, 2, 3]) > 1]", "array([2, 3])"],
    ["(np.array([1, 2]) > 1).sum()", "1"],
    ["np.where(np.array([1, -1]) > 0, 5, 0)", "array([5, 0])"],
    ["np.where(np.diff([3, 1, 4]) > 0, np.diff([3, 1, 4]), 0)", "array([0, 3])"],
    [
      "(len(np.zeros(3)), np.ones(2).tolist(), np.arange(3), np.cumsum([1, 2, 3]))",
      "(3, [1.0, 1.0], array([0, 1, 2]), array([1, 3, 6]))",
    ],
    ["(np.median([3, 1, 2]), np.percentile([1, 2, 3, 4], 25), np.dot([1, 2], [3, 4]))", "(2.0, 1.75, 11)"],
    [
      "(np.abs([-1, 2]), np.maximum([1, 5], 3), np.clip([1, 5, 9], 2, 6), np.sign([-2, 0, 3]))",
      "(array([1, 2]), array([3, 5]), array([2, 5, 6]), array([-1, 0, 1]))",
    ],
    ["(np.argmax([1, 9, 2]), np.isnan([1.0, np.nan]), np.mean([]))", "(1, array([False, True]), nan)"],
    [
      "(np.array([1, 2]).mean(), np.array([1, 2]).std(), np.array([1, 2]).max(), np.array([3, 1]).shape)",
      "(1.5, 0.5, 2, (2,))",
    ],
    ["[float(x) for x in np.array([1, 2])]", "[1.0, 2.0]"],
    ["(sum(np.array([1, 2])), max(np.array([1, 2])), len(np.array([1])))", "(3, 2, 1)"],
  ])("%s", async (expression, wanted) => {
    expect(await saidBy(expression, "import numpy as np")).toBe(wanted);
  });
  it("can be imported by name", async () => {
    expect(await saidBy("(mean([1, 3]), d([1, 4]))", "from numpy import mean, diff as d")).toBe("(2.0, array([3]))");
  });
  it.each([
    ["np.linalg.norm([1])", "the engine's numpy has no linalg"],
    ["np.array([[1, 2], [3, 4]])", "more than one dimension"],
    ["np.array([1, 2]) + np.array([1, 2, 3])", "could not be broadcast"],
    ["np.max([])", "empty"],
    ["bool(np.array([1, 2]) > 1)", "ambiguous"],
  ])("%s fails with a reason", async (expression, message) => {
    expect((await faultOf(strategyOf(expression, "import numpy as np"))).message).toContain(message);
  });
});

describe("typing and dataclasses", () => {
  it("has names for annotations", async () => {
    const before =
      "from typing import Any, Callable, Dict, List, Optional, Tuple, Union, Literal, NamedTuple\n".replace(
        ", NamedTuple",
        "",
      );
    expect(
      await saidBy(
        "1",
        `${before}Prices = List[float]\nF = Callable[[int], Optional[Dict[str, Any]]]\nU = Union[int, Tuple[int, ...]]`,
      ),
    ).toBe("1");
  });
  it("makes data classes with defaults, factories, order and equality", async () => {
    const before = `
from dataclasses import dataclass, field, asdict, replace
from typing import ClassVar, List

@dataclass
class Position:
    symbol: str
    size: float = 0.0
    fills: List[float] = field(default_factory=list)
    KINDS: ClassVar[int] = 3

    def value(self, price):
        return self.size * price

@dataclass(order=True, frozen=True)
class Level(Position):
    price: float = 1.5

    def __post_init__(self):
        self.fills.append(self.price)
`;
    const said = await saidBy(
      "(Position('A'), Position('A', size=2) == Position('A', 2), Position('A') == Position('B'), Position('A', 2).value(3), Level('A', price=2).fills, Level('A').fills, Level('A') < Level('B'), asdict(Position('A')) == {'symbol': 'A', 'size': 0.0, 'fills': []}, replace(Position('A'), size=1).size)",
      before,
    );
    expect(said).toBe("(Position(symbol='A', size=0.0, fills=[]), True, False, 6, [2], [1.5], True, True, 1)");
  });
  it("says which value a data class needs or does not know", async () => {
    const before = "from dataclasses import dataclass\n@dataclass\nclass P:\n    a: int\n    b: int = 2";
    expect((await faultOf(strategyOf("P()", before))).message).toContain("needs a value for a");
    expect((await faultOf(strategyOf("P(1, c=3)", before))).message).toContain("no field c");
    expect((await faultOf(strategyOf("P(1, 2, 3)", before))).message).toContain("takes 2 values");
  });
  it("builds a strategy that is a data class from its parameters", async () => {
    const code =
      "from dataclasses import dataclass\n@dataclass\nclass S:\n    share: float = 0.1\n    seen: int = 0\n    def generate_signal(self, d):\n        self.seen += 1\n        return {'action': 'BUY', 'confidence': self.share * self.seen}";
    const program = await opened(code, { share: 0.25 });
    program.decide(eventAt(0, 1));
    expect(program.decide(eventAt(1, 1))).toMatchObject({ value: { confidence: 0.5 } });
  });
});
