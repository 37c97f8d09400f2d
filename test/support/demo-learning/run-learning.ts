// `npm run demo:learning`: markets whose truth is planted, and what learning makes of each: what it found, when, how sure it
// is, and whether it kept what is promised. Exit code 1 when it did not. Colours unless NO_COLOR is set or nobody looks.
//   node build/out/test/support/demo-learning/run-learning.js [--seed 1]
import type { Chapter } from "./chapter.ts";
import { calibration, generation, models, regimes, selection } from "./chapters.ts";
import { live } from "./live.ts";
import { whole, wordsOf } from "../words.ts";

const ESCAPE = "\u001B[";
const coloured = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";

function paint(text: string, colour: number): string {
  return coloured ? `${ESCAPE}${colour}m${text}${ESCAPE}0m` : text;
}

function tell({ title, planted, lines, promises }: Chapter, seconds: number): boolean {
  console.log(`\n${paint(title, 1)}  ${paint(`${seconds.toFixed(1)} s`, 2)}\n  planted: ${planted}`);
  for (const line of lines) console.log(line);
  for (const { what, kept } of promises) console.log(`  ${kept ? paint("✓", 32) : paint("✗", 31)} ${what}`);
  return promises.every(({ kept }) => kept);
}

const { seed } = wordsOf({
  name: "npm run demo:learning --",
  about: "Markets whose truth is planted, and what learning makes of each, beside what is promised.",
  options: { seed: whole("of the markets", 1, { least: 0 }) },
}).values;
const chapters: readonly (() => Chapter | Promise<Chapter>)[] = [
  () => regimes(seed),
  () => calibration(seed),
  () => selection(seed),
  () => models(seed),
  () => generation(seed),
  live,
];
let broken = 0;
for (const chapter of chapters) {
  const begin = performance.now();
  const found = await chapter();
  if (!tell(found, (performance.now() - begin) / 1_000)) broken += 1;
}
console.log(broken === 0 ? "\nAll promises were kept." : `\n${broken} chapters broke a promise.`);
process.exitCode = broken === 0 ? 0 : 1;
