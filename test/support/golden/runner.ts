// Puts every golden case of a folder to the engine. A case ends as one of
//   passed         every recorded value agrees within its tolerance
//   failed         a value does not, or the case, its file or its data cannot be read, or the engine stopped
//   missing        the engine lacks the call, a parameter or a field; what it does answer must agree all the same
//   inapplicable   no engine of this kind would answer; the reason is given
import { adapterOf, Doubtful, Missing, NotApplicable, Partly } from "./adapter.ts";
import { ADAPTERS } from "./adapters.ts";
import { corrected, correctionsOf, type Correction } from "./corrections.ts";
import { compare, type Difference } from "./compare.ts";
import type { GoldenData } from "./data.ts";
import type { Engine } from "./engine.ts";
import { goldenNames, readGoldenFile, type GoldenCase, type GoldenFile, type Tolerance } from "./format.ts";

export type Verdict = "passed" | "failed" | "missing" | "inapplicable";
export interface CaseResult {
  readonly name: string;
  readonly call: string;
  readonly verdict: Verdict;
  /** Largest error in units of what is allowed; NaN where nothing was compared. */
  readonly worst: number;
  readonly differences: readonly Difference[];
  /** Why it is missing or inapplicable, or what stopped it. */
  readonly reason: string;
}
export interface FileResult {
  readonly file: string;
  readonly cases: readonly CaseResult[];
  /** Recorded values that were not used, because they are known to be wrong. */
  readonly corrections: readonly Correction[];
  /** Why the file could not be read at all: counts as one failure. */
  readonly unreadable?: string;
}

export function runFolder(folder: string, data: GoldenData, engine: Engine): readonly FileResult[] {
  return goldenNames(folder).map((name) => {
    let file: GoldenFile;
    try {
      file = readGoldenFile(folder, name);
    } catch (error) {
      return { file: name, cases: [], corrections: [], unreadable: messageOf(error) };
    }
    const corrections = file.cases.flatMap((golden) => correctionsOf(name, golden));
    const cases = file.cases.map((golden) => runCase(corrected(name, golden), data, engine));
    return { file: name, cases, corrections };
  });
}

export function runCase(golden: GoldenCase, data: GoldenData, engine: Engine): CaseResult {
  const { name, call } = golden;
  const silent = { name, call, worst: Number.NaN, differences: [] };
  try {
    const adapter = adapterOf(golden, ADAPTERS);
    engine.arena.reset();
    const answer = adapter.answer({ engine, data, golden });
    const { values, lacks } = answer instanceof Doubtful ? settled(golden, answer) : partsOf(answer);
    const { worst, differences } = compare(golden, values, Object.keys(lacks));
    const open = Object.entries(lacks).map(([field, reason]) => `${field}: ${reason}`);
    const verdict = differences.length > 0 ? "failed" : open.length > 0 ? "missing" : "passed";
    return { name, call, verdict, worst, differences, reason: open.join("; ") };
  } catch (error) {
    const reason = messageOf(error);
    if (error instanceof Missing) return { ...silent, verdict: "missing", reason };
    if (error instanceof NotApplicable) return { ...silent, verdict: "inapplicable", reason };
    return { ...silent, verdict: "failed", reason };
  }
}

function partsOf(answer: unknown): Pick<Partly, "values" | "lacks"> {
  return answer instanceof Partly ? answer : { values: answer, lacks: {} };
}

/** What is in doubt counts as lacking where the tolerance alone does not hold, but the tolerance with the bound does. */
function settled(golden: GoldenCase, { values, bounds, reason }: Doubtful): Pick<Partly, "values" | "lacks"> {
  const strict = compare(golden, values).differences.map(({ field }) => field);
  const { abs = 0, rel = 0 } = golden.tolerance as Tolerance;
  const loose = Object.entries(bounds).map(([field, bound]) => [field, { abs: abs + bound, rel }] as const);
  const wide = { ...golden, tolerance: { ...golden.tolerance, ...Object.fromEntries(loose) } };
  const beyond = compare(wide, values).differences.map(({ field }) => field);
  const open = Object.keys(bounds).filter((field) => strict.includes(field) && !beyond.includes(field));
  return { values, lacks: Object.fromEntries(open.map((field) => [field, reason])) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
