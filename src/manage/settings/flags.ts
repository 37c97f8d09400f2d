// Feature flags: switches that are on for everybody, for nobody, or for a share of those who ask (domain/gate.ts says who
// that is). A flag that does not exist is off. One that names strategies is a gate of theirs: it decides on which symbols
// they may open positions, from one event of the stream on, which is kept with it and in the audit trail. It is in force
// before it is stored, because no event waits for the disk, and taken back when it cannot be.
import { type Gate, shareOf } from "../../domain/gate.ts";
import type { Failure, FieldIssue } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type FlagRecord, flagTable } from "../../store/operations.ts";
import type { Store } from "../../store/store.ts";
import type { Audit } from "../oversight/oversight.ts";
import { Queues } from "../queues.ts";
import { strategyNameFault } from "../strategy-names.ts";

export type Flag = FlagRecord;

export interface Gating {
  /** Of the stream. */
  readonly nextSequence: () => number;
  /** Gates of these, ids or implementations, are others from the event of this number on. */
  readonly changed: (names: ReadonlySet<string>, from: number) => void;
  /** Whether there is a strategy of this id. */
  readonly isStrategy: (id: string) => boolean;
}

type Gated = Pick<Flag, "strategies" | "symbols">;
/** Without strategies or symbols it keeps those that it has. */
export type FlagGiven = Pick<Flag, "name" | "enabled" | "rolloutPercent" | "description"> & Partial<Gated>;

export const FLAGS_MAX = 10_000;

export class Flags {
  private readonly store: Store;
  private readonly audit: Audit;
  private readonly now: () => number;
  /** In the order in which they were made: one that is set again keeps its place in the list. */
  private readonly flags = new Map<string, Flag>();
  private readonly queues = new Queues();
  private gating: Gating = { nextSequence: () => 0, changed: () => undefined, isStrategy: () => true };

  /** `now`: wall clock, integer microseconds. */
  constructor(store: Store, audit: Audit, now: () => number) {
    this.store = store;
    this.audit = audit;
    this.now = now;
  }

  async load(): Promise<void> {
    for (const flag of await flagTable.load(this.store, "ORDER BY rowid")) this.flags.set(flag.name, flag);
  }

  /** `subject`: who or what asks, e.g. the id of a strategy. */
  isOn(name: string, subject: string): boolean {
    const flag = this.flags.get(name);
    return flag !== undefined && flag.enabled && shareOf(name, subject) < flag.rolloutPercent / 100;
  }

  /** Who trades behind the gates. */
  join(gating: Gating): void {
    this.gating = gating;
  }

  /** Of a strategy, by its id and, where it is built in, by its implementation. */
  gatesOf(names: readonly string[]): readonly Gate[] {
    const about = [...this.flags.values()].filter(({ strategies }) => strategies.some((one) => names.includes(one)));
    return about.map(({ name, enabled, rolloutPercent: percent, symbols }) => ({ name, enabled, percent, symbols }));
  }

  /** The one that was made last comes last. */
  all(): readonly Flag[] {
    return [...this.flags.values()];
  }

  has(name: string): boolean {
    return this.flags.has(name);
  }

  put(given: FlagGiven, actor: string): Promise<Result<Flag, Failure>> {
    return this.queues.run(given.name, async () => {
      const known = this.flags.get(given.name);
      if (known === undefined && this.flags.size >= FLAGS_MAX) {
        return failed({
          code: "conflict",
          issue: `there are ${FLAGS_MAX} flags already; delete some that are not used`,
        });
      }
      const gated = gatedBy(given, known);
      const [fault, ...faults] = this.faults(gated, known);
      if (fault !== undefined) return failed({ code: "validation_error", issues: [fault, ...faults] });
      const fromSequence = this.gating.nextSequence();
      const flag = { ...given, ...gated, fromSequence, updatedAt: this.now() };
      const change = { actor, action: "flag.put", target: flag.name, from: seen(known), to: seen(flag) };
      this.change(known, flag, fromSequence);
      const stored = await this.audit.record(change, [flagTable.put(flag)]);
      if (stored.ok) return ok(flag);
      this.change(flag, known, this.gating.nextSequence());
      return stored;
    });
  }

  remove(name: string, actor: string): Promise<Result<null, Failure>> {
    return this.queues.run(name, async () => {
      const known = this.flags.get(name);
      if (known === undefined) return failed({ code: "not_found", kind: "flag", id: name });
      const from = this.gating.nextSequence();
      const to = { from_sequence: from };
      const change = { actor, action: "flag.delete", target: name, from: seen(known), to };
      this.change(known, undefined, from);
      const stored = await this.audit.record(change, [flagTable.remove({ name })]);
      if (stored.ok) return ok(null);
      this.change(undefined, known, this.gating.nextSequence());
      return stored;
    });
  }

  /** A name that nobody bears would gate nothing; one that the flag has already may be of a strategy that was deleted. */
  private faults({ strategies, symbols }: Gated, known: Flag | undefined): readonly FieldIssue[] {
    const isStrategy = (id: string): boolean => this.gating.isStrategy(id) || known?.strategies.includes(id) === true;
    const issues = strategies.flatMap((name, index): FieldIssue[] => {
      const issue = strategyNameFault(name, isStrategy, true);
      return issue === null ? [] : [{ field: `strategies[${index}]`, issue }];
    });
    if (strategies.length > 0 || symbols.length === 0) return issues;
    return [{ field: "strategies", issue: "must name at least one strategy where symbols are named: it gates nobody" }];
  }

  /** Undefined: there was none, or is none any more. */
  private change(before: Flag | undefined, after: Flag | undefined, from: number): void {
    const name = after?.name ?? before?.name ?? "";
    if (after === undefined) this.flags.delete(name);
    else this.flags.set(name, after);
    const about = new Set([...(before?.strategies ?? []), ...(after?.strategies ?? [])]);
    if (about.size > 0) this.gating.changed(about, from);
  }
}

/** What is left out stays; a flag that gates nobody any more has no symbols. */
function gatedBy(given: FlagGiven, known: Flag | undefined): Gated {
  const strategies = given.strategies ?? known?.strategies ?? [];
  return { strategies, symbols: given.symbols ?? (strategies.length === 0 ? [] : (known?.symbols ?? [])) };
}

/** As the API shows it. */
function seen(flag: Flag | undefined): object | null {
  if (flag === undefined) return null;
  const { enabled, rolloutPercent, description, strategies, symbols, fromSequence } = flag;
  const gate = { strategies, symbols, from_sequence: fromSequence };
  return { enabled, rollout_percent: rolloutPercent, description, ...gate };
}
