// Two strategies against each other: /ab-tests.
import { count, done, idOf, page, pageOf, share, strategyId, time, titled } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { defaulted, joined, nullable, number, object, oneOf, text } from "./schema.ts";

const abTestId = idOf("ab", "an A/B test");

const given = {
  name: text("Name for people.", { minLength: 1, maxLength: 128, examples: ["rsi 14 against 21"] }),
  strategy_a: strategyId,
  strategy_b: strategyId,
};
const split = number("Share of the symbols that a gets.", {
  exclusiveMinimum: 0,
  exclusiveMaximum: 1,
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
  }),
);

export const createAbTest = endpoint({
  method: "POST",
  path: "/ab-tests",
  tag: "ab tests",
  summary: "Starts an A/B test",
  description: "Both strategies must exist and differ. Symbols are split by their hash.",
  body: object({ ...given, traffic_split: defaulted(split, 0.5) }),
  answer: joined(
    object({ status: done("running"), ab_test_id: abTestId }),
    object({ ...given, traffic_split: split, created_at: time("When it was made.") }),
  ),
  errors: ["not_found", "storage_unavailable"],
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
  description: "409 when it has ended already.",
  params: { ab_test_id: abTestId },
  answer: object({ status: done("concluded"), winner }),
  errors: ["invalid_state", "storage_unavailable"],
});
