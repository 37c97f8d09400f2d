import { describe, expect, it } from "vitest";
import { languageOf } from "../../../src/manage/registry/language.ts";

const PYTHON = [
  "class RSI:\n    def __init__(self, period=14):\n        self.period = period\n\n    def generate_signal(self, data):\n        return 'BUY' if data['price'] < 30 else None\n",
  "import math\nx = math.sqrt(4)\n",
  "def f(a): return a;  # one line with a semicolon\n",
  "from numpy import mean\nclass A:\n    weights = {\n        'a': 1,\n    }\n    def generate_signal(self, d):\n        for x in d['closes']:\n            pass\n",
  '"""export function f(x: f64): f64 {\n  return x;\n}"""\nclass A:\n    def generate_signal(self, d): return None\n',
  "",
  "x",
];
const ASSEMBLYSCRIPT = [
  "export function onTick(price: f64): i32 {\n  return price > 100 ? 1 : 0;\n}\n",
  'import { rsi } from "sdk";\nexport class Rsi {\n  period: i32 = 14;\n  signal(): i32 {\n    return this.period;\n  }\n}\n',
  "// def generate_signal(self):\n// class A:\nlet last: f64 = 0;\nexport function tick(p: f64): void { last = p; }\n",
  "/*\ndef a():\n  self.x = None\n*/\nconst LIMIT: f64 = 3;\nfunction f(): bool { return true; }\n",
];

describe("the language of a text that does not say it", () => {
  it.each(PYTHON)("is Python: %j", (code) => {
    expect(languageOf(code)).toBe("python");
  });

  it.each(ASSEMBLYSCRIPT)("is AssemblyScript: %j", (code) => {
    expect(languageOf(code)).toBe("assemblyscript");
  });

  it.each([
    "buy when rsi(14) < 30",
    "# class A:\nparam fast 12 from 2 to 50;\nsize 0.5; sell when price < lowest(20) and not volatility.high;\n",
    "stop 2 %; exit when held > 2 h",
  ])("is rules: %j", (code) => {
    expect(languageOf(code)).toBe("rules");
  });

  it("is not rules because a comment or a quoted text reads like one", () => {
    expect(languageOf("# buy when it falls\ndef f(x):\n    return x\n")).toBe("python");
    expect(languageOf('// buy when it falls\nlet text = "sell when it rises";\n')).toBe("assemblyscript");
  });

  it("is told in time that grows with the length of the text only", () => {
    const hostile = [
      '"',
      "'",
      "`",
      "/*",
      '"""',
      "#",
      "def ",
      "class a",
      "if (",
      "\\",
      " ",
      "import ",
      "@",
      "function ",
    ];
    for (const piece of hostile) {
      const begin = performance.now();
      languageOf(piece.repeat(Math.floor(262_144 / piece.length)));
      expect(performance.now() - begin, piece).toBeLessThan(1_000);
    }
  });
});
