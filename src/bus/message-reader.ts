// In front of the client library, on a connection that listens: a message of a channel goes from the bytes of the socket
// straight to who subscribed, as a view of them, and everything else (answers, acknowledgements) to the library, byte for
// byte and in order. The library makes three buffers, a list and an event of each message, thousands a second. Knows
// where a reply of RESP2 and RESP3 ends, and of none but a message what it says. What is not whole yet waits, and is put
// together once, when all of it can be there. One thread.
import type { Socket } from "node:net";

/** The bytes are a view of what the socket has brought. */
export type OnMessage = (channel: string, bytes: Buffer) => void;

const CR = 0x0d;
const MINUS = 0x2d;
const [ZERO, NINE] = [0x30, 0x39];
const LIST = 0x2a; // *
const PUSH = 0x3e; // >
const SET = 0x7e; // ~
const MAP = 0x25; // %
const ATTRIBUTES = 0x7c; // | in front of another reply
const TEXT = 0x24; // $
const VERBATIM = 0x3d; // =
const LONG_ERROR = 0x21; // !
/** Behind the first byte, up to the length of the channel's name. */
const MESSAGE = Buffer.from("3\r\n$7\r\nmessage\r\n$");
const LINE_END = 2;

/** From now on the socket's bytes come by here; behind the library's own reader, which has taken its place already. */
export function readAhead(socket: Socket, onMessage: OnMessage): void {
  const [library] = socket.listeners("data") as ((bytes: Buffer) => void)[];
  if (library === undefined) throw new Error("the client library reads its connection in another way than it did");
  const reader = new MessageReader(onMessage, (bytes) => library.call(socket, bytes));
  socket.removeListener("data", library);
  socket.on("data", (chunk: Buffer) => reader.take(chunk));
}

export class MessageReader {
  private readonly onMessage: OnMessage;
  private readonly onOther: (bytes: Buffer) => void;
  /** Of a reply that is not whole, and how many bytes it has at least. */
  private parts: Buffer[] = [];
  private held = 0;
  private least = 0;
  /** The channel of the latest message: most come by one. */
  private channelBytes: Buffer = Buffer.alloc(0);
  private channel = "";

  constructor(onMessage: OnMessage, onOther: (bytes: Buffer) => void) {
    this.onMessage = onMessage;
    this.onOther = onOther;
  }

  take(chunk: Buffer): void {
    if (this.held > 0) {
      this.parts.push(chunk);
      this.held += chunk.length;
      if (this.held < this.least) return;
      const whole = Buffer.concat(this.parts, this.held);
      this.parts = [];
      this.held = 0;
      this.read(whole);
    } else {
      this.read(chunk);
    }
  }

  private read(bytes: Buffer): void {
    let at = 0;
    let others = 0;
    while (at < bytes.length) {
      const end = endOf(bytes, at);
      if (end > bytes.length) {
        this.parts.push(bytes.subarray(at));
        this.held = bytes.length - at;
        this.least = end - at;
        break;
      }
      if (isMessage(bytes, at)) {
        if (others < at) this.onOther(bytes.subarray(others, at));
        others = end;
        this.deliver(bytes, at + 1 + MESSAGE.length, end);
      }
      at = end;
    }
    if (others < at) this.onOther(bytes.subarray(others, at));
  }

  /** `at`: the length of the channel's name. */
  private deliver(bytes: Buffer, at: number, end: number): void {
    let length = 0;
    let next = at;
    for (; bytes[next] !== CR; next++) length = length * 10 + (bytes[next] ?? ZERO) - ZERO;
    const from = next + LINE_END;
    const until = from + length;
    if (!this.isChannel(bytes, from, length)) {
      this.channelBytes = Buffer.from(bytes.subarray(from, until));
      this.channel = this.channelBytes.toString();
    }
    next = until + LINE_END;
    while (bytes[next] !== CR) next += 1;
    try {
      this.onMessage(this.channel, bytes.subarray(next + LINE_END, end - LINE_END));
    } catch (error) {
      // A defect of who was told ends the process as it would anywhere else, not this connection.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  private isChannel(bytes: Buffer, from: number, length: number): boolean {
    const { channelBytes } = this;
    if (length !== channelBytes.length) return false;
    for (let index = 0; index < length; index++) if (bytes[from + index] !== channelBytes[index]) return false;
    return true;
  }
}

function isMessage(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== LIST && bytes[at] !== PUSH) return false;
  for (let index = 0; index < MESSAGE.length; index++) if (bytes[at + 1 + index] !== MESSAGE[index]) return false;
  return true;
}

/** Where the reply that begins there ends; beyond the bytes: it is not whole, and ends there at the earliest. */
function endOf(bytes: Buffer, begin: number): number {
  const { length } = bytes;
  let at = begin;
  for (let replies = 1; replies > 0; replies--) {
    if (at >= length) return at + 1;
    const type = bytes[at];
    let size = 0;
    let missing = false;
    let next = at + 1;
    for (; next < length && bytes[next] !== CR; next++) {
      const byte = bytes[next] ?? 0;
      if (byte >= ZERO && byte <= NINE) size = size * 10 + byte - ZERO;
      else if (byte === MINUS) missing = true;
    }
    at = next + LINE_END;
    if (at > length) return at;
    if (missing) continue;
    if (type === TEXT || type === VERBATIM || type === LONG_ERROR) at += size + LINE_END;
    else if (type === LIST || type === PUSH || type === SET) replies += size;
    else if (type === MAP) replies += 2 * size;
    else if (type === ATTRIBUTES) replies += 2 * size + 1;
  }
  return at;
}
