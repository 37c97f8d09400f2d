// One client of the socket: reads its requests, keeps its subscriptions, answers. Everything it sends goes through its
// outlet. Main thread only; nothing here waits.
import { CHANNELS, CLOSE, EXTRA_CHANNELS, LIMITS } from "../../domain/live-protocol.ts";
import { Admission } from "./access.ts";
import { CODECS, decodeMessage } from "./codec.ts";
import { Effort } from "./effort.ts";
import { Holdings } from "./holdings.ts";
import { idOf, parseRequest } from "./messages.ts";
import { BURST, FLOOD_PER_SECOND, RateLimit } from "./rate.ts";
import type { LiveErrorCode, RequestId } from "../../domain/live-protocol.ts";
import type { Role } from "../guards/guard.ts";
import type { Codec, Encoding } from "./codec.ts";
import type { Shared } from "./holdings.ts";
import type { Complaint, Request } from "./messages.ts";
import type { Outlet } from "./outlet.ts";

export const SILENCE_MS = 60_000;
const HEARTBEAT_MS = 1_000;
/** A refused message longer than this is not even decoded for its id. */
const REFUSED_DECODE_BYTES = 1_024;
/** No key or token is as long. */
const AUTH_BYTES_MAX = 16_384;
const FIRST_A_KEY = 'show a key first: {"op":"auth","api_key":"..."}';
const UNKNOWN = "this api_key is not known";
const TOGETHER =
  "all connections of this key or address together ask for more than the engine does for one; ask again in a second";
const CROWDED = "this key has as many connections as one key may have: seven eighths of WS_MAX_CONNECTIONS";
const FLOOD = `more than ${FLOOD_PER_SECOND} messages in a second`;

/** Requests that look through what is kept. */
type Walk = Extract<Request, { op: "subscribe" | "replay" }>;

interface Greeting {
  readonly encoding: Encoding;
  readonly address: string;
}

export class Connection {
  readonly id: string;
  readonly outlet: Outlet;
  private readonly codec: Codec;
  private readonly shared: Shared;
  private readonly rate: RateLimit;
  private readonly effort: Effort;
  private readonly holdings: Holdings;
  private readonly admission: Admission;
  private heardMs: number;
  /** Requests that came while an earlier one waits; null: none does. At most what the rate lets in meanwhile. */
  private held: Request[] | null = null;
  private gone = false;
  /** Told when a key was shown that is known. */
  onAdmitted: () => void = () => undefined;

  /** `address`: whose work it is as long as no key is shown. */
  constructor(id: string, { encoding, address }: Greeting, outlet: Outlet, shared: Shared) {
    this.id = id;
    this.codec = CODECS[encoding];
    this.outlet = outlet;
    this.shared = shared;
    this.effort = new Effort(shared.callers.of(address), shared.turns);
    this.effort.caller.sockets += 1;
    this.holdings = new Holdings(encoding, outlet, this.effort, shared);
    this.admission = new Admission(shared.access, shared.time);
    this.heardMs = shared.time.nowMs();
    this.rate = new RateLimit(this.heardMs);
  }

  /** The first words; `apiKey` is what the upgrade request showed. */
  welcome(apiKey: string | null): void {
    this.answer({
      type: "welcome",
      connection_id: this.id,
      epoch: this.shared.epoch,
      version: "1",
      encoding: this.codec.encoding,
      server_time: new Date(this.shared.time.nowMs()).toISOString(),
      heartbeat_ms: HEARTBEAT_MS,
      channels: CHANNELS,
      extra_channels: EXTRA_CHANNELS,
      limits: LIMITS,
    });
    if (apiKey !== null) this.show(apiKey, null, () => undefined);
  }

  /** Any frame of the client, control frames too. */
  heard(): void {
    this.heardMs = this.shared.time.nowMs();
  }

  /** Pings are answered by the library, before it tells; a flood of them counts as one of messages. */
  onPing(): void {
    this.heard();
    if (this.rate.take(this.heardMs) === "flood") this.outlet.end(CLOSE.flood, FLOOD);
    this.outlet.answeredBeside();
  }

  onMessage(bytes: Uint8Array, binary: boolean): void {
    this.heard();
    const allowed = this.rate.take(this.heardMs);
    if (allowed === "flood") {
      this.outlet.end(CLOSE.flood, FLOOD);
      return;
    }
    if (allowed === "refuse") {
      this.refuse(
        this.idIn(bytes, binary),
        "rate_limited",
        `at most ${LIMITS.messages_per_second} messages a second, ${BURST} at once`,
      );
      return;
    }
    const { caller } = this.effort;
    const isStranger = this.admission.role === null;
    if (isStranger && bytes.byteLength > AUTH_BYTES_MAX) {
      this.refuse(this.idIn(bytes, binary), "auth_required", FIRST_A_KEY);
      return;
    }
    // Strangers of one address, which may be that of a proxy, do not keep one another from showing a key.
    if (caller.exhausted && !isStranger) {
      this.refuse(this.idIn(bytes, binary), "rate_limited", TOGETHER);
      return;
    }
    if (!isStranger) caller.spendOnMessage(bytes.byteLength);
    const request = parseRequest(decodeMessage(bytes, binary));
    if (!request.ok) {
      this.complain(request.failure);
      return;
    }
    this.take(request.value);
  }

  private idIn(refused: Uint8Array, binary: boolean): RequestId {
    return refused.byteLength <= REFUSED_DECODE_BYTES ? idOf(decodeMessage(refused, binary)) : null;
  }

  /** Several times a second: ends who reads too slowly, never showed a key, or whose token has ended. */
  check(): void {
    this.outlet.checkSlow();
    if (this.admission.overdue) this.outlet.end(CLOSE.unauthorized, "no api_key was shown in time");
    // A newer one that is being checked just now decides for itself.
    if (this.admission.expired && this.held === null) this.turnAway(null, "the token has expired");
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

  /** It has shown no key, and somebody who has needs its place. */
  giveWay(): void {
    this.outlet.end(CLOSE.flood, "its place was needed by one with a key");
  }

  sayShutdown(): void {
    this.answer({ type: "shutdown", reconnect_after_ms: 1_000 });
    this.outlet.end(CLOSE.goingAway, "server going away");
  }

  /** The socket is gone: leaves all feeds. */
  onClose(): void {
    this.gone = true;
    this.outlet.lost();
    this.held = null;
    this.holdings.leaveAll();
    this.effort.caller.sockets -= 1;
  }

  private take(request: Request): void {
    if (this.held !== null) {
      this.held.push(request);
      return;
    }
    try {
      this.serve(request);
    } catch (error) {
      this.fault(request.id, error);
    }
  }

  private fault(id: RequestId, error: unknown): void {
    this.shared.onFault(error);
    this.refuse(id, "internal", "the engine could not serve this; its log says why");
  }

  private serve(request: Request): void {
    if (this.admission.role === null && request.op !== "auth" && request.op !== "ping") {
      this.refuse(request.id, "auth_required", FIRST_A_KEY);
      return;
    }
    switch (request.op) {
      case "subscribe":
      case "replay":
        this.walk(request);
        return;
      case "unsubscribe":
        this.holdings.unsubscribe(request);
        return;
      case "unsubscribe_channel":
        this.holdings.unsubscribeChannel(request);
        return;
      case "list":
        this.holdings.list(request);
        return;
      case "ping":
        this.answer({ type: "pong", id: request.id, ts: this.shared.time.nowMs() });
        return;
      case "auth":
        this.authenticate(request);
        return;
    }
  }

  /** Now, or in the next turn of the loop that has room for it. */
  private walk(request: Walk): void {
    const room = this.shared.turns.room();
    const later = room === null ? this.begin(request) : room.then(() => (this.gone ? undefined : this.begin(request)));
    if (later !== null) this.wait(request.id, later);
  }

  /** A channel that was fed to nobody shows what there is when that is known. */
  private begin(request: Walk): Promise<void> | null {
    if (this.effort.caller.exhausted) {
      this.refuse(request.id, "rate_limited", TOGETHER);
      return null;
    }
    if (request.op === "replay") {
      this.holdings.replay(request);
      return null;
    }
    const known = this.shared.awaken(request.channel);
    if (known === null) {
      this.holdings.subscribe(request);
      return null;
    }
    return known.then(() => {
      if (!this.gone) this.holdings.subscribe(request);
    });
  }

  private authenticate({ id, apiKey }: Extract<Request, { op: "auth" }>): void {
    this.show(apiKey, id, (role) => this.answer({ type: "authenticated", id, role }));
  }

  /** What is asked meanwhile waits: it may need the key that is being checked. */
  private show(apiKey: string, id: RequestId, granted: (role: Role) => void): void {
    const decide = (role: Role | null): void => {
      if (role === null) {
        this.turnAway(id, UNKNOWN);
        return;
      }
      if (this.belong()) granted(role);
      else this.dismiss({ id, code: "rate_limited", message: CROWDED }, CLOSE.flood);
    };
    const role = this.admission.show(apiKey);
    if (!(role instanceof Promise)) {
      decide(role);
      return;
    }
    this.wait(id, role.then(decide));
  }

  /** From now on it counts as its key's; false: that has as many connections as one may have. */
  private belong(): boolean {
    const { effort, shared, admission } = this;
    if (admission.caller === null || this.gone) return true;
    const caller = shared.callers.of(admission.caller);
    if (caller !== effort.caller) {
      if (caller.sockets >= shared.socketsOfOne) return false;
      effort.caller.sockets -= 1;
      caller.sockets += 1;
      effort.caller = caller;
    }
    this.onAdmitted();
    return true;
  }

  /** What is asked until the work is done waits, and comes to nothing when the socket is gone by then. */
  private wait(id: RequestId, work: Promise<unknown>): void {
    this.held = [];
    work
      .catch((error: unknown) => this.fault(id, error))
      .finally(() => {
        const held = this.held ?? []; // none where the socket has gone meanwhile: nobody would leave what they join
        this.held = null;
        if (!this.gone) for (const request of held) this.take(request);
      });
  }

  /** Says why before it closes: a browser shows its script neither the status nor the reason of a refused upgrade. */
  private turnAway(id: RequestId, message: string): void {
    this.dismiss({ id, code: "auth_failed", message }, CLOSE.unauthorized);
  }

  private dismiss(why: Complaint, close: number): void {
    this.answer({ type: "error", ...why, fatal: true });
    this.outlet.end(close, why.message);
  }

  private complain({ id, code, message }: Complaint): void {
    this.refuse(id, code, message);
  }

  private refuse(id: RequestId, code: LiveErrorCode, message: string): void {
    this.answer({ type: "error", id, code, message, fatal: false });
  }

  private answer(message: Readonly<Record<string, unknown>>): void {
    this.outlet.answer(this.codec.encode(message));
  }
}
