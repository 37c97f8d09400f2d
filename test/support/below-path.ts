// A proxy that gives an engine's addresses a path before them, WebSockets included, as a site with several services does.
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";

export class BelowPath {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  readonly url: string;

  private constructor(server: Server, path: string) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
  }

  /** `sockets` false: no WebSocket gets through. */
  static async open(path: string, port: number, sockets = true): Promise<BelowPath> {
    const inner = ({ url = "" }: IncomingMessage): string | null =>
      url.startsWith(`${path}/`) ? url.slice(path.length) : null;
    const server = createServer((asked, answer) => {
      const at = inner(asked);
      if (at === null) return void answer.writeHead(404).end();
      const { method, headers } = asked;
      const onward = request({ host: "127.0.0.1", port, path: at, method, headers }, (got) => {
        // By it the tests know answers whose path is one of the contract's.
        delete got.headers["x-request-id"];
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      asked.pipe(onward);
    });
    server.on("upgrade", (asked: IncomingMessage, socket: Duplex) => {
      const at = inner(asked);
      if (at === null || !sockets) return void socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      const onward = connect(port, "127.0.0.1", () => {
        const lines = asked.rawHeaders.flatMap((name, at) =>
          at % 2 === 0 ? [`${name}: ${asked.rawHeaders[at + 1] ?? ""}`] : [],
        );
        onward.write([`GET ${at} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
        onward.pipe(socket).pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
      socket.on("close", () => onward.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new BelowPath(server, path);
  }

  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
