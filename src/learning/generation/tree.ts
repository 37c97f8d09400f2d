// Places in a rule text: each expression with what makes the same text with another one in its place. Pure.
import type { Expression, RuleText } from "../rules/syntax.ts";

export interface Spot<T> {
  readonly node: Expression;
  /** It says how long an indicator looks back. */
  readonly given: boolean;
  put(other: Expression): T;
}

export function spotsOf(expression: Expression, given = false): readonly Spot<Expression>[] {
  return [{ node: expression, given, put: (other) => other }, ...within(expression)];
}

/** Of all rules and settings; declared parameters stay as they are. */
export function spotsIn(text: RuleText): readonly Spot<RuleText>[] {
  return text.flatMap((statement, index): readonly Spot<RuleText>[] => {
    if (statement.kind === "param") return [];
    const put = (other: Expression): RuleText =>
      text.with(index, statement.kind === "rule" ? { ...statement, when: other } : { ...statement, value: other });
    const whole = statement.kind === "rule" ? statement.when : statement.value;
    return spotsOf(whole).map((spot) => ({ ...spot, put: (other) => put(spot.put(other)) }));
  });
}

function within(expression: Expression): readonly Spot<Expression>[] {
  const below = (of: Expression, given: boolean, back: (other: Expression) => Expression) =>
    spotsOf(of, given).map((spot) => ({ ...spot, put: (other: Expression) => back(spot.put(other)) }));
  switch (expression.kind) {
    case "number":
      return [];
    case "unary":
      return below(expression.of, false, (of) => ({ ...expression, of }));
    case "binary":
      return [
        ...below(expression.left, false, (left) => ({ ...expression, left })),
        ...below(expression.right, false, (right) => ({ ...expression, right })),
      ];
    case "name":
      return (expression.given ?? []).flatMap((one, index) =>
        below(one, true, (other) => ({ ...expression, given: expression.given?.with(index, other) ?? null })),
      );
  }
}
