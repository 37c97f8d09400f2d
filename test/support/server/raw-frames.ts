// A WebSocket spoken byte by byte, for frames that no decent client sends.
import { randomBytes } from "node:crypto";
import { rawConnection, type RawConnection } from "./raw.ts";

export const TEXT = 0x1;
export const BINARY = 0x2;
export const CONTINUATION = 0x0;
export const PING = 0x9;

export interface FrameOptions {
  /** The last of its message. */
  readonly fin?: boolean;
  /** Marked as compressed. */
  readonly compressed?: boolean;
  readonly masked?: boolean;
  /** The length that the head claims. */
  readonly claims?: number;
}

export async function rawSocket(port: number, extra = ""): Promise<RawConnection> {
  const connection = await rawConnection(port);
  const key = randomBytes(16).toString("base64");
  connection.socket.write(
    `GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${extra}\r\n`,
  );
  await connection.contains(`"type":"welcome"`);
  return connection;
}

export function rawFrame(opcode: number, payload: Uint8Array | string, options: FrameOptions = {}): Buffer {
  const bytes = Buffer.from(payload);
  const { fin = true, compressed = false, masked = true, claims = bytes.length } = options;
  const long = claims > 125;
  const head = Buffer.alloc(long ? 10 : 2);
  head[0] = (fin ? 0x80 : 0) | (compressed ? 0x40 : 0) | opcode;
  head[1] = (masked ? 0x80 : 0) | (long ? 127 : claims);
  if (long) head.writeBigUInt64BE(BigInt(claims), 2);
  return Buffer.concat([head, ...(masked ? [Buffer.alloc(4)] : []), bytes]); // a mask of zeros changes nothing
}
