// A WebSocket client for tests: keeps what arrives and hands it out one by one, so that tests await events, not time.
import { onTestFinished } from "vitest";
import { pack, unpack } from "msgpackr";
import { WebSocket } from "ws";
import { inTime } from "../eventually.ts";

export type Message = Readonly<Record<string, unknown>>;

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  private readonly arrived: Message[] = [];
  private readonly waiting: ((message: Message) => void)[] = [];

  private constructor(url: string, protocols: readonly string[]) {
    this.socket = new WebSocket(url, [...protocols]);
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on("message", (data, binary) => {
      const bytes = data as Buffer;
      const message = (binary ? unpack(bytes) : JSON.parse(bytes.toString())) as Message;
      const next = this.waiting.shift();
      if (next === undefined) this.arrived.push(message);
      else next(message);
    });
  }

  /** Connected; the welcome is the first message. */
  static async open(url: string, protocols: readonly string[] = []): Promise<Client> {
    const client = new Client(url, protocols);
    onTestFinished(() => client.socket.terminate());
    await new Promise<void>((resolve, reject) => {
      client.socket.once("open", () => resolve());
      client.socket.once("error", reject);
    });
    return client;
  }

  /** Connected and welcomed. */
  static async ready(url: string, protocols: readonly string[] = []): Promise<Client> {
    const client = await Client.open(url, protocols);
    await client.next();
    return client;
  }

  async next(): Promise<Message> {
    const message = this.arrived.shift();
    if (message !== undefined) return message;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async take(count: number): Promise<readonly Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) messages.push(await this.next());
    return messages;
  }

  /** Takes messages until one is of this type; returns it. */
  async until(type: string): Promise<Message> {
    for (;;) {
      const message = await this.next();
      if (message["type"] === type) return message;
    }
  }

  /** Takes updates until one is the last, and answers all of them. */
  updatesUntil(last: (update: Message) => boolean, mostMs?: number): Promise<readonly Message[]> {
    const told: Message[] = [];
    const taking = async (): Promise<readonly Message[]> => {
      for (let ended = false; !ended;) {
        const update = await this.until("update");
        told.push(update);
        ended = last(update);
      }
      return told;
    };
    return inTime(taking(), () => told, mostMs);
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  sendPacked(message: unknown): void {
    this.socket.send(pack(message));
  }

  async ask(message: unknown): Promise<Message> {
    this.send(message);
    return this.next();
  }

  /** Nothing more is on its way: an answer to a ping comes after everything sent before it. */
  async settle(): Promise<readonly Message[]> {
    this.send({ op: "ping", id: "settle" });
    const messages: Message[] = [];
    for (;;) {
      const message = await this.next();
      if (message["type"] === "pong" && message["id"] === "settle") return messages;
      messages.push(message);
    }
  }
}
