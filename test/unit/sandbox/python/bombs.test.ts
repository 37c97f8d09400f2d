// Programs that want too much of time, memory, depth or output. Each ends by its own fault, in the thread that runs it, and
// at the same point every time.
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { AUTHOR_BYTES } from "../../../../src/sandbox/python/python-program.ts";
import { eventAt, faultOf, opened, RSI_STRATEGY, strategyOf } from "../../../support/sandbox/python.ts";

const MIB = 1_048_576;
const FUEL = "out_of_fuel";
const MEMORY = "out_of_memory";
const DEEP = "too_deep";

describe("resource bombs", () => {
  it.each([
    ["an endless loop", "while True:\n    pass", FUEL],
    [
      "one that catches everything",
      "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
      FUEL,
    ],
    ["one of calls", "f = lambda: 1\nwhile True:\n    f()", FUEL],
    ["one inside a builtin", "sum(range(10 ** 9))", FUEL],
    ["a generator without an end", "def g():\n    while True:\n        yield 1\nlist(g())", FUEL],
    ["a hog", "x = []\nwhile True:\n    x.append(bytearray(100000))", null],
    [
      "a hog that catches",
      "x = []\nwhile True:\n    try:\n        x.append('a' * 10000)\n    except MemoryError:\n        pass",
      FUEL,
    ],
    ["a string of 10^9", "x = 'a' * 10 ** 9", MEMORY],
    ["a list of 10^9", "x = [0] * 10 ** 9", MEMORY],
    ["a join", "','.join(['a' * 1000] * 1000000)", MEMORY],
    ["a replacement", "('a' * 100000).replace('a', 'b' * 100000)", MEMORY],
    ["a number of many digits", "n = 10 ** 5\nx = 10 ** n\nstr(x)", FUEL],
    ["squares", "x = 1 << 100000\nfor i in range(30):\n    x *= x", FUEL],
    ["a format width", "'{:>1000000000}'.format(1)", FUEL],
    ["a sort of what is sorted", "sorted(list(range(30000)), reverse=True)", FUEL],
    ["a search", "('a' * 1000000).find('a' * 500000 + 'b')", FUEL],
    ["recursion", "def f():\n    f()\nf()", DEEP],
    ["recursion that catches", "def f():\n    try:\n        f()\n    except RuntimeError:\n        f()\nf()", FUEL],
    ["a comparison of deep lists", "a = []\nb = []\nfor i in range(20000):\n    a = [a]\n    b = [b]\na == b", DEEP],
    ["output", "while True:\n    print('x' * 100000)", FUEL],
    ["a long message", "raise ValueError('x' * 3000000)", null],
    ["indicators without an end", "while True:\n    calculate_sma([1.0] * 100000, 3)", FUEL],
    ["leaving", "raise SystemExit", "aborted"],
    ["an interrupt", "raise KeyboardInterrupt", "aborted"],
  ])("%s ends", async (_what, body, kind) => {
    const fault = await faultOf(strategyOf(body));
    if (kind !== null) expect(fault.kind).toBe(kind);
    expect(fault.message.length).toBeLessThanOrEqual(500);
    expect(fault.message).not.toMatch(/wasm|\/src\/|node:/);
  });

  it("ends in the constructor and at the top of the text as well", async () => {
    const init =
      "class S:\n    def __init__(self):\n        while True:\n            pass\n    def generate_signal(self, d):\n        pass";
    expect(await faultOf(init)).toMatchObject({ kind: FUEL });
    expect(await faultOf(`while True:\n    pass\n${strategyOf("pass")}`)).toMatchObject({ kind: FUEL });
    expect(await faultOf(`x = 2 ** 10 ** 7\n${strategyOf("pass")}`)).toMatchObject({ kind: FUEL });
  });

  it("ends by a fault where the top of the text leaves next to nothing in the tank", async () => {
    const top = (count: number): string =>
      `for i in range(${count}):\n    pass\n${strategyOf("raise ValueError('it ran')")}`;
    let [fits, fails] = [1, 3_000_000];
    while (fails - fits > 1) {
      const middle = (fits + fails) >> 1;
      if ((await faultOf(top(middle))).kind === FUEL) fails = middle;
      else fits = middle;
    }
    expect((await faultOf(top(fits))).message).toContain("it ran");
  });

  it("ends by a fault with parameters that are too large to be taken", async () => {
    const code = "class S:\n    def __init__(self, x):\n        pass\n    def generate_signal(self, d):\n        pass";
    const fault = await faultOf(code, { x: Array.from({ length: 1_500_000 }, () => "abcdef") });
    expect(["out_of_memory", FUEL, "trapped"]).toContain(fault.kind);
  });

  it("takes what is not collected: a destructor never runs", async () => {
    const body =
      "class D:\n    def __del__(self):\n        while True:\n            pass\nfor i in range(50):\n    D()\nreturn 'BUY'";
    const program = await opened(strategyOf(body));
    for (let index = 0; index < 400; index++) expect(program.decide(eventAt(index, 1)).ok).toBe(true);
  });

  it("ends a time bomb at its tick, the same tick every time", async () => {
    const code =
      "class S:\n    def __init__(self):\n        self.n = 0\n    def generate_signal(self, d):\n        self.n += 1\n        while self.n > 700:\n            pass";
    for (let round = 0; round < 2; round++) {
      const program = await opened(code);
      let index = 0;
      while (program.decide(eventAt(index, 1)).ok) index++;
      expect(index).toBe(700);
    }
  });

  it("counts fuel the same every time: the loop that just fits fits always", async () => {
    const loops = async (count: number): Promise<boolean> => {
      const program = await opened(strategyOf(`for i in range(${count}):\n    pass`));
      return program.decide(eventAt(0, 1)).ok;
    };
    let [fits, fails] = [1, 1_000_000];
    while (fails - fits > 1) {
      const middle = (fits + fails) >> 1;
      if (await loops(middle)) fits = middle;
      else fails = middle;
    }
    for (let round = 0; round < 3; round++) expect([await loops(fits), await loops(fails)]).toEqual([true, false]);
    expect(fits).toBeGreaterThan(20_000);
  });

  it("keeps every instance below its memory", async () => {
    const program = await opened(strategyOf("x = []\nwhile True:\n    x.append(bytearray(100000))"));
    const { interpreter } = program as unknown as { interpreter: { bytes: number } };
    program.decide(eventAt(0, 1));
    expect(interpreter.bytes).toBeLessThanOrEqual(AUTHOR_BYTES + 2 * MIB);
  });

  it("lets a strategy use most of its 16 MiB, and gives back what it threw away", async () => {
    const program = await opened(strategyOf("x = bytearray(7000000)\nreturn 'BUY' if len(x) == 7000000 else None"));
    for (let index = 0; index < 30; index++)
      expect(program.decide(eventAt(index, 1))).toMatchObject({ value: { action: "buy" } });
  });

  it("pays for collecting garbage over several events: one that always takes it ends, one that sometimes does goes on", async () => {
    const full = (rest: string): string =>
      `class S:
    def __init__(self):
        self.kept = []
        self.n = 0
    def generate_signal(self, d):
        self.n += 1
        if self.n < 160:
            for i in range(1500):
                self.kept.append((i, i))
        else:
            ${rest}`;
    const events = async (code: string): Promise<readonly [number, string]> => {
      const program = await opened(code);
      for (let index = 0; index < 600; index++) {
        const decided = program.decide(eventAt(index, 1));
        if (!decided.ok) return [index, decided.failure.kind];
      }
      return [600, ""];
    };
    expect(await events(full("x = bytearray(100000)"))).toEqual([600, ""]);
    const [count, kind] = await events(full("for i in range(1000000): pass"));
    expect(kind, "nearly five times its budget at each event").toBe(FUEL);
    expect(count).toBeGreaterThan(160);
    expect(count).toBeLessThan(200);
  });

  it("tells what it holds and which share of an event's work the last one took", async () => {
    const program = await opened(strategyOf("for i in range(10000):\n    pass"));
    program.decide(eventAt(0, 1));
    const { memoryBytes, work } = program.usage();
    expect(memoryBytes).toBe(program.bytes);
    expect(work).toBeGreaterThan(0.03);
    expect(work).toBeLessThan(0.5);
  });

  it("stays as small as it is over many events", async () => {
    const program = await opened(RSI_STRATEGY);
    for (let index = 0; index < 5_000; index++) program.decide(eventAt(index, 100 + (index % 7)));
    expect(program.bytes).toBeLessThanOrEqual(2 * MIB);
  });

  it("holds the histories of many symbols beside the author's share", async () => {
    const symbols = Array.from({ length: 40 }, (_, index) => `S${index}`);
    const program = await opened(
      "class S:\n    def generate_signal(self, d):\n        return {'action': 'BUY', 'confidence': len(d['prices']) / 1000}",
      {},
      symbols,
    );
    let last: unknown = null;
    for (let index = 0; index < 300; index++)
      for (let symbol = 0; symbol < 40; symbol++) last = program.decide(eventAt(index, 1 + symbol, symbol));
    expect(last).toMatchObject({ value: { confidence: 0.3 } });
  });

  it("recurses at least 32 deep, in a thread as well", async () => {
    const code = strategyOf(
      "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\nreturn 'BUY' if f(100) == 100 else None",
    );
    expect((await opened(code)).decide(eventAt(0, 1))).toMatchObject({ value: { action: "buy" } });
    const source = `
      const { parentPort, workerData } = require("node:worker_threads");
      import(workerData.url).then(async ({ openPython }) => {
        const answers = [];
        for (const code of workerData.codes) {
          const program = await openPython(code, ["A"], {});
          answers.push(program.value.decide(workerData.event));
        }
        parentPort.postMessage(answers);
      });`;
    const url = new URL("../../../../src/sandbox/python/python-program.js", import.meta.url).href;
    const codes = [code, strategyOf("def f():\n    f()\nf()"), strategyOf("while True:\n    pass")];
    const worker = new Worker(source, { eval: true, workerData: { url, codes, event: eventAt(0, 1) } });
    const answers = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    await worker.terminate();
    expect(answers).toMatchObject([
      { value: { action: "buy" } },
      { failure: { kind: DEEP } },
      { failure: { kind: FUEL } },
    ]);
  });
});
