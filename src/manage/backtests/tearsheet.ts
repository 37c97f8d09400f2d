// The page of a run that was asked for over the API: the one that `strategy-engine report --html` writes, made in the thread
// that has the whole outcome, because the stored result is a part of it. Kept and carried gzipped, at most PAGE_BYTES_MAX
// when unpacked: with JOBS=redis it comes from another process. A run whose page cannot be made has its result all the same.
import { promisify } from "node:util";
import { gunzip, gzipSync } from "node:zlib";
import { failed, ok, type Result } from "../../domain/result.ts";
import { type Outcome, type PriceLine, resultHashOf, tearsheet, type Verdict } from "../../research/research.ts";

/** Or why there is none. */
export type Page = Result<Uint8Array, string>;

/** A hundred times a large one: its lists and curves have a most. */
export const PAGE_BYTES_MAX = 32 * 1024 ** 2;
const unzip = promisify(gunzip);

/** `whole`: what the outcomes come to together. */
export function tearsheetOf(
  outcomes: readonly Outcome[],
  whole: Outcome,
  prices: readonly PriceLine[],
  verdict: Verdict,
): Page {
  try {
    const outcome = outcomes.length === 1 ? whole : named(outcomes, whole);
    const page = Buffer.from(tearsheet({ outcome, prices, verdict }));
    if (page.length > PAGE_BYTES_MAX) return failed(`it has ${page.length} bytes, more than ${PAGE_BYTES_MAX}`);
    return ok(gzipSync(page));
  } catch (error) {
    return failed(messageOf(error));
  }
}

/** As HTML. */
export async function readTearsheet(page: Uint8Array): Promise<Page> {
  try {
    return ok(await unzip(page, { maxOutputLength: PAGE_BYTES_MAX }));
  } catch (error) {
    return failed(messageOf(error));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

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
