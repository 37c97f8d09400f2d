// Says when users' strategies are held back for want of the processor that they may have: once, and again only after they
// had enough for a while.
import type { Budget } from "../sandbox/sandbox.ts";
import type { Log } from "../telemetry/log.ts";
import type { Alerts } from "./oversight/oversight.ts";

const LOOK_MS = 500;
const CALM_LOOKS = 120;
/** Less is no news: two threads that meet at an empty tank. */
const WAITED_S = 0.05;

export class BudgetWatch {
  private readonly budget: Budget;
  private readonly alerts: Alerts;
  private readonly log: Log;
  private readonly timer: NodeJS.Timeout;
  private waited = 0;
  private calm = CALM_LOOKS;

  constructor(budget: Budget, alerts: Alerts, log: Log) {
    this.budget = budget;
    this.alerts = alerts;
    this.log = log;
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const { throttledSeconds, cores } = this.budget.use();
    const waited = throttledSeconds - this.waited;
    this.waited = throttledSeconds;
    if (waited < WAITED_S) {
      this.calm++;
      return;
    }
    const news = this.calm >= CALM_LOOKS;
    this.calm = 0;
    if (!news) return;
    const message = `users' strategies want more of the processor than the ${cores} cores of STRATEGY_MAX_CPU and are slowed down; market data and requests are not`;
    this.log.warn("users' strategies are slowed down", { cores });
    this.alerts.raise({ level: "warning", type: "system", message });
  }
}
