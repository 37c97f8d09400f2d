// The seed of properties that name none: always the same where CI is set, another one each time elsewhere, and said.
import { integer, readConfigureGlobal, sample } from "fast-check";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));
interface Seeds {
  propertySeed(env: Readonly<Record<string, string>>, say: (line: string) => void): string;
}
const { propertySeed } = (await import(`${ROOT}build/property-seed.mjs`)) as Seeds;

function seedOf(given: Readonly<Record<string, string>>): readonly [seed: string, said: readonly string[]] {
  const said: string[] = [];
  const env = { ...given };
  return [propertySeed(env, (line) => said.push(line)), said];
}

it("is one and the same in CI, and another each time elsewhere, which is said", () => {
  expect(seedOf({ CI: "true" })).toEqual(seedOf({ CI: "1" }));
  expect(seedOf({ CI: "true" })[1]).toEqual([]);
  const runs = Array.from({ length: 20 }, () => seedOf({}));
  expect(new Set(runs.map(([seed]) => seed)).size).toBeGreaterThan(15);
  for (const [seed, said] of runs) expect(said).toEqual([`properties: PROPERTY_SEED=${seed}`]);
});

it("is one for all who ask in a run", () => {
  const env = {};
  const said: string[] = [];
  const seeds = Array.from({ length: 4 }, () => propertySeed(env, (line) => said.push(line)));
  expect(new Set(seeds).size).toBe(1);
  expect(said).toHaveLength(1);
});

it("is the one that is given, in CI as well, and nothing but a whole number", () => {
  expect(seedOf({ CI: "true", PROPERTY_SEED: "17" })).toEqual(["17", []]);
  expect(seedOf({ PROPERTY_SEED: "-5" })).toEqual(["-5", []]);
  expect(() => seedOf({ PROPERTY_SEED: "tea" })).toThrow("PROPERTY_SEED must be a whole number, not tea");
});

it("is where every property of the run begins that names none of its own", () => {
  expect(String(readConfigureGlobal().seed)).toBe(process.env["PROPERTY_SEED"]);
  const values = (): readonly number[] => sample(integer(), 5);
  expect(values()).toEqual(values());
});
