// From words and signs to the tree. Loosest first: or, and, not, comparisons, + and -, * and /, a sign before. Comparisons
// do not chain. Statements end with `;`, the last one may go without. The first thing that is wrong ends the reading.
import { meant, quoted, RuleError } from "./fault.ts";
import { tokensOf, type Token } from "./lexer.ts";
import { DEPTH_MAX, STATEMENTS_MAX } from "./limits.ts";
import {
  ACTIONS,
  type Action,
  type Comparison,
  COMPARISONS,
  type Expression,
  GRAMMAR_WORDS,
  type Place,
  type RuleText,
  type Setting,
  SETTINGS,
  type Statement,
  STATEMENT_WORDS,
} from "./syntax.ts";

/** Throws a RuleError. */
export function parse(text: string): RuleText {
  return new Parser(tokensOf(text)).text();
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  text(): RuleText {
    const statements: Statement[] = [];
    while (!this.over()) {
      if (statements.length === STATEMENTS_MAX) throw this.fault(`the end: at most ${STATEMENTS_MAX} statements`);
      statements.push(this.statement());
      if (!this.over()) this.expect(";", "an operator or ;");
    }
    return statements;
  }

  private statement(): Statement {
    const at = this.place();
    const { text } = this.token;
    if (this.word("param")) return this.param(at);
    const action = ACTIONS.find((one) => one === text);
    if (action !== undefined) return this.rule(action, at);
    const setting = SETTINGS.find((one) => one === text);
    if (setting !== undefined) return this.setting(setting, at);
    throw this.fault(`a statement: ${STATEMENT_WORDS.join(", ")}`, meant(text, STATEMENT_WORDS));
  }

  private rule(action: Action, at: Place): Statement {
    this.step();
    if (!this.word("when")) throw this.fault("when", `a rule is written: ${action} when rsi(14) < 30`);
    return { kind: "rule", action, when: this.either(), at };
  }

  private setting(setting: Setting, at: Place): Statement {
    this.step();
    return { kind: "setting", setting, value: this.either(), at };
  }

  private param(at: Place): Statement {
    const hint = "a parameter is written: param fast 12 from 2 to 50";
    const name = this.token;
    if (name.kind !== "word" || GRAMMAR_WORDS.includes(name.text)) throw this.fault("a new name", hint);
    this.step();
    const standard = this.signed(hint);
    if (!this.word("from")) throw this.fault("from", hint);
    const least = this.signed(hint);
    if (!this.word("to")) throw this.fault("to", hint);
    return { kind: "param", name: name.text, standard, least, most: this.signed(hint), at };
  }

  private signed(hint: string): number {
    const sign = this.sign("-") ? -1 : 1;
    const { kind, value, unit } = this.token;
    if (kind !== "number" || unit !== null) throw this.fault("a number without a unit", hint);
    this.step();
    return sign * value;
  }

  private either(): Expression {
    return this.series(["or"], () => this.both());
  }
  private both(): Expression {
    return this.series(["and"], () => this.inverse());
  }

  private inverse(): Expression {
    const at = this.place();
    if (!this.word("not")) return this.comparison();
    return this.inside(() => ({ kind: "unary", operator: "not", of: this.inverse(), at }));
  }

  private comparison(): Expression {
    const left = this.sum();
    const at = this.place();
    const operator = this.compares();
    if (operator === null) return left;
    const right = this.sum();
    if (this.compares() !== null) {
      this.at--;
      throw this.fault("and, or, ;", "comparisons do not chain: write a < b and b < c");
    }
    return { kind: "binary", operator, left, right, at };
  }

  private compares(): Comparison | null {
    if (this.word("crosses")) {
      if (this.word("above")) return "crosses above";
      if (this.word("below")) return "crosses below";
      throw this.fault("above or below", "it is written: ema(12) crosses above ema(26)");
    }
    const operator = COMPARISONS.find((one) => this.token.kind === "sign" && one === this.token.text);
    if (operator !== undefined) this.step();
    return operator ?? null;
  }

  private sum(): Expression {
    return this.series(["+", "-"], () => this.product());
  }
  private product(): Expression {
    return this.series(["*", "/"], () => this.minus());
  }

  /** Operators of one strength, from left to right; each makes the tree one deeper. */
  private series(operators: readonly ("or" | "and" | "+" | "-" | "*" | "/")[], part: () => Expression): Expression {
    let left = part();
    const before = this.depth;
    for (;;) {
      const at = this.place();
      const operator = operators.find((one) => one === this.token.text && this.token.kind !== "number");
      if (operator === undefined) break;
      this.step();
      if (++this.depth > DEPTH_MAX) throw this.tooDeep(at);
      left = { kind: "binary", operator, left, right: part(), at };
    }
    this.depth = before;
    return left;
  }

  private minus(): Expression {
    const at = this.place();
    if (!this.sign("-")) return this.single();
    return this.inside(() => ({ kind: "unary", operator: "-", of: this.minus(), at }));
  }

  private single(): Expression {
    const at = this.place();
    const { kind, value, unit, text } = this.token;
    if (kind === "number") {
      this.step();
      return { kind: "number", value, unit, at };
    }
    if (this.sign("(")) {
      const within = this.inside(() => this.either());
      this.expect(")", "an operator or )");
      return within;
    }
    if (kind !== "word" || GRAMMAR_WORDS.includes(text)) throw this.fault("a number, a name or (", this.endedEarly());
    this.step();
    return this.named(text, at);
  }

  private named(name: string, at: Place): Expression {
    const given = this.sign("(") ? this.inside(() => this.given()) : null;
    if (!this.sign(".")) return { kind: "name", name, given, field: null, at };
    const field = this.token;
    if (field.kind !== "word") throw this.fault("a name behind the dot");
    this.step();
    return { kind: "name", name, given, field: field.text, at };
  }

  private given(): readonly Expression[] {
    const given: Expression[] = [];
    if (this.sign(")")) return given;
    do given.push(this.sum());
    while (this.sign(","));
    this.expect(")", ", or )");
    return given;
  }

  private inside<T>(work: () => T): T {
    if (++this.depth > DEPTH_MAX) throw this.tooDeep(this.place());
    const made = work();
    this.depth--;
    return made;
  }

  private tooDeep(at: Place): RuleError {
    const hint = "split the condition into several rules, or leave parentheses out";
    return new RuleError(at, `more than ${DEPTH_MAX} expressions lie within each other`, hint);
  }

  private get token(): Token {
    return this.tokens[Math.min(this.at, this.tokens.length - 1)] as Token;
  }
  private over(): boolean {
    return this.token.kind === "end";
  }
  private place(): Place {
    const { line, column } = this.token;
    return { line, column };
  }
  private step(): void {
    this.at++;
  }
  private word(text: string): boolean {
    const is = this.token.kind === "word" && this.token.text === text;
    if (is) this.step();
    return is;
  }
  private sign(text: string): boolean {
    const is = this.token.kind === "sign" && this.token.text === text;
    if (is) this.step();
    return is;
  }
  private expect(sign: string, allowed: string): void {
    if (!this.sign(sign)) throw this.fault(allowed, this.endedEarly());
  }

  /** Where a statement begins inside another one. */
  private endedEarly(): string | null {
    const { kind, text } = this.token;
    if (kind !== "word") return null;
    if (STATEMENT_WORDS.includes(text)) return "the statement before it ends with ;";
    return meant(text, ["and", "or", "not", "crosses"]);
  }

  private fault(allowed: string, hint: string | null = null): RuleError {
    const { kind, text } = this.token;
    const found = kind === "end" ? "the end of the text" : quoted(text);
    return new RuleError(this.place(), `found ${found}; allowed here: ${allowed}`, hint);
  }
}
