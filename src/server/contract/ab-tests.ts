// Two strategies against each other: /ab-tests.
import { count, done, executionId, idOf, page, pageOf, share, strategyId, time, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { defaulted, joined, nullable, number, object, oneOf, optional, text } from "./schema.ts";

const abTestId = idOf("ab", "an A/B test");

const given = {
  name: text("Name for people.", { minLength: 1, maxLength: 128, examples: ["rsi 14 against 21"] }),
  strategy_a: strategyId,
  strategy_b: { ...strategyId, examples: ["strat_def456"] },
};
const split = number("Share of the capital that a trades with; b has the rest.", {
  minimum: 0.01,
  maximum: 0.99,
  examples: [0.5],
});
const side = object(
  {
    trades: count("Trades."),
    pnl: number("Profit or loss.", { examples: [120.5] }),
    win_rate: share("Of closed trades."),
    sharpe_ratio: number("Of the trades.", { examples: [1.1] }),
  },
  { title: "AbTestSide" },
);
const winner = nullable(oneOf(["a", "b"], "Which did better; null while nobody can say."));

const example = { examples: ["1.0.0"] };
const evidence = object(
  {
    alpha: share("Probability of naming a winner where there is none, at most."),
    pairs: count("Minutes in which the two returns differed."),
    mean_difference: number("Return of a less that of b in such a minute.", { examples: [0.00012] }),
    p_value: share("Of no difference; may be read at any time, however often."),
  },
  { title: "AbTestEvidence" },
);

const abTest = titled(
  "AbTest",
  object({
    ab_test_id: abTestId,
    ...given,
    traffic_split: split,
    status: oneOf(["running", "concluded"], "State."),
    created_at: time("When it was made."),
    ended_at: nullable(time("Null while it runs.")),
    results: object({ a: side, b: side, winner }),
    evidence,
    versions: object({ a: text("Version of a.", example), b: text("Version of b.", example) }),
    reason: nullable(text("Why it is over; null while it runs.", { examples: ["a does better, p = 0.0498"] })),
    promoted: nullable(oneOf(["a", "b"], "Which was promoted.")),
  }),
);

export const createAbTest = endpoint({
  method: "POST",
  path: "/ab-tests",
  tag: "ab tests",
  summary: "Starts an A/B test",
  description:
    "Both must be deployed and differ. They are compared on the same live ticks, each with a paper account of its own; " +
    "the test ends by itself when one can be told to be better.",
  body: object({ ...given, traffic_split: defaulted(split, 0.5) }),
  answer: joined(
    object({ status: done("running"), ab_test_id: abTestId }),
    object({ ...given, traffic_split: split, created_at: time("When it was made.") }),
  ),
  errors: ["not_found", "invalid_state", "conflict", "emergency_stop_active", "storage_unavailable"],
});

export const listAbTests = endpoint({
  method: "GET",
  path: "/ab-tests",
  tag: "ab tests",
  summary: "A/B tests",
  description: "Newest first.",
  query: page,
  answer: pageOf("ab_tests", abTest),
});

export const getAbTest = endpoint({
  method: "GET",
  path: "/ab-tests/{ab_test_id}",
  tag: "ab tests",
  summary: "One A/B test",
  description: "With its results so far.",
  params: { ab_test_id: abTestId },
  answer: abTest,
});

export const concludeAbTest = endpoint({
  method: "POST",
  path: "/ab-tests/{ab_test_id}/conclude",
  tag: "ab tests",
  summary: "Ends an A/B test",
  description: "Before its verdict nobody has won. 409 when it has ended already.",
  params: { ab_test_id: abTestId },
  answer: object({ status: done("concluded"), winner }),
  errors: ["invalid_state", "storage_unavailable"],
});

export const promoteAbTest = endpoint({
  method: "POST",
  path: "/ab-tests/{ab_test_id}/promote",
  tag: "ab tests",
  summary: "Gives the winner the place of the other",
  description:
    "The winner, or the one that is named, is started where it does not run, the other one's execution is stopped, and " +
    "the test is over. 409 while nobody has won and none is named, where the version or the parameters that would be " +
    "started are not those that were tested, and where the other one was promoted already.",
  params: { ab_test_id: abTestId },
  body: object({ strategy: optional(oneOf(["a", "b"], "Which one; the winner when it is left out.")) }),
  answer: object({
    status: done("promoted"),
    ab_test_id: abTestId,
    promoted: oneOf(["a", "b"], "Which one."),
    strategy_id: strategyId,
    execution_id: executionId,
    stopped_execution_id: nullable(executionId),
  }),
  errors: ["invalid_state", "conflict", "emergency_stop_active", "code_error", "storage_unavailable"],
});
