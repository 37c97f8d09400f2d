// A child process that loads an HTTP server: raw sockets, each with DEPTH requests on the way, every answer of the same
// length, so that counting bytes counts answers. Told a port it answers as often as it can until told to stop, then
// reports how many answers came. A process of its own, so that the server's processor time is the server's alone.
import { connect } from "node:net";
import type { Socket } from "node:net";

export interface Order {
  readonly port: number;
  readonly connections: number;
  readonly depth: number;
  readonly durationMs: number;
}

const REQUEST = "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: bench\r\n\r\n";

async function load({ port, connections, depth, durationMs }: Order): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const answerBytes = await firstAnswer(sockets[0]);
  let bytes = 0;
  let stopped = false;
  for (const socket of sockets) {
    let rest = 0;
    socket.on("data", (data) => {
      bytes += data.byteLength;
      rest += data.byteLength;
      const answers = Math.floor(rest / answerBytes);
      rest -= answers * answerBytes;
      if (answers > 0 && !stopped) socket.write(REQUEST.repeat(answers));
    });
    socket.write(REQUEST.repeat(depth));
  }
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  stopped = true;
  const answers = Math.floor(bytes / answerBytes);
  for (const socket of sockets) socket.destroy();
  return answers;
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

async function firstAnswer(socket: Socket | undefined): Promise<number> {
  if (socket === undefined) throw new Error("no connections");
  socket.write(REQUEST);
  const data = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
  return data.byteLength;
}

process.on("message", (order) => {
  void load(order as Order).then((answers) => process.send?.(answers));
});
