// The screen of `strategy-engine top` as lines of text, none wider than asked for. Pure: two looks in, lines out. Rates are
// between the looks; a dash stands where there is only one.
import { seen } from "../../domain/seen.ts";
import { SYMBOL_WIDTH } from "../event-text.ts";
import { count, mebibytes, type Style } from "../text.ts";
import type { Look } from "./look.ts";

export interface Screen {
  readonly url: string;
  readonly now: Look;
  readonly before: Look | null;
  /** Why the engine does not answer any more; null: it does. */
  readonly lost: string | null;
  readonly width: number;
  readonly height: number;
  readonly paint: (style: Style, text: string) => string;
}

type Piece = string | { readonly style: Style; readonly text: string };
type Line = readonly Piece[];

const METER = 20;
const MS_PER_S = 1_000;
const LABEL = 12;
const STATES: Readonly<Record<string, Style>> = { healthy: "green", degraded: "yellow", unhealthy: "red" };

export function draw(screen: Screen): readonly string[] {
  const lines = [
    ...head(screen),
    [],
    ...flow(screen),
    [],
    ...tiers(screen.now),
    [],
    ...parts(screen),
    [],
    ...latest(screen.now),
  ];
  return lines.slice(0, screen.height).map((line) => cut(line, screen.width, screen.paint));
}

function head({ url, now: { health }, lost }: Screen): readonly Line[] {
  const {
    status,
    uptime_seconds: up,
    demo,
    emergency_stop: stopped,
    live_trading: live = "off",
    troubles = [],
  } = health;
  const first: Line = [
    { style: "bold", text: `strategy-engine  ${url}  ` },
    { style: STATES[status] ?? "red", text: status },
    `  up ${duration(up)}`,
    ...(demo === true ? [{ style: "yellow" as const, text: "  DEMO: a made-up market" }] : []),
    ...(live === "off" ? [] : [{ style: "yellow" as const, text: `  LIVE TRADING ${live}` }]),
  ];
  return [
    first,
    ...(lost === null
      ? []
      : [[{ style: "red" as const, text: `no answer any more (${lost}); these figures are old` }]]),
    ...(stopped === true
      ? [[{ style: "red" as const, text: "EMERGENCY STOP: nothing enters until it is lifted" }]]
      : []),
    ...troubles.map((trouble): Line => [{ style: "yellow", text: `! ${trouble}` }]),
  ];
}

function flow({ now, before }: Screen): readonly Line[] {
  const { health } = now;
  const stats = now.summary.integration_stats;
  const refused = Object.values(asRecord(stats["signals_refused"])).reduce<number>((sum, n) => sum + numberOf(n), 0);
  return [
    row("ticks", [
      `${rate(now, before, (one) => one.ticks)}/s`,
      `${count(now.ticks)} so far`,
      ...(now.refused === 0 ? [] : [`${count(now.refused)} refused`]),
      `${count(numberOf(stats["symbols"]))} symbols`,
      `${count(numberOf(stats["instances"]))} instances`,
    ]),
    row("signals", [
      `${rate(now, before, (one) => one.published)}/s`,
      `${count(now.published)} so far`,
      `${count(refused)} refused by risk`,
    ]),
    row("executions", [
      `${count(health.active_executions)} running`,
      `${count(health.active_strategies)} strategies in force`,
      `${count(health.pipelines_executed)} pipelines ended`,
    ]),
  ];
}

function tiers({ summary }: Look): readonly Line[] {
  const rows = Object.entries(summary.tiers).map(([name, one]): Line => {
    const { interval_ms: every, p50_ms: p50, p99_ms: p99, overruns } = one;
    const share = Math.min(1, p99 / every);
    const full = Math.round(share * METER);
    const style: Style = share >= 1 ? "red" : share >= 0.5 ? "yellow" : "green";
    return [
      name.padEnd(LABEL),
      `${count(every)} ms`.padStart(10),
      p50.toFixed(2).padStart(10),
      p99.toFixed(2).padStart(10),
      count(overruns).padStart(10),
      "  ",
      { style, text: "█".repeat(full) },
      { style: "dim", text: "░".repeat(METER - full) },
    ];
  });
  const title = ["every", "p50 ms", "p99 ms", "overruns"].map((word) => word.padStart(10)).join("");
  return [[{ style: "bold", text: `${"TIER".padEnd(LABEL)}${title}  p99 of its interval` }], ...rows];
}

function parts({ now, before }: Screen): readonly Line[] {
  const { health, components } = now;
  const bus = asRecord(asRecord(now.summary.integration_stats)["bus"]);
  const { journal, events = 0, events_waiting: waiting = 0 } = health;
  const ill = components.filter(({ status }) => status !== "healthy");
  const share = before === null ? "-" : `${(100 * perSecond(now, before, (one) => one.cpuSeconds)).toFixed(0)} %`;
  return [
    row("event ring", [`${count(waiting)} of ${count(events)} events wait to be evaluated`]),
    row("journal", [
      journal === null || journal === undefined
        ? "none: nothing survives a restart"
        : `${journal.state}, ${count(events - journal.durable_events)} events not on the disk yet, ${mebibytes(journal.bytes)} in ${count(journal.segments)} files`,
    ]),
    row("bus", [
      `${health.messagebus}${health.messagebus_connected ? "" : ", AWAY"}`,
      `${count(numberOf(bus["messages_in"]))} in`,
      `${count(numberOf(bus["messages_out"]))} out`,
      `${count(numberOf(bus["dropped"]))} dropped`,
    ]),
    row("process", [
      `${share} of a core`,
      mebibytes(now.memoryBytes),
      `main thread late by ${now.loopP99Ms.toFixed(1)} ms at p99`,
      `${count(numberOf(asRecord(now.summary.integration_stats)["websocket_connections"]))} sockets`,
    ]),
    row("parts", [`${components.length - ill.length} of ${components.length} healthy`]),
    ...ill.map(({ name, status, last_error: why }): Line => [
      " ".repeat(LABEL),
      { style: STATES[status] ?? "red", text: `${name} ${status}${why === null ? "" : `: ${why}`}` },
    ]),
  ];
}

function latest({ signals }: Look): readonly Line[] {
  if (signals.length === 0) return [[{ style: "dim", text: "no signals yet" }]];
  return [
    [{ style: "bold", text: "LATEST SIGNALS" }],
    ...signals.map(({ timestamp, action, symbol, type, confidence }): Line => [
      `${new Date(timestamp * MS_PER_S).toISOString().slice(11, 19)}  `,
      { style: action === "buy" ? "green" : "red", text: action.padEnd(6) },
      `${symbol.padEnd(SYMBOL_WIDTH)}  ${type.padEnd(26)}  ${confidence.toFixed(2)}`,
    ]),
  ];
}

function row(label: string, cells: readonly string[]): Line {
  return [label.padEnd(LABEL), cells.join("   ")];
}

/** Cuts what is seen, not what colours it. */
function cut(line: Line, width: number, paint: Screen["paint"]): string {
  let left = width;
  let text = "";
  for (const piece of line) {
    const { style, text: whole } = typeof piece === "string" ? { style: null, text: piece } : piece;
    const shown = seen(whole).slice(0, left);
    left -= shown.length;
    if (shown !== "") text += style === null ? shown : paint(style, shown);
  }
  return text;
}

function perSecond(now: Look, before: Look, read: (one: Look) => number): number {
  return (MS_PER_S * (read(now) - read(before))) / Math.max(1, now.atMs - before.atMs);
}
function rate(now: Look, before: Look | null, read: (one: Look) => number): string {
  if (before === null) return "-";
  const value = perSecond(now, before, read);
  return value >= 100 ? count(Math.round(value)) : value.toFixed(1);
}

export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3_600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
