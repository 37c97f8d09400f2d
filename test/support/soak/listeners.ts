// A child process that holds the sockets of a soak: each subscribes to the signals of one rising symbol and comes back by
// itself when the engine goes away. The way of a signal is timed from its tick's timestamp, which is the moment at which
// it was published, until the first socket has it: both by the wall clock of this machine.
import { WebSocket } from "ws";
import { RISING_SYMBOLS, risingSymbol } from "./rising.ts";

export interface ListenersOrder {
  readonly port: number;
  readonly sockets: number;
}
/** Sent each second. */
export interface ListenersNews {
  readonly open: number;
  /** Signals on all sockets. */
  readonly received: number;
  /** Milliseconds from the tick to the signal, of the second. */
  readonly latenciesMs: readonly number[];
  /** Sockets that were told that they had missed something. */
  readonly gaps: number;
}

interface Update {
  readonly type: string;
  readonly data: { readonly type: string; readonly symbol: string; readonly event_time: number };
}

const RETRY_MS = 200;
const PER_TURN = 50;
/** What is older came by a snapshot or after a restart, and is no way of a signal. */
const seen = new Map<string, number>();
const wanted = { port: 0, sockets: 0 };
const state = { open: 0, asked: 0, received: 0, gaps: 0 };
let latenciesMs: number[] = [];

process.on("message", (order: ListenersOrder) => Object.assign(wanted, order));
process.once("disconnect", () => process.exit(0));

setInterval(() => {
  for (let turn = 0; turn < PER_TURN && state.asked < wanted.sockets; turn++) open(state.asked);
}, RETRY_MS);

setInterval(() => {
  process.send?.({ open: state.open, received: state.received, latenciesMs, gaps: state.gaps } satisfies ListenersNews);
  latenciesMs = [];
}, 1_000);

function open(index: number): void {
  state.asked++;
  const symbol = risingSymbol(index % RISING_SYMBOLS);
  const socket = new WebSocket(`ws://127.0.0.1:${wanted.port}/ws`, { perMessageDeflate: false });
  socket.on("open", () => {
    state.open++;
    socket.send(JSON.stringify({ op: "subscribe", id: 1, channel: "signals", filter: { symbols: [symbol] } }));
    socket.once("close", () => state.open--);
  });
  socket.on("message", (bytes: Buffer) => take(JSON.parse(bytes.toString()) as Update));
  socket.on("error", () => socket.terminate());
  socket.once("close", () => state.asked--);
}

function take(update: Update): void {
  if (update.type === "gap") state.gaps++;
  if (update.type !== "update") return;
  state.received++;
  const { type, symbol, event_time: eventTime } = update.data;
  // Said at the tick itself: the others wait for the end of a bar, or for a cycle.
  if (type !== "momentum_rider" || (seen.get(symbol) ?? 0) >= eventTime) return;
  seen.set(symbol, eventTime);
  latenciesMs.push(performance.timeOrigin + performance.now() - eventTime * 1000);
}
