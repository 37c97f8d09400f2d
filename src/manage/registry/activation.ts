// The data plane's side of registered strategies: brings their instances to what the registry says, and goes on trying
// where it cannot be done now (the ring is full, the stream is being replaced, a leg was never seen). Nothing is lost
// by a crash in between: at every start `reconcile` compares the table of the core with the registry.
import { explain, type Failure } from "../../domain/failure.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import { ownerMark, type Roster } from "../../stream/stream.ts";
import type { Log } from "../../telemetry/log.ts";
import { choiceOf, wantedInstances } from "./builtin.ts";
import type { Strategy } from "./strategy.ts";

/** What activation needs of a stream. */
export interface CorePlane {
  readonly roster: Pick<Roster, "bring" | "drop" | "retain">;
  /** Everything written so far was evaluated, so the ring has room again. */
  evaluated(): Promise<void>;
  /** Why a full ring will not have room again; null while it can. */
  readonly blocked: string | null;
}

export interface ActivationOptions {
  /** The stream of the moment; null before there is one. */
  readonly plane: () => CorePlane | null;
  /** The strategy as it is now; null: it was deleted. */
  readonly strategy: (strategyId: string) => Strategy | null;
  /** Told of a strategy that is not in the core as it should be, where no request is answered with that. */
  readonly onFault?: (strategyId: string, error: string) => void;
  readonly log: Log;
  readonly retryMs?: number;
}

const RETRY_MS = 1_000;
/** These pass by themselves. */
const PASSING: ReadonlySet<Failure["code"]> = new Set(["overloaded", "restarting", "shutting_down"]);

export class Activation {
  private readonly options: ActivationOptions;
  private readonly marks = new Map<number, string>();
  /** Strategies whose instances are not yet what they should be. */
  private readonly behind = new Set<string>();
  /** Why strategies are not in the core as they should be. */
  private readonly faults = new Map<string, string>();
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(options: ActivationOptions) {
    this.options = options;
  }

  /** The strategy of an instance's mark. */
  readonly ownerName = (mark: number): string | null => this.marks.get(mark) ?? null;

  /** Whether the id can be told from those of all others by its marks. */
  isDistinct(strategyId: string, type: string): boolean {
    return marksOf(strategyId, type).every((mark) => !this.marks.has(mark));
  }

  know({ strategyId, implementation }: Strategy): void {
    if (implementation !== null)
      for (const mark of marksOf(strategyId, implementation)) this.marks.set(mark, strategyId);
  }

  fault(strategyId: string): string | null {
    return this.faults.get(strategyId) ?? null;
  }

  /** Its instances become what the strategy wants. A failure is one that does not pass by itself. */
  apply(strategyId: string): Result<void, Failure> {
    const plane = this.options.plane();
    const done: Result<boolean, Failure> = plane === null ? ok(false) : this.bring(plane.roster, strategyId);
    this.faults.delete(strategyId);
    if (done.ok && done.value) {
      this.behind.delete(strategyId);
      return ok(undefined);
    }
    if (!done.ok && !PASSING.has(done.failure.code)) {
      this.behind.delete(strategyId);
      this.faults.set(strategyId, explain(done.failure));
      return done;
    }
    this.behind.add(strategyId);
    this.wake();
    return ok(undefined);
  }

  /** Before a stream takes ticks: the rows of nobody go, those that are missing come. */
  async reconcile(plane: CorePlane, strategies: Iterable<Strategy>): Promise<void> {
    await this.withRoom(plane, () => plane.roster.retain(new Set(this.marks.keys())));
    for (const { strategyId } of strategies) {
      const done = await this.withRoom(plane, () => this.bring(plane.roster, strategyId));
      this.faults.delete(strategyId);
      if (!done.ok) {
        this.faults.set(strategyId, explain(done.failure));
        this.complain(strategyId, done.failure);
      } else if (!done.value) this.behind.add(strategyId);
    }
    this.wake();
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** False: something is still to come. */
  private bring(roster: CorePlane["roster"], strategyId: string): Result<boolean, Failure> {
    const strategy = this.options.strategy(strategyId);
    if (strategy === null) return this.forget(roster, strategyId);
    if (strategy.implementation === null) return ok(true);
    const wanted = wantedInstances(strategy);
    const names = new Set(wanted.map(({ type }) => type));
    const unwanted = STRATEGIES.map(({ name }) => name).filter((name) => !names.has(name));
    const dropped = roster.drop(strategyId, unwanted);
    if (!dropped.ok) return dropped;
    let whole = true;
    for (const one of wanted) {
      const presence = roster.bring(one);
      if (!presence.ok) return presence;
      if (presence.value === "waiting") whole = false;
    }
    return ok(whole);
  }

  private forget(roster: CorePlane["roster"], strategyId: string): Result<boolean, Failure> {
    const dropped = roster.drop(strategyId);
    if (!dropped.ok) return dropped;
    this.faults.delete(strategyId);
    for (const [mark, owner] of this.marks) if (owner === strategyId) this.marks.delete(mark);
    return ok(true);
  }

  private async withRoom<T>(plane: CorePlane, act: () => Result<T, Failure>): Promise<Result<T, Failure>> {
    for (;;) {
      const done = act();
      if (done.ok || done.failure.code !== "overloaded") return done;
      if (plane.blocked !== null) return failed({ code: "overloaded", what: plane.blocked });
      await plane.evaluated();
      await new Promise((resolve) => setTimeout(resolve, 1)); // the journal may be what has no room
    }
  }

  private wake(): void {
    if (this.timer !== null || this.closed || this.behind.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      for (const strategyId of this.behind) {
        const done = this.apply(strategyId);
        if (!done.ok) this.complain(strategyId, done.failure);
      }
      this.wake();
    }, this.options.retryMs ?? RETRY_MS);
    this.timer.unref();
  }

  private complain(strategyId: string, failure: Failure): void {
    this.options.log.error("a registered strategy could not be brought into the core", { strategyId, failure });
    this.options.onFault?.(strategyId, explain(failure));
  }
}

function marksOf(strategyId: string, implementation: string): readonly number[] {
  return (choiceOf(implementation)?.types ?? []).map(({ name }) => ownerMark(strategyId, name));
}
