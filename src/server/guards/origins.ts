// Pages of others in the browser of somebody who can reach the engine. A browser lets any page send what changes the engine,
// as a form does, and open a socket; only of reading answers does CORS keep it. But it says whose page it is, in Origin. Where
// CORS_ORIGIN names one site, what changes something and sockets are for pages of that site and of the engine's own address
// alone. Whoever shows no Origin is no page. With `*` nobody is asked: that is what `*` means.
import type { Failure } from "../../domain/failure.ts";
import type { HttpRequest } from "../uws.ts";

/** Of a value that is named in a refusal, characters. */
const SHOWN = 100;
const ASKING: readonly string[] = ["GET", "HEAD", "OPTIONS"];
const NOT_TEXT = /[^ -~]/g;

export class Origins {
  /** Null: all are welcome. */
  private readonly site: string | null;
  private readonly named: string;

  constructor(corsOrigin: string) {
    this.named = corsOrigin;
    this.site = corsOrigin === "*" ? null : siteOf(corsOrigin);
  }

  /** Why this request is refused; null: it may be looked at. To be asked in the request's first turn. */
  refusal(request: HttpRequest, method: string): Failure | null {
    return ASKING.includes(method) ? null : this.judged(request, method, `${method} changes something`);
  }

  /** The same for a socket that wants to open: a browser lets its page read what comes. */
  socketRefusal(request: HttpRequest): Failure | null {
    return this.judged(request, "GET", "a socket tells its page everything");
  }

  private judged(request: HttpRequest, method: string, what: string): Failure | null {
    const { site } = this;
    if (site === null) return null;
    const origin = request.getHeader("origin");
    if (origin === "") return null;
    const found = siteOf(origin);
    if (found !== null && (found === site || found === ownSite(origin, request.getHeader("host")))) return null;
    const shown = origin.slice(0, SHOWN).replace(NOT_TEXT, "?");
    const issue =
      `${what}, and this came from a page of ${shown}; allowed are pages of ${this.named} (CORS_ORIGIN) and of the ` +
      `engine's own address; open the page there, or set CORS_ORIGIN to the site that it is of`;
    return { code: "forbidden", method, issue };
  }
}

/** Scheme, host and port in one form; null: of no site that has a name, as a page from a file is. */
function siteOf(origin: string): string | null {
  if (!URL.canParse(origin)) return null;
  const { origin: site } = new URL(origin);
  return site === "null" ? null : site;
}

/** The address at which the engine was asked, by the scheme of the page: a proxy in front may speak TLS for it. */
function ownSite(origin: string, host: string): string | null {
  return siteOf(`${new URL(origin).protocol}//${host}`);
}
