// A rule text as a tree. Places are line and column from 1; they are for messages and have no part in what a text means.

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Written behind a number: percent, seconds, minutes, hours, days. */
export type Unit = "%" | "s" | "m" | "h" | "d";
export const UNITS: readonly Unit[] = ["%", "s", "m", "h", "d"];
/** Of times: microseconds. */
export const UNIT_FACTORS = { s: 1e6, m: 6e7, h: 3.6e9, d: 8.64e10 } as const;

export const COMPARISONS = ["<", "<=", ">", ">=", "==", "!=", "crosses above", "crosses below"] as const;
export type Comparison = (typeof COMPARISONS)[number];
export type Operator = "or" | "and" | Comparison | "+" | "-" | "*" | "/";

export type Expression =
  | { readonly kind: "number"; readonly value: number; readonly unit: Unit | null; readonly at: Place }
  | {
      readonly kind: "name";
      readonly name: string;
      /** Null: written without parentheses. */
      readonly given: readonly Expression[] | null;
      /** What stands behind the dot; null: nothing. */
      readonly field: string | null;
      readonly at: Place;
    }
  | { readonly kind: "unary"; readonly operator: "not" | "-"; readonly of: Expression; readonly at: Place }
  | {
      readonly kind: "binary";
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: Place;
    };

export const ACTIONS = ["buy", "sell", "exit"] as const;
export type Action = (typeof ACTIONS)[number];
export const SETTINGS = ["size", "stop", "target", "confidence"] as const;
export type Setting = (typeof SETTINGS)[number];

export type Statement =
  | { readonly kind: "rule"; readonly action: Action; readonly when: Expression; readonly at: Place }
  | { readonly kind: "setting"; readonly setting: Setting; readonly value: Expression; readonly at: Place }
  | {
      readonly kind: "param";
      readonly name: string;
      readonly standard: number;
      readonly least: number;
      readonly most: number;
      readonly at: Place;
    };

export type RuleText = readonly Statement[];

/** How tightly an operator binds, loosest first; `not` stands between `and` and the comparisons. */
export function bindingOf(operator: Operator | "not"): number {
  switch (operator) {
    case "or":
      return 1;
    case "and":
      return 2;
    case "not":
      return 3;
    case "+":
    case "-":
      return 5;
    case "*":
    case "/":
      return 6;
    default:
      return 4;
  }
}
/** Of a sign before an expression. */
export const SIGN_BINDING = 7;

export const STATEMENT_WORDS: readonly string[] = [...ACTIONS, ...SETTINGS, "param"];
/** Words of the grammar, which name nothing else. */
export const GRAMMAR_WORDS: readonly string[] = [
  ...STATEMENT_WORDS,
  "when",
  "from",
  "to",
  "and",
  "or",
  "not",
  "crosses",
  "above",
  "below",
];
