// `strategy-engine strategies [NAME]`: the catalogue of the built-in strategies, as text, JSON or Markdown. Needs no
// running engine; what GET /strategy-types adds is the state of one.
import { Command, Option } from "commander";
import { describeStrategy, type ParameterDescription, type StrategyDescription } from "../domain/describe.ts";
import { FAMILIES, STRATEGIES } from "../domain/strategies.ts";
import { columns, complain, print, styled } from "./text.ts";

interface Choices {
  readonly family?: string;
  readonly json?: true;
  readonly markdown?: true;
}

export function strategiesCommand(): Command {
  return new Command("strategies")
    .description("list the built-in strategies, or explain one: formula, rules, parameters")
    .argument("[name]", "one strategy, e.g. mean_reversion")
    .addOption(new Option("-f, --family <family>", "only one family").choices([...FAMILIES]))
    .addOption(new Option("--json", "the fields of GET /strategy-types").conflicts("markdown"))
    .addOption(new Option("--markdown", "the text of docs/strategies.md"))
    .action((name: string | undefined, { family, json, markdown }: Choices) => {
      const known = STRATEGIES.filter((type) => type.built).map(describeStrategy);
      const chosen = known.filter((one) => (name ?? one.name) === one.name && (family ?? one.family) === one.family);
      if (chosen.length === 0) {
        complain(`there is no strategy ${JSON.stringify(name)}${inFamily(family)}; ${nearest(name ?? "", known)}`);
        process.exitCode = 1;
      } else if (json) print(JSON.stringify(name === undefined ? chosen : chosen[0], null, 2));
      else if (markdown) print(chosen.map(asMarkdown).join("\n"));
      else if (name === undefined) print(asList(chosen));
      else print(chosen.map(asText).join("\n"));
    });
}

function inFamily(family: string | undefined): string {
  return family === undefined ? "" : ` in the family ${family}`;
}

/** Names that share a word with what was typed, else all of them. */
function nearest(typed: string, known: readonly StrategyDescription[]): string {
  const words = typed
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length > 2);
  const near = known.filter(({ name }) => words.some((word) => name.includes(word))).map(({ name }) => name);
  return near.length > 0
    ? `did you mean ${near.join(" or ")}?`
    : `there are ${known.map(({ name }) => name).join(", ")}`;
}

function asList(strategies: readonly StrategyDescription[]): string {
  const rows = strategies.map(({ name, family, tier, description }) => [name, family, tier, description]);
  const more = `strategy-engine strategies ${strategies[0]?.name ?? "NAME"}   explains one`;
  return `${columns([["NAME", "FAMILY", "TIER", "WHAT IT DOES"], ...rows])}\n\n${more}`;
}

function facts(one: StrategyDescription): readonly (readonly [label: string, text: string])[] {
  return [
    ["needs", `${one.inputs.join(", ")} events`],
    ["samples", one.bar_ms === 0 ? "every tick" : `bars of ${one.bar_ms.toLocaleString("en-US")} ms`],
    ["symbols", symbolsOf(one)],
    ["formula", one.formula],
    ["entry", one.entry],
    ["exit", one.exit],
    ["confidence", one.confidence],
    ["rules", one.rules.join(", ")],
    ["waits for", one.waits_for],
    ["values", one.values.join(", ")],
    ["reference", one.reference],
  ];
}
function symbolsOf({ symbols: [least, most] }: StrategyDescription): string {
  if (most === 1) return "each by itself";
  return `sets of ${least === most ? least : `${least} to ${most}`}`;
}

function asText(one: StrategyDescription): string {
  const head = `${styled("bold", one.name)}  ${one.family}, ${one.tier} tier`;
  const body = columns(
    facts(one)
      .filter(([, text]) => text !== "")
      .map(([label, text]) => [label, text]),
  );
  const rows = one.parameters.map((parameter) => [parameter.name, ...cells(parameter)]);
  return `${head}\n${one.description}\n\n${body}\n\n${columns([["PARAMETER", "DEFAULT", "RANGE", "UNIT", "MEANING"], ...rows])}`;
}
function cells({ default: value, min, max, unit, meaning }: ParameterDescription): readonly string[] {
  return [String(value), `${min} .. ${max}`, unit, meaning];
}

function asMarkdown(one: StrategyDescription): string {
  const rows = one.parameters.map(
    (parameter) => `| \`${parameter.name}\` | ${cells(parameter).map(escaped).join(" | ")} |`,
  );
  return [
    `## ${one.name}`,
    "",
    `*${one.family}, ${one.tier} tier.* ${one.description}`,
    "",
    ...facts(one)
      .filter(([, text]) => text !== "")
      .map(([label, text]) => `- **${label}**: ${escaped(text)}`),
    "",
    "| parameter | default | range | unit | meaning |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
/** What would end a table's cell or begin emphasis. */
function escaped(text: string): string {
  return text.replaceAll(/[|*_<>]/g, (mark) => `\\${mark}`);
}
