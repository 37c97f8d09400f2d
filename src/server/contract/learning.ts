// What the engine learnt from closed trades: /learning, /api/learning.
import { REGIMES } from "../../domain/regime.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import { count, done, idOf, page, pageOf, share, strategyTypeName, symbol, time, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import type { ErrorCode } from "./errors.ts";
import {
  anyObject,
  anything,
  defaulted,
  dictionary,
  exactly,
  flag,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
} from "./schema.ts";

const REASONS = ["no_input", "warming", "costly", "loses", "crowded", "proven", "unproven"] as const;
const words = (description: string, example: string) => text(description, { examples: [example] });
const figure = (description: string, example: number) => number(description, { examples: [example] });

const move = object({ from: figure("Before.", 0.1), to: figure("After.", 0.105) }, { title: "ThresholdMove" });

export const forceAdaptation = endpoint({
  method: "POST",
  path: "/api/learning/force_adaptation",
  tag: "learning",
  summary: "Adapts thresholds now",
  description:
    "Gives a strategy the settings of a regime: the one that market_conditions tell of (regime; or volatility high or low, trend strong or sideways), else that of the market. With 20 closed outcomes or more min_signal_quality moves by them as well. Where nothing needs changing, changes is empty and reason says why. 409 only while learning is frozen.",
  body: object({
    strategy_type: strategyTypeName,
    market_conditions: defaulted(
      anyObject("What the sender knows. What is not understood counts for nothing.", {
        examples: [{ volatility: "high" }],
      }),
      {},
    ),
  }),
  answer: object({
    adaptation_triggered: exactly(true),
    strategy_type: words("As asked for, canonical.", "momentum_rider"),
    changes: dictionary(move, "By threshold.", { examples: [{ min_signal_quality: { from: 0.1, to: 0.105 } }] }),
    regime: optional(oneOf(REGIMES, "Whose settings they are.")),
    regime_from: optional(oneOf(["market_conditions", "market"], "Who named the regime.")),
    reason: optional(
      words(
        "Why nothing was changed, and what was not understood.",
        "momentum_rider has what the regime calm asks for",
      ),
    ),
    set_version: optional(words("Of the settings.", "engine-1")),
    by_strategy: optional(dictionary(dictionary(move, "By threshold."), "Where a family was asked for.")),
  }),
  errors: ["conflict", "overloaded", "restarting", "storage_unavailable"],
});

const thresholdsInForce = titled(
  "ThresholdsInForce",
  object({
    min_signal_quality: figure("Signals below are dropped.", 0.1),
    opportunity_threshold: figure("Least opportunity.", 0.05),
    volatility_multiplier: figure("In units of noise.", 3),
    trend_multiplier: figure("In units of noise.", 2),
  }),
);
const earning = object(
  {
    strategy: words("Implementation.", "momentum_rider"),
    samples: count("Outcomes."),
    mean_net: figure("Return after costs, a share of the entry, as it is now.", 0.002),
    low: figure("Of it, the lower end of the 95 % interval.", 0.0008),
    high: figure("The upper end.", 0.0032),
    basis: oneOf([...REGIMES, "all"], "Outcomes of which regime prove it."),
  },
  { title: "EarningStrategy" },
);
const inRegime = {
  regime: oneOf(REGIMES, "What it is in."),
  probability: share("That it is."),
  since: nullable(time("Since when; null: never known.")),
};
const groupRegime = object(
  {
    ...inRegime,
    breadth: number("Share that trends up less the share that trends down.", { minimum: -1, maximum: 1 }),
    symbols: count("That have a voice."),
  },
  { title: "GroupRegime" },
);
const symbolRegime = object({ ...inRegime, side: number("Of a trend: 1 up, -1 down.") }, { title: "SymbolRegime" });

export const getInsights = endpoint({
  method: "GET",
  path: "/api/learning/insights",
  tag: "learning",
  summary: "What the engine makes of the market",
  description: "Regime, thresholds in force, and how often signals turned out well.",
  answer: object({
    insights: titled(
      "Insights",
      object({
        market_regime: oneOf(REGIMES, "Now."),
        optimal_strategies: list(words("Implementation.", "momentum_rider"), "Best first."),
        thresholds: thresholdsInForce,
        success_rate: share("Of the window."),
        success_basis: oneOf(["outcomes", "confidence"], "From closed trades, or from confidence while there are few."),
        optimal: optional(list(earning, "What optimal_strategies goes by.")),
        thresholds_by_strategy: optional(
          dictionary(thresholdsInForce, "The thresholds above are the median of these."),
        ),
        regimes: optional(
          object({
            market: groupRegime,
            asset_classes: dictionary(groupRegime, "By asset class."),
            symbols: dictionary(symbolRegime, "By symbol, those that are known to be in one; 500 at most."),
            symbols_total: count("Symbols that are in one."),
          }),
        ),
        adapted: optional(
          dictionary(
            object({ regime: oneOf(REGIMES, "Whose settings it has."), since: time("When.") }),
            "Strategies that have other settings than usual.",
          ),
        ),
      }),
    ),
  }),
  errors: ["restarting"],
});

const change = titled(
  "LearningChange",
  object({
    change_id: words("Id.", "change_000012"),
    what: words("Which threshold or parameter.", "min_signal_quality"),
    strategy_type: words("Implementation.", "momentum_rider"),
    from: anything("Before.", { examples: [0.1] }),
    to: anything("After.", { examples: [0.105] }),
    reason: words("Why.", "12 of the last 20 lost"),
    evidence: anyObject("Numbers behind it.", { examples: [{ outcomes: 20, wins: 8 }] }),
    created_at: time("When."),
    reverts: optional(words("The change that it takes back.", "change_000011")),
  }),
);

export const listChanges = endpoint({
  method: "GET",
  path: "/learning/history",
  tag: "learning",
  summary: "What learning changed",
  description: "Newest first.",
  query: page,
  answer: pageOf("changes", change),
});

const changeId = idOf("change", "a change");
export const revertChange = endpoint({
  method: "POST",
  path: "/learning/history/{change_id}/revert",
  tag: "learning",
  summary: "Takes a change back",
  description:
    "What was changed becomes what it was before, by a change of its own. 409 when it was taken back already, when the same thing was changed again later or is what it was before, and while learning is frozen.",
  params: { change_id: changeId },
  answer: object({
    status: done("reverted"),
    change_id: changeId,
    reverted_by: words("The change that does it.", "change_000013"),
  }),
  errors: ["conflict", "overloaded", "restarting", "storage_unavailable"],
});

const implementation = oneOf(
  STRATEGIES.map(({ name }) => name),
  "Only pairs of this strategy.",
);
export const listApplication = endpoint({
  method: "GET",
  path: "/learning/application",
  tag: "learning",
  summary: "Which strategies are worth running on which symbols",
  description:
    "The engine's own strategies of one leg, each with each of its symbols, as it is judged now. What rests everywhere is proposed to be switched off; with STRATEGY_SELECTION=apply it is.",
  query: { strategy_type: optional(implementation), ...page },
  answer: pageOf(
    "pairs",
    titled(
      "Application",
      object({
        strategy_type: words("Implementation.", "momentum_rider"),
        symbol,
        regime: oneOf(REGIMES, "Of the symbol."),
        verdict: oneOf(["run", "wait", "rest"], "wait: it is on, and silent because of what it lacks."),
        reason: oneOf(REASONS, "What decided."),
        detail: words("In words, with the numbers.", "12 more samples needed"),
      }),
    ),
  ),
});

export const listModels = endpoint({
  method: "GET",
  path: "/learning/models",
  tag: "learning",
  summary: "Models that learning keeps",
  description: "Newest first; one that learns again keeps its place.",
  query: page,
  answer: pageOf(
    "models",
    titled(
      "LearningModel",
      object({
        model_id: words("Id.", "model_000003"),
        kind: words("What it is.", "calibration"),
        strategy_type: words("Implementation.", "momentum_rider"),
        samples: count("Outcomes that it has seen."),
        lineage: anyObject("What it came from, how good it is, and whether it has drifted.", {
          examples: [{ data_hash: "9f2c", code_hash: "41aa", seed: 1, drift: { found: [] } }],
        }),
        updated_at: time("When it last learnt."),
      }),
    ),
  ),
});

export const getCalibration = endpoint({
  method: "GET",
  path: "/learning/calibration",
  tag: "learning",
  summary: "Does confidence mean what it says",
  description:
    "Of the newest 20,000 closed outcomes, per tenth of published confidence how many won. Without any the " +
    "error is 0.",
  query: {
    strategy_type: optional(
      oneOf(
        STRATEGIES.map(({ name }) => name),
        "Of this one alone.",
        { examples: ["momentum_rider"] },
      ),
    ),
  },
  answer: object({
    bins: list(
      object(
        { confidence: share("Mean confidence of its outcomes."), wins: count("Won."), total: count("Closed.") },
        { title: "CalibrationBin" },
      ),
      "Least confident first.",
    ),
    outcomes: count("Outcomes that this is taken of."),
    ece: number("Expected calibration error.", { minimum: 0, maximum: 1, examples: [0.04] }),
  }),
});

const search = titled(
  "LearningSearch",
  object({
    kind: oneOf(["parameters", "rules"], "What candidates are made of."),
    strategy_type: words("Implementation that it is about.", "momentum_rider"),
    started_at: time("When it was asked for, by the engine clock."),
    tried: count("Candidates that were tried."),
    planned: count("Candidates that there will be at most; 0 before the first of them was tried."),
    progress: share("Of the candidates."),
    away: count("Candidates that other processes are at."),
  }),
  "What it is at; null: at no search.",
);

export const getSearch = endpoint({
  method: "GET",
  path: "/learning/search",
  tag: "learning",
  summary: "What the generator is at",
  description: "How far its search for better parameters or rules is; null while it is at none.",
  answer: object({
    search: nullable(search),
    attended: flag("Whether other processes take candidates to try."),
  }),
});

export const cancelSearch = endpoint({
  method: "POST",
  path: "/learning/search/cancel",
  tag: "learning",
  summary: "Ends the generator's search",
  description: "What was tried stays counted; the next search comes in its turn. 409 when none is under way.",
  answer: object({ status: done("cancelled") }),
  errors: ["conflict"],
});

const proposalId = idOf("prop", "a proposal");
const proposal = titled(
  "Proposal",
  object({
    proposal_id: proposalId,
    status: oneOf(["proposed", "approved", "rejected"], "State."),
    what: words("What would change.", "lookback"),
    strategy_type: words("Implementation.", "momentum_rider"),
    from: anything("Now.", { examples: [20] }),
    to: anything("Then.", { examples: [24] }),
    reason: words("Why.", "better on 8 of 10 folds"),
    evidence: anyObject("Numbers behind it.", { examples: [{ folds: 10 }] }),
    created_at: time("When."),
  }),
);

export const listProposals = endpoint({
  method: "GET",
  path: "/learning/proposals",
  tag: "learning",
  summary: "Changes that wait for somebody's word",
  description: "Newest first.",
  query: page,
  answer: pageOf("proposals", proposal),
});

const decide = <const S extends string>(verb: string, status: S, summary: string, errors: readonly ErrorCode[]) =>
  endpoint({
    method: "POST",
    path: `/learning/proposals/{proposal_id}/${verb}`,
    tag: "learning",
    summary,
    description: "One that was not decided yet.",
    params: { proposal_id: proposalId },
    answer: object({ status: done(status), proposal_id: proposalId }),
    errors: ["invalid_state", "storage_unavailable", ...errors],
  });
export const approveProposal = decide("approve", "approved", "Approves a proposal, and carries it out", [
  "conflict",
  "emergency_stop_active",
  "overloaded",
  "queue_full",
  "restarting",
]);
export const rejectProposal = decide("reject", "rejected", "Rejects a proposal", []);

const latch = <const S extends string>(verb: string, status: S, summary: string) =>
  endpoint({
    method: "POST",
    path: `/learning/${verb}`,
    tag: "learning",
    summary,
    description: "Once more does nothing.",
    answer: object({ status: done(status) }),
    errors: ["storage_unavailable"],
    idempotent: true,
  });
export const freezeLearning = latch("freeze", "frozen", "Keeps all that learning may change as it is");
export const unfreezeLearning = latch("unfreeze", "unfrozen", "Lets learning go on");
