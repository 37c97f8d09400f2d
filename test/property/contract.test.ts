// Our judge and typebox's compiler read the same schemas: they must agree on every value, of every endpoint.
import * as fc from "fast-check";
import { Compile } from "typebox/compile";
import { describe, expect, it } from "vitest";
import { faultsOf, FAULTS_MAX } from "../../src/server/contract/check.ts";
import { fitting, nearly } from "../support/contract/arbitraries.ts";
import { declaredEndpoints, nameOf } from "../support/contract/declarations.ts";
import type { Schema } from "../../src/server/contract/schema.ts";

const RUNS = 60;
const endpoints = await declaredEndpoints();
const schemas: readonly (readonly [name: string, schema: Schema])[] = endpoints.flatMap((endpoint) => {
  const { body, answer } = endpoint;
  const name = nameOf(endpoint);
  return [
    ...(body === null ? [] : [[`the body of ${name}`, body] as const]),
    ...(answer === null ? [] : [[`the answer of ${name}`, answer] as const]),
  ];
});

describe("typebox's compiler agrees", () => {
  it.each(schemas)("on %s", (_name, schema) => {
    const compiled = Compile(schema);
    const agree = (value: unknown): void => {
      expect(faultsOf(schema, value).length === 0).toBe(compiled.Check(value));
    };
    fc.assert(fc.property(fitting(schema), agree), { numRuns: RUNS });
    fc.assert(fc.property(nearly(schema), agree), { numRuns: RUNS * 3 });
  });
});

describe("every value made from a schema", () => {
  it.each(schemas)("fits %s", (_name, schema) => {
    fc.assert(
      fc.property(fitting(schema), (value) => {
        expect(faultsOf(schema, value)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});

it("no JSON value, however odd, makes the judge throw or say more than its most", () => {
  fc.assert(
    fc.property(fc.constantFrom(...schemas), fc.jsonValue({ maxDepth: 6 }), ([, schema], value) => {
      const faults = faultsOf(schema, value);
      expect(faults.length).toBeLessThanOrEqual(FAULTS_MAX);
      for (const { field, issue } of faults) expect([field === "", issue === ""]).toEqual([false, false]);
    }),
    { numRuns: 5_000 },
  );
});
