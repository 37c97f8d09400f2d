// What stands before the routes when keys or limits are on: who is it, may it, and not too often. The cheapest question
// comes first. /health is never counted, so that a watchdog is answered whatever else goes on, nor is the emergency stop
// of somebody who may press it.
//   401 no key, an unknown one or an expired token     403 a read key where something changes     429 too many requests
import { failed, ok } from "../../domain/result.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Result } from "../../domain/result.ts";
import type { Caller, Guard } from "./guard.ts";
import type { Allowance, RateLimit } from "./rate-limit.ts";

type Header = readonly [name: string, value: string];

/** What the gate looks at. */
export interface Visitor {
  readonly method: string;
  readonly path: string;
  /** The key or token that is shown, or empty. */
  readonly credential: string;
  /** Where it comes from; asked for only when requests are counted. */
  readonly address: () => string;
}

export interface Admission {
  readonly entry: Result<Caller, Failure>;
  /** To go with the answer, whatever it is. */
  readonly headers: readonly Header[];
}

const OPEN_PATHS: readonly string[] = ["/", "/docs", "/openapi.json", "/version", "/health"];
const OPEN_FOLDERS: readonly string[] = ["/health/", "/docs/", "/dashboard/"];
const EMERGENCY_STOP = "/risk/emergency-stop";
const READING: readonly string[] = ["GET", "HEAD", "OPTIONS"];
const NO_HEADERS: readonly Header[] = [];
const PASSER_BY: Caller = { id: "anybody", role: "read" };
const MISSING = "a key is needed here: send it as X-API-Key, or a key or token as Authorization: Bearer";
const UNKNOWN = "this key or token is not known here, has expired or names no role; send a valid one";

export class Gate {
  private readonly guard: Guard;
  private readonly limit: RateLimit | null;

  constructor(guard: Guard, limit: RateLimit | null) {
    this.guard = guard;
    this.limit = limit;
  }

  /** At once, except for a token that is seen for the first time. */
  admit(visitor: Visitor): Admission | Promise<Admission> {
    if (isHealth(visitor.path)) return { entry: ok(PASSER_BY), headers: NO_HEADERS };
    if (this.guard.anonymous !== null) return this.counted(visitor, this.guard.anonymous, null);
    if (visitor.credential === "") return this.judge(visitor, null);
    const caller = this.guard.authenticate(visitor.credential);
    if (!(caller instanceof Promise)) return this.judge(visitor, caller);
    const address = this.limit === null ? "" : visitor.address(); // its socket may be gone by then
    return caller.then((known) => this.judge({ ...visitor, address: () => address }, known));
  }

  /** A socket that wants to open: counted by its address, because its key may come later. Null lets it in. */
  barSocket(address: () => string): Failure | null {
    if (this.limit === null) return null;
    const { allowed, retryAfterS } = this.limit.take(address());
    return allowed ? null : { code: "rate_limited", limit: this.limit.perMinute, retryAfterS };
  }

  private judge(visitor: Visitor, caller: Caller | null): Admission {
    if (caller === null) {
      const open = isOpen(visitor.method, visitor.path);
      const issue = visitor.credential === "" ? MISSING : UNKNOWN;
      return this.counted(visitor, PASSER_BY, open ? null : { code: "unauthorized", issue });
    }
    const barred = caller.role === "read" && !READING.includes(visitor.method);
    return this.counted(visitor, caller, barred ? { code: "forbidden", method: visitor.method } : null, caller.id);
  }

  private counted(visitor: Visitor, caller: Caller, failure: Failure | null, name?: string): Admission {
    const entry = failure === null ? ok(caller) : failed(failure);
    const isStop = entry.ok && visitor.method === "POST" && visitor.path === EMERGENCY_STOP && caller.role === "write";
    if (this.limit === null || isStop) return { entry, headers: NO_HEADERS };
    const { perMinute } = this.limit;
    const allowance = this.limit.take(name ?? visitor.address());
    const headers = limitHeaders(perMinute, allowance);
    if (allowance.allowed) return { entry, headers };
    const { retryAfterS } = allowance;
    return { entry: failed({ code: "rate_limited", limit: perMinute, retryAfterS }), headers };
  }
}

function isHealth(path: string): boolean {
  return path === "/health" || path.startsWith("/health/");
}

function isOpen(method: string, path: string): boolean {
  if (method === "OPTIONS") return true; // browsers ask for permission without showing anything
  return OPEN_PATHS.includes(path) || OPEN_FOLDERS.some((folder) => path.startsWith(folder));
}

function limitHeaders(limit: number, { remaining, resetS }: Allowance): readonly Header[] {
  return [
    ["RateLimit-Limit", String(limit)],
    ["RateLimit-Remaining", String(remaining)],
    ["RateLimit-Reset", String(resetS)],
  ];
}
