// Python's text as tokens, by the lexical rules of the language: strings of every kind, comments, brackets that join lines,
// indentation. Expressions inside f-strings are tokens too, because they are code. One pass over the text; whatever the
// text is, the work is proportional to its length. Lines and columns count from 1.
import type { Diagnostic } from "../../compile/diagnostics.ts";

export interface Token {
  readonly kind: "name" | "number" | "string" | "operator" | "newline" | "indent" | "dedent";
  readonly text: string;
  readonly line: number;
  readonly column: number;
  /** Of an f-string: the tokens of its expressions. */
  readonly inside: readonly Token[];
}

export interface Lexed {
  readonly tokens: readonly Token[];
  readonly diagnostics: readonly Diagnostic[];
}

const NAME = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y;
const NUMBER = /\.?\d(?:[eE][+-]|[\w.])*/y;
const STRING = /([A-Za-z]{0,2})("""|'''|"|')/y;
const OPERATOR = /\*\*=?|\/\/=?|<<=?|>>=?|->|:=|\.\.\.|[-+*/%@&|^=<>!]=|[-+*/%@&|^~<>=()[\]{},:.;!?$`]/y;
const BLANK = /[ \t\f]+/y;
const COMMENT = /#[^\r\n]*/y;
const LINE_END = /\r\n|\r|\n/y;
const PREFIX = /^(?:[rR]|[uU]|[bB]|[fF]|[rR][bBfF]|[bBfF][rR])?$/;
const CLOSER: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const TAB = 8;
const NESTED_MAX = 6;

export function tokensOf(code: string): Lexed {
  return new Lexer(code, 1, 1, 0).all();
}

class Lexer {
  private readonly code: string;
  private readonly nested: number;
  private readonly tokens: Token[] = [];
  private readonly diagnostics: Diagnostic[] = [];
  private readonly open: { readonly text: string; readonly line: number; readonly column: number }[] = [];
  private readonly indents: number[] = [0];
  private at = 0;
  private line: number;
  /** Offset of the beginning of the line, so that column = at - begin + 1. */
  private begin: number;

  constructor(code: string, line: number, column: number, nested: number) {
    this.code = code;
    this.line = line;
    this.begin = 1 - column;
    this.nested = nested;
  }

  all(): Lexed {
    const { code } = this;
    if (code.charCodeAt(0) === 0xfeff) this.at = 1;
    let fresh = this.nested === 0;
    while (this.at < code.length && this.diagnostics.length === 0) {
      if (fresh && this.open.length === 0) this.indent();
      fresh = this.step();
    }
    this.finish();
    return { tokens: this.tokens, diagnostics: this.diagnostics };
  }

  /** Whether a new line begins behind what was read. */
  private step(): boolean {
    if (this.match(BLANK) !== null || this.match(COMMENT) !== null) return false;
    if (this.lineEnd()) {
      if (this.open.length > 0) return false;
      this.push("newline", "");
      return true;
    }
    const { at, line, column } = { at: this.at, line: this.line, column: this.column };
    if (this.code[at] === "\\") {
      this.at++;
      if (!this.lineEnd()) this.fault("a backslash joins lines only at the end of a line", line, column);
      return false;
    }
    const string = this.match(STRING);
    if (string !== null) {
      this.string(string, line, column);
      return false;
    }
    const name = this.match(NAME);
    if (name !== null) this.push("name", name[0], line, column);
    else {
      const number = this.match(NUMBER);
      if (number !== null) this.push("number", number[0], line, column);
      else this.operator(line, column);
    }
    return false;
  }

  private operator(line: number, column: number): void {
    const found = this.match(OPERATOR);
    if (found === null || /[?$`]/.test(found[0])) {
      const character = String.fromCodePoint(this.code.codePointAt(found === null ? this.at : this.at - 1) ?? 0);
      this.fault(`${JSON.stringify(character)} is no character of Python here`, line, column);
      return;
    }
    const [text] = found;
    if (CLOSER[text] !== undefined) this.open.push({ text, line, column });
    else if (text === ")" || text === "]" || text === "}") {
      const opened = this.open.pop();
      if (opened === undefined) this.fault(`'${text}' closes nothing`, line, column);
      else if (CLOSER[opened.text] !== text)
        this.fault(
          `'${text}' closes the '${opened.text}' of line ${opened.line}, column ${opened.column}`,
          line,
          column,
        );
    }
    this.push("operator", text, line, column);
  }

  private string(found: RegExpExecArray, line: number, column: number): void {
    const [whole = "", prefix = "", quote = ""] = found;
    // Otherwise a name, and a string behind it.
    const isPrefix = PREFIX.test(prefix);
    if (!isPrefix) this.push("name", prefix, line, column);
    const from = this.at;
    const start = { line: this.line, column: this.column };
    const end = this.endOfString(quote);
    if (end < 0) {
      const hint = quote.length === 3 ? `close it by ${quote}` : `close it by ${quote} on the same line`;
      return this.fault("this string is not closed", line, column, hint);
    }
    const isFormat = isPrefix && /[fF]/.test(prefix);
    const inside = isFormat ? this.expressions(this.code.slice(from, end), start.line, start.column) : [];
    this.tokens.push({ kind: "string", text: whole + this.code.slice(from, this.at), line, column, inside });
  }

  /** Offset of the closing quote; the lexer stands behind it. -1: there is none. */
  private endOfString(quote: string): number {
    const { code } = this;
    while (this.at < code.length) {
      if (code.startsWith(quote, this.at)) {
        this.at += quote.length;
        return this.at - quote.length;
      }
      if (code[this.at] === "\\") {
        this.at++;
        if (!this.lineEnd()) this.at++;
      } else if (code[this.at] === "\n" || code[this.at] === "\r") {
        if (quote.length === 1) return -1;
        this.lineEnd();
      } else this.at++;
    }
    return -1;
  }

  private expressions(text: string, line: number, column: number): readonly Token[] {
    if (this.nested >= NESTED_MAX) {
      this.fault("strings with expressions are nested too deeply", line, column);
      return [];
    }
    const found: Token[] = [];
    let depth = 0;
    let from = 0;
    const place = { line, column, at: 0 };
    const expression = (to: number): void => {
      for (; place.at < from; place.at++) {
        const ends = text[place.at] === "\n";
        place.line += ends ? 1 : 0;
        place.column = ends ? 1 : place.column + 1;
      }
      found.push(...new Lexer(text.slice(from, to), place.line, place.column, this.nested + 1).all().tokens);
    };
    for (let at = 0; at < text.length; at++) {
      const character = text[at];
      if (character === "{" && depth === 0 && text[at + 1] === "{") at++;
      else if (character === "{" && depth++ === 0) from = at + 1;
      else if (character === "}" && depth > 0 && --depth === 0) expression(at);
    }
    if (depth > 0) expression(text.length);
    return found;
  }

  /** At the beginning of a line: spaces, compared with those of the blocks that are open. */
  private indent(): void {
    const { code } = this;
    let width = 0;
    for (; this.at < code.length; this.at++) {
      const character = code[this.at];
      if (character === " ") width++;
      else if (character === "\t") width += TAB - (width % TAB);
      else if (character === "\f") width = 0;
      else break;
    }
    const next = code[this.at];
    if (next === undefined || next === "#" || next === "\n" || next === "\r") return;
    const current = this.indents.at(-1) ?? 0;
    if (width > current) {
      this.indents.push(width);
      this.push("indent", "");
    }
    while (width < (this.indents.at(-1) ?? 0)) {
      this.indents.pop();
      this.push("dedent", "");
    }
    if (width !== this.indents.at(-1) && width < current)
      this.fault("this line is indented like no block above it", this.line, this.column);
  }

  private finish(): void {
    const opened = this.open.at(-1);
    if (opened !== undefined && this.nested === 0 && this.diagnostics.length === 0)
      this.fault(
        `'${opened.text}' is never closed`,
        opened.line,
        opened.column,
        `close it by '${CLOSER[opened.text]}'`,
      );
    this.push("newline", "");
    for (const width of this.indents) if (width > 0) this.push("dedent", "");
  }

  private get column(): number {
    return this.at - this.begin + 1;
  }
  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.code);
    if (found !== null) this.at = pattern.lastIndex;
    return found;
  }
  private lineEnd(): boolean {
    if (this.match(LINE_END) === null) return false;
    this.line++;
    this.begin = this.at;
    return true;
  }
  private push(kind: Token["kind"], text: string, line = this.line, column = this.column): void {
    this.tokens.push({ kind, text, line, column, inside: [] });
  }
  private fault(message: string, line: number, column: number, hint: string | null = null): void {
    this.diagnostics.push({ message, line, column, hint });
  }
}
