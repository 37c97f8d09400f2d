// Who may listen. With keys configured a connection has to show one: at the upgrade (query or header) or with the op
// `auth` within AUTH_MS. A wrong one ends the connection, so that keys cannot be tried on one socket.
import type { Time } from "./time.ts";

export type Role = "read" | "write";

/** What the server's guard knows of keys; without keys whoever connects may do everything. */
export interface Access {
  readonly required: boolean;
  /** The role of a key, or null. */
  authenticate(apiKey: string): Role | null;
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
  show(apiKey: string): Role | null {
    if (!this.access.required) return this.granted;
    this.granted = this.access.authenticate(apiKey);
    return this.granted;
  }

  /** No key was shown in time. */
  get overdue(): boolean {
    return this.granted === null && this.time.nowMs() - this.sinceMs >= AUTH_MS;
  }
}
