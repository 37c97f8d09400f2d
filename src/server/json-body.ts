// Bytes -> a JSON object that is safe to walk: UTF-8, at most DEPTH_MAX deep, every number finite, no `__proto__` key.
import { invalid } from "../domain/failure.ts";
import { failed, ok } from "../domain/result.ts";
import type { Failure } from "../domain/failure.ts";
import type { Result } from "../domain/result.ts";

export const DEPTH_MAX = 32;
/** Of a value that is named in a refusal, characters. */
const SHOWN = 60;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** An empty body means `{}`. */
export function parseJsonObject(bytes: Uint8Array): Result<Readonly<Record<string, unknown>>, Failure> {
  if (bytes.byteLength === 0) return ok({});
  const text = decodeText(bytes);
  if (text === null) return notJson("it is not valid UTF-8");
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (error) {
    return notJson(error instanceof Error ? error.message : "it does not parse");
  }
  const fault = findFault(value, "body", 1);
  if (fault !== null) return failed(fault);
  if (!isObject(value))
    return failed(
      invalid(
        "body",
        `must be a JSON object, and is ${Array.isArray(value) ? "a list" : JSON.stringify(value).slice(0, SHOWN)}`,
      ),
    );
  return ok(value);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function decodeText(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null; // the caller says so
  }
}

function notJson(issue: string): Result<never, Failure> {
  return failed({ code: "json_decode_error", issue });
}

/** Depth-first; an array or object counts one level, and the walk stops at the first fault. */
function findFault(value: unknown, path: string, depth: number): Failure | null {
  if (typeof value === "number") return Number.isFinite(value) ? null : invalid(path, "must be a finite number");
  if (typeof value !== "object" || value === null) return null;
  if (depth > DEPTH_MAX) return { code: "json_decode_error", issue: `it is nested deeper than ${DEPTH_MAX} levels` };
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const fault = findFault(value[index], `${path}[${index}]`, depth + 1);
      if (fault !== null) return fault;
    }
    return null;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === "__proto__") return invalid(path, "must not hold a key __proto__");
    const fault = findFault(inner, path === "body" ? key : `${path}.${key}`, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}
