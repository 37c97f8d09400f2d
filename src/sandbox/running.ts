// A user's strategy at work, whatever it is written in.
import type { Result } from "../domain/result.ts";
import type { Decision, MarketEvent, StrategyFault } from "./strategy-module.ts";

/** One running strategy: of one execution, or of one run over history. */
export interface Program {
  /** After a fault it answers nothing but that fault. */
  decide(event: MarketEvent): Result<Decision | null, StrategyFault>;
  /** Of the last event. */
  usage?(): Usage | undefined;
  /** What it holds now; nothing once it is closed or has failed. */
  readonly bytes: number;
  close(): void;
}

export interface Usage {
  /** What it holds, of what it may hold. */
  readonly memoryBytes: number;
  /** Of the work that one event may cost, 0 to 1. */
  readonly work: number;
}
