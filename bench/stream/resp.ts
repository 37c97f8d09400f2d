// A publisher's end of Redis without a client library between: PUBLISH commands as bytes, and a count of the replies.
import { connect, type Socket } from "node:net";
import { INPUT_CHANNEL } from "../../src/bus/bus.ts";

const NEW_LINE = 10;

/** One PUBLISH of the message as Redis reads it; on the input channel unless another one is named. */
export function publishCommand(message: Uint8Array, channel: string = INPUT_CHANNEL): Buffer {
  const head = `*3\r\n$7\r\nPUBLISH\r\n$${channel.length}\r\n${channel}\r\n$${message.length}\r\n`;
  return Buffer.concat([Buffer.from(head), message, Buffer.from("\r\n")]);
}

export class RespPublisher {
  private readonly socket: Socket;
  private replies = 0;
  private reply = "";

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.read(bytes));
  }

  static async connect(port: number): Promise<RespPublisher> {
    const socket = connect(port, "127.0.0.1");
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new RespPublisher(socket);
  }

  /** Commands that Redis has answered. */
  get answered(): number {
    return this.replies;
  }

  /** False: the socket's buffer is full, wait for `drained`. */
  send(commands: Uint8Array): boolean {
    return this.socket.write(commands);
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.socket.once("drain", resolve));
  }

  close(): void {
    this.socket.destroy();
  }

  /** Each reply must be ":1": one subscriber was reached. */
  private read(bytes: Buffer): void {
    const text = this.reply + bytes.toString("latin1");
    const end = text.lastIndexOf("\n") + 1;
    this.reply = text.slice(end);
    let count = 0;
    for (let at = 0; at < end; at++) if (text.charCodeAt(at) === NEW_LINE) count++;
    if (text.slice(0, end) !== ":1\r\n".repeat(count)) throw new Error(`Redis answered ${text.slice(0, 80)}`);
    this.replies += count;
  }
}
