// The declarations as a whole: complete, true to the rest of the server, and told in full in docs/reference.md.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { faultsOf } from "../../../../src/server/contract/check.ts";
import { ERROR_CODES, statusOfCode } from "../../../../src/server/contract/errors.ts";
import { exampleOf } from "../../../../src/server/contract/example.ts";
import { openApiDocument } from "../../../../src/server/contract/openapi.ts";
import { statusOf } from "../../../../src/server/status.ts";
import { declaredEndpoints, nameOf } from "../../../support/contract/declarations.ts";
import type { Failure } from "../../../../src/domain/failure.ts";
import type { ErrorCode } from "../../../../src/server/contract/errors.ts";

const endpoints = await declaredEndpoints();

describe("every endpoint", () => {
  it("is declared once", () => {
    const names = endpoints.map(nameOf);
    expect(names.length).toBeGreaterThan(90);
    expect(new Set(names).size).toBe(names.length);
  });

  it("says what it does, in a summary without and a description with a full stop", () => {
    for (const { summary, description, ...endpoint } of endpoints) {
      expect(summary, nameOf(endpoint)).toMatch(/^\S.{3,60}[^.]$/);
      expect(description, nameOf(endpoint)).toMatch(/^[^ ].+[.]$/s);
    }
  });

  it("answers something, or only refuses", () => {
    const silent = endpoints.filter(({ answer, otherForms }) => answer === null && otherForms.length === 0);
    expect(silent.map(nameOf)).toEqual(["GET /ws"]);
  });

  it("tells in the reference what it answers that is not JSON", () => {
    const reference = readFileSync(new URL("../../../../../../docs/reference.md", import.meta.url), "utf8");
    const sections = reference.split("\n### ");
    for (const endpoint of endpoints) {
      const own = sections.find((section) => section.startsWith(`${nameOf(endpoint)}\n`));
      for (const { contentType, description } of endpoint.otherForms)
        expect(own, nameOf(endpoint)).toContain(`\`${contentType}\`: ${description}`);
    }
  });

  it("has examples that its own schemas accept", () => {
    for (const endpoint of endpoints) {
      for (const schema of [endpoint.params, endpoint.query, endpoint.body, endpoint.answer]) {
        if (schema === null) continue;
        expect(faultsOf(schema, exampleOf(schema)), nameOf(endpoint)).toEqual([]);
        expect(faultsOf(schema, exampleOf(schema, false)), nameOf(endpoint)).toEqual([]);
      }
    }
  });

  it("describes every field of what it takes and gives", () => {
    const nameless = endpoints.flatMap((endpoint) =>
      [endpoint.params, endpoint.query, endpoint.body]
        .flatMap((schema) => Object.entries(schema?.properties ?? {}))
        .filter(([, field]) => field.description === undefined && field.title === undefined)
        .map(([name]) => `${nameOf(endpoint)} ${name}`),
    );
    expect(nameless).toEqual(["POST /api/performance/track execution_result"]);
  });

  it("needs a key that may write where it changes something, unless that is said to be open", () => {
    for (const { method, role, ...rest } of endpoints) {
      if (method === "GET") expect(["read", "open"], rest.path).toContain(role);
      else expect(role, rest.path).toBe("write");
    }
  });
});

describe("every failure of the engine", () => {
  // Does not compile when the contract forgets a code of the engine.
  const inContract = (failure: Failure): ErrorCode => failure.code;

  it("has the status that the contract gives its code", () => {
    expect(inContract({ code: "not_ready" })).toBe("not_ready");
    // Codes of parts that are not built yet have no status of their own.
    const statuses = ERROR_CODES.map((code) => [code, statusOf({ code } as Failure) as string | undefined] as const);
    const known = statuses.filter(([, status]) => status !== undefined);
    expect(known.length).toBeGreaterThan(14);
    for (const [code, status] of known) expect(status).toMatch(new RegExp(`^${statusOfCode(code)} `));
  });
});

describe("the OpenAPI document", () => {
  const document = openApiDocument(
    endpoints.map((endpoint) => ({ endpoint })),
    "1.2.3",
  );

  it("is valid by a validator that others wrote", async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(JSON.stringify(document)) as Record<string, unknown>);
    expect([result.valid, result.errors]).toEqual([true, undefined]);
    expect(validator.version).toBe("3.1");
  });

  it("leaves out the dialect, which makes viewers warn", () => {
    expect(document["jsonSchemaDialect"]).toBeUndefined();
  });

  it("holds every endpoint, each with a name of its own", () => {
    const paths = document["paths"] as Record<string, Record<string, { operationId: string }>>;
    const listed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.sort()).toEqual(endpoints.map(nameOf).sort());
    const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("refers only to schemas that it holds", () => {
    const text = JSON.stringify(document);
    const components = document["components"] as { schemas: object };
    const wanted = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? ""));
    expect([...wanted].sort()).toEqual(Object.keys(components.schemas).sort());
  });
});
