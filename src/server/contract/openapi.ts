// The OpenAPI 3.1 document, made from the declarations that the router holds: what is judged is what is described.
// Schemas with a title stand once under components and are referred to. `jsonSchemaDialect` is left out on purpose:
// viewers warn about it, and the dialect of 3.1 is meant anyway.
import { TAGS, readsBody } from "./endpoint.ts";
import { errorBody, meaningOfCode, statusOfCode } from "./errors.ts";
import { exampleOf } from "./example.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ErrorCode } from "./errors.ts";
import type { Keywords } from "./schema.ts";

type Json = Readonly<Record<string, unknown>>;

/** What the document needs to know of a route. */
export interface Routed {
  readonly endpoint: Endpoint;
}

const ABOUT = `One process: market data in, signals out, strategies managed in between.

* JSON in UTF-8. Times are ISO 8601 in UTC; ticks and signals carry epoch seconds. Numbers are JSON numbers, never text.
* Fields that are not described here may stand in answers. In requests they are ignored, and the answer names them:
  \`ignored_fields\`, and in \`did_you_mean\` by name which was probably meant.
* Every failure has the body \`Error\`. HEAD works wherever GET does, OPTIONS on every path.
* Lists are pages: \`limit\`, \`cursor\`, and \`next_cursor\` in the answer.
* \`X-Request-Id\` is echoed, or made up. \`Idempotency-Key\` on a POST makes it safe to send again.
* Paths marked as not available are described and answer 501.
* Live updates come over WebSocket at \`/ws\`.`;

export function openApiDocument(routes: readonly Routed[], version: string): Json {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const { method, path } = route.endpoint;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route, schemas) };
  }
  const error = schemas.shown(errorBody);
  return {
    openapi: "3.1.0",
    info: { title: "Strategy Engine", version, description: ABOUT },
    servers: [{ url: "/", description: "This engine." }],
    security: [{ apiKey: [] }, { bearer: [] }, {}],
    tags: TAGS,
    paths,
    components: {
      schemas: schemas.all,
      responses: {
        Failure: { description: "Any other failure.", content: asJson(error, exampleOf(errorBody, false)) },
      },
      parameters: { RequestId: REQUEST_ID, IdempotencyKey: IDEMPOTENCY_KEY, IfMatch: IF_MATCH },
      securitySchemes: {
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key", description: "When API_KEYS is set." },
        bearer: { type: "http", scheme: "bearer", description: "A key or a signed token, when API_KEYS is set." },
      },
    },
  };
}

/** Collects titled schemas and refers to them. */
class Schemas {
  private readonly known = new Map<string, { readonly from: Keywords; readonly shown: Json }>();

  get all(): Json {
    const sorted = [...this.known].sort(([one], [other]) => (one < other ? -1 : 1));
    return Object.fromEntries(sorted.map(([title, { shown }]) => [title, shown]));
  }

  shown(schema: Keywords): Json {
    const { title } = schema;
    if (title === undefined) return this.inside(schema);
    const known = this.known.get(title);
    if (known === undefined) this.known.set(title, { from: schema, shown: this.inside(schema) });
    else if (known.from.properties !== schema.properties) throw new Error(`two schemas are called ${title}`);
    return { $ref: `#/components/schemas/${title}` };
  }

  private inside(schema: Keywords): Json {
    const { items, prefixItems, properties, additionalProperties, propertyNames, anyOf, ...plain } = schema;
    return {
      ...plain,
      ...(items ? { items: this.shown(items) } : {}),
      ...(prefixItems ? { prefixItems: prefixItems.map((item) => this.shown(item)) } : {}),
      ...(anyOf ? { anyOf: anyOf.map((form) => this.shown(form)) } : {}),
      ...(propertyNames ? { propertyNames: this.shown(propertyNames) } : {}),
      ...(additionalProperties ? { additionalProperties: this.shown(additionalProperties) } : {}),
      ...(properties
        ? {
            properties: Object.fromEntries(
              Object.entries(properties).map(([name, field]) => [name, this.shown(field)]),
            ),
          }
        : {}),
    };
  }
}

const REQUEST_ID: Json = {
  name: "X-Request-Id",
  in: "header",
  description: "Names the request in logs; echoed.",
  schema: { type: "string", minLength: 1, maxLength: 128, pattern: "^[\\x21-\\x7e]*$" },
};
const IDEMPOTENCY_KEY: Json = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "The same key, path and body within 24 hours get the stored answer, and nothing is done again; only the emergency " +
    "stop acts each time.",
  schema: { type: "string", minLength: 1, maxLength: 128, pattern: "^[\\x21-\\x7e]*$" },
};
const IF_MATCH: Json = {
  name: "If-Match",
  in: "header",
  description:
    "The ETag of what is to be changed: 412 when somebody has changed it meanwhile. Without it the last one wins.",
  schema: { type: "string", examples: ['"9f2c41ab9f2c41ab"'] },
};

function operation({ endpoint }: Routed, schemas: Schemas): Json {
  const { method, summary, description, tag, role } = endpoint;
  return {
    operationId: operationId(endpoint),
    tags: [tag],
    summary,
    description,
    "x-role": role,
    "x-idempotent": endpoint.idempotent,
    ...(role === "open" ? { security: [] } : {}),
    parameters: [
      ...parameters("path", endpoint.params, schemas),
      ...parameters("query", endpoint.query, schemas),
      { $ref: "#/components/parameters/RequestId" },
      ...(method === "POST" ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : []),
      ...(endpoint.takesIfMatch ? [{ $ref: "#/components/parameters/IfMatch" }] : []),
    ],
    ...(readsBody(endpoint) && endpoint.body !== null ? { requestBody: requestBody(endpoint, schemas) } : {}),
    responses: responses(endpoint, schemas),
  };
}

/** get /strategies/{strategy_id}/versions -> getStrategiesByStrategyIdVersions */
export function operationId({ method, path }: Pick<Endpoint, "method" | "path">): string {
  const words = path.split("/").filter((segment) => segment !== "");
  const names = words.map((word) => word.replace(/^\{(.*)\}$/, "by_$1").split(/[^A-Za-z0-9]+/));
  const joined = names.flat().map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return method.toLowerCase() + (joined.join("") || "Home");
}

function parameters(where: "path" | "query", fields: Keywords, schemas: Schemas): readonly Json[] {
  return Object.entries(fields.properties ?? {}).map(([name, field]) => {
    const { description, examples, ...rest } = field;
    return {
      name,
      in: where,
      ...(where === "path" || fields.required?.includes(name) ? { required: true } : {}),
      ...(description === undefined ? {} : { description }),
      ...(where === "path" && examples !== undefined ? { example: examples[0] } : {}),
      schema: schemas.shown(rest),
    };
  });
}

function requestBody({ body, takesMarketData }: Endpoint, schemas: Schemas): Json {
  if (body === null) return {};
  const content = asJson(schemas.shown(body), exampleOf(body));
  const packed = { "application/msgpack": { schema: { description: "The same, packed." } } };
  return {
    required: (body.required?.length ?? 0) > 0,
    content: takesMarketData ? { ...content, ...packed } : content,
  };
}

function responses(endpoint: Endpoint, schemas: Schemas): Json {
  const { answer, otherForms, alsoStatus } = endpoint;
  const own = answer === null ? {} : asJson(schemas.shown(answer), exampleOf(answer));
  const other = otherForms.map(
    ({ contentType, description, example }) =>
      [contentType, { schema: { type: "string", description }, example }] as const,
  );
  const content = { ...own, ...Object.fromEntries(other) };
  const succeeds = Object.keys(content).length > 0;
  const also = Object.entries(alsoStatus).map(
    ([status, description]) => [status, { description, content: own }] as const,
  );
  return {
    ...(succeeds ? { "200": { description: "Done.", content } } : {}),
    ...failures(endpoint.errors, schemas),
    ...Object.fromEntries(also),
    default: { $ref: "#/components/responses/Failure" },
  };
}

/** Errors by status; several codes may share one. */
function failures(codes: readonly ErrorCode[], schemas: Schemas): Json {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(statusOfCode(code), [...(byStatus.get(statusOfCode(code)) ?? []), code]);
  const shown = [...byStatus].map(([status, same]) => {
    const [first] = same;
    const message = first === undefined ? "" : meaningOfCode(first);
    const example = { ...exampleOf(errorBody, false), error: first, message };
    const description = same.map((code) => `\`${code}\`: ${meaningOfCode(code)}`).join("\n\n");
    return [String(status), { description, content: asJson(schemas.shown(errorBody), example) }] as const;
  });
  return Object.fromEntries(shown);
}

function asJson(schema: Json, example: unknown): Json {
  return { "application/json": { schema, example } };
}
