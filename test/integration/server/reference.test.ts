// The reference of the API: the document says what the router answers, no more and no less, and a browser shows it.
import { describe, expect, it } from "vitest";
import { exampleOf } from "../../../src/server/contract/example.ts";
import { render } from "../../support/browser.ts";
import { declaredEndpoints, nameOf } from "../../support/contract/declarations.ts";
import { startServer } from "../../support/server/start.ts";
import type { Endpoint } from "../../../src/server/contract/endpoint.ts";

interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function documentOf(http: string): Promise<Document> {
  const response = await fetch(`${http}/openapi.json`);
  expect(response.headers.get("content-type")).toBe("application/json");
  return (await response.json()) as Document;
}

function addressOf(endpoint: Endpoint): string {
  const params = exampleOf(endpoint.params) as Readonly<Record<string, string>>;
  return endpoint.path.replace(/\{([a-z_]+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

describe("/openapi.json", () => {
  it("lists every endpoint that is declared, and nothing else", async () => {
    const { http } = startServer();
    const { paths, openapi } = await documentOf(http);
    expect(openapi).toBe("3.1.0");
    const listed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.sort()).toEqual((await declaredEndpoints()).map(nameOf).sort());
  });

  it("lists for every path the methods that the router answers, and no others", async () => {
    const { http } = startServer();
    const { paths } = await documentOf(http);
    for (const endpoint of await declaredEndpoints()) {
      const response = await fetch(http + addressOf(endpoint), { method: "OPTIONS" });
      expect(response.status, endpoint.path).toBe(204);
      const allowed = (response.headers.get("allow") ?? "").split(", ");
      const routed = allowed.filter((method) => method !== "HEAD" && method !== "OPTIONS");
      const listed = Object.keys(paths[endpoint.path] ?? {}).map((method) => method.toUpperCase());
      expect(routed.sort(), endpoint.path).toEqual(listed.sort());
    }
  });

  it("lists nothing that is only described", async () => {
    const { http } = startServer();
    for (const endpoint of await declaredEndpoints()) {
      const { method } = endpoint;
      const body = method === "POST" || method === "PUT" ? { body: JSON.stringify({}) } : {};
      const headers = { "Content-Type": "application/json" };
      const response = await fetch(http + addressOf(endpoint), { method, headers, ...body });
      await response.arrayBuffer();
      expect([nameOf(endpoint), response.status]).not.toEqual([nameOf(endpoint), 501]);
    }
  });
});

describe("/docs", () => {
  it("shows every operation in a browser that can reach nothing else, and nothing breaks its policy", async () => {
    const { http } = startServer();
    const { paths } = await documentOf(http);
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods)).length;
    const { html, console } = await render(`${http}/docs`);
    expect([...html.matchAll(/class="opblock opblock-[a-z]+"/g)]).toHaveLength(operations);
    expect(html).toContain("/api/strategy_engine/process_market_data");
    expect(console).toEqual([]);
  });

  it("is linked from the first page, which loads nothing from outside", async () => {
    const { http } = startServer();
    const { html, console } = await render(`${http}/`);
    expect(html).toContain('<a href="/docs">');
    expect([...html.matchAll(/(?:src|href)="https?:/g)]).toHaveLength(0);
    expect(console).toEqual([]);
  });

  it("allows only scripts and styles of this server", async () => {
    const { http } = startServer();
    for (const path of ["/", "/docs"]) {
      const response = await fetch(http + path);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(response.headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      );
      expect(await response.text()).not.toMatch(/<script>|<style>| style=/);
    }
  });

  it("has its files served with their kind and charset, to be kept by the browser", async () => {
    const { http } = startServer();
    const kinds = { "swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "page.css": "text/css" };
    for (const [name, kind] of Object.entries(kinds)) {
      for (const round of [1, 2]) {
        const response = await fetch(`${http}/docs/${name}?round=${round}`);
        expect(response.headers.get("content-type")).toBe(`${kind}; charset=utf-8`);
        expect(response.headers.get("cache-control")).toContain("immutable");
        expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(50);
      }
    }
  });

  it("has no other files", async () => {
    const { http } = startServer();
    for (const name of ["LICENSE", "..%2f..%2fpackage.json", "swagger-ui.css%00", "SWAGGER-UI.CSS"]) {
      expect((await fetch(`${http}/docs/${name}`)).status).toBe(404);
    }
  });
});
