// What other processes hear of an execution bears the name of its strategy, as it is now.
import { expect, it } from "vitest";
import { TOPICS } from "../../../src/bus/bus.ts";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { ok } from "../../../src/domain/result.ts";
import { Desk, type DeskOptions } from "../../../src/manage/desk.ts";
import type { Execution, ExecutionListener, Executions } from "../../../src/manage/executions/executions.ts";
import type { Registry } from "../../../src/manage/registry/registry.ts";
import type { TradeRecord } from "../../../src/store/executions.ts";
import type { Alerts } from "../../../src/manage/oversight/oversight.ts";
import { Mailbox } from "../../support/mailbox.ts";

type Told = readonly [topic: string, payload: Readonly<Record<string, unknown>>];

it("is told with the name of its strategy where it starts, trades, fails and stops, and with none where that was deleted", async () => {
  const bus = new EmbeddedBus();
  const heard = new Mailbox<Told>();
  const topics = [TOPICS.executionStarted, TOPICS.trade, TOPICS.performance, TOPICS.executionStopped, TOPICS.error];
  for (const topic of topics)
    bus.subscribe(topic, (bytes) => {
      const { payload } = JSON.parse(Buffer.from(bytes).toString()) as { readonly payload: Told[1] };
      heard.put([topic, payload]);
    });
  let listener: ExecutionListener = {};
  let name: string | null = "Owl";
  const nameOf = (id: string): string | null => (id === "strat_e" ? name : "another");
  const desk = new Desk({
    bus,
    executions: { listen: (given: ExecutionListener) => (listener = given) } as unknown as Executions,
    registry: { nameOf, move: () => Promise.resolve(ok(null)) } as unknown as Registry,
    alerts: { raise: () => undefined } as unknown as Alerts,
    now: () => 2,
  } as unknown as DeskOptions);
  const execution = { executionId: "exec_e", strategyId: "strat_e", startTime: 1, pnl: 0 } as unknown as Execution;
  const ids = { execution_id: "exec_e", strategy_id: "strat_e" };
  for (const now of ["Owl", "Lark", null]) {
    name = now;
    const before = heard.received.length;
    listener.onExecution?.("started", execution);
    listener.onTrade?.(execution, { tradeId: "trade_1", timestamp: 1 } as unknown as TradeRecord);
    listener.onFigures?.(execution);
    listener.onFault?.(execution, "division by zero");
    listener.onExecution?.("stopped", execution);
    desk.faulty("strat_e", "no place");
    const told = (await heard.atLeast(before + 6)).slice(before);
    expect(told).toMatchObject([
      ["strategy.execution.started", { ...ids, strategy_name: now }],
      ["strategy.trade", { ...ids, strategy_name: now, trade: { trade_id: "trade_1" } }],
      ["strategy.performance", { ...ids, strategy_name: now, metrics: { pnl: 0 } }],
      ["strategy.error", { ...ids, strategy_name: now, error: "division by zero" }],
      ["strategy.execution.stopped", { ...ids, strategy_name: now }],
      ["strategy.error", { ...ids, strategy_name: now, execution_id: null, error: "no place" }],
    ]);
  }
  await bus.close();
});
