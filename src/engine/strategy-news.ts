// What becomes of strategies, on the sockets: the channel `strategies`, and the present name wherever one of them stands.
import type { StrategyUpdate } from "../domain/live-protocol.ts";
import type { Manage, Strategy } from "../manage/manage.ts";
import type { Live } from "../server/server.ts";

export function tellStrategies({ registry }: Manage, { channels }: Live): void {
  registry.listen((before, after, at) => {
    const strategy = after ?? before;
    if (strategy === null) return;
    const renamed = before !== null && before.strategyName !== after?.strategyName;
    const event = after === null ? "deleted" : before === null ? "created" : renamed ? "renamed" : "updated";
    channels.strategies.publish([{ data: viewOf(event, strategy, at), strategyName: strategy.implementation }]);
    if (renamed) channels.renamed(strategy.strategyId, after?.strategyName ?? null);
  });
}

function viewOf(event: StrategyUpdate["event"], strategy: Strategy, at: number): StrategyUpdate {
  return {
    event,
    strategy_id: strategy.strategyId,
    strategy_name: strategy.strategyName,
    version: strategy.version,
    deployed_version: strategy.deployedVersion,
    status: strategy.status,
    kind: strategy.kind,
    updated_at: new Date(at / 1000).toISOString(),
  };
}
