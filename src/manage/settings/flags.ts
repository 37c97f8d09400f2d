// Feature flags: switches that are on for everybody, for nobody, or for a share of those who ask. Who is in the share is
// decided by a hash of flag and subject, so the answer never flickers, is the same after a restart, and a larger share
// holds everybody of the smaller one. A flag that does not exist is off.
import { createHash } from "node:crypto";
import type { Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type FlagRecord, flagTable } from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import type { Audit } from "../oversight/oversight.ts";
import { Queues } from "../queues.ts";

export type Flag = FlagRecord;

export const FLAGS_MAX = 10_000;

export class Flags {
  private readonly store: Store;
  private readonly audit: Audit;
  private readonly now: () => number;
  /** In the order in which they were last set. */
  private readonly flags = new Map<string, Flag>();
  private readonly queues = new Queues();

  /** `now`: wall clock, integer microseconds. */
  constructor(store: Store, audit: Audit, now: () => number) {
    this.store = store;
    this.audit = audit;
    this.now = now;
  }

  async load(): Promise<void> {
    for (const flag of await flagTable.load(this.store, "ORDER BY updated_at")) this.flags.set(flag.name, flag);
  }

  /** `subject`: who or what asks, e.g. the id of a strategy. */
  isOn(name: string, subject: string): boolean {
    const flag = this.flags.get(name);
    return flag !== undefined && flag.enabled && placeOf(name, subject) < flag.rolloutPercent / 100;
  }

  /** The one that was set last comes last. */
  all(): readonly Flag[] {
    return [...this.flags.values()];
  }

  has(name: string): boolean {
    return this.flags.has(name);
  }

  put(given: Omit<Flag, "updatedAt">, actor: string): Promise<Result<Flag, Failure>> {
    return this.queues.run(given.name, async () => {
      const known = this.flags.get(given.name);
      if (known === undefined && this.flags.size >= FLAGS_MAX) {
        return failed({
          code: "conflict",
          issue: `there are ${FLAGS_MAX} flags already; delete some that are not used`,
        });
      }
      const flag = { ...given, updatedAt: this.now() };
      const change = { actor, action: "flag.put", target: flag.name, from: seen(known), to: seen(flag) };
      const stored = await this.audit.record(change, [flagTable.put(flag)]);
      if (!stored.ok) return stored;
      this.flags.delete(flag.name); // so that it comes last
      this.flags.set(flag.name, flag);
      return ok(flag);
    });
  }

  remove(name: string, actor: string): Promise<Result<null, Failure>> {
    return this.queues.run(name, async () => {
      const known = this.flags.get(name);
      if (known === undefined) return failed({ code: "not_found", kind: "flag", id: name });
      const change = { actor, action: "flag.delete", target: name, from: seen(known), to: null };
      const stored = await this.audit.record(change, [flagTable.remove({ name })]);
      if (!stored.ok) return stored;
      this.flags.delete(name);
      return ok(null);
    });
  }
}

/** As the API shows it. */
function seen(flag: Flag | undefined): object | null {
  if (flag === undefined) return null;
  const { enabled, rolloutPercent, description } = flag;
  return { enabled, rollout_percent: rolloutPercent, description };
}

/** Where the subject stands between 0 and 1, for this flag. */
function placeOf(name: string, subject: string): number {
  return createHash("sha256").update(`${name}\n${subject}`).digest().readUInt32BE(0) / 2 ** 32;
}
