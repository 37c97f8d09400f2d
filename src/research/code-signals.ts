// The decisions of a user's strategy over a part of the tape, in the words of the look-ahead analysis. Code has no way to
// the rows that come later, so what the analysis can find here is a strategy that is told of them from outside, or one that
// does not decide the same twice; what its text knows of the past by heart is another matter (code-tests.ts).
import { failed, ok, type Result } from "../domain/result.ts";
import type { EpochUs } from "../domain/units.ts";
import type { History, Span } from "../history/history.ts";
import type { CompiledStrategy } from "../sandbox/sandbox.ts";
import type { CodeRequest } from "./code-request.ts";
import { type CodeFailure, runCode } from "./code-run.ts";
import {
  lookAheadFault,
  type LookAheadFault,
  type SignalTape,
  type SignalTold,
  type WarmUp,
  warmUpOf,
} from "./look-ahead.ts";

/** Turns a span into decisions; what is no span stays as in the request. */
export type CodeSource = (span: Span) => Promise<Result<SignalTape, CodeFailure>>;

export function codeSource(history: History, request: CodeRequest, compiled: CompiledStrategy): CodeSource {
  return async (span) => {
    const signals: SignalTold[] = [];
    const run = await runCode(history, { ...request, ...span }, compiled, {
      onDecision: ({ event, time, symbol, action, ...levels }) =>
        signals.push({
          event,
          time,
          whole: [event, action, symbol, ...Object.values(levels)].join(),
          gist: [time, symbol, action].join(),
        }),
    });
    if (!run.ok) return run;
    const { events } = run.value;
    return ok({ signals, events, rows: events });
  };
}

/** One fault for each cut that has one. */
export async function codeLookAhead(
  source: CodeSource,
  cuts: readonly EpochUs[],
): Promise<Result<readonly LookAheadFault[], CodeFailure>> {
  const whole = await source({});
  if (!whole.ok) return whole;
  const faults: LookAheadFault[] = [];
  for (const cut of cuts) {
    const part = await source({ to: cut });
    // A strategy that fails only where the tape is shorter knows how long it is.
    if (!part.ok && part.failure.code === "no_data") continue;
    if (!part.ok) return part;
    const fault = lookAheadFault(whole.value, part.value, cut);
    if (fault !== null) faults.push(fault);
  }
  return ok(faults);
}

/** `starts`: moments at which the tape begins later; `end`: that of the whole. */
export async function codeWarmUp(
  source: CodeSource,
  starts: readonly EpochUs[],
  end: EpochUs,
): Promise<Result<WarmUp, CodeFailure>> {
  const whole = await source({});
  if (!whole.ok) return whole;
  const parts: { from: EpochUs; tape: SignalTape }[] = [];
  for (const from of starts) {
    const tape = await source({ from });
    if (!tape.ok) return failed(tape.failure);
    parts.push({ from, tape: tape.value });
  }
  return ok(warmUpOf(whole.value, parts, end));
}
