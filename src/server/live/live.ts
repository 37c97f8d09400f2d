// The live side of the server: takes approved signals once per cycle and carries them to every socket that wants them.
// Knows connections, not HTTP; clock and timers are handed in. Memory: the kept events, plus at most bufferBytes and one
// message for each connection.
import { randomBytes } from "node:crypto";
import { Connection } from "./connection.ts";
import { SignalEvents } from "./events.ts";
import { Outlet } from "./outlet.ts";
import { SYSTEM_TIME } from "./time.ts";
import type { Approved } from "../../domain/approved.ts";
import type { Encoding } from "./codec.ts";
import type { Shared } from "./holdings.ts";
import type { OutletOptions, Peer } from "./outlet.ts";
import type { Time } from "./time.ts";

export interface LiveOptions {
  /** WS_BUFFER_BYTES: unsent bytes beyond which a connection's updates are dropped. */
  readonly bufferBytes: number;
  /** WS_SLOW_MS: how long a connection may stay there. */
  readonly slowMs: number;
  /** WS_MAX_CONNECTIONS. */
  readonly maxConnections: number;
  readonly time?: Time;
}

export interface LiveStats {
  readonly connections: number;
  /** Updates that slow connections did not get, since the start. */
  readonly dropped: number;
}

const BEAT_MS = 1_000;
const PING_EVERY_BEATS = 20;
const SLOW_CHECK_MS = 250;

export class Live {
  /** Names this run of the engine; sequence numbers of another one mean nothing here. */
  readonly epoch = `e_${randomBytes(4).toString("hex")}`;
  readonly maxConnections: number;
  private readonly options: LiveOptions;
  private readonly time: Time;
  private readonly events = new SignalEvents();
  private readonly connections = new Set<Connection>();
  private readonly shared: Shared;
  private readonly timers: readonly (() => void)[];
  private readonly idPrefix = randomBytes(3).toString("hex");
  private opened = 0;
  private beats = 0;
  private dropped = 0;
  private closing = false;

  constructor(options: LiveOptions) {
    this.options = options;
    this.maxConnections = options.maxConnections;
    this.time = options.time ?? SYSTEM_TIME;
    this.shared = {
      epoch: this.epoch,
      time: this.time,
      events: this.events,
      heartbeat: () => this.beats,
      onDropped: (count) => {
        this.dropped += count;
      },
    };
    this.timers = [
      this.time.every(BEAT_MS, () => this.beat()),
      this.time.every(SLOW_CHECK_MS, () => {
        for (const { outlet } of this.connections) outlet.checkSlow();
      }),
    ];
  }

  /** One cycle's approved signals, in order. Exits are not published. */
  onApproved(signals: readonly Approved[]): void {
    if (!this.closing) this.events.publish(signals, this.time.nowMs());
  }

  get full(): boolean {
    return this.connections.size >= this.maxConnections;
  }

  get isClosing(): boolean {
    return this.closing;
  }

  stats(): LiveStats {
    return { connections: this.connections.size, dropped: this.dropped };
  }

  /** A new socket; whoever owns it reports its messages, drains and end to the connection, and the end to `forget`. */
  connect(peer: Peer, encoding: Encoding, onFull: OutletOptions["onFull"]): Connection {
    const { bufferBytes, slowMs } = this.options;
    const outlet = new Outlet(peer, encoding === "msgpack", { bufferBytes, slowMs, onFull }, this.time);
    this.opened += 1;
    const connection = new Connection(`c_${this.idPrefix}${this.opened.toString(36)}`, encoding, outlet, this.shared);
    this.connections.add(connection);
    connection.welcome();
    return connection;
  }

  forget(connection: Connection): void {
    connection.onClose();
    this.connections.delete(connection);
  }

  /** Tells every client to come back later and closes it with 1001. Nothing is published afterwards. */
  shutdown(): void {
    if (this.closing) return;
    this.closing = true;
    for (const stop of this.timers) stop();
    for (const connection of this.connections) connection.sayShutdown();
  }

  private beat(): void {
    this.beats += 1;
    let place = 0;
    for (const connection of this.connections) {
      connection.beat(this.beats, (this.beats + place) % PING_EVERY_BEATS === 0);
      place += 1;
    }
  }
}
