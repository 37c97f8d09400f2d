// What the learning thread can be asked for. A job and its result are plain data, because they go between threads; a job
// calls `pace` as often as it can, which keeps it within its share of the processor and tells it when to stop, and asks for
// what only the main thread has: the compiler, and the way to other processes that try candidates.
import { failed, ok, type Result } from "../../domain/result.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import type { EpochUs } from "../../domain/units.ts";
import { openHistory } from "../../history/history.ts";
import {
  type Axis,
  type Compile,
  compositionSpecies,
  type EvolutionSettings,
  generate,
  type Generation,
  type GenerationHooks,
  parameterSpecies,
  RULE_EVOLUTION,
  type Species,
} from "../../learning/generation.ts";
import { chooseMarket, type MarketChoice, openTrialLedger } from "../../research/research.ts";
import type { JsonObject } from "../../store/strategies.ts";

interface AnyGeneration {
  readonly dataDir: string;
  readonly spanMs: number;
  readonly capital: number;
  readonly seed: number;
  readonly engineVersion: string;
  readonly now: EpochUs;
  readonly evolution?: EvolutionSettings;
}
/** Of parameters of one strategy. */
export interface GenerationJob extends AnyGeneration {
  readonly kind: "generation";
  readonly strategy: string;
  /** All of its parameters as they are in force. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly axes: readonly Axis[];
}
/** Of rules that read the signals of strategies. */
export interface CompositionJob extends AnyGeneration {
  readonly kind: "composition";
  /** Texts to begin with; the first one is what there is. */
  readonly founders: readonly string[];
  /** Strategies whose signals may be read. */
  readonly signals: readonly string[];
}
interface AnyGenerated {
  /** Null: it survives, else a sentence with what speaks against it. */
  readonly refusal: string | null;
  readonly evidence: JsonObject;
}
export interface GenerationResult extends AnyGenerated {
  readonly kind: "generation";
  readonly best: Readonly<Record<string, number>>;
}
export interface CompositionResult extends AnyGenerated {
  readonly kind: "composition";
  /** The text. */
  readonly best: string;
  readonly symbols: readonly string[];
}

export type LearningJob = GenerationJob | CompositionJob;
export type LearningJobResult = GenerationResult | CompositionResult;
export type Pace = () => boolean;
/** Who tries candidates as well, and who hears how far the search is. */
export type SearchHooks = Pick<GenerationHooks, "elsewhere" | "onTried">;

/** Bars of a run that has none of its own; recorded history has the bars that it has. */
const BAR_MS = 300_000;
/** Of a composition: programs take longer than what the core runs for all symbols at once. */
const COMPOSED_SYMBOLS_MAX = 8;
const COMPOSED_TRADING = { allow_short: true, careful_costs: 1 };

/** The failure is a sentence. */
export function runLearningJob(
  job: LearningJob,
  pace: Pace,
  compile: Compile,
  hooks: SearchHooks = {},
): Promise<Result<LearningJobResult, string>> {
  const search = { ...hooks, pace };
  return job.kind === "generation" ? runGeneration(job, search) : runComposition(job, search, compile);
}

/** How one search goes. */
interface Search extends SearchHooks {
  readonly pace: Pace;
}

async function runGeneration(job: GenerationJob, search: Search): Promise<Result<GenerationResult, string>> {
  const { strategy, parameters, axes, capital, engineVersion } = job;
  const market = marketOf(job, strategy);
  if (!market.ok) return market;
  const { history, symbols, from, to } = market.value;
  const request = { strategy, parameters: { ...parameters, careful_costs: 1 }, symbols, from, to, capital };
  const species = parameterSpecies(history, request, axes, { engineVersion, onProgress: () => search.pace() });
  if (!species.ok) return species;
  const made = await generated(species.value, job, search, job.evolution);
  if (!made.ok) return made;
  const { best, refusal } = made.value;
  return ok({ kind: "generation", best, refusal, evidence: evidenceOf(made.value, { symbols, from, to }) });
}

async function runComposition(
  job: CompositionJob,
  search: Search,
  compile: Compile,
): Promise<Result<CompositionResult, string>> {
  const { founders, signals, capital, engineVersion } = job;
  const market = marketOf(job, signals[0] ?? "");
  if (!market.ok) return market;
  const { history, from, to } = market.value;
  const symbols = market.value.symbols.slice(0, COMPOSED_SYMBOLS_MAX);
  const words = { name: "composition", parameters: COMPOSED_TRADING, founders, signals };
  const request = { ...words, symbols, from, to, capital };
  const species = compositionSpecies(history, request, compile, { engineVersion, onProgress: () => search.pace() });
  if (!species.ok) return species;
  const made = await generated(species.value, job, search, job.evolution ?? RULE_EVOLUTION);
  if (!made.ok) return made;
  const { best, refusal } = made.value;
  return ok({ kind: "composition", best, symbols, refusal, evidence: evidenceOf(made.value, { symbols, from, to }) });
}

function marketOf({ dataDir, spanMs }: AnyGeneration, strategy: string): Result<MarketChoice, string> {
  const type = STRATEGIES.find(({ name }) => name === strategy);
  if (type === undefined) return failed(`there is no strategy ${strategy}`);
  const recorded = openHistory(dataDir);
  if (!recorded.ok) return recorded;
  const market = chooseMarket(recorded.value, { types: [type], symbols: null, spanMs, intervalMs: BAR_MS });
  return market.source === "history" ? ok(market) : failed("there is no recorded history to try candidates on");
}

function generated<G>(
  species: Species<G>,
  { dataDir, seed, now }: AnyGeneration,
  search: Search,
  evolution?: EvolutionSettings,
): Promise<Result<Generation<G>, string>> {
  const ledger = openTrialLedger(dataDir);
  // Without its count the judge could not tell luck.
  if (!ledger.ok) return Promise.resolve(ledger);
  return generate(species, seed, { ...search, ledger: ledger.value, now }, evolution);
}

function evidenceOf<G>(
  { score, scoreNow, trials, verdict }: Generation<G>,
  read: Readonly<Record<"from" | "to", number>> & { readonly symbols: readonly string[] },
): JsonObject {
  const checks = verdict.checks.map(({ name, figure, status }) => [name, { figure, status }] as const);
  const judged = { judgement: verdict.judgement, trials_counted: verdict.trials, checks: Object.fromEntries(checks) };
  return { sharpe: score, sharpe_now: scoreNow, trials, ...read, ...judged };
}
