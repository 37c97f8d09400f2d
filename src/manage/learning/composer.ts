// The learner that composes: it keeps the outcomes of those strategies whose signals a program may read, looks once a day of
// the engine clock for pairs that earn in different regimes and do not win and lose together (src/learning/composition.ts),
// and proposes them as texts of rules. It changes nothing: an approved proposal becomes a strategy with a pipeline
// (composition-carrier.ts), whose stages judge it like anybody's. Main thread only; times are microseconds.
import { READABLE } from "../../domain/program-signals.ts";
import { type Regime, REGIMES } from "../../domain/regime.ts";
import { type Composition, proposeCompositions } from "../../learning/composition.ts";
import { Workbench } from "../../learning/models.ts";
import type { Outcome } from "../../learning/outcome.ts";
import type { JsonObject } from "../../store/strategies.ts";
import type { Learner, LearningContext, LearningProposal } from "./learner.ts";

export const COMPOSITION = "composition";

/** What a carrier needs to make the strategy. */
export interface ComposedStrategy {
  readonly name: string;
  readonly code: string;
  readonly parameters: JsonObject;
}

const EVERY_US = 86_400e6;
/** The newest; beyond that the oldest go. */
export const OUTCOMES_MAX = 4_000;
/** At a time: proposals are for people to read. */
const PROPOSED_MAX = 3;
const SEED = 8;
const SIDES = [1, -1] as const;
const ENDS = ["target", "stop", "time", "exit"] as const;
const SOURCES = ["signal", "execution"] as const;

export class Composer implements Learner {
  readonly name = "composer";
  private outcomes: Outcome[] = [];
  private looked = -Infinity;
  private looks = 0;
  private bench: Workbench | null = null;
  /** There is something new since the last look. */
  private fresh = false;
  private readonly proposes: boolean;
  private texts: readonly string[] = [];

  /** `proposes`: GENERATOR_POLICY is not off. */
  constructor(proposes = true) {
    this.proposes = proposes;
  }

  /** Of what it found when it last looked, best first. */
  get found(): readonly string[] {
    return this.texts;
  }

  onOutcome(outcome: Outcome): void {
    if (!READABLE.includes(outcome.strategy) || outcome.regime === "unknown") return;
    this.outcomes.push(outcome);
    if (this.outcomes.length >= OUTCOMES_MAX + OUTCOMES_MAX / 8) this.outcomes = this.outcomes.slice(-OUTCOMES_MAX);
    this.fresh = true;
  }

  restore(kept: JsonObject | null): void {
    const { looked, looks, rows, texts } = kept ?? {};
    if (Array.isArray(texts)) this.texts = texts.filter((text) => typeof text === "string");
    if (typeof looks === "number") this.looks = looks;
    if (typeof looked === "number") this.looked = looked;
    if (Array.isArray(rows)) this.outcomes = [...rows.flatMap(outcomeOf), ...this.outcomes];
  }

  async cycle(context: LearningContext): Promise<void> {
    const { now } = context;
    if (this.looked === -Infinity) this.looked = now;
    if (!this.fresh || context.frozen || now - this.looked < EVERY_US) return;
    this.looked = now;
    this.fresh = false;
    const found = this.proposes ? this.look() : [];
    this.texts = found.map(({ text }) => text);
    const kept = await context.keep({
      looked: now,
      looks: this.looks,
      texts: this.texts,
      rows: this.outcomes.slice(-OUTCOMES_MAX).map(rowOf),
    });
    // What could not be kept is kept at the next look.
    this.fresh = !kept.ok;
    for (const one of found.slice(0, PROPOSED_MAX)) await context.propose(proposalOf(one));
  }

  private look(): readonly Composition[] {
    this.bench ??= new Workbench();
    const { core } = this.bench;
    return proposeCompositions(this.outcomes.slice(-OUTCOMES_MAX), { seed: SEED, core, look: ++this.looks });
  }
}

function proposalOf({ strategies, text, parameters, reason, evidence }: Composition): LearningProposal {
  const subject = strategies.join("+");
  const to: ComposedStrategy = { name: `composed of ${strategies.join(" and ")}`, code: text, parameters };
  return {
    kind: COMPOSITION,
    subject,
    what: subject,
    strategy: strategies[0],
    from: null,
    to,
    reason,
    evidence: { ...evidence },
  };
}

/** One outcome as it is kept: names by their places. */
function rowOf(one: Outcome): readonly (number | string)[] {
  const { symbol, openedAt, closedAt, net, confidenceRaw, confidence, instance } = one;
  const words = [READABLE.indexOf(one.strategy), REGIMES.indexOf(one.regime), SIDES.indexOf(one.side)];
  return [
    ...words,
    ENDS.indexOf(one.ended),
    SOURCES.indexOf(one.source),
    instance,
    symbol,
    openedAt,
    closedAt,
    net,
    confidenceRaw,
    confidence,
  ];
}

/** None where the row is of another engine. */
function outcomeOf(row: unknown): readonly Outcome[] {
  if (!Array.isArray(row)) return [];
  const [strategyAt, regimeAt, sideAt, endAt, sourceAt, instance, symbol, ...numbers] = row as readonly unknown[];
  const [openedAt, closedAt, net, confidenceRaw, confidence] = numbers.filter(Number.isFinite) as number[];
  const strategy = READABLE[Number(strategyAt)];
  const regime: Regime | undefined = REGIMES[Number(regimeAt)];
  const [side, ended, source] = [SIDES[Number(sideAt)], ENDS[Number(endAt)], SOURCES[Number(sourceAt)]];
  if (strategy === undefined || regime === undefined || typeof symbol !== "string" || confidence === undefined)
    return [];
  if (openedAt === undefined || closedAt === undefined || net === undefined || confidenceRaw === undefined) return [];
  if (side === undefined || ended === undefined || source === undefined) return [];
  const told = { instance: Number(instance), symbol, side, confidenceRaw, confidence, openedAt, closedAt, net };
  return [{ strategy, ...told, ended, regime, source }];
}
