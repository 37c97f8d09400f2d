// The live side of the server: takes what happened from the rooms, channel by channel, and carries it to every socket
// that wants it. Knows connections, not HTTP; clock and timers are handed in. Memory: the kept events of each channel,
// plus at most bufferBytes and one message for each connection.
import { randomBytes } from "node:crypto";
import { failed, ok } from "../../domain/result.ts";
import { OPEN_ACCESS } from "./access.ts";
import { Callers } from "./callers.ts";
import { Channels, type RelayedSignal } from "./channels.ts";
import { Connection } from "./connection.ts";
import { Outlet } from "./outlet.ts";
import { SYSTEM_TIME } from "./time.ts";
import { Turns } from "./turns.ts";
import type { Approved } from "../../domain/approved.ts";
import type { Failure } from "../../domain/failure.ts";
import type { MetricsUpdate } from "../../domain/live-protocol.ts";
import type { Result } from "../../domain/result.ts";
import type { Access } from "./access.ts";
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
  /** Who may listen; without it everybody. */
  readonly access?: Access;
  /** Somebody is about to subscribe to a channel: who feeds it only for somebody has to catch up first; null: nobody has. */
  readonly awaken?: (channel: string) => Promise<void> | null;
  readonly onFault?: (error: unknown) => void;
  readonly time?: Time;
}

export interface LiveStats {
  readonly connections: number;
  /** Updates that slow connections did not get, since the start. */
  readonly dropped: number;
}

/** What an upgrade request asked for. */
export interface Terms {
  readonly encoding: Encoding;
  readonly onFull: OutletOptions["onFull"];
  /** Where it comes from. */
  readonly address?: string;
  /** It has shown no key that is known, and has to. */
  readonly stranger?: boolean;
}

/** What a claim is for. */
interface Claim {
  readonly stranger: boolean;
}

/** Of WS_MAX_CONNECTIONS one part in so many is for sockets that have shown no key, and no key may have it beside the rest. */
const STRANGERS_SHARE = 8;
/** Of these from one address. */
const STRANGERS_OF_ONE = 64;
const BEAT_MS = 1_000;
const PING_EVERY_BEATS = 20;
const CHECK_MS = 250;

export class Live {
  /** Names this run of the engine; sequence numbers of another one mean nothing here. */
  readonly epoch = `e_${randomBytes(4).toString("hex")}`;
  readonly maxConnections: number;
  /** Where rooms publish. */
  readonly channels: Channels;
  private readonly options: LiveOptions;
  private readonly time: Time;
  private readonly connections = new Set<Connection>();
  /** Those of them that have to show a key first, by where they come from; oldest first. */
  private readonly strangers = new Map<Connection, string>();
  private readonly shared: Shared;
  private readonly stopBeat: () => void;
  /** Looks after connections while there are any. */
  private stopChecks: (() => void) | null = null;
  private readonly idPrefix = randomBytes(3).toString("hex");
  private metrics: (() => MetricsUpdate) | null = null;
  /** What else is told each second. */
  onBeat: () => void = () => undefined;
  private opened = 0;
  private beats = 0;
  private dropped = 0;
  private closing = false;

  constructor(options: LiveOptions) {
    this.options = options;
    this.maxConnections = options.maxConnections;
    this.time = options.time ?? SYSTEM_TIME;
    this.channels = new Channels(this.time);
    this.shared = {
      epoch: this.epoch,
      time: this.time,
      channels: this.channels,
      access: options.access ?? OPEN_ACCESS,
      callers: new Callers(this.time),
      turns: new Turns(),
      socketsOfOne: this.maxConnections - Math.floor(this.maxConnections / STRANGERS_SHARE),
      awaken: options.awaken ?? (() => null),
      heartbeat: () => this.beats,
      onDropped: (count) => {
        this.dropped += count;
      },
      onFault: options.onFault ?? (() => undefined),
    };
    this.stopBeat = this.time.every(BEAT_MS, () => this.beat());
  }

  /** One cycle's approved signals, in order. Exits are not published. */
  onApproved(signals: readonly Approved[]): void {
    this.channels.signals.publish(signals.filter(({ action }) => action !== "exit"));
  }

  /** Signals that other processes have given, in their order. */
  relay(signals: readonly RelayedSignal[]): void {
    this.channels.relayed.publish(signals);
  }

  /** Publishes these figures now and each second. */
  startMetrics(metrics: () => MetricsUpdate): void {
    this.metrics = metrics;
    this.channels.metrics.publish([metrics()]);
  }

  /**
   * Whether there is a place for one more. Sockets that have shown no key have a share of their own, and the oldest of them
   * gives way to who shows a key that is known, or a token that is being checked, where there is no other place.
   */
  claim(apiKey: string | null, address: string): Result<Claim, Failure> {
    const { access } = this.shared;
    if (!access.required) return this.full ? this.refusal("all", this.maxConnections) : ok({ stranger: false });
    const grant = apiKey === null ? null : access.authenticate(apiKey);
    if (grant === null) return this.claimStranger(address);
    if (grant instanceof Promise) {
      grant.catch(() => undefined); // it is asked for again, and heard, by the connection
      // Until it is known to be good it is a stranger's, as long as those have room.
      const own = this.claimStranger(address);
      if (own.ok) return own;
    }
    if (!this.full) return ok({ stranger: false });
    const oldest = this.strangers.keys().next();
    if (oldest.done === true) return this.refusal("all", this.maxConnections);
    oldest.value.giveWay();
    return ok({ stranger: false });
  }

  private claimStranger(address: string): Result<Claim, Failure> {
    const share = Math.max(1, Math.floor(this.maxConnections / STRANGERS_SHARE));
    if (this.full) return this.refusal("all", this.maxConnections);
    if (this.strangers.size >= share) return this.refusal("those without a key", share);
    let same = 0;
    for (const from of this.strangers.values()) if (from === address) same += 1;
    return same >= STRANGERS_OF_ONE ? this.refusal("those without a key", STRANGERS_OF_ONE) : ok({ stranger: true });
  }

  private refusal(of: "all" | "those without a key", limit: number): Result<never, Failure> {
    const what = of === "all" ? "WebSocket connections" : "WebSocket connections that have shown no key";
    return failed({ code: "capacity_exceeded", what, limit, setting: "WS_MAX_CONNECTIONS" });
  }

  private get full(): boolean {
    return this.connections.size >= this.maxConnections;
  }

  get isClosing(): boolean {
    return this.closing;
  }

  stats(): LiveStats {
    return { connections: this.connections.size, dropped: this.dropped };
  }

  /**
   * A new socket. Whoever owns it greets it with `welcome` and reports its messages, drains and end to the connection,
   * the end to `forget` as well; a greeting may already be the end.
   */
  connect(peer: Peer, { encoding, onFull, address = "", stranger = false }: Terms): Connection {
    const { bufferBytes, slowMs } = this.options;
    const outlet = new Outlet(peer, encoding === "msgpack", { bufferBytes, slowMs, onFull }, this.time);
    this.opened += 1;
    const id = `c_${this.idPrefix}${this.opened.toString(36)}`;
    const connection = new Connection(id, { encoding, address }, outlet, this.shared);
    this.connections.add(connection);
    if (stranger) {
      this.strangers.set(connection, address);
      connection.onAdmitted = () => void this.strangers.delete(connection);
    }
    if (!this.closing) this.stopChecks ??= this.time.every(CHECK_MS, () => this.check());
    return connection;
  }

  forget(connection: Connection): void {
    connection.onClose();
    this.connections.delete(connection);
    this.strangers.delete(connection);
    if (this.connections.size === 0) this.endChecks();
  }

  /** Tells every client to come back later and closes it with 1001. Nothing is published afterwards. */
  shutdown(): void {
    if (this.closing) return;
    this.closing = true;
    this.stopBeat();
    this.endChecks();
    this.channels.close();
    for (const connection of this.connections) connection.sayShutdown();
  }

  private check(): void {
    for (const connection of this.connections) connection.check();
  }
  private endChecks(): void {
    this.stopChecks?.();
    this.stopChecks = null;
  }

  private beat(): void {
    this.beats += 1;
    if (this.metrics !== null) this.channels.metrics.publish([this.metrics()]);
    this.onBeat();
    let place = 0;
    for (const connection of this.connections) {
      connection.beat(this.beats, (this.beats + place) % PING_EVERY_BEATS === 0);
      place += 1;
    }
  }
}
