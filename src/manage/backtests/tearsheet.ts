// The page of a run that was asked for over the API: the one that `strategy-engine report --html` writes, made in the thread
// that has the whole outcome, because the stored result is a part of it. Kept and carried gzipped.
import { promisify } from "node:util";
import { gunzip, gzipSync } from "node:zlib";
import { type Outcome, type PriceLine, resultHashOf, tearsheet, type Verdict } from "../../research/research.ts";

/** `whole`: what the outcomes come to together. */
export function tearsheetOf(
  outcomes: readonly Outcome[],
  whole: Outcome,
  prices: readonly PriceLine[],
  verdict: Verdict,
): Uint8Array {
  const outcome = outcomes.length === 1 ? whole : named(outcomes, whole);
  return gzipSync(tearsheet({ outcome, prices, verdict }));
}

export const readTearsheet: (page: Uint8Array) => Promise<Uint8Array> = promisify(gunzip);

/** Several types with a part of the capital each: the page names all of them, and the result's hash is of their sum. */
function named(outcomes: readonly Outcome[], whole: Outcome): Outcome {
  const statements = outcomes.map(({ statement }) => statement);
  const parameters = statements.flatMap(({ strategy, parameters: own }) =>
    Object.entries(own).map(([name, value]) => [`${strategy}: ${name}`, value] as const),
  );
  return {
    ...whole,
    statement: {
      ...whole.statement,
      strategy: statements.map(({ strategy }) => strategy).join(" + "),
      parameters: Object.fromEntries(parameters),
      parameterHash: statements.map(({ parameterHash }) => parameterHash).join(", "),
    },
    events: outcomes.reduce((sum, { events }) => sum + events, 0),
    signals: outcomes.reduce((sum, { signals }) => sum + signals, 0),
    signalHash: outcomes.map(({ signalHash }) => signalHash).join(", "),
    resultHash: resultHashOf(whole.trades, whole.equity),
  };
}
