// What a message of ticks consists of, as far as it takes to divide it: where each tick lies in it, and whom it concerns.
// Ticks are never read further than that and never written anew: the engine of a shard gets the bytes that came, and
// judges them. What makes a message as a whole no market data is refused here, as an engine refuses it, so that no shard
// has taken its part of a message that another one refuses.
import * as wire from "../../../../assembly/wire.ts";
import { type Failure, invalid } from "../../../domain/failure.ts";

export interface Range {
  readonly from: number;
  /** Behind its last byte. */
  readonly to: number;
}

/** Whom a tick concerns. */
export type Subject =
  | { readonly kind: "symbol"; readonly symbol: string }
  /** News about several symbols: each shard is told of its own. */
  | { readonly kind: "story"; readonly list: Range; readonly items: readonly (Range & { readonly symbol: string })[] }
  /** Figures of the economy. */
  | { readonly kind: "everybody" }
  /** It is refused by whoever judges it. */
  | { readonly kind: "nobody" };

export interface Tick extends Range {
  readonly subject: Subject;
}

export interface Message {
  readonly format: "json" | "msgpack";
  readonly bytes: Buffer;
  /** In the order of the sender. */
  readonly ticks: readonly Tick[];
}

/** What a symbol may be called. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$/;

const EVERYBODY: Subject = { kind: "everybody" };
export const NOBODY: Subject = { kind: "nobody" };

/** Fields that say whom a tick concerns, as far as they are there and are what they should be. */
export interface Named {
  readonly symbol?: string | undefined;
  /** Whether there is one, whatever it is. */
  readonly hasSymbol: boolean;
  readonly kind?: string | undefined;
  /** Null: it is no list of symbols. */
  readonly story: Extract<Subject, { readonly kind: "story" }> | null;
}

export function subjectOf({ symbol, hasSymbol, kind, story }: Named): Subject {
  if (kind === "macro" || kind === "rates") return EVERYBODY;
  if (kind === "news" && !hasSymbol) {
    // One that is refused is refused whole: no shard is to see only what is good of it.
    const count = story?.items.length ?? 0;
    const good = count > 0 && count <= wire.NEWS_SYMBOLS_MAX && story?.items.every((item) => NAME.test(item.symbol));
    return story !== null && good === true ? story : NOBODY;
  }
  return symbol === undefined ? NOBODY : { kind: "symbol", symbol };
}

export const NOT_MARKET_DATA = invalid("market_data", "is required and must be a tick or a list of ticks");
export const FORBIDDEN_KEY = invalid("__proto__", "is not allowed as a key");
export const TOO_MANY: Failure = { code: "payload_too_large", limit: wire.TICKS_MAX, unit: "ticks" };

export function unreadable(issue: string): Failure {
  return { code: "json_decode_error", issue };
}
