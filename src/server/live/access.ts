// Who may listen. With keys configured a connection has to show one: at the upgrade (query or header) or with the op
// `auth` within AUTH_MS. A wrong one ends the connection, so that keys cannot be tried on one socket.
import type { Caller, Guard, Role } from "../guards/guard.ts";
import type { Time } from "./time.ts";

/** What the server's guard knows of keys; without keys whoever connects may do everything. */
export interface Access {
  readonly required: boolean;
  /** The role of a key or token, or null; later for a token that is seen for the first time. */
  authenticate(apiKey: string): Role | null | Promise<Role | null>;
}

/** The same keys as for HTTP. */
export function accessBy(guard: Guard): Access {
  return {
    required: guard.anonymous === null,
    authenticate: (apiKey) => {
      const caller = guard.authenticate(apiKey);
      return caller instanceof Promise ? caller.then(roleOf) : roleOf(caller);
    },
  };
}

function roleOf(caller: Caller | null): Role | null {
  return caller === null ? null : caller.role;
}

export const OPEN_ACCESS: Access = { required: false, authenticate: () => "write" };

export const AUTH_MS = 10_000;

export class Admission {
  private readonly access: Access;
  private readonly time: Time;
  private readonly sinceMs: number;
  private granted: Role | null;

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

  /** The role of this key, or null: then the connection is to end. */
  show(apiKey: string): Role | null | Promise<Role | null> {
    if (!this.access.required) return this.granted;
    const role = this.access.authenticate(apiKey);
    return role instanceof Promise ? role.then((found) => this.grant(found)) : this.grant(role);
  }

  private grant(role: Role | null): Role | null {
    this.granted = role;
    return role;
  }

  /** No key was shown in time. */
  get overdue(): boolean {
    return this.granted === null && this.time.nowMs() - this.sinceMs >= AUTH_MS;
  }
}
