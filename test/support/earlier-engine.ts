// An engine of an earlier version, as who follows it sees it: a real one, and before it who takes channels out of its
// welcome and answers subscriptions of them as an engine does that does not know them.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Mailbox } from "./mailbox.ts";

type Message = Readonly<Record<string, unknown>>;

export class EarlierEngine {
  /** Channels that somebody has subscribed to, in this order. */
  readonly asked = new Mailbox<string>();
  /** That it does not have. */
  lacks: readonly string[];
  private readonly server = new WebSocketServer({ port: 0, host: "127.0.0.1" });

  private constructor(engine: string, lacks: readonly string[]) {
    this.lacks = lacks;
    this.server.on("connection", (client) => this.between(client, new WebSocket(`${engine.replace("http", "ws")}/ws`)));
  }

  /** In front of the engine at this address; closed with the test. */
  static async before(engine: string, lacks: readonly string[]): Promise<EarlierEngine> {
    const earlier = new EarlierEngine(engine, lacks);
    await once(earlier.server, "listening");
    onTestFinished(() => {
      earlier.cut();
      earlier.server.close();
    });
    return earlier;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Whoever is connected has to come again. */
  cut(): void {
    for (const client of this.server.clients) client.terminate();
  }

  private between(client: WebSocket, engine: WebSocket): void {
    engine.on("message", (bytes) => {
      const message = readOf(bytes);
      const extra = message["extra_channels"] as readonly string[] | undefined;
      const known = extra?.filter((channel) => !this.lacks.includes(channel));
      client.send(JSON.stringify(known === undefined ? message : { ...message, extra_channels: known }));
    });
    client.on("message", (bytes) => {
      const message = readOf(bytes);
      const channel = String(message["channel"]);
      if (message["op"] === "subscribe") this.asked.put(channel);
      if (!this.lacks.includes(channel)) engine.send(JSON.stringify(message));
      else client.send(JSON.stringify({ type: "error", id: message["id"], code: "unknown_channel", message: channel }));
    });
    client.on("close", () => engine.terminate());
    engine.on("close", () => client.terminate());
  }
}

function readOf(bytes: WebSocket.RawData): Message {
  return JSON.parse((bytes as Buffer).toString()) as Message;
}
