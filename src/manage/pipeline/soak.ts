// The optional end of paper trading: the version on the live events of its symbols, in real time, for as many minutes as
// were asked for. It has to come through without a fault and without reaching one of its limits. How the market went in
// these minutes is shown and fails nobody. That no event came is no evidence: it fails where gates are strict. What is
// done here takes no thread of the trials, so no budget and no place of the pipeline counts meanwhile.
import type { Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import type { Tape } from "../../simulation/simulation.ts";
import type { Strategy } from "../registry/registry.ts";
import type { Level, ValidationMode } from "./words.ts";

export interface SoakSeen {
  /** Live events that its program was given. */
  readonly events: number;
  readonly trades: number;
  readonly pnl: number;
  readonly maxDrawdown: number;
  /** The limit that it reached; null: none. */
  readonly breach: string | null;
  /** Why its program failed; null: it did not. */
  readonly fault: string | null;
  /** Why its thread was lost, by no fault of its own; null: it was not. */
  readonly lost: string | null;
}
/** One under way. */
export interface LiveSoak {
  seen(): SoakSeen;
  /** Resolves when it cannot go on: a limit, a fault, or its thread. */
  readonly over: Promise<void>;
  /** Resolves when its thread has told the last of it; with what it saw and did, where that is known. */
  end(): Promise<{ readonly seen: SoakSeen; readonly tape: Tape | null }>;
}
/** Filled by whoever runs executions; the failure says why it cannot begin. */
export type SoakPort = (strategy: Strategy, program: CompiledStrategy) => Promise<Result<LiveSoak, string>>;

/** How far a stage is, by the names of the API. */
export interface Progress {
  readonly stage: string;
  /** 0 to 1. */
  readonly share: number;
  readonly eta_s: number;
  readonly events: number;
  readonly trades: number;
  /** As many soaks run as may at once: it has not begun. */
  readonly queued: boolean;
}

export interface SoakReport extends Omit<SoakSeen, "maxDrawdown"> {
  readonly minutes: number;
  readonly max_drawdown: number;
}

/** Told so often, but not more than twice a second. */
const TELLINGS = 20;
const TELL_MS_MIN = 500;
const TELL_MS_MAX = 10_000;
const MINUTE_MS = 60_000;

/** While it waits for its turn; `eta_s` is about what it takes from then on. */
export function queuedSoak(ms: number): Omit<Progress, "stage"> {
  return { share: 0, eta_s: Math.round(ms / 1_000), events: 0, trades: 0, queued: true };
}

export async function soak(
  live: LiveSoak,
  ms: number,
  signal: AbortSignal,
  tell: (progress: Omit<Progress, "stage">) => void,
): Promise<{ readonly report: SoakReport; readonly tape: Tape | null }> {
  const begun = performance.now();
  const every = Math.min(TELL_MS_MAX, Math.max(TELL_MS_MIN, ms / TELLINGS));
  const told = (): void => {
    const share = Math.min(1, (performance.now() - begun) / ms);
    const { events, trades } = live.seen();
    tell({ share, eta_s: Math.round(((1 - share) * ms) / 1_000), events, trades, queued: false });
  };
  told();
  const timer = setInterval(told, every);
  let whole: NodeJS.Timeout | undefined;
  try {
    const wanted = new Promise<void>((resolve) => {
      whole = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    await Promise.race([wanted, live.over]);
  } finally {
    clearTimeout(whole);
    clearInterval(timer);
  }
  const minutes = Math.min(ms, performance.now() - begun) / MINUTE_MS;
  const { seen, tape } = await live.end();
  const { maxDrawdown, ...rest } = seen;
  return { report: { minutes: Math.round(minutes * 1e4) / 1e4, ...rest, max_drawdown: maxDrawdown }, tape };
}

/** Why it did not come through; null: it did. */
export function judgeSoak(
  { events, trades, breach, fault, lost }: SoakReport,
  mode: ValidationMode,
  log: (level: Level, message: string) => void,
): string | null {
  if (lost !== null) return lost;
  if (fault !== null) return `on live events it failed: ${fault}`;
  if (breach !== null) return `on live events it reached a limit: ${breach}`;
  if (events > 0) {
    log("info", `on ${events} live events it made ${trades} fills`);
    return null;
  }
  const nothing = "no live event of its symbols came: nothing was seen";
  if (mode === "strict") return nothing;
  log("warning", nothing);
  return null;
}
