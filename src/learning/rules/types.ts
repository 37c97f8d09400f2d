// Which kinds of value go together. A number that was written down fits prices as well as numbers; everything else keeps
// its unit: the difference of two prices is a price, their ratio a number, a share of a price a price.
import type { Type } from "./vocabulary.ts";
import type { Operator } from "./syntax.ts";

export const TYPE_WORDS: Readonly<Record<Type, string>> = {
  boolean: "a condition",
  number: "a number",
  plain: "a number",
  price: "a price",
  share: "a percentage",
  duration: "a duration",
  regime: "a regime",
  side: "a side",
};

const NUMERIC: readonly Type[] = ["number", "plain", "price", "share", "duration"];
const FACTORS: readonly Type[] = ["number", "plain", "share"];

export function isNumeric(type: Type): boolean {
  return NUMERIC.includes(type);
}

/** What both are together, where one may stand beside the other; null: they do not go together. */
export function common(left: Type, right: Type): Type | null {
  if (left === right) return left;
  if (left === "plain" && (right === "number" || right === "price")) return right;
  return right === "plain" && (left === "number" || left === "price") ? left : null;
}

/** Of an operator between two numeric values; null: it makes no sense. */
export function resultOf(operator: Operator, left: Type, right: Type): Type | null {
  if (!isNumeric(left) || !isNumeric(right)) return null;
  if (operator === "+" || operator === "-") return common(left, right);
  if (operator === "*") return product(left, right);
  if (operator === "/") return ratio(left, right);
  return common(left, right) === null ? null : "boolean";
}

function product(left: Type, right: Type): Type | null {
  if (left === "plain") return right;
  if (right === "plain") return left;
  if (left === "number") return right;
  if (right === "number") return left;
  if (left === "share") return right;
  return right === "share" ? left : null;
}

function ratio(left: Type, right: Type): Type | null {
  if (right === "plain") return left;
  if (left === right) return "number";
  if (left === "plain" && right === "price") return "number";
  return FACTORS.includes(right) ? (left === "plain" ? "number" : left) : null;
}
