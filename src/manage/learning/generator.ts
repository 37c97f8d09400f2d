// The learner that generates: in turn it has the learning thread look for better parameters of a strategy, or for better
// rules over its signals and those of the others, over recorded history (src/learning/generation.ts), and proposes what
// survives. It deploys nothing: with GENERATOR_POLICY=propose approved parameters become a change of the engine's own
// instance, with `canary` a strategy of their own that goes through the pipeline and is rolled out as a canary; approved
// rules become a strategy that goes through the pipeline and waits there once more, with either. With `off` nothing is
// generated. Only strategies of one symbol that live on trades are tried, because recorded history is bars.
import { READABLE } from "../../domain/program-signals.ts";
import { STRATEGIES, type StrategyType } from "../../domain/strategies.ts";
import { founderOf } from "../../learning/generation.ts";
import type { Log } from "../../telemetry/log.ts";
import type { JsonObject } from "../../store/strategies.ts";
import { COMPOSITION, type ComposedStrategy } from "./composer.ts";
import type { CompositionResult, GenerationJob, GenerationResult, LearningJobResult } from "./jobs.ts";
import type { Learner, LearningContext, LearningProposal } from "./learner.ts";
import { type LearningTarget, roomOf } from "./target.ts";
import type { FromLearning } from "./thread-words.ts";
import type { LearningThread } from "./work.ts";

export type GeneratorPolicy = "off" | "propose" | "canary";

export interface GeneratorOptions {
  readonly policy: GeneratorPolicy;
  readonly thread: Pick<LearningThread, "run" | "busy">;
  /** With the recorded history; null: there is none, so nothing is generated. */
  readonly dataDir: string | null;
  readonly engineVersion: string;
  readonly log: Log;
  /** Rules that somebody has composed, best first. */
  readonly founders?: () => readonly string[];
}

type JobFrame = Pick<GenerationJob, "dataDir" | "spanMs" | "capital" | "seed" | "engineVersion" | "now">;
interface Turn {
  readonly kind: "parameters" | "composition";
  readonly type: StrategyType;
}

export const CANARY = "canary";
const US_PER_HOUR = 3_600_000_000;
/** Of the engine clock, from one strategy to the next. */
const EVERY_US = US_PER_HOUR;
const SPAN_MS = 90 * 86_400_000;
const CAPITAL = 10_000;
const SEEDS = 2 ** 31;
const CANDIDATES: readonly StrategyType[] = STRATEGIES.filter(
  ({ built, legs, inputs }) => built && legs[1] === 1 && inputs.every((input) => input === "trade"),
);

/** Of composed texts that a search begins with besides the strategy itself. */
const FOUNDERS_MAX = 3;
const TURNS: readonly Turn[] = CANDIDATES.flatMap((type): readonly Turn[] => [
  { kind: "parameters", type },
  ...(READABLE.includes(type.name) ? [{ kind: "composition", type } as const] : []),
]);

export class Generator implements Learner {
  readonly name = "generator";
  private readonly options: GeneratorOptions;
  /** Of TURNS. */
  private place = 0;
  private begunAt = -Infinity;
  private running = false;

  constructor(options: GeneratorOptions) {
    this.options = options;
  }

  restore(kept: JsonObject | null): void {
    const { place, begun_at: begunAt } = kept ?? {};
    if (typeof place === "number") this.place = place;
    if (typeof begunAt === "number") this.begunAt = begunAt;
  }

  cycle(context: LearningContext): void {
    const { policy, dataDir, thread } = this.options;
    const due = context.now - this.begunAt >= EVERY_US;
    if (policy === "off" || dataDir === null || context.frozen || this.running || !due || thread.busy > 0) return;
    const turn = TURNS[this.place % TURNS.length];
    if (turn === undefined) return;
    this.place = (this.place + 1) % TURNS.length;
    this.begunAt = context.now;
    this.running = true;
    void this.turn(turn, dataDir, context).finally(() => {
      this.running = false;
    });
  }

  private async turn({ kind, type }: Turn, dataDir: string, context: LearningContext): Promise<void> {
    const { engineVersion } = this.options;
    await context.keep({ place: this.place, begun_at: this.begunAt });
    const job = { dataDir, spanMs: SPAN_MS, capital: CAPITAL, engineVersion, now: context.now };
    const whole = { ...job, seed: context.random.integer(SEEDS) };
    await (kind === "parameters" ? this.parameters(type, whole, context) : this.rules(type, whole, context));
  }

  private async parameters(type: StrategyType, job: JobFrame, context: LearningContext): Promise<void> {
    const names = type.parameters.map(({ name }) => name);
    const parameters = context.valueOf({ kind: "parameters", strategy: type.name, names });
    if (parameters === null || typeof parameters !== "object" || Array.isArray(parameters)) return;
    const now = parameters as Readonly<Record<string, number>>;
    const axes = roomOf(type, now);
    const made = await this.options.thread.run({
      ...job,
      kind: "generation",
      strategy: type.name,
      parameters: now,
      axes,
    });
    const found = this.told(type, made);
    if (found?.kind === "generation") await this.propose(this.proposalOf(type, now, found), context);
  }

  private async rules(type: StrategyType, job: JobFrame, context: LearningContext): Promise<void> {
    const { thread, founders: composed = () => [] } = this.options;
    const founders = [founderOf(type.name), ...composed().slice(0, FOUNDERS_MAX)];
    const signals = [type.name, ...READABLE.filter((name) => name !== type.name)];
    const made = await thread.run({ ...job, kind: "composition", founders, signals });
    const found = this.told(type, made);
    if (found?.kind === "composition") await this.propose(composedProposal(type, found), context);
  }

  /** Null: nothing survived. */
  private told(type: StrategyType, made: FromLearning): LearningJobResult | null {
    const { log } = this.options;
    if (!made.ok) {
      log.info("no candidates were generated", { strategy: type.name, reason: made.failure });
      return null;
    }
    const { kind, refusal, evidence } = made.value;
    log.info("candidates were generated", { kind, strategy: type.name, refusal, ...evidence });
    return refusal === null ? made.value : null;
  }

  private async propose(proposal: LearningProposal, context: LearningContext): Promise<void> {
    const proposed = await context.propose(proposal);
    if (!proposed.ok) this.options.log.info("a survivor could not be proposed", { reason: proposed.failure });
  }

  private proposalOf(
    type: StrategyType,
    now: Readonly<Record<string, number>>,
    made: GenerationResult,
  ): LearningProposal {
    const { best, evidence } = made;
    const names = Object.keys(best).filter((name) => best[name] !== now[name]);
    const only = (values: Readonly<Record<string, number>>) =>
      Object.fromEntries(names.map((name) => [name, values[name] ?? 0]));
    const reason = reasonOf(evidence);
    if (this.options.policy === "canary") {
      const words = { subject: type.name, what: names.join(","), strategy: type.name };
      // A strategy of its own falls back to the catalogue where it is told nothing, and what was judged is all of them.
      return { kind: CANARY, ...words, from: now, to: { ...now, ...best }, reason, evidence };
    }
    const target: LearningTarget = { kind: "parameters", strategy: type.name, names };
    return { target, to: only(best), reason, evidence };
  }
}

/** Each strategy has one program that the generator made of it; a later one is a new version. */
function composedProposal({ name }: StrategyType, made: CompositionResult): LearningProposal {
  const { best, symbols, evidence } = made;
  const to: ComposedStrategy = {
    name: `rules over ${name}`,
    code: best,
    parameters: { symbols, allow_short: true },
  };
  const words = { subject: `generated:${name}`, what: "rules", strategy: name, from: founderOf(name), to };
  return { kind: COMPOSITION, ...words, reason: reasonOf(evidence), evidence };
}

function reasonOf(evidence: JsonObject): string {
  const [sharpe, before] = [rounded(evidence["sharpe"]), rounded(evidence["sharpe_now"])];
  return (
    `Sharpe ratio ${sharpe} instead of ${before} over recorded history after careful costs, the best of ` +
    `${String(evidence["trials"])} candidates; luck and overfitting do not explain it`
  );
}

function rounded(value: unknown): string {
  return typeof value === "number" ? value.toFixed(2) : "none";
}
