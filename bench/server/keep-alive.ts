// One keep-alive HTTP connection over a raw socket, one request under way at a time: as little work for the asking
// process as can be, because it shares the processor with the engine that it measures.
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = "\r\n\r\n";
const LENGTH = /\r\ncontent-length: *(\d+)/i;

export class KeepAlive {
  private readonly socket: Socket;
  private chunks: Buffer[] = [];
  private have = 0;
  /** Bytes of the answer that is coming; 0 until its head has been read. */
  private whole = 0;
  private waiter: { readonly answered: (answer: Answer) => void; readonly lost: (error: Error) => void } | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => this.read(bytes));
    socket.on("error", (error) => this.waiter?.lost(error));
    socket.on("close", () => this.waiter?.lost(new Error("the engine closed a connection")));
  }

  static async open(port: number): Promise<KeepAlive> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new KeepAlive(socket);
  }

  /** Only after the answer to the request before. */
  ask(request: Uint8Array): Promise<Answer> {
    return new Promise((answered, lost) => {
      this.waiter = { answered, lost };
      this.socket.write(request);
    });
  }

  close(): void {
    this.waiter = null;
    this.socket.destroy();
  }

  private read(bytes: Buffer): void {
    this.chunks.push(bytes);
    this.have += bytes.byteLength;
    if (this.whole === 0) this.whole = wholeBytes(Buffer.concat(this.chunks));
    if (this.whole === 0 || this.have < this.whole) return;
    const text = Buffer.concat(this.chunks).toString("latin1");
    const { waiter } = this;
    [this.chunks, this.have, this.whole, this.waiter] = [[], 0, 0, null];
    waiter?.answered({ status: Number(text.slice(9, 12)), body: text.slice(text.indexOf(HEAD_END) + HEAD_END.length) });
  }
}

export function requestOf(method: string, path: string, type: string, body: Uint8Array): Uint8Array {
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n`;
  const length = body.byteLength === 0 ? "" : `Content-Type: ${type}\r\nContent-Length: ${body.byteLength}\r\n`;
  return Buffer.concat([Buffer.from(`${head}${length}\r\n`), body]);
}

function wholeBytes(start: Buffer): number {
  const end = start.indexOf(HEAD_END);
  if (end < 0) return 0;
  const length = LENGTH.exec(start.toString("latin1", 0, end))?.[1];
  if (length === undefined) throw new Error("an answer without Content-Length");
  return end + HEAD_END.length + Number(length);
}
