// What the socket tells, kept for all pages at once. Events are gathered and shown once a frame, so that a thousand
// signals a second cost one redraw; what is kept has a bound. After a gap that nobody can fill, lists begin anew from
// the snapshot that the engine sends, and the page says that something is missing.
import { signal, type Signal } from "@preact/signals";
import type {
  AlertUpdate,
  ChannelData,
  EventChannelName,
  Item,
  MetricsUpdate,
  StrategyUpdate,
  WireSignal,
} from "../client/client.ts";
import { onLive } from "./engine.ts";
import { gathering } from "./gather.ts";
import { ToldNames } from "./told-names.ts";

const SIGNALS_KEPT = 1_000;
const ALERTS_KEPT = 500;
const SECONDS_KEPT = 600;
/** Events of one showing from which on the next one waits a little. */
const CROWD = 20;
const CROWD_MS = 250;
/** Who presses for longer waits for nothing. */
const PRESSED_MS = 1_000;
const PRESSED_AGAIN_MS = 50;

/** Newest first; null before the engine has said which there are. */
export const signals = signal<readonly WireSignal[] | null>(null);
/** Oldest first, one a second. */
export const metrics = signal<readonly (MetricsUpdate & { readonly at: number })[]>([]);
/** Null before the engine has said which there are. */
export const alerts = signal<ReadonlyMap<string, AlertUpdate> | null>(null);
/** Events that nobody can have any more, since the page was opened or somebody has read of them. */
export const lost = signal(0);
/** When another run of the engine was met, epoch ms: its events have numbers of their own, so nobody can count what was before. */
export const begunAnew = signal<number | null>(null);
/** Counts up with every event of these channels: who shows an answer of REST asks again. */
export const changes: Readonly<Record<"executions" | "pipeline" | "research" | "strategies", Signal<number>>> = {
  executions: signal(0),
  pipeline: signal(0),
  research: signal(0),
  strategies: signal(0),
};

/** The same for one strategy alone; those that somebody has looked at. */
const changesOfOne = new Map<string, Signal<number>>();
export function changesOf(strategyId: string): Signal<number> {
  const known = changesOfOne.get(strategyId) ?? signal(0);
  changesOfOne.set(strategyId, known);
  return known;
}

/** Those that every page may show; bars are followed symbol by symbol (bars.ts). */
type Fed = Exclude<EventChannelName, "bars" | "trades">;

const gathered = gathering<Fed, Item<ChannelData[Fed]>>({
  take: (channel, items) => TAKE[channel](items as never),
  // A hidden tab draws no frames; a timer keeps its memory bounded. Nobody reads more than a few lines a second, so what
  // comes in crowds is shown a few times a second, and the frames between belong to who scrolls and types.
  soon: (run, crowd) => {
    if (document.hidden) setTimeout(run, 1_000);
    else if (crowd > CROWD) setTimeout(() => unpressed(run), CROWD_MS);
    else unpressed(run);
  },
  complain: reportError,
});
/** Between press and release nothing changes under the pointer, so that what is clicked is what was aimed at. */
function unpressed(run: () => void): void {
  if (performance.now() - pressedAt < PRESSED_MS) setTimeout(() => unpressed(run), PRESSED_AGAIN_MS);
  else requestAnimationFrame(run);
}
let pressedAt = -Infinity;
addEventListener("pointerdown", () => (pressedAt = performance.now()), { capture: true });
for (const end of ["pointerup", "pointercancel"])
  addEventListener(end, () => (pressedAt = -Infinity), { capture: true });

// The frame that was asked for will not be drawn before the tab is seen again.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) gathered.flush();
});

type Take<C extends Fed> = (items: readonly Item<ChannelData[C]>[]) => void;
const TAKE: { readonly [C in Fed]: Take<C> } = {
  signals: takeSignals,
  metrics: (items) => {
    const at = Date.now();
    const news = items.flatMap((item) =>
      item.kind === "update" ? [{ ...item.data, at: item.ts }] : snapshotAt(item, at),
    );
    if (news.length > 0) metrics.value = [...metrics.peek(), ...news].slice(-SECONDS_KEPT);
    countGaps(items);
  },
  alerts: takeAlerts,
  executions: (items) => {
    counted("executions")(items);
    // Answers about a strategy say whether it runs.
    if (items.some((item) => item.kind !== "update" || item.data.event !== "updated")) changes.strategies.value += 1;
  },
  pipeline: counted("pipeline"),
  research: counted("research"),
  strategies: takeStrategies,
};

function snapshotAt(item: Item<MetricsUpdate>, at: number): readonly (MetricsUpdate & { readonly at: number })[] {
  return item.kind === "snapshot" ? item.data.map((data) => ({ ...data, at })) : [];
}

function takeSignals(items: readonly Item<WireSignal>[]): void {
  let list = signals.peek();
  const news: WireSignal[] = [];
  for (const item of items) {
    if (item.kind === "update") news.push(item.data);
    else if (item.kind === "snapshot") {
      list = [...item.data].reverse();
      news.length = 0;
    }
  }
  if (list !== null || news.length > 0) signals.value = [...news.reverse(), ...(list ?? [])].slice(0, SIGNALS_KEPT);
  countGaps(items);
}

function takeAlerts(items: readonly Item<AlertUpdate>[]): void {
  const map = new Map(alerts.peek());
  for (const item of items) {
    if (item.kind === "gap") continue;
    if (item.kind === "snapshot") map.clear();
    for (const data of item.kind === "update" ? [item.data] : item.data) {
      map.delete(data.alert_id);
      map.set(data.alert_id, data);
    }
  }
  for (const id of map.keys()) {
    if (map.size <= ALERTS_KEPT) break;
    map.delete(id);
  }
  if (items.some(({ kind }) => kind !== "gap")) alerts.value = names.over(map);
  countGaps(items);
}

const names = new ToldNames();

/** A strategy that is called otherwise from now on is so on every page. */
function takeStrategies(items: readonly Item<StrategyUpdate>[]): void {
  const { renamed, missed } = names.take(items);
  const known = alerts.peek();
  if (known !== null) alerts.value = names.over(known);
  // The engine's own list of alerts bears the names of now.
  if (missed) askForAlerts();
  // Their answers say names as well.
  const bearers = renamed || missed ? (["executions", "pipeline"] as const) : [];
  for (const name of ["strategies", ...bearers] as const) changes[name].value += 1;
  for (const id of missed ? changesOfOne.keys() : idsOf(items)) {
    const own = changesOfOne.get(id);
    if (own !== undefined) own.value += 1;
  }
  countGaps(items);
}

function idsOf(items: readonly Item<StrategyUpdate>[]): ReadonlySet<string> {
  const updates = items.flatMap((item) =>
    item.kind === "update" ? [item.data] : item.kind === "gap" ? [] : item.data,
  );
  return new Set(updates.map(({ strategy_id: id }) => id));
}

function counted(name: keyof typeof changes): (items: readonly Item<unknown>[]) => void {
  return (items) => {
    changes[name].value += 1;
    countGaps(items);
  };
}

/** Where the engine was started again, nobody knows how many events the run before had: that is no number of lost ones. */
function countGaps(items: readonly Item<unknown>[]): void {
  for (const item of items) {
    if (item.kind !== "gap") continue;
    if (item.toSeq === null) begunAnew.value = Date.now();
    else lost.value += item.toSeq - item.fromSeq + 1;
  }
}

export function dismissNotices(): void {
  lost.value = 0;
  begunAnew.value = null;
}

/** Of the others only that something has changed is of interest: whoever shows it asks for it. */
const WHOLE: ReadonlySet<Fed> = new Set(["signals", "metrics", "alerts"]);
const CHANNELS = ["signals", "metrics", "alerts", "executions", "pipeline", "research", "strategies"] as const;

/** From the beginning, as who has just come hears them. */
let askForAlerts = (): void => undefined;

onLive((live) => {
  const follow = (channel: Fed) =>
    live.subscribe(channel, { snapshot: WHOLE.has(channel), onItem: (item) => gathered.add(channel, item) });
  names.forget();
  const followed = new Map(CHANNELS.map((channel) => [channel, follow(channel)]));
  askForAlerts = () => {
    followed.get("alerts")?.close();
    followed.set("alerts", follow("alerts"));
  };
});
