// The way of writes to Redis of which nobody wants more than whether they were done: keys and messages of signals, hundreds
// a second. What is written in one turn of the event loop leaves as one piece, in the order of the calls, and each write is
// settled once. To one server the commands are written here: the library makes a command, a promise, an array and two
// closures of each, and a piece of text of its own for the socket. It still owns the connection: its queue says whose the
// next answer is, so every command enters that queue, in the same moment as its bytes enter the socket. Of a Cluster the
// library has to know each command, to find its server. Main thread only.
import type { Socket } from "node:net";
import type { Cluster, Command, Redis } from "ioredis";

/** Called once for each write, with what it weighed and what Redis, or the loss of Redis, said against it. */
export type OnSettled = (weight: number, error: unknown) => void;

/** Nothing here waits, and nobody asks a lane for more than it was made for. */
export interface WriteLane {
  set(key: string, value: string, ttlSeconds: number | null, weight: number): void;
  publish(channel: string, body: string | Buffer, weight: number): void;
  /** What was written so far goes in front of what this connection is asked now, which leaves with the next flush. */
  hold(): void;
  /** What was written so far leaves now. */
  flush(): void;
}

/** Writes that are not settled, at most. */
export const UNDER_WAY_MAX = 32_768;
const LAST = UNDER_WAY_MAX - 1;
const AWAY = new Error("the connection to Redis is lost");

/** To one server. */
export class DirectLane implements WriteLane {
  private readonly redis: Redis;
  private readonly onSettled: OnSettled;
  /** What leaves next: text, or text and bytes in turns. */
  private text = "";
  private parts: (string | Buffer)[] = [];
  private waiting = 0;
  /** Holds back what the library writes. */
  private corked: Redis["stream"] | null = null;
  /** Of all that are not settled, oldest first. */
  private readonly weights = new Int32Array(UNDER_WAY_MAX);
  private oldest = 0;
  private next = 0;
  /** Stands in the library's queue for each of them. */
  private readonly command: Command;

  constructor(redis: Redis, onSettled: OnSettled) {
    this.redis = redis;
    this.onSettled = onSettled;
    this.command = {
      name: "set",
      args: [],
      isTraced: true, // nothing is to be told of it
      setReplyContext: nothing,
      toWritable: () => "", // its bytes follow in one piece with the others'
      resolve: () => this.settle(null),
      reject: (error: unknown) => this.settle(error),
    } as unknown as Command;
  }

  set(key: string, value: string, ttlSeconds: number | null, weight: number): void {
    const end = ttlSeconds === null ? "" : `$2\r\nEX\r\n${bulk(String(ttlSeconds))}`;
    this.text += `*${ttlSeconds === null ? 3 : 5}\r\n$3\r\nSET\r\n${bulk(key)}${bulk(value)}${end}`;
    this.await(weight);
  }

  publish(channel: string, body: string | Buffer, weight: number): void {
    this.text += `*3\r\n$7\r\nPUBLISH\r\n${bulk(channel)}`;
    if (typeof body === "string") {
      this.text += bulk(body);
    } else {
      this.parts.push(`${this.text}$${body.length}\r\n`, body);
      this.text = "\r\n";
    }
    this.await(weight);
  }

  hold(): void {
    if (this.corked === null && isReady(this.redis)) {
      this.corked = this.redis.stream;
      this.corked.cork();
    }
    this.send();
  }

  flush(): void {
    this.send();
    this.corked?.uncork();
    this.corked = null;
  }

  private send(): void {
    const { waiting, text, parts, redis } = this;
    if (waiting === 0) return;
    this.waiting = 0;
    this.text = "";
    if (parts.length > 0) this.parts = [];
    // What the library asks itself: where one command would be refused, the bytes of all must not leave.
    if (!isReady(redis)) {
      for (let count = 0; count < waiting; count++) this.settle(AWAY);
      return;
    }
    for (let count = 0; count < waiting; count++) void redis.sendCommand(this.command, NOWHERE);
    if (parts.length > 0) {
      redis.stream.cork();
      for (const part of parts) redis.stream.write(part);
    }
    redis.stream.write(text);
    if (parts.length > 0) redis.stream.uncork();
  }

  private await(weight: number): void {
    this.weights[this.next] = weight;
    this.next = (this.next + 1) & LAST;
    this.waiting += 1;
  }

  /** Answers come in the order of the writes, and so does the loss of them. */
  private settle(error: unknown): void {
    const weight = this.weights[this.oldest] ?? 0;
    this.oldest = (this.oldest + 1) & LAST;
    this.onSettled(weight, error);
  }
}

function isReady({ status, stream }: Redis): boolean {
  return status === "ready" && stream.writable;
}

/** The socket, as the library is told when it enters a command into its queue. */
const NOWHERE = { write: (): boolean => true } as unknown as Socket;

/** What the library is asked to do, of a Cluster. */
export interface ByCommand {
  readonly redis: Redis | Cluster;
  publish(channel: string, body: string | Buffer): Promise<unknown>;
  /** What is sent until `uncork` leaves in one packet for each server. */
  cork(): void;
  uncork(): void;
}

/** To the servers of a Cluster. */
export class CommandLane implements WriteLane {
  private readonly client: ByCommand;
  private readonly onSettled: OnSettled;
  private corked = false;

  constructor(client: ByCommand, onSettled: OnSettled) {
    this.client = client;
    this.onSettled = onSettled;
  }

  set(key: string, value: string, ttlSeconds: number | null, weight: number): void {
    this.cork();
    const { redis } = this.client;
    this.send(weight, ttlSeconds === null ? redis.set(key, value) : redis.set(key, value, "EX", ttlSeconds));
  }

  publish(channel: string, body: string | Buffer, weight: number): void {
    this.cork();
    this.send(weight, this.client.publish(channel, body));
  }

  hold(): void {
    this.cork();
  }

  flush(): void {
    if (!this.corked) return;
    this.corked = false;
    this.client.uncork();
  }

  private cork(): void {
    if (this.corked) return;
    this.corked = true;
    this.client.cork();
  }

  private send(weight: number, done: Promise<unknown>): void {
    done.then(
      () => this.onSettled(weight, null),
      (error: unknown) => this.onSettled(weight, error),
    );
  }
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

function nothing(): void {}
