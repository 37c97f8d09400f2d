// What the engine learnt from closed trades: /learning, /api/learning.
import { count, done, idOf, page, pageOf, share, strategyTypeName, time, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { anyObject, anything, defaulted, dictionary, exactly, list, number, object, oneOf, text } from "./schema.ts";

const words = (description: string, example: string) => text(description, { examples: [example] });
const figure = (description: string, example: number) => number(description, { examples: [example] });

const move = object({ from: figure("Before.", 0.1), to: figure("After.", 0.105) }, { title: "ThresholdMove" });

export const forceAdaptation = endpoint({
  method: "POST",
  path: "/api/learning/force_adaptation",
  tag: "learning",
  summary: "Adapts thresholds now",
  description: "Instead of at the end of the learning cycle.",
  body: object({
    strategy_type: strategyTypeName,
    market_conditions: defaulted(anyObject("What the sender knows.", { examples: [{ volatility: "high" }] }), {}),
  }),
  answer: object({
    adaptation_triggered: exactly(true),
    strategy_type: words("As asked for, canonical.", "momentum_rider"),
    changes: dictionary(move, "By threshold.", { examples: [{ min_signal_quality: { from: 0.1, to: 0.105 } }] }),
  }),
});

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
        market_regime: oneOf(["trending", "ranging", "volatile", "calm", "unknown"], "Now."),
        optimal_strategies: list(words("Implementation.", "momentum_rider"), "Best first."),
        thresholds: object({
          min_signal_quality: figure("Signals below are dropped.", 0.1),
          opportunity_threshold: figure("Least opportunity.", 0.05),
          volatility_multiplier: figure("In units of noise.", 3),
          trend_multiplier: figure("In units of noise.", 2),
        }),
        success_rate: share("Of the window."),
        success_basis: oneOf(["outcomes", "confidence"], "From closed trades, or from confidence while there are few."),
      }),
    ),
  }),
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

export const listModels = endpoint({
  method: "GET",
  path: "/learning/models",
  tag: "learning",
  summary: "Models that learning keeps",
  description: "Newest first.",
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
  description: "Per bin of confidence, how many signals won.",
  answer: object({
    bins: list(
      object(
        { confidence: share("Middle of the bin."), wins: count("Won."), total: count("Closed.") },
        { title: "CalibrationBin" },
      ),
      "Least confident first.",
    ),
    ece: number("Expected calibration error.", { minimum: 0, maximum: 1, examples: [0.04] }),
  }),
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

const decide = <const S extends string>(verb: string, status: S, summary: string) =>
  endpoint({
    method: "POST",
    path: `/learning/proposals/{proposal_id}/${verb}`,
    tag: "learning",
    summary,
    description: "One that was not decided yet.",
    params: { proposal_id: proposalId },
    answer: object({ status: done(status), proposal_id: proposalId }),
    errors: ["invalid_state", "storage_unavailable"],
  });
export const approveProposal = decide("approve", "approved", "Approves a proposal");
export const rejectProposal = decide("reject", "rejected", "Rejects a proposal");

const latch = <const S extends string>(verb: string, status: S, summary: string) =>
  endpoint({
    method: "POST",
    path: `/learning/${verb}`,
    tag: "learning",
    summary,
    description: "Once more does nothing.",
    answer: object({ status: done(status) }),
    idempotent: true,
  });
export const freezeLearning = latch("freeze", "frozen", "Keeps all thresholds as they are");
export const unfreezeLearning = latch("unfreeze", "unfrozen", "Lets learning go on");
