// From a rule text to its words, numbers and signs. Letters are a-z, digits and the underscore; everything else that is no
// sign of the language is refused where it stands, by its number in Unicode, so that two texts that look alike are alike.
// `#` begins a comment up to the end of its line. A number is decimal and finite; its unit stands behind it.
import { quoted, RuleError } from "./fault.ts";
import { TEXT_MAX, TOKENS_MAX } from "./limits.ts";
import { type Place, type Unit, UNIT_FACTORS, UNITS } from "./syntax.ts";

export interface Token extends Place {
  readonly kind: "number" | "word" | "sign" | "end";
  /** As it stands in the text; of the end nothing. */
  readonly text: string;
  /** Of a number. */
  readonly value: number;
  readonly unit: Unit | null;
}

const SPACE = /[ \t\r\n]+|#[^\n]*/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const SIGN = /<=|>=|==|!=|[<>(),;.+\-*/]/y;
const UNIT = /[ \t]*(%|[smhd](?![A-Za-z0-9_]))/y;

/** What other languages write, and how it is said here. */
const ELSEWHERE: readonly (readonly [sign: string, said: string])[] = [
  ["&&", "write and"],
  ["||", "write or"],
  ["&", "write and"],
  ["|", "write or"],
  ["!", "write not"],
  ["=", "write == to compare"],
  ["//", "a comment begins with #"],
  ["{", "there are no blocks: each rule ends with ;"],
  ["}", "there are no blocks: each rule ends with ;"],
  ["[", "write parentheses: rsi(14)"],
  ["%", "a percentage is a number with % behind it: 2 %"],
  ['"', "names are written without quotes"],
  ["'", "names are written without quotes"],
];

export function tokensOf(text: string): readonly Token[] {
  if (text.length > TEXT_MAX)
    throw new RuleError(START, `the text has ${text.length} characters, and ${TEXT_MAX} are allowed`);
  const reader = new Reader(text);
  const tokens: Token[] = [];
  for (let token = reader.next(); ; token = reader.next()) {
    if (tokens.length === TOKENS_MAX)
      throw new RuleError(
        token,
        `the text has more than ${TOKENS_MAX} words and signs`,
        "split it into two strategies",
      );
    tokens.push(token);
    if (token.kind === "end") return tokens;
  }
}
const START: Place = { line: 1, column: 1 };

class Reader {
  private readonly text: string;
  private at = 0;
  private line = 1;
  private lineStart = 0;

  constructor(text: string) {
    this.text = text;
  }

  next(): Token {
    for (let space = this.take(SPACE); space !== null; space = this.take(SPACE)) this.count(space);
    const place = { line: this.line, column: this.at - this.lineStart + 1 };
    if (this.at === this.text.length) return { ...place, kind: "end", text: "", value: 0, unit: null };
    const comment = this.text.startsWith("//", this.at);
    const number = this.take(NUMBER);
    if (number !== null) return this.number(number, place);
    const word = this.take(WORD);
    if (word !== null) return { ...place, kind: "word", text: word, value: 0, unit: null };
    const sign = comment ? null : this.take(SIGN);
    if (sign !== null) return { ...place, kind: "sign", text: sign, value: 0, unit: null };
    throw this.strange(place);
  }

  private number(text: string, place: Place): Token {
    const value = Number(text);
    if (!Number.isFinite(value)) throw new RuleError(place, `found the number ${quoted(text)}, which is too large`);
    const before = this.at;
    const unit = this.take(UNIT)?.trim() ?? null;
    const known = UNITS.find((one) => one === unit) ?? null;
    if (known === null) this.at = before;
    if (known !== null && known !== "%" && !Number.isFinite(value * UNIT_FACTORS[known]))
      throw new RuleError(place, `found the time ${quoted(text + known)}, which is too large`);
    const follows = this.take(WORD);
    if (follows !== null && this.at - follows.length === before)
      throw new RuleError(
        place,
        `found ${quoted(text + follows)}, which is neither a number nor a name`,
        "units are %, s, m, h and d",
      );
    if (follows !== null) this.at -= follows.length;
    return { ...place, kind: "number", text: `${text}${known ?? ""}`, value, unit: known };
  }

  private strange(place: Place): RuleError {
    const told = ELSEWHERE.find(([sign]) => this.text.startsWith(sign, this.at));
    if (told !== undefined) return new RuleError(place, `found ${quoted(told[0])}, which is no sign here`, told[1]);
    const code = this.text.codePointAt(this.at) ?? 0;
    const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    return new RuleError(place, `found the character ${name}`, "letters are a to z, digits and _");
  }

  private take(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  private count(space: string): void {
    const last = space.lastIndexOf("\n");
    if (last < 0) return;
    this.line += space.split("\n").length - 1;
    this.lineStart = this.at - space.length + last + 1;
  }
}
