// Bytes on a TCP connection, for requests that no decent client sends.
import { connect } from "node:net";
import { onTestFinished } from "vitest";
import { inTime } from "../eventually.ts";
import type { Socket } from "node:net";

export interface RawConnection {
  readonly socket: Socket;
  /** All that has arrived so far. */
  text(): string;
  /** Resolves when what arrived contains the text. */
  contains(text: string): Promise<string>;
  /** Resolves with all that arrived when the server has closed. */
  readonly closed: Promise<string>;
}

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => {
    socket.destroy();
  });
  let arrived = "";
  socket.on("data", (data) => {
    arrived += data.toString("latin1");
    socket.emit("arrived");
  });
  socket.on("error", () => undefined); // a reset is one way of being closed; `closed` tells
  const closed = new Promise<string>((resolve) => {
    socket.on("close", () => resolve(arrived));
  });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return {
    socket,
    closed,
    text: () => arrived,
    contains: async (text) => {
      while (!arrived.includes(text)) {
        const more = new Promise((resolve) => socket.once("arrived", resolve));
        await inTime(more, () => arrived);
      }
      return arrived;
    },
  };
}

export async function rawRequest(port: number, request: string, until = "\r\n\r\n"): Promise<string> {
  const connection = await rawConnection(port);
  connection.socket.write(request);
  return Promise.race([connection.contains(until), connection.closed]);
}
