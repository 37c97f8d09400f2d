// The rule language of composed strategies: conditions over the market, indicators, the position and the signals of the
// engine's own strategies, written as a person would say them. A text is read, checked, and written out as a strategy in
// AssemblyScript, which is compiled, metered and run like anybody's (docs/composer.md). Pure: the same text gives the same code.
import { failed, ok, type Result } from "../domain/result.ts";
import type { Diagnostic } from "../sandbox/sandbox.ts";
import { check, type Checked } from "./rules/checker.ts";
import { RuleError } from "./rules/fault.ts";
import { generate } from "./rules/generator.ts";
import { parse } from "./rules/parser.ts";
import type { RuleText } from "./rules/syntax.ts";

export { print } from "./rules/printer.ts";

interface ReadRules {
  readonly text: RuleText;
  readonly checked: Checked;
}

/** The tree of a text that means something. */
export function readRules(text: string): Result<ReadRules, readonly Diagnostic[]> {
  try {
    const tree = parse(text);
    const { checked, faults } = check(tree);
    return faults.length === 0 ? ok({ text: tree, checked }) : failed(faults);
  } catch (error) {
    if (error instanceof RuleError) return failed([error.fault]);
    throw error;
  }
}

/** The strategy in AssemblyScript that a rule text stands for. */
export function translateRules(text: string): Result<string, readonly Diagnostic[]> {
  const read = readRules(text);
  return read.ok ? ok(generate(read.value.text, read.value.checked)) : read;
}
