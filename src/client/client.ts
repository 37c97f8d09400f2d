// `strategy-engine/client`: REST and WebSocket for programs that use the engine. Knows the public API and nothing of the
// engine's inside: of other rooms it takes types and the words of domain/live-protocol.ts and domain/shard.ts.
//
//   const engine = createClient({ url: "http://localhost:8700", WebSocket });
//   const health = await engine.rest.call("getHealth");
//   for await (const item of engine.live().subscribe("signals", { filter: { symbols: ["BTCUSD"] } })) ...
import { LiveClient, type LiveOptions } from "./live.ts";
import { RestClient, type RestOptions } from "./rest.ts";

export { explainFailure } from "./failure.ts";
export type { LiveFailure, Outcome, RestFailure } from "./failure.ts";
export { LiveClient } from "./live.ts";
export type { LiveOptions, LiveState } from "./live.ts";
export type { OperationName, RequestOf, ResponseOf } from "./operations.ts";
export { OPERATIONS } from "./operations.ts";
export { RestClient } from "./rest.ts";
export type { RestOptions } from "./rest.ts";
export type { Acknowledgement, Gap, Item, Snapshot, SubscribeOptions, Subscription, Update } from "./subscription.ts";
export type { Encoding, SocketClass } from "./wire.ts";
export type {
  AlertUpdate,
  BarUpdate,
  ChannelData,
  EventChannelName,
  ExecutionUpdate,
  Filter,
  MetricsUpdate,
  PipelineUpdate,
  ResearchUpdate,
  StrategyUpdate,
  TradeUpdate,
} from "../domain/live-protocol.ts";
export { NO_GROUPS, shardGroups, shardOf, type ShardGroups, SHARDS_MAX } from "../domain/shard.ts";
export type { WireSignal } from "../domain/signal.ts";

export interface ClientOptions extends RestOptions, Omit<LiveOptions, "url" | "apiKey"> {}

export interface Client {
  readonly rest: RestClient;
  /** Opens a connection of its own; close it when it is no longer needed. */
  live(options?: Partial<LiveOptions>): LiveClient;
}

export function createClient(options: ClientOptions): Client {
  return { rest: new RestClient(options), live: (more) => new LiveClient({ ...options, ...more }) };
}
