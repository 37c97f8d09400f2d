// A message of ticks in JSON. Whether it is JSON the library says, and its values say whom a tick concerns; where the
// ticks lie in it is found by a walk over the bytes, which then need no second judgement.
import { isUtf8 } from "node:buffer";
import * as wire from "../../../../assembly/wire.ts";
import { failed, ok, type Result } from "../../../domain/result.ts";
import type { Failure } from "../../../domain/failure.ts";
import { isObject } from "../../json-body.ts";
import {
  FORBIDDEN_KEY,
  type Message,
  NOBODY,
  NOT_MARKET_DATA,
  type Range,
  type Subject,
  subjectOf,
  type Tick,
  TOO_MANY,
  unreadable,
} from "./message.ts";

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];
const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x0a, 0x0d, 0x09]);
const ENVELOPE = "market_data";
const LIST_OF_A_STORY = "symbols";

/** `bytes` begin, behind white space, with a list or an object. */
export function readJson(bytes: Buffer): Result<Message, Failure> {
  if (!isUtf8(bytes)) return failed(unreadable("it is not valid UTF-8"));
  let root: unknown;
  try {
    root = JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    return failed(unreadable("its syntax is wrong"));
  }
  const fault = faultOf(root, 1);
  if (fault !== null) return failed(fault);
  const at = behindSpace(bytes, 0);
  if (!isObject(root) || !Object.hasOwn(root, ENVELOPE)) return within(bytes, root, at);
  const ranges = entries(bytes, at).filter(({ key }) => key === ENVELOPE);
  if (ranges.length > 1) return failed(unreadable("market_data stands twice"));
  return within(bytes, root[ENVELOPE], ranges[0]?.from ?? at);
}

/** One tick, or a list of them: a list that begins with text is one tick in compact form. */
function within(bytes: Buffer, value: unknown, at: number): Result<Message, Failure> {
  const isList = Array.isArray(value) && typeof value[0] !== "string";
  if (!isList && !isObject(value) && !Array.isArray(value)) return failed(NOT_MARKET_DATA);
  const values: readonly unknown[] = isList ? value : [value];
  if (values.length > wire.TICKS_MAX) return failed(TOO_MANY);
  const ranges = isList ? elements(bytes, at) : [{ from: at, to: valueEnd(bytes, at) }];
  const ticks = ranges.map((range, index): Tick => ({ ...range, subject: subject(bytes, range, values[index]) }));
  return ok({ format: "json", bytes, ticks });
}

function subject(bytes: Buffer, range: Range, value: unknown): Subject {
  if (Array.isArray(value)) return subjectOf({ symbol: textOf(value[0]), hasSymbol: true, story: null });
  if (!isObject(value)) return NOBODY;
  const { symbol, kind, symbols } = value;
  const story = kind === "news" && Array.isArray(symbols) ? storyOf(bytes, range, symbols) : null;
  return subjectOf({ symbol: textOf(symbol), hasSymbol: symbol !== undefined, kind: textOf(kind), story });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function storyOf(bytes: Buffer, { from }: Range, symbols: readonly unknown[]) {
  if (!symbols.every((symbol) => typeof symbol === "string")) return null;
  const list = entries(bytes, from).findLast(({ key }) => key === LIST_OF_A_STORY);
  if (list === undefined) return null;
  const items = elements(bytes, list.from).map((range, index) => ({ ...range, symbol: symbols[index] ?? "" }));
  return { kind: "story", list: { from: list.from, to: list.to }, items } as const;
}

/** What no engine takes, whoever sends it. `depth`: containers that are open, this one included. */
function faultOf(value: unknown, depth: number): Failure | null {
  if (typeof value !== "object" || value === null) return null;
  if (depth > wire.DEPTH_MAX) return unreadable(`it is nested more than ${wire.DEPTH_MAX} deep`);
  if (!Array.isArray(value) && Object.hasOwn(value, "__proto__")) return FORBIDDEN_KEY;
  for (const inner of Object.values(value)) {
    const fault = faultOf(inner, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

// ---- A walk over bytes that are known to be JSON ------------------------------------------------------------------
function behindSpace(bytes: Buffer, at: number): number {
  while (SPACES.has(bytes[at])) at++;
  return at;
}

function stringEnd(bytes: Buffer, at: number): number {
  for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
  return at + 1;
}

function valueEnd(bytes: Buffer, at: number): number {
  let open = 0;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) at = stringEnd(bytes, at) - 1;
    else if (byte === OPEN_LIST || byte === OPEN_MAP) open++;
    else if (byte === CLOSE_LIST || byte === CLOSE_MAP) {
      if (open === 0) return at; // it was a scalar, and here its container ends
      open--;
    } else if (open === 0 && (byte === COMMA || SPACES.has(byte))) return at;
    at++;
    if (open === 0 && (byte === QUOTE || byte === CLOSE_LIST || byte === CLOSE_MAP)) return at;
  }
  return at;
}

/** Of the list at `at`. */
function elements(bytes: Buffer, at: number): readonly Range[] {
  const found: Range[] = [];
  for (at = behindSpace(bytes, at + 1); at < bytes.length && bytes[at] !== CLOSE_LIST;) {
    const to = valueEnd(bytes, at);
    found.push({ from: at, to });
    at = behindSpace(bytes, to);
    if (bytes[at] === COMMA) at = behindSpace(bytes, at + 1);
  }
  return found;
}

/** Keys of the object at `at`, with where their values lie. */
function entries(bytes: Buffer, at: number): readonly (Range & { readonly key: string })[] {
  const found: (Range & { readonly key: string })[] = [];
  for (at = behindSpace(bytes, at + 1); at < bytes.length && bytes[at] !== CLOSE_MAP;) {
    const end = stringEnd(bytes, at);
    const key = JSON.parse(bytes.toString("utf8", at, end)) as string;
    at = behindSpace(bytes, end);
    if (bytes[at] === COLON) at = behindSpace(bytes, at + 1);
    const to = valueEnd(bytes, at);
    found.push({ key, from: at, to });
    at = behindSpace(bytes, to);
    if (bytes[at] === COMMA) at = behindSpace(bytes, at + 1);
  }
  return found;
}
