// An HTML page of ours. Its policy lets in nothing but this server's own scripts and styles, and no script in the text.
import { ok } from "../domain/result.ts";
import type { Answer, Reply } from "./reply.ts";

const YEAR_S = 365 * 86_400;

type Header = readonly [name: string, value: string];

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";
export const PAGE_POLICY: readonly Header[] = [
  ["Content-Security-Policy", POLICY],
  ["Referrer-Policy", "no-referrer"],
];
/** Of a page that is handed out to be kept: no script, no form, nothing from anywhere, no part of this server's origin. */
const DOCUMENT_POLICY: readonly Header[] = [
  [
    "Content-Security-Policy",
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; " +
      "frame-ancestors 'none'; sandbox",
  ],
  ["Referrer-Policy", "no-referrer"],
];

interface Parts {
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
}

export function page(title: string, body: string, { styles, scripts }: Parts): Answer {
  const links = styles.map((href) => `<link rel="stylesheet" href="${href}">`).join("\n");
  const runs = scripts.map((src) => `<script src="${src}" defer></script>`).join("\n");
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
${links}
${runs}
</head><body>${body}</body></html>`;
  return ok({ status: "200 OK", contentType: "text/html; charset=utf-8", body: html, headers: PAGE_POLICY });
}

/** A page that needs nothing else, to be saved under that name. */
export function document(name: string, body: Reply["body"]): Answer {
  const disposition = ["Content-Disposition", `attachment; filename="${name}"`] as const;
  return ok({
    status: "200 OK",
    contentType: "text/html; charset=utf-8",
    body,
    headers: [...DOCUMENT_POLICY, disposition],
  });
}

/** A script or a style whose address changes with its contents: browsers may keep it. */
export function keptFile(name: string, body: Reply["body"]): Answer {
  const contentType = name.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
  return ok({
    status: "200 OK",
    contentType,
    body,
    headers: [...PAGE_POLICY, ["Cache-Control", `public, max-age=${YEAR_S}, immutable`]],
  });
}
