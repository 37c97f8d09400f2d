// What the engine tells other processes: a payload of its own for each topic, at least the fields of the API, snake_case,
// times as ISO-8601 UTC except in signals. A room announces only what has happened. Nothing waits: see port.ts.
// `strategy.deployed` is the end of a deployment and names its pipeline. One of the 18 that is registered is deployed at
// once, without a pipeline, so it has no such message: the answer of the request and /audit tell of it.
import type { AlertUpdate, TradeUpdate } from "../domain/live-protocol.ts";
import type { WireSignal } from "../domain/signal.ts";
import type { TOPICS } from "./keys.ts";
import type { Bus } from "./port.ts";

export type Topic = (typeof TOPICS)[keyof typeof TOPICS];

interface OfStrategy {
  readonly strategy_id: string;
  /** What people call it; null: it has been deleted. */
  readonly strategy_name: string | null;
}
interface OfExecution extends OfStrategy {
  readonly execution_id: string;
}
interface OfPipeline extends OfStrategy {
  readonly pipeline_id: string;
  readonly stage: string;
}

/** Topic -> payload; every topic has one. */
export interface TopicPayloads extends Readonly<Record<Topic, object>> {
  readonly "strategy.deployed": OfStrategy & {
    readonly version: string;
    readonly pipeline_id: string;
    readonly deployment_type: "direct" | "blue_green" | "canary" | "rolling";
    readonly timestamp: string;
  };
  readonly "strategy.execution.started": OfExecution & { readonly timestamp: string };
  readonly "strategy.execution.stopped": OfExecution & {
    readonly timestamp: string;
    readonly duration_minutes: number;
    readonly pnl: number;
    readonly trade_count: number;
    readonly reason: string;
  };
  readonly "strategy.trade": TradeUpdate;
  readonly "strategy.error": OfStrategy & {
    /** Null where no execution was running. */
    readonly execution_id: string | null;
    readonly error: string;
    readonly timestamp: string;
  };
  /** A stage that was passed. */
  readonly "pipeline.stage.completed": OfPipeline & {
    readonly passed: true;
    readonly duration_ms: number;
    readonly stages_completed: number;
    readonly total_stages: number;
  };
  readonly "pipeline.failed": OfPipeline & { readonly error: string; readonly rolled_back: boolean };
  readonly "strategy.signal": WireSignal;
  readonly "strategy.alert": AlertUpdate;
  /** As it stands: when it comes, at each change of its state, and when its prices or its quantity are changed. */
  readonly "strategy.order": OfExecution & {
    readonly order_id: string;
    readonly symbol: string;
    readonly side: "BUY" | "SELL";
    readonly type: string;
    readonly status: string;
    readonly quantity: number;
    readonly filled_quantity: number;
    /** Limit; null for market orders and stops. */
    readonly price: number | null;
    readonly stop_price: number | null;
    readonly created_at: string;
    readonly updated_at: string;
  };
  /** When its quantity changes; 0: there is none any more. */
  readonly "strategy.position": OfExecution & {
    readonly symbol: string;
    readonly quantity: number;
    readonly avg_price: number;
    readonly unrealized_pnl: number;
  };
  readonly "strategy.performance": OfStrategy & {
    /** Null: the figures of what was tracked for the strategy, after each tracked result, at most four times a second.
     *  Else those of an execution, every ten seconds. */
    readonly execution_id: string | null;
    readonly metrics: Readonly<Record<string, unknown>>;
  };
  /** To whoever executes orders at a real venue; the fields of each action stand in docs/bus.md. */
  readonly "strategy.order.requested": {
    readonly action: "place" | "cancel" | "status" | "snapshot";
    readonly timestamp: string;
    readonly [more: string]: string | number | boolean | null;
  };
}

export function announce<T extends Topic>(bus: Pick<Bus, "publish">, topic: T, payload: TopicPayloads[T]): void {
  bus.publish(topic, payload);
}
