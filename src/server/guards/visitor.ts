// What a request shows of its sender. Read in the request's first turn, because the library's request dies with it; the
// address is made into text only when somebody asks for it.
import type { RequestHead } from "../request.ts";
import type { HttpRequest, HttpResponse } from "../uws.ts";
import type { Visitor } from "./gate.ts";

export function visitorOf(response: HttpResponse, request: HttpRequest, head: RequestHead): Visitor {
  const { method, path } = head;
  return { method, path, credential: credentialOf(request), address: () => networkOf(response) };
}

/** X-API-Key, else what Authorization bears; empty if nothing is shown. */
function credentialOf(request: HttpRequest): string {
  const apiKey = request.getHeader("x-api-key");
  if (apiKey !== "") return apiKey;
  const authorization = request.getHeader("authorization");
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? authorization;
}

/** How the library writes an IPv4 address in the form of IPv6; a group ffff anywhere else is part of a true IPv6 address. */
const MAPPED_IPV4 = "0000:0000:0000:0000:0000:ffff:";

/** One name for what one customer of a provider has: an IPv4 address, or the /64 network of an IPv6 one. */
export function networkOf(response: HttpResponse): string {
  const address = Buffer.from(response.getRemoteAddressAsText()).toString("latin1");
  if (!address.includes(":") || address.startsWith(MAPPED_IPV4)) return address;
  return address.split(":").slice(0, 4).join(":");
}
