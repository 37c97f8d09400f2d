// The API as a page to read, made of the same declarations as /openapi.json: every path with what it takes, what it gives
// and how it fails, then the objects that several of them share.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./run.mjs";

const CONTRACT = join(ROOT, "build/out/src/server/contract");
const HEAD = `# The API, field by field

\`npm run docs\` makes this page from the declarations in src/server/contract; \`/docs\` and \`/openapi.json\` of a
running engine have the same contents. [api.md](api.md) shows the API by example.

`;

export async function reference() {
  const files = readdirSync(CONTRACT).filter((name) => name.endsWith(".js"));
  const modules = await Promise.all(files.map((name) => import(join(CONTRACT, name))));
  const endpoints = modules.flatMap((module) => Object.values(module)).filter(isEndpoint);
  const { openApiDocument } = await import(join(CONTRACT, "openapi.js"));
  const document = openApiDocument(
    endpoints.map((endpoint) => ({ endpoint })),
    "",
  );
  const parts = document.tags.map((tag) => ofTag(document, tag)).filter((part) => part !== "");
  const objects = Object.entries(document.components.schemas).map(([title, schema]) => {
    return `### ${title}\n\n${schema.description ?? ""}\n\n${fields(schema)}`;
  });
  return `${HEAD}${document.info.description}\n\n${parts.join("\n")}\n## Objects\n\n${objects.join("\n")}`.replaceAll(
    /\n{3,}/g,
    "\n\n",
  );
}

function isEndpoint(value) {
  return typeof value === "object" && value !== null && "method" in value && "path" in value && "tag" in value;
}

function ofTag({ paths }, { name, description }) {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
  const own = operations.filter(({ tags }) => tags.includes(name));
  if (own.length === 0) return "";
  return `## ${name[0].toUpperCase()}${name.slice(1)}\n\n${description}\n\n${own.map(ofOperation).join("\n")}`;
}

function ofOperation({ method, path, summary, description, parameters, requestBody, responses, ...rest }) {
  const role = rest["x-role"] === "open" ? "No key is asked for." : `Role: ${rest["x-role"]}.`;
  const asked = parameters.filter((parameter) => !("$ref" in parameter));
  const rows = asked.map(({ name, in: place, required, schema, description: meaning }) => [
    `\`${name}\``,
    `${place}${required ? "" : ", optional"}`,
    formOf(schema),
    meaning ?? schema.description ?? "",
  ]);
  const body = schemaOf(requestBody);
  const answers = Object.entries(responses).filter(([, answer]) => !("$ref" in answer));
  const done = answers.filter(([status]) => status < "300");
  const refused = answers.filter(([status]) => status >= "300");
  return [
    `### ${method} ${path}`,
    `${summary}. ${description ?? ""} ${role}`,
    rows.length === 0 ? "" : table(["parameter", "where", "form", "meaning"], rows),
    body === null ? "" : `Body: ${formOf(body)}\n\n${fields(body)}`,
    ...done.map(([status, answer]) => {
      const schema = schemaOf(answer);
      const others = otherForms(answer);
      if (schema === null) return `Answer ${status}: ${others.join(" Or ") || answer.description}`;
      const json = `Answer ${status}: ${formOf(schema)}\n\n${fields(schema)}`;
      return [json, ...others.map((form) => `Or ${form}`)].join("\n\n");
    }),
    refused.length === 0
      ? ""
      : `Refused: ${refused.map(([status, { description: why }]) => `${status} ${why.replaceAll(/\s*\n\s*/g, " ")}`).join(" ")}`,
    "",
  ]
    .filter((part) => part.trim() !== "")
    .map((part) => `${part}\n`)
    .join("\n");
}

function schemaOf(holder) {
  return holder?.content?.["application/json"]?.schema ?? null;
}

/** What is answered that is not JSON. */
function otherForms({ content = {} }) {
  const forms = Object.entries(content).filter(([type]) => type !== "application/json");
  return forms.map(([type, { schema }]) => `\`${type}\`: ${schema.description}`);
}

function fields(schema) {
  const of = schema.type === "array" ? (schema.items ?? {}) : schema;
  const properties = Object.entries(of.properties ?? {});
  if (properties.length === 0) return "";
  const rows = properties.map(([name, field]) => [
    `\`${name}\`${of.required?.includes(name) ? "" : "?"}`,
    formOf(field),
    field.description ?? "",
  ]);
  return table(["field", "form", "meaning"], rows);
}

function formOf(schema) {
  const { $ref: ref, type, const: exact, enum: words, anyOf, items, additionalProperties, default: otherwise } = schema;
  const forms = () => {
    if (ref !== undefined) {
      const title = ref.split("/").at(-1);
      return `[${title}](#${title.toLowerCase()})`;
    }
    if (exact !== undefined) return `\`${JSON.stringify(exact)}\``;
    if (words !== undefined) return words.map((word) => `\`${word}\``).join(" ");
    if (anyOf !== undefined) return anyOf.map(formOf).join(" or ");
    if (schema["x-must"] !== undefined) return schema["x-must"].replace(/^be /, "");
    if (type === "array") return `list of ${items === undefined ? "anything" : formOf(items)}`;
    if (type === "object" && typeof additionalProperties === "object")
      return `by name: ${formOf(additionalProperties)}`;
    return `${type ?? "anything"}${bounds(schema)}`;
  };
  return `${forms()}${otherwise === undefined ? "" : `; default \`${JSON.stringify(otherwise)}\``}`;
}

function bounds({ minimum, maximum, exclusiveMinimum, maxLength, maxItems }) {
  const least = minimum === undefined ? "" : ` from ${minimum}`;
  const above = exclusiveMinimum === undefined ? "" : ` above ${exclusiveMinimum}`;
  const most = maximum === undefined ? "" : ` to ${maximum}`;
  const long = (maxLength ?? maxItems) === undefined ? "" : `, at most ${maxLength ?? maxItems} long`;
  return `${least}${above}${most}${long}`;
}

function table(heads, rows) {
  const lines = [heads, heads.map(() => "---"), ...rows];
  const cells = lines.map((row) => row.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")));
  return cells.map((row) => `| ${row.join(" | ")} |`).join("\n");
}
