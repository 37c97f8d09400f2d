import { afterAll, describe, expect, it } from "vitest";
import { StrategyCompiler } from "../../../../src/sandbox/compile/strategy-compiler.ts";
import { checkPython } from "../../../../src/sandbox/python/check/check.ts";
import { RSI_STRATEGY, strategyOf } from "../../../support/sandbox/python.ts";

const CLASS = strategyOf("return None");
async function wrong(code: string): Promise<readonly object[]> {
  const checked = await checkPython(code);
  return checked.ok ? [] : checked.failure;
}
/** The one diagnostic of a text before a good class. */
async function wrongAbove(text: string): Promise<object> {
  const [first, ...others] = await wrong(`${text}\n${CLASS}`);
  expect(others).toEqual([]);
  return first ?? {};
}
const says = (text: string | RegExp): string =>
  (typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text)) as string;

describe("checking Python", () => {
  it("tells the parameters: constructor arguments with a number as default", async () => {
    const code =
      "class S:\n    def __init__(self, n: int = 14, k=-2.5, big=1_000, name='x', other=None, *rest, last=.5, **more):\n        pass\n    def generate_signal(self, d):\n        pass";
    const checked = await checkPython(code);
    const standards = checked.ok ? checked.value.parameters.map(({ name, standard }) => [name, standard]) : [];
    expect(standards).toEqual([
      ["n", 14],
      ["k", -2.5],
      ["big", 1_000],
      ["last", 0.5],
    ]);
  });

  it("tells the parameters of a base in the same file, and of a data class", async () => {
    const base = "class Base:\n    def __init__(self, n=3):\n        pass\n";
    const child = "class S(Base):\n    def generate_signal(self, d):\n        pass\n";
    expect(await checkPython(base + child)).toMatchObject({ value: { parameters: [{ name: "n", standard: 3 }] } });
    const data =
      "from dataclasses import dataclass\n@dataclass\nclass S:\n    n: int = 5\n    xs: list = None\n    def generate_signal(self, d):\n        pass\n";
    expect(await checkPython(data)).toMatchObject({ value: { parameters: [{ name: "n", standard: 5 }] } });
  });

  it("names the method that is missing, and the class", async () => {
    const code =
      "class RSIStrategy:\n    def __init__(self, period=14):\n        self.period = period\n    def calculate_signal(self, data):\n        return 'BUY'\n";
    expect(await wrong(code)).toEqual([
      {
        message: "class RSIStrategy has no method generate_signal",
        line: 1,
        column: 7,
        hint: says("def generate_signal(self"),
      },
    ]);
    expect(await wrong("x = 1")).toMatchObject([{ message: says("a class with a method generate_signal") }]);
    expect(await wrong("'''class A:\n    def generate_signal(self, d): pass'''\n")).toMatchObject([
      { message: says("no class") },
    ]);
  });

  it.each([
    ["def f(:\n    pass", 1, null],
    ["x = (1,\n     2", 1, "is never closed"],
    ["x = [1, 2)", 1, "closes the '['"],
    ["x = 'abc", 1, "not closed"],
    ["x = '''abc", 1, "not closed"],
    ["if x = 3:\n    pass", 1, null],
    ["y = 1\nfor i in range(3)\n    pass", 2, null],
    ["if True:\n        x = 1\n    y = 2", 3, "indented like no block"],
    ["x = 5 $ 3", 1, "no character of Python"],
    ["print 'x'", 1, null],
    ["x = 1 +", 1, null],
  ])("finds the line of %j", async (text, line, message) => {
    const [first] = (await wrong(`${text}\n${CLASS}`)) as readonly { message: string; line: number; column: number }[];
    expect(first?.line).toBe(line);
    expect(first?.column).toBeGreaterThan(0);
    if (message !== null) expect(first?.message).toContain(message);
  });

  it.each([
    ["if x = 3:\n    pass", "compare with =="],
    ["for i in range(3)\n    pass", "a colon is missing"],
    ["print 'x'", "print is a function"],
    ["match x:\n    case 1:\n        pass", "use if and elif"],
    ["x = [*a, 1]", "cannot be unpacked"],
    ["x = {**a}", "use update()"],
    ["def f(a, /, b):\n    pass", "leave the / away"],
    ["if a && b:\n    pass", "write and, or"],
  ])("gives a hint for %j", async (text, hint) => {
    expect(await wrongAbove(text)).toMatchObject({ hint: says(hint) });
  });

  it.each([
    ["import os", "os cannot be imported", 8],
    ["import math, sys", "sys cannot be imported", 14],
    ["import numpy as np, js as j", "js cannot be imported", 21],
    ["from os import path", "os cannot be imported", 6],
    ["from . import x", "cannot be imported", 6],
    ["from numpy.linalg import norm", "numpy.linalg cannot", 6],
    ["from numpy import *", "everything", 19],
    ["if True: import gc", "gc cannot", 17],
    ["x = 1; import time", "time cannot", 15],
    ["exec('x = 1')", "exec is not available", 1],
    ["f = eval", "eval is not available", 5],
    ["getattr(x, 'y')", "getattr is not", 1],
    ["__import__('os')", "__import__ is not", 1],
    ["open('/etc/passwd')", "open is not", 1],
    ["f = open", "open is not", 5],
    ["f(open)", "open is not", 3],
    ["open = 3\nopen('f')", "open is not", 1],
    ["x = globals()", "globals is not", 5],
    ["().__class__.__bases__", "__class__ is not", 4],
    ["x = f.__globals__", "__globals__ is not", 7],
    ["x = __builtins__", "__builtins__ is not", 5],
    ["x = f'{().__class__}'", "__class__ is not", 11],
    ["x = f'''\n{y:{z.__class__}}'''", "__class__ is not", 7],
    ["x = rf\"a{{b{eval('1')}\"", "eval is not", 13],
    ["Base.__init__(self)", "__init__ is not", 6],
    ["x = a.\\\n__dict__", "__dict__ is not", 1],
    ["x = 1 # a comment\rimport os", "os cannot", 8],
  ])("refuses %j", async (text, message, column) => {
    const [first] = await wrong(`${text}\n${CLASS}`);
    expect(first).toMatchObject({ message: says(message), column });
  });

  it.each([
    "x = 'import os; eval(1); ().__class__'",
    "# import os\n'''\nexec(open('x'))\n__class__\n'''",
    "x = 'it''s' \"\"\"a ' \" b\"\"\" r'\\\\'",
    "x = f'{{eval}} {1 + 1:>5} {x!r}' + rb'\\x00'.decode()",
    "def f(data, open=1):\n    open = data['open']\n    return open + 1",
    "class Bar:\n    def open(self):\n        return self.open and self.exec",
    "for open, high in []:\n    x = open",
    "import math, numpy as np\nfrom typing import (List,\n    Dict)\nfrom math import *",
    "class Child(S0):\n    def __init__(self):\n        super().__init__(1)\n        super(Child, self).__init__()\n    def __repr__(self):\n        return ''".replace(
      "S0",
      "object",
    ),
    "__version__ = '1'\nif __name__ == '__main__':\n    pass",
    "x = (1,\n# comment in brackets\n     2)\ny = 1 \\\n    + 2",
    "if True:\n\tx = 1\nelse:\n\tx = 2",
    "é = 1",
    "\ufeffx = 1",
    "x: int = 3\ndef f(a: 'List[int]' = 2, *args, b=1, **kw) -> None: ...",
  ])("is not fooled by %j", async (text) => {
    expect(await wrong(`${text}\n${CLASS}`.replace(/^(.*)\ufeff/s, "\ufeff$1"))).toEqual([]);
  });

  it("reads 256 KiB, and refuses more", async () => {
    const line = "x = y * 1.5 + 3  # as long as a line is\n";
    const count = Math.floor((262_144 - CLASS.length) / line.length);
    expect(await wrong(line.repeat(count) + CLASS)).toEqual([]);
    expect(await wrong(`${line.repeat(count + 2)}${CLASS}`)).toMatchObject([{ message: says("262144 are allowed") }]);
  });

  it.each([
    ["brackets", "(".repeat(120_000) + ")".repeat(120_000)],
    ["signs", `${"-".repeat(240_000)}1`],
    ["sums", `${"1+".repeat(120_000)}1`],
    ["attributes", `a${".b".repeat(120_000)}`],
    ["f-strings", `f'${"{a}".repeat(80_000)}'`],
    ["a number of many digits", "9".repeat(200_000)],
  ])("comes to an end with %s by the thousand", async (_what, expression) => {
    expect(await wrong(`x = ${expression}\n${CLASS}`)).toMatchObject([{ message: says("cannot be read") }]);
  });

  it("comes to an end with imports and bases by the thousand", async () => {
    expect((await wrong(`${"import os,".repeat(20_000)}x\n${CLASS}`)).length).toBeLessThanOrEqual(20);
    const chain = Array.from({ length: 9_000 }, (_, index) => `class C${index}(C${index - 1}): pass\n`).join("");
    expect((await wrong(chain)).length).toBe(1);
  });
});

describe("the compiler of strategies", () => {
  const compiler = new StrategyCompiler({ memoryBytes: 16 * 1_048_576, timeoutMs: 60_000 });
  afterAll(() => compiler.close());

  it("answers a compiled strategy for Python, the same for the same code", async () => {
    const [one, two] = await Promise.all([
      compiler.compile(RSI_STRATEGY, "python"),
      compiler.compile(RSI_STRATEGY, "python"),
    ]);
    expect(one).toEqual(two);
    expect(one).toMatchObject({
      ok: true,
      value: { language: "python", wasm: null, code: RSI_STRATEGY, hash: says(/^[0-9a-f]{64}$/) },
    });
    expect(structuredClone(one)).toEqual(one);
  });
  it("answers diagnostics for what is wrong, and goes on", async () => {
    expect(await compiler.compile("import os", "python")).toMatchObject({
      ok: false,
      failure: [{ line: 1, column: 8 }],
    });
    expect(await compiler.compile(CLASS, "python")).toMatchObject({ ok: true });
  });
  it("answers a diagnostic to what it has not read when it closes", async () => {
    const closing = new StrategyCompiler({ memoryBytes: 16 * 1_048_576, timeoutMs: 60_000 });
    const waiting = closing.compile(RSI_STRATEGY, "python");
    closing.close();
    expect(await waiting).toMatchObject({ ok: false, failure: [{ message: says("shutting down") }] });
  });
});
