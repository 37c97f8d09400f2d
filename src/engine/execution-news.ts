// What happens to executions, on the sockets: the channels `executions` and `trades`.
import type { ExecutionUpdate } from "../domain/live-protocol.ts";
import { executionView, type Live } from "../server/server.ts";
import { type Execution, type ExecutionEvent, type Manage, tradeView } from "../manage/manage.ts";

type Trade = Parameters<typeof tradeView>[0];

export function tellExecutions({ executions, registry }: Manage, live: Live): void {
  const item = (event: ExecutionEvent, execution: Execution) => {
    const data: ExecutionUpdate = { event, ...executionView(execution, registry.nameOf(execution.strategyId)) };
    return { data, strategyName: registry.implementationOf(execution.strategyId) };
  };
  const traded = (strategyId: string, trade: Trade) => {
    const ids = { execution_id: trade.executionId, strategy_id: strategyId };
    const data = { ...ids, strategy_name: registry.nameOf(strategyId), trade: tradeView(trade) };
    return { data, strategyName: registry.implementationOf(strategyId) };
  };
  const earlier = executions.takeEarlierTrades();
  live.channels.trades.restore(earlier.map(({ strategyId, trade }) => traded(strategyId, trade)));
  live.channels.executions.restore(executions.active().map((execution) => item("updated", execution)));
  executions.listen({
    onExecution: (event, execution) => live.channels.executions.publish([item(event, execution)]),
    onTrade: ({ strategyId }, trade) => live.channels.trades.publish([traded(strategyId, trade)]),
  });
}
