// News of the live channels as one line each, for terminals: time, channel, what happened. Times are UTC. Texts in them were
// written by others, so what would steer a terminal is shown as its code.
import type { ChannelData } from "../client/client.ts";
import { isBlank, seen } from "../domain/seen.ts";
import { styled, type Style } from "./text.ts";

/** Channels that tell of single things, which can be written down line by line. */
export const NEWS = ["signals", "alerts", "pipeline", "executions", "trades", "research", "strategies"] as const;
export type NewsChannel = (typeof NEWS)[number];

const TEXTS: { readonly [C in NewsChannel]: (data: ChannelData[C]) => string } = {
  signals: (signal) => signalText(signal),
  alerts: ({ level, message, strategy_id: id, strategy_name: name }) => {
    const style: Style = level === "critical" ? "red" : level === "warning" ? "yellow" : "dim";
    return `${styled(style, level.padEnd(8))}  ${message}${id === null ? "" : `  ${whose(id, name)}`}`;
  },
  pipeline: ({ event, stage, pipeline_id: id, status, ...more }) =>
    `${event}${stage === null ? "" : ` ${stage}`}  ${id} of ${called(more)}: ${status}, ${more.stages_completed} of ${more.total_stages} stages`,
  executions: ({ event, execution_id: id, trade_count: trades, pnl, ...more }) =>
    `${event}  ${id} of ${called(more)}: ${trades} trades, pnl ${pnl.toFixed(2)}`,
  trades: ({ trade: { side, symbol, quantity, price, pnl }, strategy_id: id, strategy_name: name }) => {
    const action = styled(side === "BUY" ? "green" : "red", side.padEnd(4));
    return `${action}  ${symbol}  ${figure(quantity)} at ${figure(price)}, pnl ${pnl.toFixed(2)}  ${whose(id, name)}`;
  },
  research: ({ event, kind, id, progress, error }) =>
    `${kind} ${event}  ${id}: ${(100 * progress).toFixed(0)} %${error === null ? "" : `, ${error}`}`,
  strategies: ({ event, status, version, deployed_version: inForce, ...more }) =>
    `${event}  ${called(more)}: ${status}, version ${version}, in force ${inForce ?? "none"}`,
};

/** At the end of a line. */
function whose(id: string, name: string | null | undefined): string {
  return typeof name === "string" ? `(${name}, ${id})` : `(${id})`;
}

/** By its name, and by its id: names need not be unique. */
function called({ strategy_id: id, strategy_name: name }: Strategic): string {
  return typeof name === "string" ? `${name} (${id})` : id;
}
type Strategic = Pick<ChannelData["executions"], "strategy_id" | "strategy_name">;

/** `now`: when it came; null for what was there before. A signal bears its own time. */
export function newsText<C extends NewsChannel>(channel: C, data: ChannelData[C], now: Date | null): string {
  const came = now === null ? "earlier " : now.toISOString().slice(11, 19);
  const time = channel === "signals" ? timeOf(data as ChannelData["signals"]) : came;
  return `${time}  ${styled("dim", channel.padEnd(10))}  ${TEXTS[channel](seenAll(data))}`;
}

/** What came as JSON, with its texts as a terminal may have them; a name that nobody can see is none. */
function seenAll<D>(data: D): D {
  return JSON.parse(JSON.stringify(data), (key, value: unknown) => {
    if (typeof value !== "string") return value;
    return key === "strategy_name" && isBlank(value) ? null : seen(value);
  }) as D;
}

/** The longest symbol of the synthetic market, and of most others, so that columns stand under each other. */
export const SYMBOL_WIDTH = 15;

/** Of a signal, without its time. */
export function signalText(news: ChannelData["signals"]): string {
  const signal = seenAll(news);
  const action = signal.action === "buy" ? styled("green", "buy ") : styled("red", "sell");
  const [entry, stop, target] = [signal.entry_price, signal.stop_loss, signal.take_profit].map(figure);
  const demo = signal["demo"] === true ? styled("dim", "  DEMO") : "";
  return `${action}  ${signal.symbol.padEnd(SYMBOL_WIDTH)}  ${signal.type.padEnd(26)}  ${signal.confidence.toFixed(2)}  at ${entry}, stop ${stop}, target ${target}${demo}`;
}

export function timeOf({ timestamp }: ChannelData["signals"]): string {
  return new Date(timestamp * 1000).toISOString().slice(11, 19);
}

function figure(value: number): string {
  return String(Number(value.toPrecision(8)));
}
