// The six stages by name.
import type { Stage, StageName } from "../stage.ts";
import { backtestStage } from "./backtest.ts";
import { paperTradingStage } from "./paper-trading.ts";
import { performanceStage } from "./performance-validation.ts";
import { riskStage } from "./risk-validation.ts";
import { syntaxStage } from "./syntax-check.ts";
import { unitTestsStage } from "./unit-tests.ts";

export const STAGES: Readonly<Record<StageName, Stage>> = {
  syntax_check: syntaxStage,
  unit_tests: unitTestsStage,
  backtest: backtestStage,
  paper_trading: paperTradingStage,
  risk_validation: riskStage,
  performance_validation: performanceStage,
};
