// The report of `npm run bench:m4` as markdown, to be pasted whole. Pure, so that a test can see every verdict.
import type { Machine } from "./machine.ts";
import { figureOf, type Result } from "./result.ts";
import { time } from "./verdict.ts";

/** The product's promise: nobody waits longer, not even one in a hundred. */
export const PROMISE_NS = 8e6;
/** What the promise is about: a result, the label of its figure, and its name in plain words. */
const PROMISED = [
  { result: "fast-tier evaluation", label: "f64x2", words: "fast-tier evaluation" },
  { result: "end to end, 1,000 messages a second", label: "published to received", words: "tick to signal" },
] as const;
const RULE =
  "met: on an Apple M4 both p99, of the fast-tier evaluation and from tick to signal, are at most 8 ms; missed: one of " +
  "them is above; not decided: another processor, or one of them was not measured.";

export interface Details {
  readonly machine: Machine;
  /** As the system names them, e.g. "performance cores"; only what it tells. */
  readonly facts: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly date: string;
  readonly seconds: number;
}

export interface Verdict8Ms {
  readonly verdict: "met" | "missed" | "not decided";
  readonly reason: string;
}

export function verdictOf(cpu: string, results: readonly Result[]): Verdict8Ms {
  const told = PROMISED.map(({ result, label, words }) => {
    const found = results.find(({ name }) => name === result);
    return { words, p99: found === undefined ? undefined : figureOf(found, label)?.p99Ns };
  });
  const figures = told
    .map(({ words, p99 }) => `${words} p99 ${p99 === undefined ? "not measured" : time(p99)}`)
    .join(", ");
  if (!cpu.startsWith("Apple M4")) return { verdict: "not decided", reason: `${cpu} is no Apple M4; here: ${figures}` };
  // What is too slow is missed, whatever else was not measured; and no number is not a small one.
  if (told.some(({ p99 }) => p99 !== undefined && !(p99 <= PROMISE_NS))) return { verdict: "missed", reason: figures };
  if (told.some(({ p99 }) => p99 === undefined)) return { verdict: "not decided", reason: figures };
  return { verdict: "met", reason: figures };
}

/** `known`: fingerprints that another machine has computed, by the name of the result. `failures`: by benchmark. */
export function m4Report(
  details: Details,
  results: readonly Result[],
  failures: Readonly<Record<string, string>>,
  known: ReadonlyMap<string, string>,
): string {
  const { machine, facts, versions, date, seconds } = details;
  const { verdict, reason } = verdictOf(machine.cpu, results);
  const size = `${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.platform} ${machine.arch}`;
  const items = Object.entries({ machine: `${machine.cpu}, ${size}`, ...facts, ...versions, measured: date });
  return [
    `## Strategy Engine on ${machine.cpu}`,
    "",
    ...items.map(([name, value]) => `- ${name}: ${value}`),
    "",
    `**8 ms: ${verdict}** (${reason})`,
    "",
    `Rule: ${RULE}`,
    "",
    "| what | side | median | p99 | slowest | ratio | answer |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...results.flatMap((result) => rowsOf(result, known)),
    "",
    ...Object.entries(failures).map(([bench, why]) => `- not measured: ${bench}: ${why}`),
    `Times are of one operation. ${seconds.toFixed(0)} s in all.`,
    "",
  ].join("\n");
}

function rowsOf(result: Result, known: ReadonlyMap<string, string>): readonly string[] {
  return result.pairs.map(({ label, medianNs, p99Ns, maxNs }, place) => {
    const times = [medianNs, p99Ns, maxNs].map((ns) => (ns === undefined ? "" : time(ns)));
    const ratio = place === 0 && result.pairs.length > 1 ? `${result.ratio.toFixed(2)} x` : "";
    return `| ${[result.name, label, ...times, ratio, place === 0 ? answerOf(result, known) : ""].join(" | ")} |`;
  });
}

function answerOf({ name, fingerprint }: Result, known: ReadonlyMap<string, string>): string {
  if (fingerprint === undefined) return "";
  const expected = known.get(name);
  if (expected === undefined) return fingerprint;
  return expected === fingerprint ? `${fingerprint}, as elsewhere` : `**${fingerprint}, elsewhere ${expected}**`;
}
