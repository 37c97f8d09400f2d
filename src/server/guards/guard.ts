// Who is talking: a key or a token becomes a caller with a role. HTTP and the WebSocket ask the same guard.
// A key is compared by its SHA-256, in constant time and with every known key, so that an answer's time tells nothing.
// Main thread only.
import { createHash, timingSafeEqual } from "node:crypto";

export type Role = "read" | "write";

export interface Caller {
  /** Names the caller in limits, records and idempotency keys; never holds the key itself. */
  readonly id: string;
  readonly role: Role;
  /** When its token ends, milliseconds since 1970; a key has no end. */
  readonly untilMs?: number;
}

export interface Guard {
  /** Who somebody is that shows nothing: null while keys or tokens are asked for. */
  readonly anonymous: Caller | null;
  /** The caller of a key or token; null for one that is unknown or expired. Keys are known at once. */
  authenticate(credential: string): Caller | null | Promise<Caller | null>;
}

export type Verify = (token: string) => Caller | null | Promise<Caller | null>;

export const ANYBODY: Caller = { id: "anybody", role: "write" };
/** For an engine without keys: whoever is connected may do everything, with or without a key. */
export const OPEN_GUARD: Guard = { anonymous: ANYBODY, authenticate: () => ANYBODY };

/** Longer than any key; a token may be. */
const KEY_LENGTH_MAX = 1_024;
const ID_DIGITS = 12;

interface KnownKey {
  readonly hash: Buffer;
  readonly caller: Caller;
}

export class KeyGuard implements Guard {
  readonly anonymous = null;
  private readonly keys: readonly KnownKey[];
  private readonly verify: Verify;

  private constructor(keys: readonly KnownKey[], verify: Verify) {
    this.keys = keys;
    this.verify = verify;
  }

  /** `keys` as in API_KEYS: key[:read|:write], write if nothing is said. `verify` sees whatever is none of them. */
  static of(keys: readonly string[], verify: Verify = () => null): KeyGuard {
    return new KeyGuard(keys.map(knownKey), verify);
  }

  authenticate(credential: string): Caller | null | Promise<Caller | null> {
    return this.find(credential) ?? this.verify(credential);
  }

  private find(key: string): Caller | null {
    if (key.length > KEY_LENGTH_MAX) return null;
    const hash = sha256(key);
    let found: Caller | null = null;
    for (const known of this.keys) if (timingSafeEqual(known.hash, hash)) found = known.caller;
    return found;
  }
}

function knownKey(text: string): KnownKey {
  const [key = "", role] = text.split(":");
  const hash = sha256(key);
  const id = `key_${hash.toString("hex").slice(0, ID_DIGITS)}`;
  return { hash, caller: { id, role: role === "read" ? "read" : "write" } };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
