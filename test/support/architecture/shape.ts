// Rules about one file at a time: sizes, names, and what must not stand in it.
import { codeOf, type Tree, under } from "./tree.ts";

export const FILE_LINES_MAX = 400;
export const FUNCTION_LINES_MAX = 60;
const CODE = ["src", "assembly", "test", "bench"] as const;

export function longFiles(tree: Tree): readonly string[] {
  return [...tree]
    .filter(([path]) => /\.(ts|tsx|mjs)$/.test(path))
    .map(([path, text]) => [path, text.trimEnd().split("\n").length] as const)
    .filter(([, lines]) => lines > FILE_LINES_MAX)
    .map(([path, lines]) => `${path} has ${lines} lines, at most ${FILE_LINES_MAX}`);
}

/** By braces: from the line of the opening brace of a body to its closing one. Suites of tests are not counted. */
export function longFunctions(tree: Tree): readonly string[] {
  return under(tree, ...CODE).flatMap(([path, text]) =>
    functionSizes(codeOf(text), path.startsWith("test/"))
      .filter(({ lines }) => lines > FUNCTION_LINES_MAX)
      .map(({ line, lines }) => `${path}:${line} is a function of ${lines} lines, at most ${FUNCTION_LINES_MAX}`),
  );
}

interface FunctionSize {
  readonly line: number;
  readonly lines: number;
}

function functionSizes(code: string, test: boolean): readonly FunctionSize[] {
  const sizes: FunctionSize[] = [];
  const open: { readonly line: number; readonly index: number; readonly body: boolean }[] = [];
  let line = 1;
  for (let index = 0; index < code.length; index++) {
    const letter = code[index];
    if (letter === "\n") line++;
    if (letter === "{") open.push({ line, index, body: opensBody(code.slice(Math.max(0, index - 2_000), index)) });
    if (letter !== "}") continue;
    const opened = open.pop();
    if (opened?.body !== true) continue;
    const suite = test && /\b(describe|it|test)\b\s*(\.\w+\s*)?\(/.test(code.slice(opened.index, index));
    if (!suite) sizes.push({ line: opened.line, lines: line - opened.line + 1 });
  }
  return sizes;
}

/** Whether a brace after this text opens the body of a function, rather than a block, an object or a type. */
function opensBody(before: string): boolean {
  const text = before.trimEnd();
  if (text.endsWith("=>")) return true;
  const end = /\)(\s*:\s*[^;{}()=]*)?$/.exec(text);
  if (end === null) return false;
  let depth = 0;
  let index = end.index;
  for (; index >= 0; index--) {
    if (text[index] === ")") depth++;
    if (text[index] === "(" && --depth === 0) break;
  }
  return !/\b(if|for|while|switch|catch|with)\s*$/.test(text.slice(0, Math.max(0, index)));
}

export function badNames(tree: Tree): readonly string[] {
  return under(tree, ...CODE)
    .filter(([path]) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.(test|bench|d))?\.ts$/.test(path))
    .map(([path]) => `${path} is not in kebab-case`);
}

export function barrelsAndDefaults(tree: Tree): readonly string[] {
  return under(tree, ...CODE).flatMap(([path, text]) => {
    const code = codeOf(text);
    const faults: string[] = [];
    if (/(^|\n)\s*export\s+default\b/.test(code)) faults.push(`${path} has a default export`);
    if (/(^|\n)\s*export\s+\*/.test(code)) faults.push(`${path} exports all of another file`);
    if (path.startsWith("src/") && path.endsWith("/index.ts")) faults.push(`${path} is a barrel`);
    return faults;
  });
}

/** Time and chance enter the engine as events. Only these files may ask for them, each for the reason given. */
export type Exceptions = Readonly<Record<string, string>>;
const IMPURE = /\b(Date\.now|performance\.now|process\.hrtime|Math\.random|randomUUID|randomBytes)\b|\bnew Date\(\s*\)/;

export function impureFiles(tree: Tree, exceptions: Exceptions): readonly string[] {
  const pure = under(tree, "src/stream", "src/domain", "assembly");
  const asking = pure.filter(([, text]) => IMPURE.test(codeOf(text))).map(([path]) => path);
  const unknown = asking.filter((path) => exceptions[path] === undefined);
  const idle = Object.keys(exceptions).filter((path) => !asking.includes(path));
  return [
    ...unknown.map((path) => `${path} reads a clock or a random number; it must come as an event or a parameter`),
    ...idle.map((path) => `${path} is excepted but needs no exception`),
  ];
}

/** Only config.ts reads the environment: everything else is handed what it needs. */
export function environmentReaders(tree: Tree): readonly string[] {
  return under(tree, "src")
    .filter(([path, text]) => path !== "src/config.ts" && /\bprocess\.env\b/.test(codeOf(text)))
    .map(([path]) => `${path} reads process.env; that is the business of src/config.ts`);
}

/** What commands say goes through src/cli/text.ts, which lets no text of others steer a terminal. */
export function terminalWriters(tree: Tree, exceptions: Exceptions): readonly string[] {
  const writing = under(tree, "src")
    .filter(([, text]) => /\bconsole\.|\bprocess\.std(out|err)\.write\b/.test(codeOf(text)))
    .map(([path]) => path);
  return [
    ...writing
      .filter((path) => exceptions[path] === undefined)
      .map((path) => `${path} writes to the terminal by itself; that is the business of src/cli/text.ts`),
    ...Object.keys(exceptions)
      .filter((path) => !writing.includes(path))
      .map((path) => `${path} is excepted but needs no exception`),
  ];
}

// Spelled with a gap, so that this file does not find itself.
const LEFTOVERS = new RegExp(`\\b(${"TO-DO|FIX-ME|XX-X".replaceAll("-", "")})\\b`);
const MACHINE_PATHS = new RegExp("/wo-rk/|/ho-me/|/Us-ers/|/ro-ot/".replaceAll("-", ""));

export function leftovers(tree: Tree): readonly string[] {
  return [...tree].flatMap(([path, text]) =>
    text.split("\n").flatMap((line, index) => {
      const where = `${path}:${index + 1}`;
      if (LEFTOVERS.test(line)) return [`${where} is unfinished: ${line.trim()}`];
      return MACHINE_PATHS.test(line) ? [`${where} names a path of one machine: ${line.trim()}`] : [];
    }),
  );
}

export function testsWithoutAssertion(tree: Tree): readonly string[] {
  return under(tree, "test")
    .filter(([path]) => path.endsWith(".test.ts"))
    .flatMap(([path, text]) => {
      const code = codeOf(text);
      if (!/\b(expect|assert)\b\s*(\.\w+\s*)?\(/.test(code)) return [`${path} asserts nothing`];
      const off = /\b(it|test|describe)\s*\.\s*(only|skip|todo|fails)\b/.exec(code);
      return off === null ? [] : [`${path} has a test that is ${off[2]}`];
    });
}

/** Files of tests share processes, in which a module is loaded once: what it does then is done before one of them only. */
const AT_LOAD = /^(before|after)(All|Each)\(/m;
const OF_THE_PROCESS = /\bprocess\.chdir\(|\bprocess\.env(\.\w+|\[[^\]]*\])\s*=[^=]|\bdelete process\.env\b/;
export function tracesInTheProcess(tree: Tree): readonly string[] {
  return under(tree, "test").flatMap(([path, text]) => {
    const code = codeOf(text);
    const late = path.startsWith("test/support/") && AT_LOAD.test(code);
    if (late) return [`${path} has a hook for who loads it first; put it into a function that each file calls`];
    return OF_THE_PROCESS.test(code) ? [`${path} changes the process that other files of tests run in`] : [];
  });
}

/** A file opens by saying what it promises. */
export function withoutHeader(tree: Tree): readonly string[] {
  return under(tree, "src", "assembly", "bench")
    .filter(([, text]) => !/^(\/\/|\/\*|#!)/.test(text))
    .map(([path]) => `${path} does not open with a comment that says what it promises`);
}
