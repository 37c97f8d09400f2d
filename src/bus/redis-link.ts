// One supervised connection to Redis. It connects by itself, again and again until closed, and finds out about a Redis
// that hangs (stopped process, half-open TCP) by asking: every PING_EVERY_MS a PING, and no answer within ANSWER_MS
// ends the connection. Replies come in order, so that also bounds every command sent before. Main thread only.
//
//   connecting --ready--> up --lost, hung--> waiting (backoff) --> connecting ...
import { performance } from "node:perf_hooks";
import { Redis } from "ioredis";
import type { Log } from "../telemetry/log.ts";
import { retryDelayMs } from "./backoff.ts";
import type { RedisAddress } from "./redis-address.ts";

const BEAT_MS = 500;
const PING_EVERY_MS = 1_000;
const ANSWER_MS = 2_000;
/** From the first packet to a connection that is ready. */
const ATTEMPT_MS = 2_000;
const CLOSE_MS = 500;

export interface LinkEvents {
  onUp(): void;
  /** Follows each onUp. */
  onDown(): void;
}

export class RedisLink {
  readonly redis: Redis;
  /** Connections made after the first. */
  reconnects = 0;
  private readonly events: LinkEvents;
  private readonly log: Log;
  private readonly beat: NodeJS.Timeout;
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

  constructor(name: string, address: RedisAddress, log: Log, events: LinkEvents) {
    this.events = events;
    this.log = log.child({ connection: name });
    this.redis = new Redis({
      ...address,
      connectionName: `strategy-engine-${name}`,
      connectTimeout: ATTEMPT_MS,
      disconnectTimeout: CLOSE_MS,
      enableOfflineQueue: false,
      autoResubscribe: false, // the bus subscribes itself, because it counts
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0, // what was under way when the connection broke is rejected at once
      retryStrategy: (attempt) => retryDelayMs(attempt, this.refused, Math.random()),
    });
    this.redis.on("connecting", () => {
      this.attemptAt = performance.now();
      this.refused = false;
    });
    this.redis.on("ready", () => this.handleReady());
    this.redis.on("error", (error: Error) => this.handleError(error));
    this.redis.on("close", () => this.handleClose());
    this.beat = setInterval(() => this.check(), BEAT_MS);
  }

  get up(): boolean {
    return this.ready;
  }

  /** Ends the connection at once; the next attempt follows after the backoff. */
  break(problem: string, refused = false): void {
    this.problem = problem;
    this.refused = refused;
    this.redis.stream.destroy();
  }

  /** Waits until what was sent before is answered (not beyond CLOSE_MS), then ends for good. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    clearInterval(this.beat);
    if (this.ready) {
      const answered = this.redis.ping().then(nothing, nothing);
      await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
    }
    const ended = new Promise<void>((resolve) => {
      this.redis.once("end", resolve);
      setTimeout(resolve, CLOSE_MS).unref();
    });
    this.redis.disconnect();
    if (this.redis.stream !== undefined) this.redis.stream.destroy();
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
    if (late) return; // this thread stood still itself: first let in the answers that lie in the socket
    if (!this.ready) {
      if (this.attemptAt !== null && now - this.attemptAt > ATTEMPT_MS) {
        this.attemptAt = null;
        this.break(`no answer within ${ATTEMPT_MS} ms while connecting`);
      }
    } else if (this.pingAt !== null) {
      if (now - this.pingAt > ANSWER_MS) this.break(`no answer within ${ANSWER_MS} ms`);
    } else if (now - this.pongAt >= PING_EVERY_MS) {
      this.ping(now);
    }
  }

  private ping(now: number): void {
    this.pingAt = now;
    this.redis.ping().then(() => {
      this.pingAt = null;
      this.pongAt = performance.now();
    }, nothing); // a rejected ping means a closed connection, and that has its own event
  }
}

function nothing(): void {}
