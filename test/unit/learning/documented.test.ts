// docs/composer.md: each text in it is read, or refused as it says, and what its table names is there.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { READABLE } from "../../../src/domain/program-signals.ts";
import { readRules, translateRules } from "../../../src/learning/rules.ts";
import { FUNCTIONS, WORDS } from "../../../src/learning/rules/vocabulary.ts";

const text = readFileSync("docs/composer.md", "utf8");
const blocks = [...text.matchAll(/```rules\n([\s\S]*?)```/g)].map(([, code = ""]) => code);

it("each example is read, or refused with the words that stand below it", () => {
  expect(blocks.length).toBeGreaterThanOrEqual(5);
  for (const block of blocks) {
    const refused = /# refused: (.*)\n/.exec(block)?.[1];
    const read = readRules(block);
    if (refused === undefined) expect(read.ok ? translateRules(block).ok : read.failure, block).toBe(true);
    else {
      const [first] = read.ok ? [] : read.failure;
      expect(`${first?.line}:${first?.column} ${first?.message}`).toBe(refused);
    }
  }
});

it("every word of the language, and every strategy that can be read, is named", () => {
  for (const name of [...WORDS.map((word) => word.name), ...Object.keys(FUNCTIONS), ...READABLE])
    expect(text, name).toMatch(new RegExp(`[\`\\s]${name}[\`\\s(.,:]`));
});

it("the example among the examples is read", () => {
  const read = readRules(readFileSync("examples/trend.rules", "utf8"));
  expect(read.ok ? null : read.failure).toBeNull();
});
