// The chain of the audit trail. Each entry carries the SHA-256 over itself and the hash of the entry before it, so nothing
// can be changed, taken out or put in anywhere but at the end without every later hash being wrong:
//   hash = SHA-256 of the UTF-8 JSON of [previous hash, position, timestamp, actor, action, target, from, to]
// with timestamp in microseconds since the epoch; the first previous hash is "". What was cut off at the end does not show
// here; who keeps a hash elsewhere can see whether it still is in the trail. Pure functions.
import { createHash } from "node:crypto";
import type { AuditRecord } from "../../store/operations.ts";

/** Null where there was nothing, or is nothing any more. */
export interface Change {
  readonly actor: string;
  /** What was done, e.g. config.put. */
  readonly action: string;
  /** To what, e.g. the name of a component. */
  readonly target: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** The newest entry; position 0: there is none. */
export interface Head {
  readonly position: number;
  readonly hash: string;
}
export const NO_ENTRY: Head = { position: 0, hash: "" };

export interface Break {
  /** Of the first entry that is not as it was written. */
  readonly position: number;
  readonly what: "missing" | "changed" | "not the successor of the entry before it";
}
export interface ChainReport {
  readonly entries: number;
  readonly head: Head;
  /** Null: the chain is whole. */
  readonly broken: Break | null;
}

export function entryAfter(head: Head, { actor, action, target, from, to }: Change, timestamp: number): AuditRecord {
  const position = head.position + 1;
  const auditId = `audit_${String(position).padStart(6, "0")}`;
  const [before, after] = [from ?? null, to ?? null];
  const entry = { position, auditId, timestamp, actor, action, target, before, after, previousHash: head.hash };
  return { ...entry, hash: hashOf(entry) };
}

/** Follows the chain through `entries`, which come in the order of their positions, to its end or its first break. */
export class ChainWalk {
  private head = NO_ENTRY;
  private broken: Break | null = null;

  /** False: the chain is broken here, and what follows proves nothing any more. */
  take(entry: AuditRecord): boolean {
    const position = this.head.position + 1;
    if (entry.position !== position) this.broken = { position, what: "missing" };
    else if (entry.hash !== hashOf(entry)) this.broken = { position, what: "changed" };
    else if (entry.previousHash !== this.head.hash)
      this.broken = { position, what: "not the successor of the entry before it" };
    else this.head = { position, hash: entry.hash };
    return this.broken === null;
  }

  get report(): ChainReport {
    return { entries: this.head.position, head: this.head, broken: this.broken };
  }
}

function hashOf(entry: Omit<AuditRecord, "hash" | "auditId">): string {
  const { previousHash, position, timestamp, actor, action, target, before, after } = entry;
  const text = JSON.stringify([previousHash, position, timestamp, actor, action, target, before, after]);
  return createHash("sha256").update(text).digest("hex");
}
