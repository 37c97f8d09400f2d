// Who listens to the signals of all shards on the WebSocket of a node, and goes to another node when that one dies. After
// each connection it is shown the latest ones; what it has had already it leaves out by shard and entry id.
import { WebSocket } from "ws";
import { isBehind } from "../../../src/bus/shard-signals.ts";

interface Told {
  readonly id: string;
  readonly shard: number;
  readonly entry_id: string;
}
type Message = { readonly type: string; readonly data: unknown };

const AGAIN_MS = 50;

export class Listener {
  /** By shard, in the order in which they came: entry id and id of the signal. */
  readonly heard: (readonly [entry: string, id: string])[][];
  /** Faults: an entry that came live and was not behind the one before it. */
  readonly faults: string[] = [];
  connections = 0;
  private readonly ports: () => readonly number[];
  private socket: WebSocket | null = null;
  private turn = 0;
  private closed = false;
  private live = false;

  /** `ports`: of the nodes that are there; it takes them in turns. */
  constructor(shards: number, ports: () => readonly number[]) {
    this.heard = Array.from({ length: shards }, () => []);
    this.ports = ports;
    this.connect();
  }

  newestOf(shard: number): string | null {
    return this.heard[shard]?.at(-1)?.[0] ?? null;
  }

  close(): void {
    this.closed = true;
    this.socket?.terminate();
  }

  private connect(): void {
    if (this.closed) return;
    const ports = this.ports();
    const port = ports[this.turn++ % Math.max(1, ports.length)];
    if (port === undefined) {
      setTimeout(() => this.connect(), AGAIN_MS);
      return;
    }
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { perMessageDeflate: false });
    this.socket = socket;
    this.live = false;
    socket.on("open", () => {
      this.connections++;
      socket.send(JSON.stringify({ op: "subscribe", id: 1, channel: "signals", snapshot: true }));
    });
    socket.on("message", (bytes: Buffer) => this.take(JSON.parse(bytes.toString()) as Message));
    socket.on("error", () => socket.terminate());
    socket.once("close", () => setTimeout(() => this.connect(), AGAIN_MS));
  }

  private take({ type, data }: Message): void {
    if (type === "snapshot") {
      for (const one of data as readonly Told[]) this.note(one, false);
      this.live = true;
    } else if (type === "update") this.note(data as Told, this.live);
    else if (type === "gap") this.faults.push("the socket told of a gap");
  }

  private note({ shard, entry_id: entry, id }: Told, live: boolean): void {
    const last = this.newestOf(shard);
    if (last === null || isBehind(entry, last)) this.heard[shard]?.push([entry, id]);
    else if (live) this.faults.push(`shard ${shard}: ${entry} came live behind ${last}`);
  }
}
