// What authors of strategies send: WebAssembly modules, rule texts, Python texts. A module that is taken must stay a valid
// one, keep within its memory, and end when its fuel does, whatever it was made of; a rule text means what its printed
// form means.
import { parse } from "../../../../src/learning/rules/parser.ts";
import { print, readRules, translateRules } from "../../../../src/learning/rules.ts";
import { outlineOf, testsOf } from "../../../../src/sandbox/python/check/outline.ts";
import { brokenRules } from "../../../../src/sandbox/python/check/rules.ts";
import { tokensOf } from "../../../../src/sandbox/python/check/tokens.ts";
import { meter, RUN } from "../../../../src/sandbox/wasm/fuel.ts";
import { meterInterpreter } from "../../../../src/sandbox/wasm/interpreter.ts";
import { encodeU32 } from "../../../../src/sandbox/wasm/reader.ts";
import { randomRules } from "../../learning/random-rules.ts";
import { Random } from "../../random.ts";
import { RSI_STRATEGY } from "../../sandbox/python.ts";
import { bytesOf, fault, plainly, textsOf, type Target } from "./target.ts";

const PAGE = 65_536;
const PAGES = 4;
const FUEL = 2_000;
const I32 = 0x7f;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

function section(id: number, bytes: readonly number[]): readonly number[] {
  return [id, ...encodeU32(bytes.length), ...bytes];
}

/** f: i32 -> i32 of three locals with this code, run: () -> i32 that is f(10), a table with f, a memory of two pages. */
function moduleOf(hex: string): Uint8Array {
  const code = [...Buffer.from(hex.replaceAll(" ", ""), "hex")];
  const body = [1, 3, I32, ...code, 0x0b];
  const run = [0, 0x41, 10, 0x10, 1, 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [3, 0x60, 1, I32, 1, I32, 0x60, 0, 1, I32, 0x60, 4, I32, I32, I32, I32, 0]),
    ...section(2, [1, 3, ...Buffer.from("env"), 5, ...Buffer.from("abort"), 0, 2]),
    ...section(3, [2, 0, 1]),
    ...section(4, [1, 0x70, 0, 1]),
    ...section(5, [1, 1, 1, 2]),
    ...section(6, [1, I32, 1, 0x41, 5, 0x0b]),
    ...section(7, [2, 1, 0x66, 0, 1, 3, ...Buffer.from("run"), 0, 2]),
    ...section(9, [1, 0, 0x41, 0, 0x0b, 1, 1]),
    ...section(10, [2, ...encodeU32(body.length), ...body, ...encodeU32(run.length), ...run]),
  ]);
}

const SUM = "0340 2001 4101 6a 2201 2002 6a 2102 2001 2000 48 0d00 0b 2002";
const MODULES = [
  moduleOf(SUM),
  moduleOf("0340 0340 2001 4101 6a 2201 2000 48 0d00 0b 2002 4101 6a 2202 2000 48 0d00 0b 2002"),
  moduleOf("2000 45 047f 4100 05 2000 4101 6b 1001 0b"),
  moduleOf("2000 4100 110000"),
  moduleOf("0240 0240 2000 0e020001 00 0b 0b 4101 4000 1a 3f00"),
  moduleOf("4100 fd0f fd0c00000000000000000000000000000000 fdae01 fd1b00"),
  moduleOf("4100 2000 3602 00 4100 2802 00 44000000000000f03f fc02 6a"),
];

function stubs(module: WebAssembly.Module): WebAssembly.Imports {
  const all: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) (all[from] ??= {})[name] = () => 0;
  return all;
}

/** What a metered module did with its fuel. It must come back: the watch of the whole batch sees when it does not. */
function ran(bytes: Uint8Array<ArrayBuffer>): string {
  const module = new WebAssembly.Module(bytes);
  try {
    const { exports } = new WebAssembly.Instance(module, stubs(module));
    const run = exports[RUN];
    if (typeof run !== "function") fault("it has no way in");
    (run as (fuel: number) => number)(FUEL);
    const memories = Object.values(exports).filter((one) => one instanceof WebAssembly.Memory);
    if (memories.some(({ buffer }) => buffer.byteLength > PAGES * PAGE)) fault("it has more memory than allowed");
    return "ran";
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof WebAssembly.LinkError) return error.name;
    if (error instanceof RangeError) return "too deep";
    throw error;
  }
}

export const modules: Target = {
  name: "WebAssembly modules",
  files: ["binary", "cost", "fuel", "instructions", "interpreter", "reader", "surface"].map(
    (name) => `sandbox/wasm/${name}.js`,
  ),
  weight: 9,
  batch: 1_000,
  seeds: MODULES,
  words: [
    "0340",
    "0240",
    "0440",
    "0b",
    "0c00",
    "0d00",
    "0e0100",
    "1001",
    "2000",
    "2400",
    "4101",
    "fc0a0000",
    "fc0b00",
    "4000",
    "fd",
    "ffffffff0f",
    "11",
  ].map((hex) => Buffer.from(hex, "hex")),
  open: () => ({
    run: (input) => {
      const copied = Uint8Array.from(input);
      const inner = meterInterpreter(copied, 1, PAGES);
      const made = meter(copied, PAGES * PAGE);
      if (!made.ok) return plainly(made.failure);
      if (made.value.maximumPages > PAGES) fault("it may have more memory than allowed");
      if (!WebAssembly.validate(copied)) return "metered, was none before";
      if (!WebAssembly.validate(made.value.bytes)) fault("a valid module is none any more");
      if (inner.ok && !WebAssembly.validate(inner.value)) fault("a valid module is none any more, as an interpreter");
      return ran(made.value.bytes);
    },
  }),
};

const RULE_WORDS =
  "param from to buy sell exit when size stop target confidence and or not crosses above below rsi ema sma atr price " +
  "volume regime trending position long short flat held momentum_rider . ( ) ; , < > == != <= >= + - * / % 14 2.5 1e308 1h";

export const rules: Target = {
  name: "rule texts",
  files: ["checker", "fault", "generator", "lexer", "parser", "printer", "types", "vocabulary"].map(
    (name) => `learning/rules/${name}.js`,
  ),
  weight: 5,
  batch: 4_000,
  seeds: textsOf(
    "param fast 12 from 2 to 50;\nbuy when ema(fast) crosses above ema(26) and rsi(14) < 70;\nsell when rsi(14) > 80; stop 2 %",
    "buy when regime == trending and momentum_rider.buy; exit when held > 2 h or price < 10 # a comment",
    "sell when not (price > sma(20) * 1.02) or volume < 5; size 0.5; target atr(14) * 3",
  ),
  words: textsOf(...RULE_WORDS.split(" "), "\n", " ", "#", "("),
  make: (chance) => bytesOf(print(randomRules(new Random(1 + chance.below(2 ** 31 - 2)), 1 + chance.below(4)))),
  open: () => ({
    run: (input) => {
      const text = Buffer.from(input).toString("utf8");
      const read = readRules(text);
      if (!read.ok) {
        if (read.failure.some(({ message }) => message === "")) fault("a fault without a word");
        return plainly(read.failure[0]?.message ?? "");
      }
      const printed = print(read.value.text);
      if (print(parse(printed)) !== printed) fault(`printed as ${printed}`);
      if (!translateRules(text).ok) fault("what is read is not translated");
      return "read";
    },
  }),
};

export const pythonTexts: Target = {
  name: "Python texts",
  files: ["outline", "rules", "tokens"].map((name) => `sandbox/python/check/${name}.js`),
  weight: 8,
  batch: 4_000,
  seeds: [
    bytesOf(RSI_STRATEGY),
    ...textsOf("def test_it():\n    assert 1 == 1\n", "class A:\n  def generate_signal(self, d):\n    return f'{d}'\n"),
  ],
  words: textsOf(
    "class",
    "def",
    "import",
    "js",
    "__class__",
    "lambda",
    "'''",
    '"""',
    "'",
    '"',
    "\\",
    "\n",
    "\t",
    "    ",
    "(",
    ")",
    "[",
    "{",
    "f'",
    "b'",
    "#",
    ":",
    "=",
    "0x",
    "1e",
    "eval",
    "exec",
    "é",
  ),
  open: () => ({
    run: (input) => {
      const text = Buffer.from(input).toString("utf8");
      const { tokens, diagnostics } = tokensOf(text);
      if (diagnostics.length > 0) return plainly(diagnostics[0]?.message ?? "");
      const broken = brokenRules(tokens, []);
      outlineOf(tokens);
      return broken.length > 0
        ? plainly(broken[0]?.message ?? "")
        : `fine, ${testsOf(tokens).length > 0 ? "tests" : "no tests"}`;
    },
  }),
};
