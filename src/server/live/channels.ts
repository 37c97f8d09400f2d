// What an event of each channel means: its data on the wire, what filters see in it, and what a snapshot shows. The
// rooms that something happens in publish through a Publisher, which takes nothing but that channel's kind of data.
import { signalText, type WireSignal, wireSignal } from "../../domain/signal.ts";
import { Board } from "./board.ts";
import { EventLog } from "./event-log.ts";
import { NO_FACETS } from "./filter.ts";
import type {
  AlertUpdate,
  BarUpdate,
  EventChannelName,
  ExecutionUpdate,
  MetricsUpdate,
  PipelineUpdate,
  ResearchUpdate,
  StrategyUpdate,
  TradeUpdate,
} from "../../domain/live-protocol.ts";
import type { Approved } from "../../domain/approved.ts";
import type { Publication } from "./event-log.ts";
import type { Time } from "./time.ts";

const HISTORY_SHOWN = 100;
const PIPELINES_SHOWN = 20;
const RUNS_SHOWN = 20;
const BARS_SHOWN = 1;
/** Whose snapshots are of what is now, with `strategy_name` in it. */
const NAMED = ["executions", "pipeline", "alerts"] as const;

/** Something of a strategy: `strategyName` is the implementation's name where the id stands for a built-in one. */
export interface OfStrategy<T> {
  readonly data: T;
  readonly strategyName?: string | null;
}

/** A signal of a cluster's shard, as it came over Redis. */
export type RelayedSignal = WireSignal & {
  readonly shard: number;
  /** Its id in the shard's stream of signals: they rise within a shard. */
  readonly entry_id: string;
};

export class Publisher<T> {
  private readonly log: EventLog;
  private readonly time: Time;
  private readonly read: (item: T) => Publication;
  private closed = false;

  constructor(log: EventLog, time: Time, read: (item: T) => Publication) {
    this.log = log;
    this.time = time;
    this.read = read;
  }

  /** Numbers the events and hands them to every subscriber, in order. */
  publish(items: readonly T[]): void {
    if (!this.closed && items.length > 0) this.log.publish(items.map(this.read), this.time.nowMs());
  }

  /** At the start: what is open since an earlier run, oldest first. Snapshots show it; it is not news. */
  restore(items: readonly T[]): void {
    this.log.restore(items.map(this.read), this.time.nowMs());
  }

  /** Events were missed that nobody can give any more. */
  breakOff(): void {
    this.log.breakOff();
  }

  /** Whether anybody is subscribed. */
  get isHeard(): boolean {
    return this.log.hasSubscribers;
  }

  /** The symbols that subscribers follow, or all of them. */
  get wanted(): ReadonlySet<string> | "all" {
    return this.log.wanted;
  }

  /** Nothing is published afterwards. */
  close(): void {
    this.closed = true;
  }
}

export class Channels {
  private readonly time: Time;
  private readonly logs = new Map<string, EventLog>();
  private readonly publishers: { close(): void }[] = [];
  readonly signals: Publisher<Approved>;
  /** On the channel of signals as well. */
  readonly relayed: Publisher<RelayedSignal>;
  readonly trades: Publisher<OfStrategy<TradeUpdate>>;
  readonly executions: Publisher<OfStrategy<ExecutionUpdate>>;
  readonly pipeline: Publisher<OfStrategy<PipelineUpdate>>;
  readonly metrics: Publisher<MetricsUpdate>;
  readonly alerts: Publisher<OfStrategy<AlertUpdate>>;
  readonly research: Publisher<ResearchUpdate>;
  readonly bars: Publisher<BarUpdate>;
  readonly strategies: Publisher<OfStrategy<StrategyUpdate>>;

  constructor(time: Time) {
    this.time = time;
    this.signals = this.add("signals", HISTORY_SHOWN, readSignal);
    this.relayed = this.beside("signals", readRelayed);
    this.trades = this.add("trades", HISTORY_SHOWN, readTrade);
    this.executions = this.add("executions", new Board(0), readExecution);
    this.pipeline = this.add("pipeline", new Board(PIPELINES_SHOWN), readPipeline);
    this.metrics = this.add("metrics", 1, readMetrics);
    this.alerts = this.add("alerts", new Board(0), readAlert);
    this.research = this.add("research", new Board(RUNS_SHOWN), readResearch);
    this.bars = this.add("bars", BARS_SHOWN, readBar);
    this.strategies = this.add("strategies", HISTORY_SHOWN, readStrategy);
  }

  /**
   * Snapshots of what is now say the name of now; null: it was deleted. What was told stays as it was told, in replays as
   * well: the channel of strategies tells of the other name.
   */
  renamed(strategyId: string, name: string | null): void {
    for (const channel of NAMED)
      this.logs
        .get(channel)
        ?.renew((event) =>
          event.facets.strategies.includes(strategyId) ? event.saying({ strategy_name: name }) : event,
        );
  }

  /** The store of a channel's events; undefined for a name that is no channel of events. */
  log(channel: string): EventLog | undefined {
    return this.logs.get(channel);
  }

  close(): void {
    for (const publisher of this.publishers) publisher.close();
  }

  /** A second publisher on a channel that there is. */
  private beside<T>(channel: EventChannelName, read: (item: T) => Publication): Publisher<T> {
    const log = this.logs.get(channel);
    if (log === undefined) throw new Error(`the channel ${channel} does not exist yet`);
    const publisher = new Publisher<T>(log, this.time, read);
    this.publishers.push(publisher);
    return publisher;
  }

  private add<T>(channel: EventChannelName, snapshot: number | Board, read: (item: T) => Publication): Publisher<T> {
    const log = new EventLog({ channel, snapshot });
    const publisher = new Publisher<T>(log, this.time, read);
    this.logs.set(channel, log);
    this.publishers.push(publisher);
    return publisher;
  }
}

function readRelayed(signal: RelayedSignal): Publication {
  const { symbol, type, strategy, strategy_id, strategy_type: family, timing_tier: tier, confidence } = signal;
  const strategies = namesOf(type, strategy, strategy_id);
  return { facets: { symbol, strategies, family, tier, confidence }, place: null, wire: () => signal };
}

function readSignal(signal: Approved): Publication {
  const { symbol, type, strategy, strategyId, family, tier, confidence } = signal;
  const strategies = strategyId === null ? [type, strategy] : [type, strategy, strategyId];
  const facets = { symbol, strategies, family, tier, confidence };
  return { facets, place: null, wire: () => wireSignal(signal), text: () => signalText(signal) };
}

function readTrade({ data, strategyName }: OfStrategy<TradeUpdate>): Publication {
  const strategies = namesOf(data.strategy_id, strategyName);
  return { facets: { ...NO_FACETS, symbol: data.trade.symbol, strategies }, place: null, wire: () => data };
}

function readExecution({ data, strategyName }: OfStrategy<ExecutionUpdate>): Publication {
  const over = data.status !== "running" && data.status !== "paused";
  return {
    facets: { ...NO_FACETS, strategies: namesOf(data.strategy_id, strategyName) },
    place: { key: data.execution_id, over },
    wire: () => data,
  };
}

function readPipeline({ data, strategyName }: OfStrategy<PipelineUpdate>): Publication {
  const over = data.status === "completed" || data.status === "failed";
  return {
    facets: { ...NO_FACETS, strategies: namesOf(data.strategy_id, strategyName) },
    place: { key: data.pipeline_id, over },
    wire: () => data,
  };
}

function readMetrics(data: MetricsUpdate): Publication {
  return { facets: NO_FACETS, place: null, wire: () => data };
}

function readAlert({ data, strategyName }: OfStrategy<AlertUpdate>): Publication {
  return {
    facets: { ...NO_FACETS, symbol: data.symbol ?? null, strategies: namesOf(data.strategy_id, strategyName) },
    place: { key: data.alert_id, over: data.acknowledged },
    wire: () => data,
  };
}

function readResearch(data: ResearchUpdate): Publication {
  return {
    facets: { ...NO_FACETS, strategies: namesOf(data.strategy_id, data.strategy_type) },
    place: { key: data.id, over: data.status !== "queued" && data.status !== "running" },
    wire: () => data,
  };
}

function readStrategy({ data, strategyName }: OfStrategy<StrategyUpdate>): Publication {
  const facets = { ...NO_FACETS, strategies: namesOf(data.strategy_id, strategyName) };
  return { facets, place: null, wire: () => data };
}

function readBar(data: BarUpdate): Publication {
  return { facets: { ...NO_FACETS, symbol: data.symbol }, place: null, wire: () => data };
}

function namesOf(...names: readonly (string | null | undefined)[]): readonly string[] {
  return names.filter((name) => typeof name === "string").slice(); // what filter() makes has room for a dozen more
}
