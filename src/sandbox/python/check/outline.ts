// What a Python file declares, read from its tokens: classes, their bases, methods, fields, and the arguments of their
// constructors. Only what stands at the top of the file counts.
import type { Token } from "./tokens.ts";

export interface Argument {
  readonly name: string;
  /** Tokens of the default value; empty: it must be given. */
  readonly standard: readonly Token[];
}

export interface Method {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly isAsync: boolean;
  /** Without the first, which is the object itself, and without those with stars. */
  readonly args: readonly Argument[];
}

export interface ClassOutline {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly bases: readonly string[];
  /** Made by @dataclass. */
  readonly isData: boolean;
  readonly methods: readonly Method[];
  /** Names with an annotation in the body of the class, in order, with what they begin as. */
  readonly fields: readonly string[];
  readonly defaults: readonly Argument[];
}

export interface Outline {
  readonly classes: readonly ClassOutline[];
  /** By name; of two with one name, the last. */
  readonly named: ReadonlyMap<string, ClassOutline>;
  /** The class that is built: the first with a generate_signal, otherwise the first. */
  readonly strategy: ClassOutline | null;
}

export const SIGNAL_METHOD = "generate_signal";
const LINEAGE_MAX = 32;

interface Line {
  readonly depth: number;
  readonly tokens: readonly Token[];
}

export function outlineOf(tokens: readonly Token[]): Outline {
  const lines = linesOf(tokens);
  const classes: ClassOutline[] = [];
  for (const [index, { depth, tokens: header }] of lines.entries()) {
    if (depth !== 0 || header[0]?.text !== "class" || header[1]?.kind !== "name") continue;
    classes.push(classOf(lines, index, header));
  }
  const outline = { classes, named: new Map(classes.map((one) => [one.name, one])), strategy: null };
  const strategy = classes.find((one) => methodOf(one, SIGNAL_METHOD, outline) !== null) ?? classes[0] ?? null;
  return { ...outline, strategy };
}

export interface TestOutline {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  /** Why it is no test; null: it is one. */
  readonly fault: "in a class" | "async" | "with arguments" | null;
}

/** Whatever is called `test_…`. Tests are functions at the top that take nothing. */
export function testsOf(tokens: readonly Token[]): readonly TestOutline[] {
  return linesOf(tokens).flatMap(({ depth, tokens: header }) => {
    const isAsync = header[0]?.text === "async";
    const [first, name, opens, closes] = isAsync ? header.slice(1) : header;
    if (first?.text !== "def" || name?.text.startsWith("test_") !== true || depth > 1) return [];
    const bare = opens?.text === "(" && closes?.text === ")";
    const fault = depth === 1 ? "in a class" : isAsync ? "async" : bare ? null : "with arguments";
    return [{ name: name.text, line: name.line, column: name.column, fault }];
  });
}

/** Its own or that of a base in the same file. */
export function methodOf(one: ClassOutline, name: string, outline: Outline): Method | null {
  for (const each of lineage(one, outline)) {
    const method = each.methods.findLast((found) => found.name === name);
    if (method !== undefined) return method;
  }
  return null;
}

export function constructorOf(one: ClassOutline, outline: Outline): readonly Argument[] {
  const classes = lineage(one, outline);
  for (const each of classes) {
    const method = each.methods.findLast(({ name }) => name === "__init__");
    if (method !== undefined) return method.args;
    if (each.isData) break;
  }
  const fields = new Map<string, Argument>();
  for (const { isData, defaults } of classes.toReversed())
    if (isData) for (const field of defaults) fields.set(field.name, field);
  return [...fields.values()];
}

/** Names of parameters that an argument takes, the first that is given: `oversold_threshold` is `oversold`, and back. */
export function spellingsOf(name: string): readonly string[] {
  return [...new Set([name, `${name}_threshold`, name.replace(/_threshold$/, "")])];
}

/** The class and its bases in the same file, nearest first; each once. */
function lineage(one: ClassOutline, { named }: Outline): readonly ClassOutline[] {
  const found = new Set([one]);
  for (const each of found)
    for (const base of each.bases) {
      const known = named.get(base);
      if (known !== undefined && found.size < LINEAGE_MAX) found.add(known);
    }
  return [...found];
}

function linesOf(tokens: readonly Token[]): readonly Line[] {
  const lines: Line[] = [];
  let depth = 0;
  let line: Token[] = [];
  const end = (): void => {
    if (line.length > 0) lines.push({ depth, tokens: line });
    line = [];
  };
  for (const token of tokens) {
    if (token.kind === "indent") depth++;
    else if (token.kind === "dedent") depth--;
    else if (token.kind === "newline") end();
    else line.push(token);
  }
  end();
  return lines;
}

function classOf(lines: readonly Line[], index: number, header: readonly Token[]): ClassOutline {
  const [, name] = header;
  const methods: Method[] = [];
  const defaults: Argument[] = [];
  for (let at = index + 1; (lines[at]?.depth ?? 0) > 0; at++) {
    const { depth, tokens } = lines[at] ?? { depth: 0, tokens: [] };
    if (depth !== 1) continue;
    const method = methodAt(tokens);
    if (method !== null) methods.push(method);
    const [field, colon] = tokens;
    if (field?.kind === "name" && colon?.text === ":" && !tokens.some(({ text }) => text === "ClassVar"))
      defaults.push({ name: field.text, standard: behind(tokens, "=") });
  }
  let isData = false;
  for (let at = index - 1; lines[at]?.tokens[0]?.text === "@" && lines[at]?.depth === 0; at--)
    if (lines[at]?.tokens.some(({ text }) => text === "dataclass")) isData = true;
  const bases = partsOf(header, 2).flatMap((part) => (part.length === 1 && part[0] ? [part[0].text] : []));
  const { text = "", line = 1, column = 1 } = name ?? {};
  return { name: text, line, column, bases, isData, methods, fields: defaults.map((one) => one.name), defaults };
}

function methodAt(tokens: readonly Token[]): Method | null {
  const isAsync = tokens[0]?.text === "async";
  const [word, name] = tokens.slice(isAsync ? 1 : 0);
  if (word?.text !== "def" || name === undefined) return null;
  const parts = partsOf(tokens, tokens.indexOf(name) + 1).slice(1);
  const args = parts.flatMap((part) => {
    const [first] = part;
    return first?.kind === "name" ? [{ name: first.text, standard: behind(part, "=") }] : [];
  });
  return { name: name.text, line: name.line, column: name.column, isAsync, args };
}

/** What stands between the commas of the brackets that open at `from`; nothing when none do. */
function partsOf(tokens: readonly Token[], from: number): readonly (readonly Token[])[] {
  if (tokens[from]?.text !== "(") return [];
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(from)) {
    if (/^[([{]$/.test(token.text) && depth++ === 0) continue;
    if (/^[)\]}]$/.test(token.text) && --depth === 0) break;
    if (token.text === "," && depth === 1) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

/** The tokens behind the first `sign` that stands in no brackets. */
function behind(tokens: readonly Token[], sign: string): readonly Token[] {
  let depth = 0;
  for (const [index, { text, kind }] of tokens.entries()) {
    if (kind !== "operator") continue;
    if (/^[([{]$/.test(text)) depth++;
    else if (/^[)\]}]$/.test(text)) depth--;
    else if (text === sign && depth === 0) return tokens.slice(index + 1);
  }
  return [];
}
