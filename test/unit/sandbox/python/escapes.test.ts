// Ways out of Python that are known to work on interpreters without a wall, and what becomes of them here. The texts are
// run without being looked over first: the check is courtesy, the wall is what holds.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPython } from "../../../../src/sandbox/python/python-program.ts";
import { Interpreter, BELL } from "../../../../src/sandbox/python/interpreter.ts";
import { wallAround } from "../../../../src/sandbox/python/wall.ts";
import { faultOf, opened, eventAt, strategyOf } from "../../../support/sandbox/python.ts";

const text = (pattern: RegExp): string => expect.stringMatching(pattern) as string;
const MODULES = [
  ..."js jsffi os sys time random io vfs gc micropython machine uctypes array builtins asyncio socket ctypes".split(
    " ",
  ),
  ..."re json struct select binascii hashlib pathlib tarfile inspect types copy collections __main__ indicators".split(
    " ",
  ),
];

describe("imports", () => {
  it.each(MODULES)("%s cannot be imported when it runs", async (name) => {
    expect(await faultOf(strategyOf(`import ${name}`))).toMatchObject({
      kind: "aborted",
      line: 4,
      message: text(/cannot be imported/),
    });
    expect(await faultOf(`import ${name}\n${strategyOf("pass")}`)).toMatchObject({ line: 1 });
  });
  it.each([
    "from . import x",
    "import math.os",
    "from numpy.core import os",
    "from numpy import *",
    "from typing import sys",
  ])("%s fails", async (line) => {
    expect(await faultOf(`${line}\n${strategyOf("pass")}`)).toMatchObject({ kind: "aborted", line: 1 });
  });
});

describe("builtins", () => {
  it.each([
    "open('/etc/passwd')",
    "exec('import os')",
    "eval('1')",
    "compile('1', '', 'eval')",
    "execfile('/x.py')",
    "getattr('', 'join')",
    "globals()",
    "locals()",
    "input()",
    "help('modules')",
  ])("%s is denied when it runs", async (call) => {
    expect(await faultOf(strategyOf(call))).toMatchObject({
      kind: "aborted",
      line: 4,
      message: text(/NameError: \w+ is not available/),
    });
  });
  it.each([
    ["__import__('os')", /cannot be imported/],
    ["__import__('js', {}, {}, ('x',), 0)", /cannot be imported/],
    ["__import__('js', None, None, None, 1)", /cannot be imported/],
    ["().__class__.__bases__[0].__subclasses__()", /AttributeError|no attribute/],
    ["calculate_rsi.__globals__['_execute']('import js')", /cannot be imported/],
    ["calculate_rsi.__globals__['_host'].constructor", /outside by (lookup|has)_attr/],
    ["calculate_rsi.__globals__['_host']()", /outside by call0/],
    ["calculate_rsi.__globals__['_sys'].modules['js']", /KeyError/],
    ["self.generate_signal.__func__.__code__", /no attribute/],
    ["''.__class__.__mro__", /no attribute/],
    ["'{0.__class__}'.format(1)", /not supported/],
    ["type(math)('js')", /TypeError|isn't defined/],
    ["__build_class__(exec, 'x')", /./],
    ["print(1, file=2)", /./],
    ["_host(0, 0, 0, 0, 0, 0, 0, 0)", /isn't defined/],
    ["_execute('import os')", /isn't defined/],
    ["_strategy", /isn't defined/],
  ])("%s leads nowhere", async (expression, message) => {
    expect(await faultOf(strategyOf(expression))).toMatchObject({ message: text(message) });
  });
  it("what one strategy changes in the builtins stays with it", async () => {
    const vandal = await opened(strategyOf("return 'BUY'", "len = sum = isinstance = float = None\nmath = None"));
    expect(vandal.decide(eventAt(0, 1))).toMatchObject({ value: { action: "buy" } });
    const other = await opened(strategyOf("return 'SELL' if len([1]) == 1 else None"));
    expect(other.decide(eventAt(0, 1))).toMatchObject({ value: { action: "sell" } });
  });
});

describe("the wall", () => {
  let interpreter: Interpreter;
  const python = (source: string): void =>
    interpreter.run(`def _out(${source.startsWith("h") ? "host" : "host=None"}):\n    ${source}\n`);
  const run = (source: string): unknown => {
    python(source);
    const out = interpreter.functionNamed("_out");
    return out.ok ? interpreter.call(out.value, [BELL], 10_000_000) : out;
  };
  const again = async (): Promise<void> => {
    interpreter = await Interpreter.open(16 * 1_048_576);
  };
  beforeAll(again);

  // As the engine's own Python would be: with every import and the one object of the host's at hand.
  it.each([
    "import js; return js.process",
    "import js; js.x = 1",
    "import js; return js.eval('1')",
    "import js; js.fetch('http://localhost')",
    "import js; return [x for x in js]",
    "import js; return js['process']",
    "import js; return js.Function.new('return process')()",
    "import jsffi; return jsffi.to_js([]).constructor",
    "import jsffi; return jsffi.create_proxy(print)",
    "import jsffi; jsffi.to_js({'a': 1})",
    "import jsffi; return jsffi.JsProxy",
    "host.constructor",
    "host.constructor.constructor('return process')()",
    "host.x = 1",
    "host['x']",
    "host['x'] = 1",
    "hasattr(host, 'x')",
    "[x for x in host]",
    "host()",
    "host(1)",
    "host(1, 2)",
    "host(1, x=2)",
    "host(x=1)",
    "host(0, 8, 10**9, 1, 0, 0, 8, 8)",
    "host(0, -8, 1, 1, 0, 0, 8, 8)",
    "host(0, 4, 1, 1, 0, 0, 8, 8)",
    "host(0, 2**31, 1, 1, 0, 0, 8, 8)",
    "host(99, 8, 1, 1, 0, 0, 8, 8)",
    "host(0, 'a', [], 1, 0, 0, 8, 8)",
    "host(0, 8, 1, 1, 0, 0, 2**40, 8)",
    "host(0, float('nan'), float('inf'), 1, 0, 0, 8, 8)",
    "import os; os.listdir('/')",
    "import os; os.mkdir('/tmp/x')",
    "import os; os.remove('/etc/passwd')",
    "open('/etc/passwd')",
    "open('/tmp/x', 'w')",
    "import vfs; vfs.mount(vfs.VfsPosix('/'), '/x'); open('/x/etc/passwd')",
    "import asyncio; asyncio.run(asyncio.sleep(1))",
    "import sys; sys.stdin.read(1)",
    "import select; select.poll().poll(1)",
  ])("stands before %s", async (source) => {
    await again();
    const answer = run(source) as { ok: boolean; value?: unknown; failure?: { message: string } };
    if (answer.ok) expect(answer.value === null || answer.value === false).toBe(true);
    else expect(answer.failure?.message).not.toMatch(/root:|process/);
    expect(Object.keys(globalThis).filter((name) => /proxy|Module/.test(name))).toEqual([]);
  });
  it.each([
    "import js; return js.process",
    "host.constructor",
    "host()",
    "host.x = 1",
    "import os; os.mkdir('/tmp/x')",
  ])("traps %s", async (source) => {
    await again();
    expect(run(source)).toMatchObject({ ok: false, failure: { kind: "trapped", message: text(/outside|host/) } });
  });
  it("shows no time and no chance", async () => {
    await again();
    run("import time; global a; a = [time.time(), time.ticks_ms(), time.time_ns()]");
    run("import random; global b; b = [random.random(), random.getrandbits(30)]");
    expect(run("return repr(a)")).toEqual({ ok: true, value: "[0.0, 0, 0]" });
    const first = run("return repr(b)");
    await again();
    run("import random; global b; b = [random.random(), random.getrandbits(30)]");
    expect(run("return repr(b)")).toEqual(first);
  });
  it("gives the module nothing but functions, and traps for all but a dozen", async () => {
    const bytes = Uint8Array.from([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 9, 1, 3, 0x65, 0x6e, 0x76, 1, 0x78, 0, 0,
    ]);
    const { imports } = wallAround(await WebAssembly.compile(bytes), () => 0);
    const x = imports["env"]?.["x"] as () => void;
    expect(() => x()).toThrow("outside by x");
  });
  it("leaves what a program breaks inside the interpreter to that program", async () => {
    await again();
    // Words into memory at will: the worst that a hole in the interpreter could give.
    run("import uctypes; m = uctypes.bytearray_at(1024, 200000); m[:] = bytes(200000)");
    const answer = (await openPython(strategyOf("return 'BUY'"), ["A"], {})) as {
      value: { decide: (e: object) => unknown };
    };
    expect(answer.value.decide(eventAt(0, 1))).toMatchObject({ value: { action: "buy" } });
  });
  afterAll(() => {
    interpreter = null as unknown as Interpreter;
  });
});
