// Tells of the thresholds that the core has moved by itself: looks at each learning beat how often it has moved which, and
// puts every difference into the history of learning, with the outcomes that it went by. What was told is kept, so that
// neither a restart nor a beat that was left out costs a line; several moves of one threshold since are told as one.
import type { CoreThreshold } from "../../domain/learned.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Learner, LearningContext } from "./learner.ts";

/** Of a strategy by its code, one for each class of regimes; null: there is no stream. */
export type ReadThresholds = (strategy: number) => readonly CoreThreshold[] | null;

interface Told {
  readonly quality: number;
  readonly changes: number;
}

/** By class of regimes. */
const WHERE = ["in ranging, calm and unknown markets", "in trending markets", "in volatile markets"];
const LOSE = "those that are published with the least confidence lose: fewer of them are let through";
const PAY = "those that are published with the least confidence pay: more of them are let through";
const SILENT =
  "nothing has closed there for a week, nor for as long as twenty outcomes used to take: half of the way back to where it began";
const WORDS = ["other", "trending", "volatile"];

export class ThresholdTeller implements Learner {
  readonly name = "thresholds";
  private readonly read: ReadThresholds;
  private readonly told = new Map<string, Told>();

  constructor(read: ReadThresholds) {
    this.read = read;
  }

  restore(kept: JsonObject | null): void {
    for (const [key, told] of Object.entries(kept?.["told"] ?? {})) this.told.set(key, told as Told);
  }

  async cycle(context: LearningContext): Promise<void> {
    let changed = false;
    for (const { code, name } of STRATEGIES) {
      for (const [index, now] of (this.read(code) ?? []).entries()) {
        const key = `${name}:${WORDS[index]}`;
        const { changes, quality } = this.told.get(key) ?? { quality: now.before, changes: 0 };
        if (now.changes > changes) {
          if (!(await this.tell(context, name, index, quality, now))) break; // it is told at the next beat
          changed = true;
        }
        // From the first look on, so that after a restart it is known from where a threshold has moved.
        if (!this.told.has(key)) changed = true;
        // Without a move of the core's own it was set by hand, which others tell of.
        this.told.set(key, { quality: now.quality, changes: now.changes });
      }
    }
    if (changed) await context.keep({ told: Object.fromEntries(this.told) });
  }

  private async tell(
    context: LearningContext,
    strategy: string,
    index: number,
    from: number,
    { quality, wins, outcomes, changes }: CoreThreshold,
  ): Promise<boolean> {
    const won = `${wins} of ${outcomes} closed outcomes ${WHERE[index]} won`;
    const noted = await context.note({
      target: { kind: "threshold", strategy, name: "min_signal_quality" },
      from,
      to: quality,
      reason: outcomes === 0 ? SILENT : `${won}, and ${quality > from ? LOSE : PAY}`,
      evidence: { regimes: WORDS[index] ?? "", wins, outcomes, changes },
    });
    return noted.ok;
  }
}
