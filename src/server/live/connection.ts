// One client of the socket: reads its requests, keeps its subscriptions, answers. Everything it sends goes through its
// outlet. Main thread only; nothing here waits.
import { CODECS, decodeMessage } from "./codec.ts";
import { REPLAY_EVENTS } from "./events.ts";
import { FILTER_VALUES_MAX } from "./filter.ts";
import { CHANNELS, Holdings, SUBSCRIPTIONS_MAX } from "./holdings.ts";
import { idOf, parseRequest } from "./messages.ts";
import { BURST, FLOOD_PER_SECOND, MESSAGES_PER_SECOND, RateLimit } from "./rate.ts";
import type { Codec, Encoding } from "./codec.ts";
import type { Complaint, ErrorCode, Request, RequestId } from "./messages.ts";
import type { Shared } from "./holdings.ts";
import type { Outlet } from "./outlet.ts";

export const MESSAGE_BYTES_MAX = 65_536;
export const SILENCE_MS = 60_000;
export const CLOSE_FLOOD = 4029;
/** A refused message longer than this is not even decoded for its id. */
const REFUSED_DECODE_BYTES = 1_024;
const FLOOD = `more than ${FLOOD_PER_SECOND} messages in a second`;

export class Connection {
  readonly id: string;
  readonly outlet: Outlet;
  private readonly codec: Codec;
  private readonly shared: Shared;
  private readonly rate: RateLimit;
  private readonly holdings: Holdings;
  private heardMs: number;

  constructor(id: string, encoding: Encoding, outlet: Outlet, shared: Shared) {
    this.id = id;
    this.codec = CODECS[encoding];
    this.outlet = outlet;
    this.shared = shared;
    this.holdings = new Holdings(encoding, outlet, shared);
    this.heardMs = shared.time.nowMs();
    this.rate = new RateLimit(this.heardMs);
  }

  welcome(): void {
    this.answer({
      type: "welcome",
      connection_id: this.id,
      epoch: this.shared.epoch,
      version: "1",
      encoding: this.codec.encoding,
      server_time: new Date(this.shared.time.nowMs()).toISOString(),
      heartbeat_ms: 1_000,
      channels: CHANNELS,
      limits: {
        max_message_bytes: MESSAGE_BYTES_MAX,
        max_subscriptions: SUBSCRIPTIONS_MAX,
        max_filter_values: FILTER_VALUES_MAX,
        messages_per_second: MESSAGES_PER_SECOND,
        replay_events: REPLAY_EVENTS,
      },
    });
  }

  /** Any frame of the client, control frames too. */
  heard(): void {
    this.heardMs = this.shared.time.nowMs();
  }

  /** Pings are answered by the library; a flood of them counts as one of messages. */
  onPing(): void {
    this.heard();
    if (this.rate.take(this.heardMs) === "flood") this.outlet.end(CLOSE_FLOOD, FLOOD);
  }

  onMessage(bytes: Uint8Array, binary: boolean): void {
    this.heard();
    const allowed = this.rate.take(this.heardMs);
    if (allowed === "flood") {
      this.outlet.end(CLOSE_FLOOD, FLOOD);
      return;
    }
    if (allowed === "refuse") {
      const id = bytes.byteLength <= REFUSED_DECODE_BYTES ? idOf(decodeMessage(bytes, binary)) : null;
      this.refuse(id, "rate_limited", `at most ${MESSAGES_PER_SECOND} messages a second, ${BURST} at once`);
      return;
    }
    const request = parseRequest(decodeMessage(bytes, binary));
    if (request.ok) this.serve(request.value);
    else this.complain(request.failure);
  }

  /** The outlet has sent something: perhaps there is room again. */
  onDrain(): void {
    if (this.outlet.drained()) {
      this.outlet.batch(() => this.holdings.tellGaps());
    }
    this.holdings.pump();
  }

  /** Once a second. `pingNow` spreads the pings of all connections over their interval. */
  beat(counter: number, pingNow: boolean): void {
    const now = this.shared.time.nowMs();
    if (now - this.heardMs >= SILENCE_MS) {
      this.outlet.cut();
      return;
    }
    this.onDrain();
    const subs = this.holdings.heartbeatSubs();
    if (subs !== null) this.outlet.offer(this.codec.encode({ type: "heartbeat", counter, ts: now, subs }));
    if (pingNow) this.outlet.ping();
  }

  sayShutdown(): void {
    this.answer({ type: "shutdown", reconnect_after_ms: 1_000 });
    this.outlet.end(1001, "server going away");
  }

  /** The socket is gone: leaves all feeds. */
  onClose(): void {
    this.outlet.lost();
    this.holdings.leaveAll();
  }

  private serve(request: Request): void {
    switch (request.op) {
      case "subscribe":
        this.holdings.subscribe(request);
        return;
      case "unsubscribe":
        this.holdings.unsubscribe(request);
        return;
      case "unsubscribe_channel":
        this.holdings.unsubscribeChannel(request);
        return;
      case "replay":
        this.holdings.replay(request);
        return;
      case "list":
        this.holdings.list(request);
        return;
      case "ping":
        this.answer({ type: "pong", id: request.id, ts: this.shared.time.nowMs() });
        return;
      case "auth":
        // The engine runs without keys: whoever is connected may do everything, with or without one.
        this.answer({ type: "authenticated", id: request.id, role: "write" });
        return;
    }
  }

  private complain({ id, code, message }: Complaint): void {
    this.refuse(id, code, message);
  }

  private refuse(id: RequestId, code: ErrorCode, message: string): void {
    this.answer({ type: "error", id, code, message, fatal: false });
  }

  private answer(message: Readonly<Record<string, unknown>>): void {
    this.outlet.answer(this.codec.encode(message));
  }
}
