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
/** Growing, so that what grows beyond all bounds is seen while it is still short. */
const LENGTHS = [16, 20, 24, 28, 6_000] as const;
/** At best of a few times. A linear one needs a fraction of a millisecond for the longest, a quadratic one a tenth of a second. */
const MOST_MS = 8;
const TIMES = 5;
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

/** Milliseconds that the pattern takes over the text, at best. */
function best({ pattern }: Found, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < TIMES && least > MOST_MS; round++) {
    const begin = performance.now();
    pattern.lastIndex = 0;
    pattern.test(text);
    least = Math.min(least, performance.now() - begin);
  }
  return least;
}

function slowOver(found: Found): string | null {
  const starts = ["", found.pattern.source.replace(/^\^/, "").slice(0, 1)];
  for (const part of parts(found.pattern)) {
    for (const start of starts) {
      for (const length of LENGTHS) {
        const text = `${start}${part.repeat(Math.ceil(length / part.length))}\u0001`;
        const ms = best(found, text);
        if (ms > MOST_MS)
          return `${found.where}: ${found.pattern} takes ${ms.toFixed(0)} ms over ${length} of ${JSON.stringify(part)}`;
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
