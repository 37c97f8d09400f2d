// Many rule texts as one strategy in AssemblyScript, of which the parameter `which` picks one: a compilation takes a second,
// and forty of them would take forty.
import { translateRules } from "../../../src/learning/rules.ts";

export function allInOne(texts: readonly string[]): string {
  const shared = new Set<string>();
  const classes = texts.map((text, place) => {
    const made = translateRules(text);
    if (!made.ok) throw new Error(`${text}\n${JSON.stringify(made.failure)}`);
    const lines = made.value.split("\n");
    for (const line of lines) if (/^(import|const) /.test(line)) shared.add(line);
    const begin = lines.indexOf("class Rules extends rules.RuleStrategy {");
    const end = lines.indexOf("export function create(): sdk.Strategy {");
    return lines.slice(begin, end).join("\n").replace("class Rules ", `class Rules${place} `);
  });
  const picks = texts.map((_, place) => `  if (WHICH.value == ${place}) return new Rules${place}();`);
  return [
    ...shared,
    `const WHICH = sdk.parameter("which", 0, 0, ${texts.length}, "");`,
    ...classes,
    "export function create(): sdk.Strategy {",
    ...picks,
    "  return new Rules0();",
    "}",
  ].join("\n");
}
