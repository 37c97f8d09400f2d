// The reference of the API: /openapi.json, and /docs, a page that shows it. The page's script and style are files of
// swagger-ui-dist, copied beside the compiled code by the build; nothing is loaded from outside, and the page's policy
// forbids it. They bear their version in the address, so that a browser may keep them.
import { readFile } from "node:fs/promises";
import { failed, ok } from "../../domain/result.ts";
import { openApiDocument } from "../contract/openapi.ts";
import { getAsset, getDocs, getOpenApi } from "../contract/pages.ts";
import { keptFile, page } from "../page.ts";
import type { Answer } from "../reply.ts";
import type { Router } from "../router.ts";

const FOLDER = new URL("../../../swagger-ui/", import.meta.url);

/** Runs in the page, which allows no script of its own. */
const START = `"use strict";
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  displayRequestDuration: true,
  validatorUrl: null,
});
`;
const STYLE = `body{margin:0}
main{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}
code{font-size:.95em}
#reference .info{margin:24px 0}
`;

export function referenceRoutes(router: Router, version: string): void {
  let document: Answer | null = null;
  router.reply(getOpenApi, () => {
    const body = (): string => JSON.stringify(openApiDocument(router.handlers, version));
    document ??= ok({ status: "200 OK", contentType: "application/json", body: body() });
    return document;
  });
  const html = page("Strategy Engine: reference", `<div id="reference"></div>`, {
    styles: [`/docs/swagger-ui.css?v=${version}`, `/docs/page.css?v=${version}`],
    scripts: [`/docs/swagger-ui-bundle.js?v=${version}`, `/docs/start.js?v=${version}`],
  });
  router.reply(getDocs, () => html);
  const kept = new Map<string, Answer>();
  router.reply(getAsset, async ({ params }) => {
    const known = kept.get(params.asset);
    if (known !== undefined) return known;
    const read = await readAsset(params.asset);
    if (read.ok) kept.set(params.asset, read);
    return read;
  });
}

async function readAsset(name: string): Promise<Answer> {
  if (name === "start.js") return keptFile(name, START);
  if (name === "page.css") return keptFile(name, STYLE);
  try {
    return keptFile(name, await readFile(new URL(name, FOLDER)));
  } catch {
    return failed({ code: "not_available", what: "the page of the reference (build it with npm run build)" });
  }
}
