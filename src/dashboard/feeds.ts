// What the socket tells, kept for all pages at once. Events are gathered and shown once a frame, so that a thousand
// signals a second cost one redraw; what is kept has a bound. After a gap that nobody can fill, lists begin anew from
// the snapshot that the engine sends, and the page says that something is missing.
import { computed, signal, type Signal } from "@preact/signals";
import type {
  AlertUpdate,
  ChannelData,
  EventChannelName,
  ExecutionUpdate,
  Item,
  MetricsUpdate,
  PipelineUpdate,
  ResearchUpdate,
  TradeUpdate,
  WireSignal,
} from "../client/client.ts";
import { onLive } from "./engine.ts";
import { gathering } from "./gather.ts";

const SIGNALS_KEPT = 1_000;
const TRADES_KEPT = 500;
const ROWS_KEPT = 500;
const SECONDS_KEPT = 600;
/** Events of one showing from which on the next one waits a little. */
const CROWD = 20;
const CROWD_MS = 250;

/** Newest first. */
export const signals = signal<readonly WireSignal[]>([]);
/** The newest one came from the synthetic market. */
export const synthetic = computed(() => signals.value[0]?.["demo"] === true);
export const trades = signal<readonly TradeUpdate[]>([]);
/** Oldest first, one a second. */
export const metrics = signal<readonly (MetricsUpdate & { readonly at: number })[]>([]);
export const alerts = signal<ReadonlyMap<string, AlertUpdate>>(new Map());
export const executions = signal<ReadonlyMap<string, ExecutionUpdate>>(new Map());
export const pipelines = signal<ReadonlyMap<string, PipelineUpdate>>(new Map());
export const research = signal<ReadonlyMap<string, ResearchUpdate>>(new Map());
/** Events that nobody can have any more, since the page was opened. */
export const lost = signal(0);
/** Counts up with every event of these channels: who shows an answer of REST asks again. */
export const changes: Readonly<Record<"executions" | "pipeline" | "alerts" | "research", Signal<number>>> = {
  executions: signal(0),
  pipeline: signal(0),
  alerts: signal(0),
  research: signal(0),
};

/** Those that every page may show; bars are followed symbol by symbol (bars.ts). */
type Fed = Exclude<EventChannelName, "bars">;

const gathered = gathering<Fed, Item<ChannelData[Fed]>>({
  take: (channel, items) => TAKE[channel](items as never),
  // A hidden tab draws no frames; a timer keeps its memory bounded. Nobody reads more than a few lines a second, so what
  // comes in crowds is shown a few times a second, and the frames between belong to who scrolls and types.
  soon: (run, crowd) => {
    if (document.hidden) setTimeout(run, 1_000);
    else if (crowd > CROWD) setTimeout(() => requestAnimationFrame(run), CROWD_MS);
    else requestAnimationFrame(run);
  },
  complain: reportError,
});
// The frame that was asked for will not be drawn before the tab is seen again.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) gathered.flush();
});

type Take<C extends Fed> = (items: readonly Item<ChannelData[C]>[]) => void;
const TAKE: { readonly [C in Fed]: Take<C> } = {
  signals: newestFirst(signals, SIGNALS_KEPT),
  trades: newestFirst(trades, TRADES_KEPT),
  metrics: (items) => {
    const at = Date.now();
    const news = items.flatMap((item) =>
      item.kind === "update" ? [{ ...item.data, at: item.ts }] : snapshotAt(item, at),
    );
    if (news.length > 0) metrics.value = [...metrics.peek(), ...news].slice(-SECONDS_KEPT);
    countGaps(items);
  },
  alerts: byId(alerts, (alert) => alert.alert_id, "alerts"),
  executions: byId(executions, (execution) => execution.execution_id, "executions"),
  pipeline: byId(pipelines, (pipeline) => pipeline.pipeline_id, "pipeline"),
  research: byId(research, (job) => job.id, "research"),
};

function snapshotAt(item: Item<MetricsUpdate>, at: number): readonly (MetricsUpdate & { readonly at: number })[] {
  return item.kind === "snapshot" ? item.data.map((data) => ({ ...data, at })) : [];
}

function newestFirst<T>(target: Signal<readonly T[]>, kept: number): (items: readonly Item<T>[]) => void {
  return (items) => {
    let list = target.peek();
    const news: T[] = [];
    for (const item of items) {
      if (item.kind === "update") news.push(item.data);
      else if (item.kind === "snapshot") {
        list = [...item.data].reverse();
        news.length = 0;
      }
    }
    target.value = [...news.reverse(), ...list].slice(0, kept);
    countGaps(items);
  };
}

function byId<T>(
  target: Signal<ReadonlyMap<string, T>>,
  idOf: (data: T) => string,
  name: keyof typeof changes,
): (items: readonly Item<T>[]) => void {
  return (items) => {
    const map = new Map(target.peek());
    for (const item of items) {
      if (item.kind === "gap") continue;
      if (item.kind === "snapshot") map.clear();
      for (const data of item.kind === "update" ? [item.data] : item.data) {
        map.delete(idOf(data));
        map.set(idOf(data), data);
      }
    }
    for (const id of map.keys()) {
      if (map.size <= ROWS_KEPT) break;
      map.delete(id);
    }
    target.value = map;
    changes[name].value += 1;
    countGaps(items);
  };
}

function countGaps(items: readonly Item<unknown>[]): void {
  for (const item of items) {
    if (item.kind === "gap") lost.value += item.toSeq === null ? 1 : item.toSeq - item.fromSeq + 1;
  }
}

const CHANNELS = ["signals", "trades", "metrics", "alerts", "executions", "pipeline", "research"] as const;

onLive((live) => {
  for (const channel of CHANNELS) {
    live.subscribe(channel, { snapshot: true, onItem: (item) => gathered.add(channel, item) });
  }
});
