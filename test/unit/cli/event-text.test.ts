// News of the live channels as `strategy-engine tail` writes them.
import { expect, it } from "vitest";
import { newsText } from "../../../src/cli/event-text.ts";

const NOW = new Date("2026-01-02T03:04:05Z");

it("writes one line for whatever happened, with when it came", () => {
  const alert = { alert_id: "alert_1", level: "critical", type: "risk", created_at: "", acknowledged: false } as const;
  expect(newsText("alerts", { ...alert, strategy_id: "strat_1", message: "daily loss" }, NOW)).toBe(
    "03:04:05  alerts      critical  daily loss  (strat_1)",
  );
  expect(
    newsText("alerts", { ...alert, strategy_id: "strat_1", strategy_name: "RSI", message: "daily loss" }, NOW),
  ).toBe("03:04:05  alerts      critical  daily loss  (RSI, strat_1)");
  const trade = { trade_id: "trade_1", symbol: "BTCUSD", side: "BUY", quantity: 0.1, price: 50_000 } as const;
  const made = { execution_id: "exec_1", strategy_id: "strat_1", trade: { ...trade, timestamp: "", pnl: -1.5 } };
  expect(newsText("trades", made, NOW)).toBe("03:04:05  trades      BUY   BTCUSD  0.1 at 50000, pnl -1.50  (strat_1)");
  expect(newsText("trades", { ...made, strategy_name: "RSI" }, NOW)).toContain("pnl -1.50  (RSI, strat_1)");
  expect(newsText("trades", { ...made, strategy_name: "\u200b \u202e\n" }, NOW)).toContain("pnl -1.50  (strat_1)");
  const renamed = { event: "renamed", strategy_id: "strat_1", strategy_name: "Lark", status: "deployed" } as const;
  const versions = { version: "1.0.1", deployed_version: "1.0.0", kind: "code", updated_at: "" } as const;
  expect(newsText("strategies", { ...renamed, ...versions }, NOW)).toBe(
    "03:04:05  strategies  renamed  Lark (strat_1): deployed, version 1.0.1, in force 1.0.0",
  );
  const run = { kind: "sweep", id: "sw_1", status: "failed", strategy_id: null, strategy_type: "ma_cross" } as const;
  expect(
    newsText("research", { ...run, event: "failed", progress: 0.25, eta_s: null, best: null, error: "no data" }, null),
  ).toBe("earlier   research    sweep failed  sw_1: 25 %, no data");
  const stages = { current_stage: "backtest", stages_completed: 2, total_stages: 6 };
  const ids = { pipeline_id: "pipe_1", strategy_id: "strat_1" };
  expect(
    newsText("pipeline", { event: "stage_completed", stage: "unit_tests", status: "running", ...ids, ...stages }, NOW),
  ).toBe("03:04:05  pipeline    stage_completed unit_tests  pipe_1 of strat_1: running, 2 of 6 stages");
  const named = { ...ids, ...stages, status: "completed", strategy_name: "RSI" } as const;
  expect(newsText("pipeline", { event: "completed", stage: null, ...named }, NOW)).toBe(
    "03:04:05  pipeline    completed  pipe_1 of RSI (strat_1): completed, 2 of 6 stages",
  );
});

it("shows what would steer a terminal as its code, so that nobody writes a line of their own", () => {
  const alert = { alert_id: "alert_1", level: "info", type: "risk", created_at: "", acknowledged: false } as const;
  const message = "a\r\u001b[2Kb\nc\u009b1mé\u2028\u202ed";
  expect(newsText("alerts", { ...alert, strategy_id: "s\u0007", message }, NOW)).toBe(
    "03:04:05  alerts      info      a\\u000d\\u001b[2Kb\\u000ac\\u009b1mé\\u2028\\u202ed  (s\\u0007)",
  );
});
