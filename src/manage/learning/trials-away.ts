// The learning thread's end of what other processes do for it: packs trials, hands them to the main thread and unpacks what
// comes back. In the learning thread.
import type { Elsewhere, TrialSpec, TriedElsewhere } from "../../learning/generation.ts";
import { packedTrial, unpackedTried } from "../trial-parcel.ts";
import type { TrialAnswer, TrialAsk } from "./thread-words.ts";

export interface AwayOptions {
  /** Whether somebody takes trials. */
  readonly attended: () => boolean;
  readonly post: (ask: TrialAsk) => void;
  /** Behind each answer. */
  readonly onAnswer: () => void;
}

export class TrialsAway {
  private readonly options: AwayOptions;
  private readonly asked = new Map<number, (answer: TrialAnswer) => void>();
  private count = 0;

  constructor(options: AwayOptions) {
    this.options = options;
  }

  /** For a search over the history of this folder. */
  over(dataDir: string): Elsewhere {
    return { attended: this.options.attended, try: (trial) => this.try(trial, dataDir) };
  }

  answered(answer: TrialAnswer): void {
    const done = this.asked.get(answer.trial);
    this.asked.delete(answer.trial);
    this.options.onAnswer();
    done?.(answer);
  }

  private async try(trial: TrialSpec, dataDir: string): Promise<TriedElsewhere> {
    const body = packedTrial(trial, dataDir);
    if (!body.ok) return { tried: null, again: false };
    const number = ++this.count;
    const { bytes, again } = await new Promise<TrialAnswer>((resolve) => {
      this.asked.set(number, resolve);
      this.options.post({ trial: number, body: body.value });
    });
    if (bytes === null) return { tried: null, again };
    const tried = unpackedTried(bytes);
    return tried === null ? { tried, again: false } : { tried };
  }
}
