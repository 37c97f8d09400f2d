// `strategy-engine lookahead FOLDER`: the two questions for a strategy of the user's. Its code has no way to later rows, so
// what can be found is parameters that were taken from the whole tape, and a strategy that does not decide the same twice.
import { Random } from "../../domain/random.ts";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { History } from "../../history/history.ts";
import { count, Progress, styled } from "../text.ts";
import { compiledOrShown } from "./compile.ts";
import { readProject, symbolsOf } from "./project.ts";

export interface LookAheadAsked {
  readonly symbols: readonly string[] | null;
  readonly days: number;
  readonly cuts: number;
  /** Null: a made-up market. */
  readonly recorded: History | null;
}

export interface Examined {
  readonly faults: number;
  /** Signals, cuts, verdict, after how many rows it is settled. */
  readonly cells: readonly string[];
  readonly name: string;
}

const DAY_MS = 86_400_000;
const SYNTHETIC_BAR_MS = 300_000;
const STARTS = 3;
const SEED = 1;

/** The failure is a sentence. */
export async function examinedProject(folder: string, asked: LookAheadAsked): Promise<Result<Examined, string>> {
  const read = readProject(folder);
  if (!read.ok) return read;
  const project = read.value;
  const compiled = await compiledOrShown(project);
  if (!compiled.ok) return compiled;
  const research = await import("../../research/research.ts");
  const symbols = asked.symbols ?? symbolsOf(project);
  const wanted = {
    types: [{ legs: [1, 1] as const }],
    symbols,
    spanMs: asked.days * DAY_MS,
    intervalMs: SYNTHETIC_BAR_MS,
  };
  const market = research.chooseMarket(asked.recorded, wanted);
  if (asked.recorded !== null && market.source === "synthetic")
    return failed("a symbol with 200 bars of history is needed; --symbols names it, --synthetic needs none");
  const { from, to } = market;
  const { name, parameters, riskLimits } = project;
  const request = { name, parameters, riskLimits, symbols: market.symbols, from, to, capital: 100_000 };
  const source = research.codeSource(market.history, request, compiled.value.strategy);
  const random = new Random(SEED);
  const progress = new Progress();
  progress.show("looking");
  const whole = await source({});
  const ahead = await research.codeLookAhead(source, research.momentsBetween(from, to, asked.cuts, random));
  const starts = research.momentsBetween(from, from + (to - from) / 2, STARTS, random);
  const warm = await research.codeWarmUp(source, starts, to);
  progress.clear();
  for (const one of [whole, ahead, warm]) if (!one.ok) return failed(research.explainRun(one.failure));
  if (!whole.ok || !ahead.ok || !warm.ok) return failed("it could not be run");
  const faults = ahead.value.length;
  const signals = whole.value.signals.length;
  const verdict = faults > 0 ? styled("red", `in ${faults} of ${asked.cuts}`) : "none";
  const { rows } = warm.value;
  const after = signals === 0 ? "no signals" : rows === null ? "not within the data" : `${count(rows)} rows`;
  return ok({ faults, name, cells: [count(signals), count(asked.cuts), verdict, after] });
}
