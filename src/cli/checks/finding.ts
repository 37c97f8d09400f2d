// What a check of `doctor` says: one line, and what to do where something can be done.
export type Level = "ok" | "warn" | "fail";

export interface Finding {
  readonly level: Level;
  readonly subject: string;
  readonly found: string;
  readonly advice: string | null;
}

export function fine(subject: string, found: string): Finding {
  return { level: "ok", subject, found, advice: null };
}
/** The engine runs, but not as well as it could or as somebody may expect. */
export function doubtful(subject: string, found: string, advice: string): Finding {
  return { level: "warn", subject, found, advice };
}
/** The engine will not start, or will fail. */
export function broken(subject: string, found: string, advice: string): Finding {
  return { level: "fail", subject, found, advice };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
/** The system's name for it, e.g. EADDRINUSE; empty if it is no system error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
