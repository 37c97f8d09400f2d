// The WebSocket side of the client: one connection at a time, made again whenever it is lost, and the subscriptions that
// outlive it. Works wherever there is a WebSocket class: `ws` handed in, or the global one of browsers and newer Nodes.
import { CLOSE } from "../domain/live-protocol.ts";
import { backoffMs, type Backoff } from "./backoff.ts";
import { Subscription, type Link, type SubscribeOptions } from "./subscription.ts";
import { openWire, type Encoding, type ServerMessage, type SocketClass, type SocketLike, type Wire } from "./wire.ts";
import type { EventChannelName } from "../domain/live-protocol.ts";
import type { LiveFailure } from "./failure.ts";

export interface LiveOptions {
  /** Of the engine, e.g. http://localhost:8700; ws: and wss: are taken as well. */
  readonly url: string;
  readonly apiKey?: string;
  readonly encoding?: Encoding;
  /** The class to make sockets with; default: the global one. */
  readonly WebSocket?: SocketClass;
  /** Pauses between attempts; default 250 ms to 30 s, with chance in it. */
  readonly reconnect?: Partial<Backoff> & {
    /** Attempts in a row before everything ends with `unreachable`; default: no end. */
    readonly attempts?: number;
  };
  /** Without any frame for so long the connection counts as lost; default 10 s (the engine speaks each second). */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal;
  readonly onState?: (state: LiveState) => void;
  /** What the key may do, each time the engine has taken it. */
  readonly onRole?: (role: "read" | "write") => void;
  /** The channels that the engine has, each time a connection begins: an engine of another version has others. */
  readonly onChannels?: (channels: readonly string[]) => void;
}

export type LiveState = "connecting" | "open" | "waiting" | "closed";

const FIRST_MS = 250;
const MOST_MS = 30_000;
const SILENCE_MS = 10_000;
const HEARTBEAT = "heartbeat";
/** Passes by itself: the key has too many sockets just now, or they ask for too much together. */
const CROWDED = "rate_limited";
const ASK_AGAIN_MS = 500;

type Held = Subscription<EventChannelName>;

export class LiveClient {
  private readonly options: LiveOptions;
  private readonly socketClass: SocketClass;
  private readonly subscriptions = new Set<Held>();
  private readonly answers = new Map<number, (message: ServerMessage | null) => void>();
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  private readonly link: Link;
  private socket: SocketLike | null = null;
  private wire: Wire | null = null;
  private silence: ReturnType<typeof setTimeout> | null = null;
  private heardAt = 0;
  private ready = false;
  private attempt = 0;
  private asked = 0;
  private now: LiveState = "connecting";

  constructor(options: LiveOptions) {
    this.options = options;
    const found = options.WebSocket ?? (globalThis as { readonly WebSocket?: SocketClass }).WebSocket;
    if (found === undefined) throw new TypeError("there is no global WebSocket here; hand in that of the package ws");
    this.socketClass = found;
    this.link = {
      ask: (request, onAnswer) => this.ask(request, onAnswer),
      forget: (subscription, sub) => this.forget(subscription, sub),
      later: (ms, run) => this.later(ms, run),
    };
    options.signal?.addEventListener("abort", () => this.finish({ code: "aborted" }), { once: true });
    if (options.signal?.aborted === true) this.finish({ code: "aborted" });
    else void this.connect();
  }

  get state(): LiveState {
    return this.now;
  }

  /** At once, whether or not there is a connection; it goes on over reconnects until it is closed. */
  subscribe<C extends EventChannelName>(channel: C, options: SubscribeOptions<C> = {}): Subscription<C> {
    const subscription = new Subscription<C>(channel, options, this.link);
    const held = subscription as unknown as Held;
    if (this.now === "closed") subscription.end({ code: "aborted" });
    else if (options.signal?.aborted !== true) this.subscriptions.add(held);
    if (this.ready) subscription.attach();
    return subscription;
  }

  close(): void {
    this.finish(null);
  }

  private setState(state: LiveState): void {
    if (this.now === state) return;
    this.now = state;
    this.options.onState?.(state);
  }

  private async connect(): Promise<void> {
    this.setState("connecting");
    this.wire ??= await openWire(this.options.encoding ?? "json");
    const { wire } = this;
    if (this.now === "closed") return;
    const socket = new this.socketClass(socketUrl(this.options.url), wire.protocol);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (this.socket !== socket) return;
      this.heard();
      const message = decoded(wire, data);
      if (message !== null) this.take(message);
    });
    socket.addEventListener("error", () => undefined); // "close" follows
    socket.addEventListener("close", ({ code, reason }) => {
      if (this.socket === socket) this.lost(code, reason);
    });
    this.heard();
  }

  /** A message sets no timer: of a thousand a second each would cost two calls. The one that runs looks when it is due. */
  private heard(): void {
    this.heardAt = performance.now();
    this.silence ??= this.listen(this.options.silenceMs ?? SILENCE_MS);
  }

  private listen(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      const left = this.heardAt + (this.options.silenceMs ?? SILENCE_MS) - performance.now();
      if (left <= 0) this.cut();
      else this.silence = this.listen(left);
    }, ms);
  }

  /** The other end has gone without a word. */
  private cut(): void {
    const { socket } = this;
    this.lost(1006, "silent");
    if (socket?.terminate === undefined) socket?.close();
    else socket.terminate();
  }

  private take(message: ServerMessage): void {
    const { id, type } = message;
    if (typeof id === "number" && this.answers.has(id)) {
      const answer = this.answers.get(id);
      this.answers.delete(id);
      answer?.(message);
      return;
    }
    if (type === "welcome") {
      this.options.onChannels?.([...wordsOf(message["channels"]), ...wordsOf(message["extra_channels"])]);
      this.greet();
    } else if (type === "heartbeat") this.heartbeat(message["subs"] as Readonly<Record<string, number>>);
    else if (type === "error" && message["fatal"] === true) {
      // Crowded: the engine closes this socket, and another one may find room.
      if (message["code"] !== CROWDED) this.refused(String(message["message"]));
    } else this.byName(message["sub"], (subscription) => subscription.take(message));
  }

  private byName(name: unknown, act: (subscription: Held) => void): void {
    for (const subscription of this.subscriptions) if (subscription.name === name) act(subscription);
  }

  private greet(): void {
    const { apiKey } = this.options;
    if (apiKey === undefined) {
      this.begin();
      return;
    }
    this.ask({ op: "auth", api_key: apiKey }, (answer) => {
      if (answer?.type === "authenticated") {
        this.options.onRole?.(answer["role"] === "read" ? "read" : "write");
        this.begin();
      } else if (answer?.["code"] === CROWDED) {
        if (answer["fatal"] !== true) this.later(ASK_AGAIN_MS, () => this.greet());
      } else if (answer !== null) this.refused(String(answer["message"]));
    });
  }

  private begin(): void {
    this.ready = true;
    this.attempt = 0;
    this.setState("open");
    this.ask({ op: "subscribe", channel: HEARTBEAT });
    for (const subscription of this.subscriptions) subscription.attach();
  }

  /** Tells also of a last event that was lost, behind which no other shows the hole. */
  private heartbeat(newest: Readonly<Record<string, number>>): void {
    for (const [name, seq] of Object.entries(newest)) this.byName(name, (subscription) => subscription.missing(seq));
  }

  private refused(message: string): void {
    this.finish({ code: "unauthorized", message });
  }

  private ask(
    request: Readonly<Record<string, unknown>>,
    onAnswer: (answer: ServerMessage | null) => void = () => undefined,
  ): void {
    const { socket, wire } = this;
    if (socket === null || wire === null) {
      onAnswer(null);
      return;
    }
    this.asked += 1;
    this.answers.set(this.asked, onAnswer);
    socket.send(wire.encode({ ...request, id: this.asked }));
  }

  private forget(subscription: object, sub: string | null): void {
    this.subscriptions.delete(subscription as Held);
    let shared = false;
    this.byName(sub, () => (shared = true));
    if (sub !== null && !shared && this.ready) this.ask({ op: "unsubscribe", sub });
  }

  private later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, ms);
    this.timers.add(timer);
  }

  private lost(code: number, reason: string): void {
    if (this.now === "closed") return;
    this.letGo();
    if (code === CLOSE.unauthorized) {
      this.refused(reason);
      return;
    }
    for (const subscription of this.subscriptions) subscription.lost();
    const { attempts = Infinity, firstMs = FIRST_MS, mostMs = MOST_MS } = this.options.reconnect ?? {};
    if (this.attempt >= attempts) {
      this.finish({ code: "unreachable", attempts: this.attempt });
      return;
    }
    this.setState("waiting");
    this.later(backoffMs({ firstMs, mostMs }, this.attempt, Math.random()), () => void this.connect());
    this.attempt += 1;
  }

  private letGo(): void {
    this.ready = false;
    this.socket = null;
    if (this.silence !== null) clearTimeout(this.silence);
    this.silence = null;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    const waiting = [...this.answers.values()];
    this.answers.clear();
    for (const answer of waiting) answer(null);
  }

  private finish(failure: LiveFailure | null): void {
    if (this.now === "closed") return;
    const { socket } = this;
    this.letGo();
    this.setState("closed");
    socket?.close(1000, "done");
    for (const subscription of this.subscriptions) subscription.end(failure);
  }
}

function wordsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
}

function decoded(wire: Wire, data: unknown): ServerMessage | null {
  try {
    return wire.decode(data);
  } catch {
    return null; // not of the engine; silence and heartbeats find out whether anything is wrong
  }
}

function socketUrl(url: string): string {
  const target = new URL(url);
  target.protocol = target.protocol.replace("http", "ws");
  if (!target.pathname.endsWith("/ws")) target.pathname = `${target.pathname.replace(/\/$/, "")}/ws`;
  return target.href;
}
