// From a tree that means something to a strategy in AssemblyScript, over assembly/sdk/rules.ts. Every expression becomes one
// line with a name of its own, so the depth of a text is no depth of the code; indicators that are written alike are one
// object. The order in which things are computed is that of the text, and so is that of the rules: the first that holds
// decides. The same tree gives the same text, byte for byte.
import type { Checked } from "./checker.ts";
import { printExpression } from "./printer.ts";
import { type Action, type Expression, type RuleText, type Setting, UNIT_FACTORS } from "./syntax.ts";
import { FUNCTIONS, SIGNAL_FIELDS, VALUES, type Word, wordOf } from "./vocabulary.ts";

type Name = Extract<Expression, { kind: "name" }>;
type Binary = Extract<Expression, { kind: "binary" }>;

export function generate(text: RuleText, checked: Checked): string {
  return new Generator(checked).whole(text);
}

class Generator {
  private readonly checked: Checked;
  private readonly fields = new Map<string, string>();
  private readonly declarations: string[] = [];
  /** What has to see every event, before anything is read. */
  private readonly updates: string[] = [];
  private readonly lines: string[] = [];
  private readonly known = new Map<string, string>();

  constructor(checked: Checked) {
    this.checked = checked;
  }

  whole(text: RuleText): string {
    const conditions = text.flatMap((one) =>
      one.kind === "rule" ? [{ action: one.action, holds: this.value(one.when) }] : [],
    );
    const settings = new Map<Setting, string>();
    for (const one of text) if (one.kind === "setting") settings.set(one.setting, this.value(one.value));
    const entry = this.entry(settings);
    return [
      "// Written by Strategy Engine from a text of rules.",
      'import * as sdk from "strategy-engine/sdk";',
      'import * as rules from "strategy-engine/sdk/rules";',
      "",
      ...[...this.checked.params.values()].map(
        ({ name, standard, least, most }) =>
          `const P_${name} = sdk.parameter("${name}", ${float(standard)}, ${float(least)}, ${float(most)}, "");`,
      ),
      ...this.checked.signals.map((name) => `const S_${name} = sdk.signal("${name}");`),
      "",
      "class Rules extends rules.RuleStrategy {",
      ...this.declarations.map((line) => `  ${line}`),
      "",
      "  onTick(market: sdk.Market): void {",
      ...this.updates.map((line) => `    ${line}`),
      ...this.lines.map((line) => `    ${line}`),
      ...conditions.map(({ action, holds }) => `    ${ruled(action, holds, entry)}`),
      "  }",
      "}",
      "",
      "export function create(): sdk.Strategy {",
      "  return new Rules();",
      "}",
      "",
    ].join("\n");
  }

  /** What stands behind the side. */
  private entry(settings: ReadonlyMap<Setting, string>): string {
    const far = (setting: "stop" | "target"): string => {
      const value = settings.get(setting);
      if (value === undefined) return "rules.NONE";
      return `rules.distance(${this.checked.shares.has(setting) ? `${value} * market.price` : value})`;
    };
    const { size = "1", confidence = "1" } = Object.fromEntries(settings);
    return `market.price, ${confidence}, ${far("stop")}, ${far("target")}, ${size}`;
  }

  /** The name under which the expression's number stands. */
  private value(expression: Expression): string {
    const key = printExpression(expression);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const code = this.code(expression);
    const name = `e${this.lines.length}`;
    this.lines.push(`const ${name}: f64 = ${code};`);
    this.known.set(key, name);
    return name;
  }

  private code(expression: Expression): string {
    switch (expression.kind) {
      case "number":
        return float(numberOf(expression));
      case "name":
        return this.named(expression);
      case "unary":
        return `-${this.value(expression.of)}`;
      case "binary":
        return this.binary(expression);
    }
  }

  private binary({ operator, left, right }: Binary): string {
    const [a, b] = [this.value(left), this.value(right)];
    switch (operator) {
      case "and":
        return `rules.both(${a}, ${b})`;
      case "or":
        return `rules.either(${a}, ${b})`;
      case "<":
        return `rules.less(${a}, ${b})`;
      case ">":
        return `rules.less(${b}, ${a})`;
      case "<=":
        return `rules.atMost(${a}, ${b})`;
      case ">=":
        return `rules.atMost(${b}, ${a})`;
      case "==":
        return `rules.same(${a}, ${b})`;
      case "!=":
        return `-rules.same(${a}, ${b})`;
      case "crosses above":
        return `${this.kept("rules.Crossing", "")}.next(${a}, ${b}, 1)`;
      case "crosses below":
        return `${this.kept("rules.Crossing", "")}.next(${a}, ${b}, -1)`;
      default:
        return `${a} ${operator} ${b}`;
    }
  }

  private named(name: Name): string {
    const { given } = name;
    if (this.checked.params.has(name.name)) return `P_${name.name}.value`;
    const value = Object.hasOwn(VALUES, name.name) ? VALUES[name.name] : undefined;
    if (value !== undefined) return float(value[1]);
    const called = Object.hasOwn(FUNCTIONS, name.name) ? FUNCTIONS[name.name] : undefined;
    if (called !== undefined) return `rules.${called[1]}(${(given ?? []).map((one) => this.value(one)).join(", ")})`;
    const word = wordOf(name.name);
    return word === null ? this.signal(name) : this.word(name, word);
  }

  private word({ given, field }: Name, word: Word): string {
    const says = word.fields[field ?? ""]?.[1] ?? "";
    if (word.made === null) return says.replaceAll(CALLS, "rules.$1(");
    const [kind, next] = word.made;
    const room = OF_RULES.includes(kind) ? "rules" : "sdk";
    const lengths = word.lengths.map(({ whole, standard }, place) => {
      const one = given?.[place];
      const number = one === undefined ? float(standard ?? 0) : this.length(one);
      return whole ? `i32(${number})` : number;
    });
    return `${this.seeing(`${room}.${kind}`, lengths.join(", "), next)}.${says}`;
  }

  private length(given: Expression): string {
    return given.kind === "number" ? float(given.value) : `P_${given.kind === "name" ? given.name : ""}.value`;
  }

  /** An object that sees every event; the same one for the same words. */
  private seeing(kind: string, lengths: string, next: string): string {
    const key = `${kind}(${lengths}) ${next}`;
    const known = this.fields.get(key);
    if (known !== undefined) return known;
    const made = this.kept(kind, lengths);
    this.fields.set(key, made);
    this.updates.push(`${made}.next(${next});`);
    return made;
  }

  private kept(kind: string, lengths: string): string {
    const name = `m${this.declarations.length}`;
    this.declarations.push(`private ${name}: ${kind} = new ${kind}(${lengths});`);
    return `this.${name}`;
  }

  private signal({ name, field }: Name): string {
    const says = SIGNAL_FIELDS[field ?? ""]?.[1] ?? "";
    const side = SIDES[says];
    if (side !== undefined) return `rules.sideOf(S_${name}, ${side})`;
    return says === "side" || says === "confidence" ? `S_${name}.${says}` : `rules.truth(S_${name}.${says})`;
  }
}

const CALLS = /\b(known|hour|minute|weekday)\(/g;
const OF_RULES: readonly string[] = ["Held", "Volatility", "Change"];
const SIDES: Readonly<Record<string, number>> = { long: 1, flat: 0, short: -1 };

function ruled(action: Action, holds: string, entry: string): string {
  if (action === "exit") return `if (${holds} > 0 && market.position != 0) return this.close();`;
  return `if (${holds} > 0) return this.enter(${action === "buy" ? 1 : -1}, ${entry});`;
}

/** Percentages as shares, durations as microseconds. */
export function numberOf({ value, unit }: Extract<Expression, { kind: "number" }>): number {
  if (unit === null) return value;
  return unit === "%" ? value / 100 : value * UNIT_FACTORS[unit];
}

/** A literal of an f64. */
function float(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
