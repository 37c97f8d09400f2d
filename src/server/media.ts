// What a body says it is, and what a client wants to get: Content-Type, Content-Encoding and Accept.
import { failed, ok } from "../domain/result.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";
import type { RequestHead } from "./request.ts";

const JSON_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.-]+\+json)$/;
const MSGPACK_TYPES: readonly string[] = ["application/msgpack", "application/x-msgpack"];

/** The encoding of a non-empty body. No Content-Type means JSON; an empty body needs no check, it means `{}`. */
export function encodingOf(head: RequestHead, msgpackToo: boolean): Result<"json" | "msgpack", Failure> {
  const coding = head.contentEncoding.trim().toLowerCase();
  if (coding !== "" && coding !== "identity") {
    return unsupported(`Content-Encoding ${coding}`, ["an uncompressed body"]);
  }
  const [type = "", ...parameters] = head.contentType.toLowerCase().split(";");
  const name = type.trim();
  const charset = parameters.map((part) => part.trim()).find((part) => part.startsWith("charset="));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return unsupported(charset, ["charset=utf-8"]);
  if (name === "" || JSON_TYPE.test(name)) return ok("json");
  if (msgpackToo && MSGPACK_TYPES.includes(name)) return ok("msgpack");
  const allowed = ["application/json", ...(msgpackToo ? ["application/msgpack"] : [])];
  return unsupported(`Content-Type ${name}`, allowed);
}

function unsupported(found: string, allowed: readonly string[]): Result<never, Failure> {
  const clean = found.replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
  return failed({ code: "unsupported_media_type", found: clean, allowed });
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

/**
 * True when an Accept header names a plain-text exposition and prefers it to JSON, as both headers that Prometheus
 * sends do. Wanted equally, JSON stays if it is named, and text wins over JSON that only a wildcard lets in.
 */
export function prefersText(accept: string): boolean {
  const ranges = parseAccept(accept);
  const named = ranges.filter(({ type }) => type === "text/plain" || type === "application/openmetrics-text");
  const text = Math.max(0, ...named.map(({ quality }) => quality));
  if (text === 0) return false;
  const json = ranges.find(({ type }) => type === "application/json");
  if (json !== undefined) return text > json.quality;
  const wild = ranges.find(({ type }) => type === "application/*") ?? ranges.find(({ type }) => type === "*/*");
  return text >= (wild?.quality ?? 0);
}

function parseAccept(accept: string): readonly Range[] {
  return accept.split(",").map((item) => {
    const [type = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const given = parameters.find((part) => part.startsWith("q="))?.slice(2);
    const quality = given === undefined ? 1 : Number(given);
    return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}
