// One attempt to deliver: a POST whose connection goes to the very address that was looked at. A name is resolved once,
// for the connection itself, and every address that it has must be allowed: between looking and connecting nothing can
// change. Each redirect is a new URL and is looked at the same way. Never throws, and is over within `timeoutMs`,
// whatever the other side does; its answer is not read beyond the status.
import { lookup } from "node:dns";
import { request as requestHttp, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { failed, ok, type Result } from "../../../domain/result.ts";

export interface Letter {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it may connect to an address. */
  readonly allows: (address: string) => boolean;
  readonly timeoutMs: number;
}

/** For people: it holds neither URL nor secret. */
export interface Undelivered {
  readonly why: string;
  /** The same letter would be refused again. */
  readonly final: boolean;
}

interface Answer {
  readonly status: number;
  readonly location: string | null;
}

const REDIRECTS_MAX = 3;
/**
 * Refusals of what the letter says. All others may pass by themselves: a clock that is off (401, each attempt bears its
 * own time), a receiver that is being put in place (404), a wall in front of it (403).
 */
const OF_THE_LETTER: readonly number[] = [400, 405, 413, 414, 415, 422];
const CLOSED = "its address is loopback, private or reserved; ALERT_WEBHOOK_ALLOW_PRIVATE=true allows that";

export async function post(letter: Letter): Promise<Result<null, Undelivered>> {
  const until = AbortSignal.timeout(letter.timeoutMs);
  let { url } = letter;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
    const fault = urlFault(url, letter);
    if (fault !== null) return later(fault);
    const answered = await attempt(url, letter, until);
    if (!answered.ok) return later(answered.failure);
    const { status, location } = answered.value;
    if (status >= 200 && status < 300) return ok(null);
    // Only these two keep the method and the body.
    if (status !== 307 && status !== 308) return refused(status);
    if (location === null || !URL.canParse(location, url))
      return later(`it answered ${status} without a URL to go on to`);
    url = new URL(location, url);
  }
  return later(`it redirected more than ${REDIRECTS_MAX} times`);
}

function later(why: string): Result<never, Undelivered> {
  return failed({ why, final: false });
}

function refused(status: number): Result<never, Undelivered> {
  const final = OF_THE_LETTER.includes(status);
  return failed({ why: final ? `it answered ${status}, and would again` : `it answered ${status}`, final });
}

function urlFault(url: URL, { url: first, allows }: Letter): string | null {
  const secure = url.protocol === "https:" || (url.protocol === "http:" && first.protocol === "http:");
  if (!secure) return `it led to ${url.protocol}, which is not taken here`;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return isIP(host) !== 0 && !allows(host) ? CLOSED : null;
}

function attempt(url: URL, letter: Letter, signal: AbortSignal): Promise<Result<Answer, string>> {
  const { body, headers, allows } = letter;
  const options: RequestOptions = {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) },
    signal,
    agent: false,
    lookup: lookupOf(allows),
    maxHeaderSize: 16_384,
  };
  return new Promise((resolve) => {
    const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options, (response) => {
      resolve(ok({ status: response.statusCode ?? 0, location: response.headers.location ?? null }));
      response.destroy();
    });
    // A changed protocol, or an end without a word, is neither an answer nor an error to node.
    request.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve(ok({ status: response.statusCode ?? 0, location: null }));
    });
    request.on("close", () => resolve(failed("the connection was closed without an answer")));
    request.on("error", (error: NodeJS.ErrnoException) =>
      resolve(failed(signal.aborted ? "it did not answer in time" : textOf(error))),
    );
    request.end(body);
  });
}

function lookupOf(allows: Letter["allows"]): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, "", 0);
      const [first] = found;
      if (first === undefined || !found.every(({ address }) => allows(address)))
        return callback(Object.assign(new Error(CLOSED), { code: "CLOSED" }), "", 0);
      return options.all === true ? callback(null, found) : callback(null, first.address, first.family);
    });
}

function textOf(error: NodeJS.ErrnoException): string {
  if (error.code === "CLOSED") return CLOSED;
  return `the connection failed (${error.code ?? "unknown"})`;
}
