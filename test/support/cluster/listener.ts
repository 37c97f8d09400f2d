// Who listens to the signals of all shards on the WebSocket of a node, and goes to another node when that one dies. After
// each connection it is shown the latest ones, some of which it may have had. Each connection is kept by itself: from the
// first signal of a shard that it brings on it owes every one, in order; what was said while there was none, and is older
// than the latest ones, nobody owes.
import { WebSocket } from "ws";
import { isBehind } from "../../../src/bus/stream-id.ts";

interface Told {
  readonly id: string;
  readonly shard: number;
  readonly entry_id: string;
}
interface Place {
  readonly host: string;
  readonly port: number;
}
type Message = { readonly type: string; readonly data: unknown };

const AGAIN_MS = 50;

/** What one connection brought of one shard, in the order in which it came: entry id and id of the signal. */
export type Stretch = readonly (readonly [entry: string, id: string])[];

export class Listener {
  /** By connection, then by shard. */
  private readonly heard: (readonly [entry: string, id: string])[][][] = [];
  /** Faults: an entry that was not behind the one before it on the same connection. */
  readonly faults: string[] = [];
  connections = 0;
  private readonly nodes: () => readonly Place[];
  private socket: WebSocket | null = null;
  private turn = 0;
  private closed = false;
  private readonly shards: number;

  /** `nodes`: those that are there; it takes them in turns. */
  constructor(shards: number, nodes: () => readonly Place[]) {
    this.shards = shards;
    this.nodes = nodes;
    this.connect();
  }

  /** Of each connection that brought something of the shard, oldest first. */
  stretchesOf(shard: number): readonly Stretch[] {
    return this.heard.map((shards) => shards[shard] ?? []).filter((stretch) => stretch.length > 0);
  }

  newestOf(shard: number): string | null {
    return this.stretchesOf(shard).at(-1)?.at(-1)?.[0] ?? null;
  }

  close(): void {
    this.closed = true;
    this.socket?.terminate();
  }

  private connect(): void {
    if (this.closed) return;
    const nodes = this.nodes();
    const node = nodes[this.turn++ % Math.max(1, nodes.length)];
    if (node === undefined) {
      setTimeout(() => this.connect(), AGAIN_MS);
      return;
    }
    const socket = new WebSocket(`ws://${node.host}:${node.port}/ws`, { perMessageDeflate: false });
    this.socket = socket;
    const heard = Array.from({ length: this.shards }, (): (readonly [string, string])[] => []);
    this.heard.push(heard);
    socket.on("open", () => {
      this.connections++;
      socket.send(JSON.stringify({ op: "subscribe", id: 1, channel: "signals", snapshot: true }));
    });
    socket.on("message", (bytes: Buffer) => this.take(heard, JSON.parse(bytes.toString()) as Message));
    socket.on("error", () => socket.terminate());
    socket.once("close", () => setTimeout(() => this.connect(), AGAIN_MS));
  }

  private take(heard: (readonly [string, string])[][], { type, data }: Message): void {
    if (type === "snapshot") for (const one of data as readonly Told[]) this.note(heard, one);
    else if (type === "update") this.note(heard, data as Told);
    else if (type === "gap") this.faults.push("the socket told of a gap");
  }

  private note(heard: (readonly [string, string])[][], { shard, entry_id: entry, id }: Told): void {
    const last = heard[shard]?.at(-1)?.[0];
    if (last === undefined || isBehind(entry, last)) heard[shard]?.push([entry, id]);
    else this.faults.push(`shard ${shard}: ${entry} came behind ${last}`);
  }
}
