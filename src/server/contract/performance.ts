// Tracked results of strategies: /api/performance.
import { count, share, strategyId, titled, underperforming } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { exactly, flag, nullable, number, object, optional } from "./schema.ts";

const figure = (description: string, example: number) => number(description, { examples: [example] });

const metrics = titled(
  "TrackedMetrics",
  object({
    total_pnl: figure("Sum.", 1520.5),
    success_rate: share("Successes of all; 0 without any."),
    total_trades: count("Results so far."),
    avg_execution_time_ms: number("Mean.", { minimum: 0, examples: [12.5] }),
    win_rate: share("Results with a profit."),
    sharpe_ratio: figure("Of the results.", 1.1),
    max_drawdown: figure("Of the running sum; not above 0.", -0.05),
    profit_factor: nullable(number("Profits over losses; null without a loss.", { minimum: 0, examples: [1.8] })),
    volatility: figure("Standard deviation of the results.", 42),
    calmar_ratio: figure("Sum over drawdown.", 2.1),
  }),
);

export const trackPerformance = endpoint({
  method: "POST",
  path: "/api/performance/track",
  tag: "performance",
  summary: "Adds one result",
  description: "For strategies whose trades are made elsewhere.",
  body: object({
    strategy_id: strategyId,
    execution_result: object({
      pnl: figure("Profit or loss.", 150.5),
      execution_time_ms: optional(number("How long it took.", { minimum: 0, examples: [45] })),
      success: optional(flag("Whether it counts as one; pnl > 0 when left out.")),
    }),
  }),
  answer: object({ performance_updated: exactly(true), strategy_id: strategyId, metrics }),
  errors: ["not_found", "storage_unavailable"],
});

export const getPerformance = endpoint({
  method: "GET",
  path: "/api/performance/{strategy_id}",
  tag: "performance",
  summary: "Tracked results of a strategy",
  description: "All zero before the first.",
  params: { strategy_id: strategyId },
  answer: object({ strategy_id: strategyId, metrics, underperforming }),
});
