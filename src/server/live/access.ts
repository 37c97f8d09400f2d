// Who may listen. With keys configured a connection has to show one: at the upgrade (query or header) or with the op
// `auth` within AUTH_MS. A wrong one ends the connection, so that keys cannot be tried on one socket, and so does the end of
// a token, unless a newer one was shown by then.
import { ANYBODY } from "../guards/guard.ts";
import type { Caller, Guard, Role } from "../guards/guard.ts";
import type { Time } from "./time.ts";

/** What the server's guard knows of keys; without keys whoever connects may do everything. */
export interface Access {
  readonly required: boolean;
  /** What a key or token gives, or null; later for a token that is seen for the first time. */
  authenticate(apiKey: string): Grant | null | Promise<Grant | null>;
}

/** Whose it is, a role, and when it ends (milliseconds since 1970); a key's never does. */
export type Grant = Pick<Caller, "id" | "role" | "untilMs">;

/** The same keys as for HTTP. */
export function accessBy(guard: Guard): Access {
  return {
    required: guard.anonymous === null,
    authenticate: (apiKey) => guard.authenticate(apiKey),
  };
}

export const OPEN_ACCESS: Access = { required: false, authenticate: () => ANYBODY };

export const AUTH_MS = 10_000;

export class Admission {
  private readonly access: Access;
  private readonly time: Time;
  private readonly sinceMs: number;
  private granted: Role | null;
  private untilMs = Infinity;
  private id: string | null = null;

  constructor(access: Access, time: Time) {
    this.access = access;
    this.time = time;
    this.sinceMs = time.nowMs();
    this.granted = access.required ? null : "write";
  }

  /** Null until a key was shown, where one is needed. */
  get role(): Role | null {
    return this.granted;
  }

  /** Whose key was shown, where one is needed; null: none was. */
  get caller(): string | null {
    return this.id;
  }

  /** The role of this key, or null: then the connection is to end. */
  show(apiKey: string): Role | null | Promise<Role | null> {
    if (!this.access.required) return this.granted;
    const grant = this.access.authenticate(apiKey);
    return grant instanceof Promise ? grant.then((found) => this.take(found)) : this.take(grant);
  }

  private take(grant: Grant | null): Role | null {
    this.granted = grant?.role ?? null;
    this.untilMs = grant?.untilMs ?? Infinity;
    this.id = grant?.id ?? null;
    return this.granted;
  }

  /** The token that was shown has ended. */
  get expired(): boolean {
    return this.time.nowMs() >= this.untilMs;
  }

  /** No key was shown in time. */
  get overdue(): boolean {
    return this.granted === null && this.time.nowMs() - this.sinceMs >= AUTH_MS;
  }
}
