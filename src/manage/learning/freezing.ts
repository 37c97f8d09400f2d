// The switch that freezes learning. Frozen is in force at once and then stored; the way back is stored and then in force,
// unless somebody froze it meanwhile. What is stored stands in one queue, so the store ends with the last wish. Main
// thread only; times are microseconds of the wall clock.
import type { Failure } from "../../domain/failure.ts";
import { ok, type Result } from "../../domain/result.ts";
import { learningStateTable } from "../../store/learning.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Audit } from "../oversight/oversight.ts";
import { Queues } from "../queues.ts";
import type { ChangeBook } from "./book.ts";

export interface FreezingOptions {
  readonly audit: Pick<Audit, "record">;
  readonly now: () => number;
  readonly book: Pick<ChangeBook, "frozen" | "freeze">;
  /** What is under way is ended. */
  readonly onFrozen: () => void;
}

export const FROZEN = "frozen";

export class Freezing {
  private readonly options: FreezingOptions;
  private readonly queues = new Queues();
  /** What the next start will find. */
  private stored = false;
  /** Wishes to freeze. */
  private freezes = 0;

  constructor(options: FreezingOptions) {
    this.options = options;
  }

  restore(kept: JsonObject | null): void {
    this.stored = kept?.["frozen"] === true;
    this.options.book.frozen = this.stored;
  }

  set(frozen: boolean, actor: string): Promise<Result<null, Failure>> {
    const { audit, now, book, onFrozen } = this.options;
    if (frozen) this.freezes += 1;
    if (frozen && !book.frozen) {
      book.freeze(true);
      onFrozen();
    }
    const freezes = this.freezes;
    return this.queues.run(FROZEN, async () => {
      const before = frozen ? this.stored : book.frozen;
      if (this.stored === frozen && before === frozen) return ok(null);
      const row = learningStateTable.put({ name: FROZEN, value: { frozen, by: actor }, updatedAt: now() });
      const action = frozen ? "learning.freeze" : "learning.unfreeze";
      const done = await audit.record({ actor, action, target: "learning", from: before, to: frozen }, [row]);
      if (!done.ok) return done;
      this.stored = frozen;
      if (!frozen && this.freezes === freezes) book.freeze(false);
      return ok(null);
    });
  }
}
