// Small changes of a rule text: a number is moved, a word is swapped for one of its kind, a condition is added or taken
// away, two texts are combined. A change that has nothing to change gives null; whether what came out means anything is
// for the checker of the language to say (rules.ts), and how large it may grow for whoever asks (rule-evolution.ts).
// Seeded and pure.
import type { Random } from "../../domain/random.ts";
import { READABLE } from "../../domain/program-signals.ts";
import { printExpression } from "../rules/printer.ts";
import { ACTIONS, type Expression, type RuleText, type Statement } from "../rules/syntax.ts";
import { SIGNAL_FIELDS, VALUES, wordOf, WORDS } from "../rules/vocabulary.ts";
import { condition, REGIME_WORDS } from "./conditions.ts";
import { spotsIn } from "./tree.ts";

type Name = Extract<Expression, { kind: "name" }>;
type Rule = Extract<Statement, { kind: "rule" }>;
type Mutation = (text: RuleText, random: Random, signals: readonly string[]) => RuleText | null;

/** By how much of itself a number moves at most. */
const STEP = 0.3;
const LENGTH_MOST = 200;
const LENGTH_USUAL = 20;
const OPPOSITE: Readonly<Record<string, "<" | "<=" | ">" | ">=" | "==" | "!=" | "crosses above" | "crosses below">> = {
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
  "==": "!=",
  "!=": "==",
  "crosses above": "crosses below",
  "crosses below": "crosses above",
};

const move: Mutation = (text, random) => {
  const spot = one(
    spotsIn(text).filter(({ node }) => node.kind === "number"),
    random,
  );
  if (spot?.node.kind !== "number") return null;
  const { value } = spot.node;
  const moved = (value === 0 ? 1 : value) * (1 + STEP * random.between(-1, 1));
  if (!spot.given || !Number.isInteger(value)) return spot.put({ ...spot.node, value: Number(moved.toPrecision(4)) });
  const whole = Math.round(moved);
  const other = whole === value ? value + (moved < value ? -1 : 1) : whole;
  return spot.put({ ...spot.node, value: Math.min(LENGTH_MOST, Math.max(1, other)) });
};

const swap: Mutation = (text, random, signals) => {
  const swapped = spotsIn(text).flatMap((spot) => {
    const { node } = spot;
    if (node.kind === "binary") {
      const operator = OPPOSITE[node.operator];
      return operator === undefined ? [] : [() => spot.put({ ...node, operator })];
    }
    if (node.kind !== "name") return [];
    const others = likes(node, signals);
    return others.length === 0 ? [] : [() => spot.put(others[random.integer(others.length)] ?? node)];
  });
  return one(swapped, random)?.() ?? null;
};

/** Words that may stand in its place. */
function likes(node: Name, signals: readonly string[]): readonly Expression[] {
  const { name, field } = node;
  if (REGIME_WORDS.includes(name))
    return REGIME_WORDS.filter((other) => other !== name).map((other) => ({ ...node, name: other }));
  if (READABLE.includes(name)) {
    const type = SIGNAL_FIELDS[field ?? ""]?.[0];
    const fields = Object.keys(SIGNAL_FIELDS).filter((other) => other !== field && SIGNAL_FIELDS[other]?.[0] === type);
    const strategies = signals.filter((other) => other !== name);
    return [...fields.map((other) => ({ ...node, field: other })), ...strategies.map((to) => ({ ...node, name: to }))];
  }
  const type = wordOf(name)?.fields[field ?? ""]?.[0];
  if (type === undefined || name in VALUES || type === "regime" || type === "side") return [];
  return WORDS.flatMap((word) =>
    Object.entries(word.fields)
      .filter(([other, [kind]]) => kind === type && (word.name !== name || other !== (field ?? "")))
      .map(([other]) => ({
        ...node,
        name: word.name,
        given: word.kind === "reading" ? null : word.lengths.map((length, at) => lengthOf(node, at, length.standard)),
        field: other === "" ? null : other,
      })),
  );
}

/** What the word before looked back by, where it did. */
function lengthOf(node: Name, at: number, standard: number | null): Expression {
  const known = node.given?.[at];
  return known ?? { kind: "number", value: standard ?? LENGTH_USUAL, unit: null, at: node.at };
}

const add: Mutation = (text, random, signals) => {
  const place = one(placesOfRules(text), random);
  const rule = place === null ? undefined : text[place];
  if (place === null || rule?.kind !== "rule") return null;
  const more = condition(random, rule.action, signals);
  // To enter more seldom, to leave more often: the other way round is a change as well, and a rarer one.
  const usual = rule.action === "exit" ? "or" : "and";
  const operator = random.next() < 0.8 ? usual : usual === "and" ? "or" : "and";
  return text.with(place, { ...rule, when: { kind: "binary", operator, left: rule.when, right: more, at: rule.at } });
};

/** What holds for every entry: where a strategy earns is where it earns on either side. */
const gate: Mutation = (text, random, signals) => {
  const more = condition(random, "buy", signals);
  if (!text.some((statement) => isEntry(statement))) return null;
  return text.map((statement) =>
    statement.kind === "rule" && isEntry(statement)
      ? { ...statement, when: { kind: "binary", operator: "and", left: statement.when, right: more, at: statement.at } }
      : statement,
  );
};

const remove: Mutation = (text, random) => {
  const fewer = spotsIn(text).flatMap((spot) => {
    const { node } = spot;
    if (node.kind === "unary" && node.operator === "not") return [() => spot.put(node.of)];
    if (node.kind !== "binary" || (node.operator !== "and" && node.operator !== "or")) return [];
    return [() => spot.put(node.left), () => spot.put(node.right)];
  });
  return one(fewer, random)?.() ?? null;
};

const MUTATIONS: readonly Mutation[] = [move, swap, add, gate, gate, remove];

/** Null: it came to nothing. */
export function mutated(text: RuleText, random: Random, signals: readonly string[]): RuleText | null {
  return MUTATIONS[random.integer(MUTATIONS.length)]?.(text, random, signals) ?? null;
}

/** For each action the rules of one, of the other, or of both; settings and parameters of the first. */
export function combined(first: RuleText, second: RuleText, random: Random): RuleText {
  const rulesOf = (text: RuleText, action: string): readonly Rule[] =>
    text.flatMap((statement) => (statement.kind === "rule" && statement.action === action ? [statement] : []));
  const declared = new Set(first.flatMap((statement) => (statement.kind === "param" ? [statement.name] : [])));
  const own = second.filter((statement) => statement.kind === "param" && !declared.has(statement.name));
  const rules = ACTIONS.toReversed().flatMap((action) => {
    const [of, other] = [rulesOf(first, action), rulesOf(second, action)];
    const choice = random.integer(3);
    if (choice === 0 || other.length === 0) return of;
    if (choice === 1 || of.length === 0) return other;
    const said = new Set(of.map(({ when }) => printExpression(when)));
    return [...of, ...other.filter(({ when }) => !said.has(printExpression(when)))];
  });
  return [...own, ...first.filter(({ kind }) => kind === "param"), ...rules, ...first.filter(isSetting)];
}

function isEntry(statement: Statement): boolean {
  return statement.kind === "rule" && statement.action !== "exit";
}
function isSetting({ kind }: Statement): boolean {
  return kind === "setting";
}

function placesOfRules(text: RuleText): readonly number[] {
  return text.flatMap(({ kind }, place) => (kind === "rule" ? [place] : []));
}

function one<T>(list: readonly T[], random: Random): T | null {
  return list[random.integer(list.length)] ?? null;
}
