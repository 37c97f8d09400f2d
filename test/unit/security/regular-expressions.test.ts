// Every regular expression of the engine, and every pattern of the API, over long inputs made to send it back again and
// again: it must answer in a time that grows with the input, not with its square.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";
import { expect, it } from "vitest";
import { declaredEndpoints } from "../../support/contract/declarations.ts";
import type { Keywords } from "../../../src/server/contract/schema.ts";

const SOURCES = fileURLToPath(new URL("../../../src/", import.meta.url));
/** In small steps, so that what grows beyond all bounds is seen while it is still short. */
const LENGTHS = Array.from({ length: 28 }, (_, step) => Math.round(16 * 1.25 ** step));
/** Long enough to be compared with what half the text takes: a linear one needs less for the longest of texts. */
const JUDGED_MS = 2;
/** Times as long, for twice the text: a linear one needs two, a quadratic one four. */
const MOST_GROWTH = 3;
/** What is measured is the least of so many, as others use the machine as well; where that says no, of so many more. */
const TIMES = 5;
const TIMES_MORE = 40;
const EVER = ["a", "0", " ", "A", "-", ".", '"', "_", "\n", "é"];

interface Found {
  readonly where: string;
  readonly pattern: RegExp;
}

function literals(file: string): readonly Found[] {
  const found: Found[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { regex } = node as { readonly regex?: { readonly pattern: string; readonly flags: string } };
    if (regex !== undefined)
      found.push({ where: file, pattern: new RegExp(regex.pattern, regex.flags.replace("g", "")) });
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(parseSync(file, readFileSync(join(SOURCES, file), "utf8")).program);
  return found;
}

function patternsOf(schema: Keywords, where: string): readonly Found[] {
  const inner = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.prefixItems ?? []),
    ...(schema.anyOf ?? []),
    ...[schema.items, schema.additionalProperties, schema.propertyNames].filter((one) => one !== undefined),
  ];
  const own = schema.pattern === undefined ? [] : [{ where, pattern: new RegExp(schema.pattern, "u") }];
  return [...own, ...inner.flatMap((one) => patternsOf(one, where))];
}

/** Parts to repeat: signs that the pattern names, those that its classes hold, and pairs of them. */
function parts(pattern: RegExp): readonly string[] {
  const named = pattern.source.replaceAll(/\\[dwsDWSbBpPux][^)\]]*?|[()[\]{}*+?|^$\\]/g, "");
  const signs = [...new Set([...named.slice(0, 12).split(""), ...EVER])].slice(0, 12);
  const some = signs.slice(0, 4);
  return [...signs, ...some.flatMap((one) => some.filter((other) => other !== one).map((other) => one + other))];
}

/** Milliseconds that the pattern takes over the text. */
function once({ pattern }: Found, text: string): number {
  const begin = performance.now();
  pattern.lastIndex = 0;
  pattern.test(text);
  return performance.now() - begin;
}

/** At best of a few times; it is left at that once it is too short to be judged. */
function best(found: Found, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < TIMES && least > JUDGED_MS; round++) least = Math.min(least, once(found, text));
  return least;
}

/** How many times as long it takes over the one as over the other, which are measured by turns. */
function growth(found: Found, long: string, short: string): number {
  const least = { long: Number.POSITIVE_INFINITY, short: Number.POSITIVE_INFINITY };
  const enough = (): boolean => least.long <= MOST_GROWTH * least.short;
  for (let round = 0; round < TIMES || (round < TIMES_MORE && !enough()); round++) {
    least.long = Math.min(least.long, once(found, long));
    least.short = Math.min(least.short, once(found, short));
  }
  return least.long / least.short;
}

function slowOver(found: Found): string | null {
  const starts = ["", found.pattern.source.replace(/^\^/, "").slice(0, 1)];
  for (const part of parts(found.pattern)) {
    for (const start of starts) {
      const text = (length: number): string => `${start}${part.repeat(Math.ceil(length / part.length))}\u0001`;
      for (const length of LENGTHS) {
        if (best(found, text(length)) <= JUDGED_MS) continue;
        const times = growth(found, text(length), text(length / 2));
        if (times <= MOST_GROWTH) continue;
        return `${found.where}: ${found.pattern} takes ${times.toFixed(1)} times as long over ${length} of ${JSON.stringify(part)} as over half of that`;
      }
    }
  }
  return null;
}

it("no pattern grows faster than its input", async () => {
  const files = readdirSync(SOURCES, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".js"));
  const endpoints = await declaredEndpoints();
  const declared = endpoints.flatMap(({ path, body, params, query }) =>
    [body ?? {}, params, query].flatMap((schema) => patternsOf(schema, path)),
  );
  const all = [...files.flatMap(literals), ...declared];
  const distinct = [...new Map(all.map((one) => [String(one.pattern), one])).values()];
  expect(distinct.length).toBeGreaterThan(150);
  expect(distinct.flatMap((one) => slowOver(one) ?? [])).toEqual([]);
});

it("a pattern that does is found", () => {
  for (const pattern of [/^(a+)+$/, /^(?:\w|a)*b$/, /\s+$/])
    expect(slowOver({ where: "here", pattern })).toContain("takes");
});
