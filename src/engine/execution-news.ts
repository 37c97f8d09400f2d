// What happens to executions, on the sockets: the channels `executions` and `trades`.
import type { ExecutionUpdate } from "../domain/live-protocol.ts";
import { executionView, type Live } from "../server/server.ts";
import { type Execution, type ExecutionEvent, type Manage, tradeView } from "../manage/manage.ts";

export function tellExecutions({ executions, registry }: Manage, live: Live): void {
  const nameOf = (strategyId: string): string | null => registry.get(strategyId)?.implementation ?? null;
  const item = (event: ExecutionEvent, execution: Execution) => {
    const data: ExecutionUpdate = { event, ...executionView(execution) };
    return { data, strategyName: nameOf(execution.strategyId) };
  };
  live.channels.executions.restore(executions.active().map((execution) => item("updated", execution)));
  executions.listen({
    onExecution: (event, execution) => live.channels.executions.publish([item(event, execution)]),
    onTrade: ({ executionId, strategyId }, trade) => {
      const data = { execution_id: executionId, strategy_id: strategyId, trade: tradeView(trade) };
      live.channels.trades.publish([{ data, strategyName: nameOf(strategyId) }]);
    },
  });
}
