// One supervised connection to Redis: to a server, to the master that Sentinels name, or to a whole Cluster. It connects
// by itself, again and again until closed, and finds out about a Redis that hangs (stopped process, half-open TCP) by
// asking: every PING_EVERY_MS a PING, and ANSWER_MS without the answer ends the connection. Replies come in order, so that
// also bounds every command sent before. But a listener that has fallen behind gets its answer behind all that waits for
// it: as long as anything arrives its server is there, and a new connection would lose it. Main thread only.
//
//   connecting --ready--> up --lost, hung--> waiting (backoff) --> connecting ...
import { performance } from "node:perf_hooks";
import type { Log } from "../telemetry/log.ts";
import { retryDelayMs } from "./backoff.ts";
import { ClusterClient } from "./cluster-client.ts";
import type { OnMessage } from "./message-reader.ts";
import type { RedisAddress } from "./redis-address.ts";
import { CLOSE_MS, type RedisCommands, ServerClient, type SupervisedClient } from "./redis-client.ts";
import type { OnSettled, WriteLane } from "./write-lane.ts";

const BEAT_MS = 500;
/** All that are open, looked after in one turn: a process at rest wakes up once for all of its connections. */
const open = new Set<RedisLink>();
let beat: NodeJS.Timeout | null = null;
const PING_EVERY_MS = 1_000;
const ANSWER_MS = 2_000;

export interface LinkEvents {
  onUp(): void;
  /** Follows each onUp. */
  onDown(): void;
  /** Of the channels that somebody subscribed to since the last onUp; for a link that listens to messages. */
  readonly onMessage?: OnMessage;
  /** Of the sharded channels that somebody subscribed to (`redis.ssubscribe`) since the last onUp. */
  onShardMessage?(channel: string, bytes: Uint8Array): void;
}

/**
 * `messages`: a connection that listens to channels; of a Cluster it stands on one node, which hears all. `parts`: for
 * keys that are asked for one by one: of a Cluster it is up while any master answers, and what belongs to others is refused.
 */
export type LinkUse = "commands" | "messages" | "parts";

export class RedisLink {
  /** Connections made after the first. */
  reconnects = 0;
  private readonly client: SupervisedClient;
  private readonly events: LinkEvents;
  private readonly log: Log;
  private ready = false;
  private everReady = false;
  private closing = false;
  private refused = false;
  private problem = "";
  private reported = "";
  private lastBeatAt = performance.now();
  private attemptAt: number | null = performance.now();
  private pingAt: number | null = null;
  private pongAt = 0;
  /** What this connection has brought so far, and when it was seen to bring more. */
  private heardBytes = 0;
  private heardAt = 0;

  constructor(name: string, address: RedisAddress, log: Log, events: LinkEvents, use: LinkUse = "commands") {
    this.events = events;
    this.log = log.child({ connection: name });
    const group = "nodes" in address || address.sentinels !== undefined;
    const told = {
      onAttempt: () => {
        this.attemptAt = performance.now();
        this.refused = false;
      },
      onReady: () => this.handleReady(),
      onTrouble: (error: Error) => this.handleError(error),
      onClose: () => this.handleClose(),
      onShardMessage: (channel: Buffer, bytes: Buffer) => events.onShardMessage?.(channel.toString(), bytes),
      onMessage: events.onMessage ?? null,
      // Of several servers another one takes over within seconds: asking goes on at the pace of the beginning.
      delayMs: (attempt: number) => retryDelayMs(group && !this.refused ? 1 : attempt, this.refused, Math.random()),
    };
    this.client =
      "nodes" in address && use !== "messages"
        ? new ClusterClient(name, address, told, use === "parts")
        : new ServerClient(name, address, told);
    open.add(this);
    beat ??= setInterval(() => {
      for (const link of open) link.check();
    }, BEAT_MS);
  }

  /** For one command at a time: the client behind it may be another one after each onDown. */
  get redis(): RedisCommands {
    return this.client.redis;
  }

  /** For writes that are only counted, of which those of one lane arrive in the order of the calls. */
  lane(onSettled: OnSettled): WriteLane {
    return this.client.lane(onSettled);
  }

  get up(): boolean {
    return this.ready;
  }

  /** Ends the connection at once; the next attempt follows after the backoff. */
  break(problem: string, refused = false): void {
    this.problem = problem;
    this.refused = refused;
    this.client.break();
  }

  /** Waits until what was sent before is answered (not beyond CLOSE_MS), then ends for good. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    open.delete(this);
    if (open.size === 0 && beat !== null) {
      clearInterval(beat);
      beat = null;
    }
    if (this.ready) {
      const answered = this.client.ping().then(nothing, nothing);
      await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
    }
    const ended = new Promise<void>((resolve) => {
      this.client.end(resolve);
      setTimeout(resolve, CLOSE_MS).unref();
    });
    await ended;
  }

  private handleReady(): void {
    this.ready = true;
    this.attemptAt = null;
    this.pingAt = null;
    this.pongAt = performance.now();
    if (this.everReady) this.reconnects += 1;
    this.everReady = true;
    this.problem = "";
    this.reported = "";
    this.log.info("redis connected");
    this.events.onUp();
  }

  private handleError(error: Error): void {
    this.problem = error.message === "" ? error.name : error.message;
    // A ReplyError is Redis speaking: it is there and does not want us. Loading its data is the exception: that passes.
    this.refused = error.name === "ReplyError" && !this.problem.startsWith("LOADING");
  }

  private handleClose(): void {
    this.attemptAt = null;
    const lost = this.ready;
    this.ready = false;
    if (!this.closing) this.report(lost ? "redis connection lost" : "redis not reachable");
    if (lost && !this.closing) this.events.onDown();
  }

  /** One line per change of the situation, not one per attempt. */
  private report(message: string): void {
    const reason = this.problem === "" ? "closed by Redis" : this.problem;
    if (reason !== this.reported) this.log.warn(message, { reason });
    this.reported = reason;
  }

  private check(): void {
    const now = performance.now();
    const late = now - this.lastBeatAt > 2 * BEAT_MS;
    this.lastBeatAt = now;
    const heard = this.client.heardBytes;
    if (heard !== this.heardBytes) [this.heardBytes, this.heardAt] = [heard, now];
    if (late) return; // this thread stood still itself: first let in the answers that lie in the socket
    if (!this.ready) {
      if (this.attemptAt !== null && now - this.attemptAt > this.client.attemptMs) {
        this.attemptAt = null;
        this.break(`no answer within ${this.client.attemptMs} ms while connecting`);
      }
    } else if (this.pingAt !== null) {
      if (now - Math.max(this.pingAt, this.heardAt) > ANSWER_MS) this.break(`no answer within ${ANSWER_MS} ms`);
    } else if (now - this.pongAt >= PING_EVERY_MS) {
      this.ping(now);
    }
  }

  private ping(now: number): void {
    this.pingAt = now;
    this.client.ping().then(() => {
      this.pingAt = null;
      this.pongAt = performance.now();
    }, nothing); // a rejected ping means a closed connection, and that has its own event
  }
}

function nothing(): void {}
