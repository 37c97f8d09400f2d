// Stands in for the library's socket where a test must say when the far end reads, frame by frame.
import type { Connection } from "../../../src/server/live/connection.ts";
import type { Live } from "../../../src/server/live/live.ts";
import type { Peer } from "../../../src/server/live/outlet.ts";
import type { Message } from "./client.ts";

/** A JSON connection of this reader, greeted. */
export function connectReader(live: Live, reader: Peer, onFull: "drop" | "close" = "drop"): Connection {
  const connection = live.connect(reader, { encoding: "json", onFull });
  connection.welcome(null);
  return connection;
}

/** The far end of a socket whose reader takes bytes only when told to. */
export class StubbornReader implements Peer {
  readonly read: Message[] = [];
  closedWith: number | null = null;
  mostBuffered = 0;
  private readonly unread: Uint8Array[] = [];

  send(frame: Uint8Array): number {
    this.unread.push(frame);
    this.mostBuffered = Math.max(this.mostBuffered, this.getBufferedAmount() - frame.byteLength);
    return 1;
  }
  getBufferedAmount(): number {
    return this.unread.reduce((bytes, frame) => bytes + frame.byteLength, 0);
  }
  ping(): number {
    return 1;
  }
  end(code: number): void {
    this.closedWith = code;
  }
  close(): void {
    this.closedWith = 1006;
  }
  cork(run: () => void): void {
    run();
  }
  take(frames: number): void {
    for (const frame of this.unread.splice(0, frames))
      this.read.push(JSON.parse(Buffer.from(frame).toString()) as Message);
  }
}
