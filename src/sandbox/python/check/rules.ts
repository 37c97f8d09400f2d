// What a strategy in Python may not write, found in its tokens: imports of anything but four modules, names with two
// underscores on both sides, and the builtins that lead out of the language. The interpreter denies the same when it runs;
// here the author learns it before, with line and column.
import type { Diagnostic } from "../../compile/diagnostics.ts";
import type { Token } from "./tokens.ts";

const MODULES: readonly string[] = ["math", "numpy", "typing", "dataclasses"];
/** Never. */
const BANNED: readonly string[] = ["exec", "eval", "getattr", "__import__", "execfile"];
/** Not called, and not used unless the file has a variable of that name: `open` is a price as well. */
const UNAVAILABLE: readonly string[] = ["open", "compile", "globals", "locals", "vars", "input", "help", "breakpoint"];
const DUNDER = /^__\w*__$/;
/** Names that may be set or read by themselves. */
const PLAIN: readonly string[] = ["__name__", "__slots__", "__version__", "__author__", "__all__"];
const DIAGNOSTICS_MAX = 20;
const NAME_TOKENS_MAX = 9;
/** Tokens that super(…) may have in its brackets. */
const SUPER_TOKENS_MAX = 32;

/** `more`: modules that can be imported as well. */
export function brokenRules(tokens: readonly Token[], more: readonly string[] = []): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  visit(tokens, namesBound(tokens), found);
  const allowed = new Set(more.map(notImported));
  return found.filter(({ message }) => !allowed.has(message)).slice(0, DIAGNOSTICS_MAX);
}

function visit(tokens: readonly Token[], bound: ReadonlySet<string>, found: Diagnostic[]): void {
  let begins = true;
  for (const [index, token] of tokens.entries()) {
    if (found.length >= DIAGNOSTICS_MAX) return;
    if (token.inside.length > 0) visit(token.inside, bound, found);
    if (begins && token.text === "import") plainImport(tokens, index, found);
    if (begins && token.text === "from") importFrom(tokens, index, found);
    if (token.kind === "name") {
      const broken = nameRule(tokens, index, bound);
      if (broken !== null) found.push(diagnostic(token, ...broken));
    }
    begins = isBetween(token);
  }
}
/** Whether a statement can begin behind it. */
function isBetween({ kind, text }: Token): boolean {
  return kind === "newline" || kind === "indent" || kind === "dedent" || text === ";" || text === ":";
}

function nameRule(
  tokens: readonly Token[],
  index: number,
  bound: ReadonlySet<string>,
): readonly [message: string, hint: string] | null {
  const { text } = tokens[index] ?? { text: "" };
  const before = tokens[index - 1]?.text;
  const after = tokens[index + 1]?.text;
  const isAttribute = before === ".";
  if (before === "def") return null;
  if (!isAttribute && BANNED.includes(text))
    return [`${text} is not available to a strategy`, "write out what it should do"];
  if (DUNDER.test(text)) {
    if (!isAttribute && PLAIN.includes(text)) return null;
    if (text === "__init__" && isAttribute && isSuper(tokens, index - 1)) return null;
    return [
      `${text} is not available to a strategy`,
      "names with two underscores on both sides can only be defined as methods; super().__init__(…) can be called",
    ];
  }
  if (isAttribute || !UNAVAILABLE.includes(text)) return null;
  return after === "(" || !bound.has(text)
    ? [
        `${text} is not available to a strategy`,
        "a strategy has no access to the outside; it decides by what it is given",
      ]
    : null;
}

/** Whether the dot at `dot` stands behind super(…). */
function isSuper(tokens: readonly Token[], dot: number): boolean {
  let depth = 0;
  for (let at = dot - 1; at >= Math.max(0, dot - SUPER_TOKENS_MAX); at--) {
    const { text, kind } = tokens[at] ?? { text: "", kind: "newline" };
    if (kind === "newline") return false;
    if (text === ")") depth++;
    else if (text === "(" && --depth === 0) return tokens[at - 1]?.text === "super";
    if (depth === 0) return false;
  }
  return false;
}

/** from x.y import a, b */
function importFrom(tokens: readonly Token[], index: number, found: Diagnostic[]): void {
  const module: Token[] = [];
  let at = index + 1;
  for (; at < tokens.length && tokens[at]?.text !== "import" && tokens[at]?.kind !== "newline"; at++) {
    const token = tokens[at];
    if (token !== undefined) module.push(token);
  }
  refuse(module, module[0], found);
  const star = tokens[at + 1];
  if (star?.text === "*" && module[0]?.text !== "math")
    found.push(diagnostic(star, "everything at once cannot be imported", "name what you need"));
}

/** import x.y as z, v */
function plainImport(tokens: readonly Token[], index: number, found: Diagnostic[]): void {
  let module: Token[] = [];
  let renamed = false;
  for (let at = index + 1; found.length < DIAGNOSTICS_MAX; at++) {
    const token = tokens[at];
    const ends = token === undefined || token.kind === "newline" || token.text === ";";
    if (ends || token.text === ",") {
      refuse(module, module[0] ?? tokens[index], found);
      module = [];
      renamed = false;
      if (ends) return;
    } else if (token.text === "as") renamed = true;
    else if (!renamed) module.push(token);
  }
}

function notImported(name: string): string {
  return `${name} cannot be imported`;
}

function refuse(module: readonly Token[], place: Token | undefined, found: Diagnostic[]): void {
  const name = module
    .slice(0, NAME_TOKENS_MAX)
    .map(({ text }) => text)
    .join("");
  if (MODULES.includes(name) || place === undefined) return;
  found.push(
    diagnostic(
      place,
      notImported(name === "" ? "this" : name),
      `${MODULES.join(", ")} can be imported; indicators are there as calculate_rsi and the like`,
    ),
  );
}

/** Names that the file gives to something of its own: by =, as an argument, by for, by as. */
function namesBound(tokens: readonly Token[]): ReadonlySet<string> {
  const bound = new Set<string>();
  let inHead = false;
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind === "newline") inHead = false;
    else if (text === "def" || text === "lambda" || text === "for") inHead = true;
    else if (text === "in") inHead = false;
    if (kind !== "name") continue;
    const [before, after] = [tokens[index - 1]?.text, tokens[index + 1]?.text];
    if (inHead || before === "as" || before === "def" || after === "=" || after === ":=" || isUnpacked(before, after))
      bound.add(text);
  }
  return bound;
}
/** In `a, open = …`: between commas. */
function isUnpacked(before: string | undefined, after: string | undefined): boolean {
  return (before === "," && after === ",") || (after === "," && before === "");
}

function diagnostic({ line, column }: Token, message: string, hint: string): Diagnostic {
  return { message, line, column, hint };
}
