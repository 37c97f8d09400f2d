// Random rule texts that mean something: trees of every kind of value, as deep as asked for.
import type { Comparison, Expression, Operator, RuleText, Statement } from "../../../src/learning/rules/syntax.ts";
import { FUNCTIONS, WORDS } from "../../../src/learning/rules/vocabulary.ts";
import type { Random } from "../random.ts";

type Kind = "boolean" | "number" | "price" | "share" | "duration" | "regime" | "side";
const AT = { line: 1, column: 1 };
const REGIMES = ["trending", "ranging", "volatile", "calm", "unknown"];
const SIDES = ["long", "short", "flat"];
const SIGNALS = ["momentum_rider", "mean_reversion"];
export const PARAMS = { span: [12, 2, 50], level: [40, -5, 90] } as const;

export function randomRules(random: Random, depth = 4): RuleText {
  const maker = new Maker(random);
  const statements: Statement[] = Object.entries(PARAMS).map(([name, [standard, least, most]]) => ({
    kind: "param",
    name,
    standard,
    least,
    most,
    at: AT,
  }));
  const rules = 2 + maker.below(4);
  for (let rule = 0; rule < rules; rule++) {
    const action = (["buy", "sell", "exit"] as const)[rule < 2 ? rule : maker.below(3)] ?? "buy";
    statements.push({ kind: "rule", action, when: maker.of("boolean", depth), at: AT });
  }
  if (maker.below(2) === 0) statements.push({ kind: "setting", setting: "size", value: maker.of("number", 2), at: AT });
  if (maker.below(2) === 0) statements.push({ kind: "setting", setting: "stop", value: maker.of("price", 2), at: AT });
  if (maker.below(2) === 0)
    statements.push({ kind: "setting", setting: "target", value: maker.of("share", 2), at: AT });
  if (maker.below(3) === 0)
    statements.push({ kind: "setting", setting: "confidence", value: maker.of("number", 2), at: AT });
  // A single written number has bounds of its own, which chance does not keep.
  return statements.filter((one) => one.kind !== "setting" || one.value.kind !== "number");
}

class Maker {
  private readonly random: Random;
  constructor(random: Random) {
    this.random = random;
  }
  below(count: number): number {
    return Math.floor(this.random.next() * count);
  }
  private one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  of(kind: Kind, depth: number): Expression {
    if (kind === "boolean") return this.condition(depth);
    if (kind === "regime") return this.below(2) === 0 ? named("regime") : named(this.one(REGIMES));
    if (kind === "side") return this.below(2) === 0 ? named("position") : named(this.one(SIDES));
    if (depth <= 0 || this.below(4) === 0) return this.leaf(kind);
    const chance = this.below(6);
    if (chance === 0) return { kind: "unary", operator: "-", of: this.of(kind, depth - 1), at: AT };
    if (chance === 1) return this.called(kind, depth);
    if (chance === 2 && kind !== "number")
      return binary(this.one(["*", "/"] as const), this.of(kind, depth - 1), this.of("number", depth - 1));
    if (chance === 3 && kind === "number") return binary("/", this.of("price", depth - 1), this.word("price"));
    if (chance === 4 && kind === "price") return binary("*", this.of("price", depth - 1), this.of("share", depth - 1));
    return binary(this.one(["+", "-"] as const), this.of(kind, depth - 1), this.of(kind, depth - 1));
  }

  private condition(depth: number): Expression {
    const chance = this.below(8);
    if (depth > 0 && chance < 3)
      return binary(this.one(["and", "or"] as const), this.condition(depth - 1), this.condition(depth - 1));
    if (depth > 0 && chance === 3) return { kind: "unary", operator: "not", of: this.condition(depth - 1), at: AT };
    if (chance === 4) return named(this.one(SIGNALS), this.one(["buy", "sell", "exit", "long", "short", "flat"]));
    if (chance === 5) return named("volatility", this.one(["high", "low"]));
    if (chance === 6) {
      const kind = this.one(["regime", "side"] as const);
      return binary(this.one(["==", "!="] as const), this.of(kind, 0), this.of(kind, 0));
    }
    const kind = this.one(["number", "price", "price", "share", "duration"] as const);
    const comparisons: readonly Comparison[] = ["<", "<=", ">", ">=", "==", "!=", "crosses above", "crosses below"];
    return binary(this.one(comparisons), this.of(kind, depth - 1), this.of(kind, depth - 1));
  }

  private called(kind: Kind, depth: number): Expression {
    const name = this.one(Object.keys(FUNCTIONS));
    const [count] = FUNCTIONS[name] ?? [1];
    const given = Array.from({ length: count }, () => this.of(kind, depth - 1));
    return { kind: "name", name, given, field: null, at: AT };
  }

  private leaf(kind: Kind): Expression {
    const value = this.one([0, 0.5, 1, 2, 3, 10, 14, 55.25, 99.5, 1e-7]);
    if (kind === "share")
      return this.below(2) === 0 ? { kind: "number", value, unit: "%", at: AT } : this.word("share");
    if (kind === "duration")
      return this.below(2) === 0
        ? { kind: "number", value, unit: this.one(["s", "m", "h", "d"]), at: AT }
        : named("held");
    if (this.below(3) === 0 && kind === "number") return { kind: "number", value, unit: null, at: AT };
    if (this.below(5) === 0 && kind === "number")
      return named(this.one([...Object.keys(PARAMS), "momentum_rider"]), null, "confidence");
    return this.word(kind);
  }

  /** A reading or an indicator of this kind. */
  private word(kind: Kind): Expression {
    const fitting = WORDS.flatMap((word) =>
      Object.entries(word.fields)
        .filter(([, [type]]) => type === kind)
        .map(([field]) => ({ word, field: field === "" ? null : field })),
    );
    const { word, field } = this.one(fitting);
    if (word.kind === "reading") return { kind: "name", name: word.name, given: null, field, at: AT };
    const all = word.lengths.every(({ standard }) => standard !== null) && this.below(3) === 0;
    const given = word.lengths.map(({ least, whole }): Expression => {
      if (whole && this.below(4) === 0) return named("span");
      return { kind: "number", value: least + this.below(30) + (whole ? 0 : 0.5), unit: null, at: AT };
    });
    return { kind: "name", name: word.name, given: all ? (this.below(2) === 0 ? null : []) : given, field, at: AT };
  }
}

function named(name: string, field: string | null = null, ofSignal: string | null = null): Expression {
  const signal = ofSignal !== null && SIGNALS.includes(name) ? ofSignal : field;
  return { kind: "name", name, given: null, field: signal, at: AT };
}
function binary(operator: Operator, left: Expression, right: Expression): Expression {
  return { kind: "binary", operator, left, right, at: AT };
}
