// Risk among the rest of the management plane: it hears of every execution and every fill, and what it decides by itself
// becomes a move of the strategy. What an execution holds that goes on after a restart is read from the ledger; its
// profit counts from its first price on, because that of the day before the restart is remembered for the book.
import type { Log } from "../telemetry/log.ts";
import type { Execution, Executions } from "./executions/executions.ts";
import type { Alerts } from "./oversight/oversight.ts";
import { moveByItself } from "./own-move.ts";
import type { Registry } from "./registry/registry.ts";
import type { Risk } from "./risk/risk.ts";
import { limitsTrouble } from "./risk-limits.ts";

export interface RiskDeskOptions {
  readonly executions: Executions;
  readonly registry: Registry;
  readonly risk: Risk;
  readonly log: Log;
}

/** Units of account that each execution begins with. */
const CAPITAL = 100_000;
const POINTS_READ = 10;

export class RiskDesk {
  private readonly options: RiskDeskOptions;
  private readonly open = new Set<string>();
  /** Those that went on after a restart, whose figures reach back behind it: position of the first fill since. */
  private readonly older = new Map<string, number>();

  private constructor(options: RiskDeskOptions) {
    this.options = options;
  }

  /** From now on risk hears of what happens to executions. */
  static open(options: RiskDeskOptions): void {
    const { executions, risk } = options;
    const desk = new RiskDesk(options);
    executions.listen({
      onExecution: (event, execution) => {
        if (event === "stopped" || event === "error") desk.closed(execution);
        // Any of them may be paused before its thread has it.
        else desk.opened(execution);
      },
      onTrade: (execution, { symbol, side, quantity, price, fee, position }) => {
        desk.opened(execution);
        const first = desk.older.get(execution.executionId);
        if (first !== undefined && position < first) desk.older.set(execution.executionId, position);
        risk.traded(execution.executionId, symbol, side === "BUY" ? quantity : -quantity, price, fee);
      },
      onFigures: ({ executionId, pnl }) => {
        if (!desk.older.has(executionId)) risk.figured(executionId, pnl);
      },
    });
  }

  /** Its execution at once, and then it, as often as that has to be tried. */
  static pause({ executions, ...rooms }: Omit<RiskDeskOptions, "risk">, strategyId: string): void {
    const wanted = (): boolean => {
      executions.pause(strategyId, true); // one that was started meanwhile as well
      return true;
    };
    wanted();
    void moveByItself(rooms, { strategyId, move: "pause", wanted });
  }

  /** Of strategies of which something may trade, whose stored limits cannot be kept. */
  static tellUnusable(registry: Registry, alerts: Alerts): void {
    for (const strategy of registry.all()) {
      const message = strategy.deployedVersion === null ? null : limitsTrouble(strategy);
      const { strategyId } = strategy;
      if (message !== null) alerts.raise({ level: "warning", type: "risk", strategyId, message });
    }
  }

  private opened({ executionId, strategyId, config, tradeCount, resumed }: Execution): void {
    if (this.open.has(executionId)) return;
    this.open.add(executionId);
    const family = this.options.registry.get(strategyId)?.strategyType ?? null;
    const override = config["risk_override"] === true;
    this.options.risk.opened({ executionId, strategyId, family, override, capital: CAPITAL }, resumed);
    if (!resumed || tradeCount === 0) return;
    this.older.set(executionId, Number.POSITIVE_INFINITY);
    const read = [this.recall(executionId), this.fallen(executionId, strategyId)];
    Promise.all(read).catch((error: unknown) => {
      this.options.log.error("what an execution holds, or has lost, is not counted in risk", {
        execution_id: executionId,
        error: String(error),
      });
    });
  }

  private closed({ executionId }: Execution): void {
    this.open.delete(executionId);
    this.older.delete(executionId);
    this.options.risk.closed(executionId);
  }

  private async fallen(executionId: string, strategyId: string): Promise<void> {
    const course = await this.options.executions.equity(executionId, POINTS_READ);
    this.options.risk.fell(strategyId, course.at(-1)?.drawdown ?? 0);
  }

  private async recall(executionId: string): Promise<void> {
    const held = new Map<string, { units: number; price: number }>();
    for (const { symbol, side, quantity, price, position } of await this.options.executions.recall(executionId)) {
      // Fills since then have been heard of.
      if (position >= (this.older.get(executionId) ?? Number.POSITIVE_INFINITY)) continue;
      const known = held.get(symbol) ?? { units: 0, price };
      known.units += side === "BUY" ? quantity : -quantity;
      known.price = price;
      held.set(symbol, known);
    }
    for (const [symbol, { units, price }] of held)
      if (Math.abs(units) > 1e-9) this.options.risk.recalled(executionId, symbol, units, price);
  }
}
