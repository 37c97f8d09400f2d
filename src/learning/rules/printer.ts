// A tree as text, in one form: one statement a line, parentheses only where they are needed. What it prints is read as the
// same tree, and what was printed is printed the same again.
import { bindingOf, type Expression, type RuleText, SIGN_BINDING, type Statement } from "./syntax.ts";

export function print(text: RuleText): string {
  return text.map((one) => `${statement(one)};\n`).join("");
}

function statement(one: Statement): string {
  if (one.kind === "rule") return `${one.action} when ${printExpression(one.when)}`;
  if (one.kind === "setting") return `${one.setting} ${printExpression(one.value)}`;
  return `param ${one.name} ${number(one.standard)} from ${number(one.least)} to ${number(one.most)}`;
}

export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return `${number(expression.value)}${expression.unit === null ? "" : ` ${expression.unit}`}`;
    case "name": {
      const { name, given, field } = expression;
      const values = given === null ? "" : `(${given.map(printExpression).join(", ")})`;
      return `${name}${values}${field === null ? "" : `.${field}`}`;
    }
    case "unary": {
      const { operator, of } = expression;
      const inner = held(of, operator === "not" ? bindingOf("not") : SIGN_BINDING);
      return operator === "not" ? `not ${inner}` : `-${inner}`;
    }
    case "binary": {
      const { operator, left, right } = expression;
      const binding = bindingOf(operator);
      // Operators of one strength go from left to right; comparisons do not chain at all.
      const chains = binding !== bindingOf("<");
      return `${held(left, chains ? binding : binding + 1)} ${operator} ${held(right, binding + 1)}`;
    }
  }
}

/** In parentheses where it binds less tightly than what is around it. */
function held(expression: Expression, around: number): string {
  const text = printExpression(expression);
  return strength(expression) < around ? `(${text})` : text;
}

function strength(expression: Expression): number {
  if (expression.kind === "binary") return bindingOf(expression.operator);
  if (expression.kind === "unary") return expression.operator === "not" ? bindingOf("not") : SIGN_BINDING;
  return SIGN_BINDING + 1;
}

/** A sign of its own has only a parameter's number; those of expressions are operators. */
function number(value: number): string {
  return String(value);
}
