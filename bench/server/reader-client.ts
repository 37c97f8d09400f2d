// A child process with many WebSocket readers of the channel `signals`, as cheap as they can be made: each counts whole
// frames and looks at nothing. Told {port, readers} it connects and answers "ready"; afterwards it reports once when
// every reader has got the number of frames it was told to expect.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import type { Socket } from "node:net";

export type Order = { readonly port: number; readonly readers: number } | { readonly expect: number };

const SUBSCRIBE = Buffer.from(`{"op":"subscribe","id":1,"channel":"signals"}`);

class Reader {
  frames = 0;
  private skip = 0;
  private head = Buffer.alloc(0);

  /** Frames of the server: no mask, length in 1, 2 or 8 bytes. */
  take(data: Buffer): void {
    let rest = this.head.byteLength === 0 ? data : Buffer.concat([this.head, data]);
    this.head = Buffer.alloc(0);
    for (;;) {
      const skipped = Math.min(this.skip, rest.byteLength);
      this.skip -= skipped;
      rest = rest.subarray(skipped);
      if (this.skip > 0) return;
      const small = (rest[1] ?? 0) & 0x7f;
      const headBytes = small === 126 ? 4 : small === 127 ? 10 : 2;
      if (rest.byteLength < headBytes) {
        this.head = Buffer.from(rest);
        return;
      }
      const length = small === 126 ? rest.readUInt16BE(2) : small === 127 ? Number(rest.readBigUInt64BE(2)) : small;
      this.frames += 1;
      this.skip = length;
      rest = rest.subarray(headBytes);
    }
  }
}

const readers: Reader[] = [];
const sockets: Socket[] = [];
let expected = Infinity;

async function open(port: number): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  sockets.push(socket);
  const reader = new Reader();
  readers.push(reader);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      const key = randomBytes(16).toString("base64");
      socket.write(
        `GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
    });
    let upgraded = false;
    socket.on("data", (data) => {
      if (upgraded) {
        reader.take(data);
        if (reader.frames >= 2) resolve(); // welcome and acknowledgement
        report();
        return;
      }
      upgraded = true;
      const end = data.indexOf("\r\n\r\n") + 4;
      if (end < data.byteLength) reader.take(data.subarray(end));
      socket.write(masked(SUBSCRIBE));
    });
  });
}

/** A client's text frame; a mask of zeros leaves the payload as it is. */
function masked(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.byteLength, 0, 0, 0, 0]), payload]);
}

function report(): void {
  if (readers.every(({ frames }) => frames - 2 >= expected)) {
    expected = Infinity;
    process.send?.("done");
  }
}

process.on("message", (message) => {
  const order = message as Order;
  if ("expect" in order) {
    expected = order.expect;
    report();
    return;
  }
  void (async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    readers.length = 0;
    expected = Infinity;
    for (let index = 0; index < order.readers; index += 1) await open(order.port);
    process.send?.("ready");
  })();
});
