// Every Redis key, channel and topic of the engine, with its type and life time. No other file spells one.
//
// | name                                           | type    | life time          | who writes         |
// | ---------------------------------------------- | ------- | ------------------ | ------------------ |
// | strategy_engine_input                          | channel |                    | producers of ticks |
// | strategy_engine_input:stream                   | stream  | its producers'     | producers of ticks |
// | strategy_engine:{strategy}:{symbol}:{epoch_s}  | string  | SIGNAL_TTL_SECONDS | the engine         |
// | strategy_engine:performance_history:{id}       | string  | 3600 s             | the engine         |
// | strategy_engine:config:{component}             | string  | none               | the engine         |
// | market_data:{symbol}:history                   | string  | the owner's        | others; read only  |
// | strategy.order.update                          | channel |                    | who executes orders; read only |
// | each of TOPICS                                 | channel |                    | the engine         |
//
// A cluster's, where {s} is the number of a shard in braces: what belongs to a shard lies in one slot of a Redis Cluster.
//
// | strategy_engine:{s}:lease                      | string  | LEASE_MS           | the node that owns the shard: its token |
// | strategy_engine:{s}:epoch                      | string  | none               | nodes: owners so far, a counter |
// | strategy_engine:{s}:folder                     | string  | none               | the node that owns the shard: newest epoch whose folder is complete |
// | strategy_engine_input:{s}:stream               | stream  | its producers'     | producers of ticks |
// | strategy_engine:{s}:position                   | string  | none               | the shard: newest input entry done with |
// | strategy_engine:{s}:signals                    | stream  | 100,000 entries    | the shard          |
// | strategy_engine:{s}:signal                     | sharded channel |            | the shard: each entry as it is added |
// | strategy_engine:nodes                          | hash    | none               | nodes: id -> what it serves |
// | strategy_engine:cluster                        | hash    | none               | nodes: what all have to agree in |
//
// Of jobs that any process may take (JOBS=redis); all lie in one slot of a Redis Cluster.
//
// | {bull}:runs-{version}:*                        | several | as the library of the queue needs them | engines and workers |
// | {bull}:body:{id}, {bull}:result:{id}           | string  | 3600 s, renewed while it waits | who asks, who works |
// | {bull}:cancel:{id}                             | string  | 3600 s             | who asks           |
// | {bull}:owner:{id}                              | string  | 30 s, renewed      | who asks: it lives |
//
// No key that the engine writes lives longer than KEY_TTL_SECONDS_MAX, except the configuration's and a cluster's.

export const KEY_TTL_SECONDS_MAX = 3_600;

/** Ticks come in here: one tick, a list or `{"market_data": [...]}`, as JSON or msgpack. */
export const INPUT_CHANNEL = "strategy_engine_input";

/** The same as entries with the field `data`, with INGEST=streams; STREAM_GROUP reads it. */
export const INPUT_STREAM = "strategy_engine_input:stream";
export const STREAM_GROUP = "strategy_engine";

/** What has become of orders at a real venue, told by whoever executes them. */
export const ORDER_UPDATE_CHANNEL = "strategy.order.update";

/** Channels on which the engine publishes; the body is `{"topic","payload"}`. */
export const TOPICS = {
  deployed: "strategy.deployed",
  executionStarted: "strategy.execution.started",
  executionStopped: "strategy.execution.stopped",
  trade: "strategy.trade",
  error: "strategy.error",
  stageCompleted: "pipeline.stage.completed",
  pipelineFailed: "pipeline.failed",
  signal: "strategy.signal",
  alert: "strategy.alert",
  order: "strategy.order",
  position: "strategy.position",
  performance: "strategy.performance",
  orderRequested: "strategy.order.requested",
} as const;

/** A signal's key; `strategy` is the signal's field of that name, e.g. momentum. */
export function signalKey(strategy: string, symbol: string, epochSeconds: number): string {
  return `strategy_engine:${strategy}:${symbol}:${epochSeconds}`;
}
/** Tracked results of a strategy, renewed whenever one is added. */
export function performanceHistoryKey(strategyId: string): string {
  return `strategy_engine:performance_history:${strategyId}`;
}
export function configKey(component: string): string {
  return `strategy_engine:config:${component}`;
}
export function marketHistoryKey(symbol: string): string {
  return `market_data:${symbol}:history`;
}

/** Everything that belongs to one shard of a cluster. */
export interface ShardKeys {
  readonly lease: string;
  readonly epoch: string;
  readonly folder: string;
  readonly input: string;
  readonly position: string;
  readonly signals: string;
  /** For SSUBSCRIBE. */
  readonly channel: string;
}
export function shardKeys(shard: number): ShardKeys {
  const own = `strategy_engine:{${shard}}`;
  return {
    lease: `${own}:lease`,
    epoch: `${own}:epoch`,
    folder: `${own}:folder`,
    input: `strategy_engine_input:{${shard}}:stream`,
    position: `${own}:position`,
    signals: `${own}:signals`,
    channel: `${own}:signal`,
  };
}
/** The group by which the owner of that epoch reads a shard's input; those of owners before it are destroyed. */
export function shardGroup(epoch: number): string {
  return `${SHARD_GROUPS_BEGIN}${epoch}`;
}
export const SHARD_GROUPS_BEGIN = `${STREAM_GROUP}:`;
export const NODES_KEY = "strategy_engine:nodes";
export const CLUSTER_KEY = "strategy_engine:cluster";

/** Of the queue of jobs; the library puts it before all its keys. */
export const JOB_PREFIX = "{bull}";
export const JOBS_TTL_MS = KEY_TTL_SECONDS_MAX * 1_000;

/** `trials`: candidates of a search, which only processes take that do nothing else. */
export type JobKind = "runs" | "trials";

/** Runs of another version might come out differently, so they have a queue of their own. */
export function jobQueueName(version: string, kind: JobKind): string {
  return `${kind}-${version}`;
}
/** There while anybody takes jobs of that queue. */
export function takersKey(queue: string): string {
  return `${JOB_PREFIX}:takers:${queue}`;
}

export interface JobKeys {
  readonly body: string;
  readonly result: string;
  readonly cancel: string;
}
export function jobKeys(id: string): JobKeys {
  return {
    body: `${JOB_PREFIX}:body:${id}`,
    result: `${JOB_PREFIX}:result:${id}`,
    cancel: `${JOB_PREFIX}:cancel:${id}`,
  };
}
export function ownerKey(owner: string): string {
  return `${JOB_PREFIX}:owner:${owner}`;
}
