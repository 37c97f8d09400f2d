// Pages for browsers, the description of the API, and the address of the WebSocket.
import { endpoint } from "./endpoint.ts";
import { anyObject, oneOf, text } from "./schema.ts";

const html = (description: string) => ({
  contentType: "text/html; charset=utf-8",
  description,
  example: "<!doctype html>",
});

export const getHome = endpoint({
  method: "GET",
  path: "/",
  tag: "reference",
  summary: "The dashboard",
  description: "Shows live what the engine sees, decides and holds. Nothing is loaded from outside.",
  errors: ["not_available"],
  otherForms: [html("HTML.")],
  role: "open",
});

export const getDashboardFile = endpoint({
  method: "GET",
  path: "/dashboard/{file}",
  tag: "reference",
  summary: "A script or a style of the dashboard",
  description: "Its name changes with its contents, so browsers may keep it.",
  params: { file: text("Name of the file.", { pattern: "^[A-Za-z0-9_.-]{1,128}$", examples: ["index-B1xv0.js"] }) },
  otherForms: [
    { contentType: "text/javascript; charset=utf-8", description: "A script.", example: '"use strict";' },
    { contentType: "text/css; charset=utf-8", description: "A style.", example: "body{margin:0}" },
  ],
  errors: ["not_found"],
  role: "open",
});

export const getDocs = endpoint({
  method: "GET",
  path: "/docs",
  tag: "reference",
  summary: "The reference of this API",
  description: "Every path with its fields; requests can be tried. Nothing is loaded from outside.",
  otherForms: [html("HTML.")],
  role: "open",
});

/** Files of the pages. */
export const ASSETS = ["swagger-ui-bundle.js", "swagger-ui.css", "start.js", "page.css"] as const;

export const getAsset = endpoint({
  method: "GET",
  path: "/docs/{asset}",
  tag: "reference",
  summary: "A script or a style of the pages",
  description: "May be kept by browsers: its address changes with the version.",
  params: { asset: oneOf(ASSETS, "Name of the file.") },
  otherForms: [
    { contentType: "text/javascript; charset=utf-8", description: "A script.", example: '"use strict";' },
    { contentType: "text/css; charset=utf-8", description: "A style.", example: "body{margin:0}" },
  ],
  errors: ["not_available"],
  role: "open",
});

export const getWebSocket = endpoint({
  method: "GET",
  path: "/ws",
  tag: "signals",
  summary: "Live updates over WebSocket",
  description:
    "Opened by a WebSocket client it answers 101 and speaks the protocol of live updates; a plain request is 426.",
  errors: ["upgrade_required", "forbidden"],
});

export const getOpenApi = endpoint({
  method: "GET",
  path: "/openapi.json",
  tag: "reference",
  summary: "This document",
  description: "OpenAPI 3.1, made from the declarations that requests are judged by.",
  answer: anyObject("An OpenAPI document.", { examples: [{ openapi: "3.1.1" }] }),
  role: "open",
});
