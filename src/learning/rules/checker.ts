// Whether a rule text means anything: names that exist, what they take, kinds that go together, numbers in their ranges.
// Everything that is wrong is told at once, one fault for each statement.
import { READABLE, REGIME_SIGNAL, unreadable } from "../../domain/program-signals.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import type { Diagnostic } from "../../sandbox/sandbox.ts";
import { faultAt, meant, quoted, RuleError } from "./fault.ts";
import { FAULTS_MAX, INDICATORS_MAX, PARAMETERS_MAX, SIGNALS_MAX } from "./limits.ts";
import { printExpression } from "./printer.ts";
import type { Expression, Place, RuleText, Setting, Statement } from "./syntax.ts";
import { common, isNumeric, resultOf, TYPE_WORDS } from "./types.ts";
import { FUNCTIONS, type Length, SIGNAL_FIELDS, type Type, VALUES, type Word, wordOf, WORDS } from "./vocabulary.ts";

export type Param = Extract<Statement, { kind: "param" }>;
type Name = Extract<Expression, { kind: "name" }>;

export interface Checked {
  readonly params: ReadonlyMap<string, Param>;
  /** Strategies of the engine whose signals it reads, and whether it reads the regime, in the order of their first use. */
  readonly signals: readonly string[];
  /** Whether stop and target are shares of the price instead of distances. */
  readonly shares: ReadonlySet<Setting>;
}

export type Checks = { readonly checked: Checked; readonly faults: readonly Diagnostic[] };

export function check(text: RuleText): Checks {
  const checker = new Checker();
  for (const statement of text) checker.statement(statement);
  if (checker.faults.length === 0 && !text.some((one) => one.kind === "rule" && one.action !== "exit"))
    checker.faults.push(
      faultAt({ line: 1, column: 1 }, "nothing is ever bought or sold", "a rule is written: buy when rsi(14) < 30"),
    );
  const { params, signals, shares, faults } = checker;
  return { checked: { params, signals: [...signals], shares }, faults: faults.slice(0, FAULTS_MAX) };
}

class Checker {
  readonly params = new Map<string, Param>();
  readonly signals = new Set<string>();
  readonly shares = new Set<Setting>();
  readonly faults: Diagnostic[] = [];
  private readonly settings = new Set<Setting>();
  private readonly indicators = new Set<string>();

  statement(statement: Statement): void {
    try {
      if (statement.kind === "param") this.param(statement);
      else if (statement.kind === "setting") this.setting(statement.setting, statement.value, statement.at);
      else this.condition(statement.when);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      this.faults.push(error.fault);
    }
  }

  private param(param: Param): void {
    const { name, standard, least, most, at } = param;
    if (this.params.size === PARAMETERS_MAX) throw new RuleError(at, `more than ${PARAMETERS_MAX} parameters`);
    if (this.params.has(name)) throw new RuleError(at, `the parameter ${quoted(name)} is declared twice`);
    if (wordOf(name) !== null || Object.hasOwn(FUNCTIONS, name) || Object.hasOwn(VALUES, name) || isStrategy(name))
      throw new RuleError(at, `${quoted(name)} has a meaning already`, `take another name, such as my_${name}`);
    if (!(least <= standard && standard <= most))
      throw new RuleError(at, `the parameter ${quoted(name)} is ${standard}, which must lie from ${least} to ${most}`);
    this.params.set(name, param);
  }

  private condition(when: Expression): void {
    const type = this.type(when);
    if (type !== "boolean")
      throw new RuleError(when.at, `found ${TYPE_WORDS[type]} where a condition belongs`, conditionHint(type));
  }

  private setting(setting: Setting, value: Expression, at: Place): void {
    if (this.settings.has(setting))
      throw new RuleError(at, `${setting} is set twice`, "one setting holds for all rules");
    this.settings.add(setting);
    const type = this.type(value);
    const distance = setting === "stop" || setting === "target";
    const allowed: readonly Type[] = distance ? ["price", "share"] : ["number", "plain", "share"];
    if (!allowed.includes(type))
      throw new RuleError(
        value.at,
        `${setting} is ${TYPE_WORDS[type]}; allowed: ${distance ? "a distance in price, or a percentage" : "a number, or a percentage"}`,
        distance ? `such as ${setting} atr(14) * 2, or ${setting} 2 %` : null,
      );
    if (distance && type === "share") this.shares.add(setting);
    const written = value.kind === "number" ? (value.unit === "%" ? value.value / 100 : value.value) : null;
    const most = distance ? Infinity : 1;
    if (written !== null && !(written > 0 && written <= most))
      throw new RuleError(value.at, `${setting} must be above 0${distance ? "" : " and at most 1"}`);
  }

  private type(expression: Expression): Type {
    switch (expression.kind) {
      case "number":
        return expression.unit === null ? "plain" : expression.unit === "%" ? "share" : "duration";
      case "name":
        return this.name(expression);
      case "unary":
        return this.unary(expression.operator, expression.of);
      case "binary":
        return this.binary(expression);
    }
  }

  private unary(operator: "not" | "-", of: Expression): Type {
    const type = this.type(of);
    if (operator === "not" ? type === "boolean" : isNumeric(type)) return type;
    const wanted = operator === "not" ? "a condition" : "a number or a price";
    throw new RuleError(of.at, `found ${TYPE_WORDS[type]} behind ${operator}; allowed: ${wanted}`, conditionHint(type));
  }

  private binary({ operator, left, right, at }: Extract<Expression, { kind: "binary" }>): Type {
    const [one, other] = [this.type(left), this.type(right)];
    if (operator === "and" || operator === "or") {
      for (const [type, of] of [
        [one, left],
        [other, right],
      ] as const)
        if (type !== "boolean")
          throw new RuleError(
            of.at,
            `found ${TYPE_WORDS[type]} beside ${operator}; allowed: conditions`,
            conditionHint(type),
          );
      return "boolean";
    }
    const equality = operator === "==" || operator === "!=";
    if (equality && one !== "boolean" && common(one, other) !== null) return "boolean";
    const made = resultOf(operator, one, other);
    if (made === null)
      throw new RuleError(
        at,
        `${TYPE_WORDS[one]} ${operator} ${TYPE_WORDS[other]} has no meaning (${printExpression(left)} is ${TYPE_WORDS[one]})`,
        pairHint(one, other),
      );
    if (operator.startsWith("crosses"))
      this.remembers(printExpression({ kind: "binary", operator, left, right, at }), at);
    return made;
  }

  private name(name: Name): Type {
    const param = this.params.get(name.name);
    if (param !== undefined) return bare(name, "plain");
    const value = Object.hasOwn(VALUES, name.name) ? VALUES[name.name] : undefined;
    if (value !== undefined) return bare(name, value[0]);
    const called = Object.hasOwn(FUNCTIONS, name.name) ? FUNCTIONS[name.name] : undefined;
    if (called !== undefined) return this.call(name, called[0]);
    const word = wordOf(name.name);
    if (word !== null) return this.word(name, word);
    if (isStrategy(name.name)) return this.signal(name);
    const known = [...WORDS.map((one) => one.name), ...READABLE, ...Object.keys(VALUES), ...Object.keys(FUNCTIONS)];
    throw new RuleError(
      name.at,
      `found ${quoted(name.name)}, which is no name`,
      notANumber(name.name) ?? meant(name.name, [...known, ...this.params.keys()]),
    );
  }

  private call(name: Name, count: number): Type {
    const given = name.given ?? [];
    if (given.length !== count || name.field !== null)
      throw new RuleError(name.at, `${name.name} takes ${count} value${count === 1 ? "" : "s"} in parentheses`);
    const types = given.map((one) => this.type(one));
    const [first = "plain", second = first] = types;
    const type = common(first, second);
    if (type === null || !isNumeric(type))
      throw new RuleError(
        name.at,
        `${name.name} of ${types.map((one) => TYPE_WORDS[one]).join(" and ")} has no meaning`,
        pairHint(first, second),
      );
    return type;
  }

  private word(name: Name, word: Word): Type {
    const field = word.fields[name.field ?? ""];
    if (field === undefined || !Object.hasOwn(word.fields, name.field ?? ""))
      throw noField(name, Object.keys(word.fields));
    if (word.kind === "reading" && name.given !== null)
      throw new RuleError(name.at, `${name.name} takes nothing in parentheses`);
    if (word.kind === "indicator") this.lengths(name, word.lengths);
    if (word.name === REGIME_SIGNAL) this.signals.add(word.name);
    return field[0];
  }

  private lengths(name: Name, lengths: readonly Length[]): void {
    const given = name.given ?? [];
    const least = lengths.filter(({ standard }) => standard === null).length;
    if (given.length < least || given.length > lengths.length)
      throw new RuleError(
        name.at,
        `${name.name} takes ${lengths.map((one) => one.name).join(", ")}, and was given ${given.length}`,
        `such as ${name.name}(${lengths.map((one) => one.standard ?? 20).join(", ")})`,
      );
    for (const [place, length] of lengths.entries()) {
      const one = given[place];
      if (one !== undefined) this.length(name.name, length, one);
    }
    this.remembers(printExpression({ ...name, field: null }), name.at);
  }

  private length(of: string, { name, least, most, whole }: Length, given: Expression): void {
    const param =
      given.kind === "name" && given.given === null && given.field === null ? this.params.get(given.name) : undefined;
    if (param === undefined && (given.kind !== "number" || given.unit !== null))
      throw new RuleError(
        given.at,
        `${name} of ${of} must be a number or a parameter`,
        "it is set before the first event and cannot change",
      );
    const ends = param === undefined ? [given.kind === "number" ? given.value : 0] : [param.least, param.most];
    for (const end of ends)
      if (!(end >= least && end <= most) || (whole && param === undefined && !Number.isInteger(end)))
        throw new RuleError(
          given.at,
          `${name} of ${of} is ${end}, and must be ${whole ? "a whole number " : ""}from ${least} to ${most}`,
        );
  }

  private signal(name: Name): Type {
    const type = STRATEGIES.find((one) => one.name === name.name);
    const why = type === undefined ? null : unreadable(type);
    if (why !== null)
      throw new RuleError(
        name.at,
        `the signals of ${name.name} cannot be had: ${why}`,
        `those that can: ${READABLE.join(", ")}`,
      );
    const fields = Object.keys(SIGNAL_FIELDS);
    const field = Object.hasOwn(SIGNAL_FIELDS, name.field ?? "") ? SIGNAL_FIELDS[name.field ?? ""] : undefined;
    if (name.given !== null || field === undefined) throw noField(name, fields);
    this.signals.add(name.name);
    if (this.signals.size > SIGNALS_MAX + 1)
      throw new RuleError(name.at, `signals of more than ${SIGNALS_MAX} strategies`);
    return field[0];
  }

  private remembers(what: string, at: Place): void {
    this.indicators.add(what);
    if (this.indicators.size > INDICATORS_MAX)
      throw new RuleError(at, `more than ${INDICATORS_MAX} different indicators`, "split the text into two strategies");
  }
}

function isStrategy(name: string): boolean {
  return STRATEGIES.some((one) => one.name === name);
}

function bare(name: Name, type: Type): Type {
  if (name.given !== null || name.field !== null)
    throw new RuleError(name.at, `${name.name} is a value and takes nothing`);
  return type;
}

function noField({ name, field, given, at }: Name, fields: readonly string[]): RuleError {
  if (given !== null && field === null && !fields.includes(""))
    return new RuleError(at, `${name} takes nothing in parentheses`);
  const shown = fields.filter((one) => one !== "").map((one) => `${name}.${one}`);
  const found = field === null ? `found ${name} by itself` : `found ${quoted(`${name}.${field}`)}, which is no name`;
  if (shown.length === 0) return new RuleError(at, found, `write ${name} without a dot`);
  const allowed = [...(fields.includes("") ? [name] : []), ...shown].join(", ");
  return new RuleError(
    at,
    `${found}; allowed: ${allowed}`,
    field === null
      ? null
      : meant(
          field,
          fields.filter((one) => one !== ""),
        ),
  );
}

function notANumber(name: string): string | null {
  return /^(nan|inf|infinity)$/i.test(name) ? "numbers are finite and written with digits" : null;
}

function conditionHint(type: Type): string | null {
  return isNumeric(type)
    ? "compare it: rsi(14) < 30"
    : type === "regime"
      ? "compare it: regime == trending"
      : type === "side"
        ? "compare it: position == flat"
        : null;
}

function pairHint(one: Type, other: Type): string | null {
  const pair = [one, other];
  if (pair.includes("boolean")) return "join conditions by and, or, not";
  if (pair.includes("share"))
    return "a percentage stands beside a percentage, such as profit > 2 %, or before a price: 2 % * price";
  if (pair.includes("duration")) return "a duration is a number with s, m, h or d behind it: held > 2 h";
  return pair.includes("price") ? "divide a price by a price to have a number: price / sma(20) > 1.01" : null;
}
