// A TCP proxy that misbehaves on request: late, silent, cut, refusing. It stands between the code under test and a
// server that works, so that only the network is at fault.
import { once } from "node:events";
import { createConnection, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";
import { freePort } from "./redis-server.ts";

const LISTEN_ATTEMPTS = 3;

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

export class FaultProxy {
  /** How late every byte arrives, in each direction; for bytes read from now on. */
  delayMs = 0;
  private readonly target: NetConnectOpts;
  private readonly pairs = new Set<Pair>();
  private server: Server;
  private listeningPort = 0;
  private silent = false;
  private half: string | null = null;
  private halves = 0;

  private constructor(target: NetConnectOpts) {
    this.target = target;
    this.server = this.createServer();
  }

  static async create(target: NetConnectOpts): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.accept();
    return proxy;
  }

  get port(): number {
    return this.listeningPort;
  }
  get connections(): number {
    return this.pairs.size;
  }

  /** Connections are refused from now on; those that stand are cut. */
  async refuse(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.cut();
    await closed;
  }

  /** Takes connections, on the same port as before: one of those that nobody else is given while this one refuses. */
  async accept(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const port = this.listeningPort || (await freePort());
      this.server = this.createServer();
      this.server.listen(port, "127.0.0.1");
      try {
        await once(this.server, "listening");
        this.listeningPort = port;
        return;
      } catch (error) {
        // Another process may have taken the port since it was found to be free.
        if (this.listeningPort !== 0 || attempt === LISTEN_ATTEMPTS) throw error;
      }
    }
  }

  cut(): void {
    for (const { near, far } of this.pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  /** Lets a part of the next message from the server that holds this text through, then cuts every connection. */
  cutInsideMessage(text: string): void {
    this.half = text;
  }
  /** How often it did. */
  get cutInside(): number {
    return this.halves;
  }

  /** Half-open: connections stand and can be made, but no byte passes. The servers' buffers fill up. */
  hold(): void {
    this.silent = true;
    for (const { near, far } of this.pairs) {
      near.pause();
      far.pause();
    }
  }
  /** Lets pass what was held. */
  release(): void {
    this.silent = false;
    for (const { near, far } of this.pairs) {
      near.resume();
      far.resume();
    }
  }

  async close(): Promise<void> {
    if (this.server.listening) await this.refuse();
    else this.cut();
  }

  private createServer(): Server {
    return createServer((near) => {
      const pair: Pair = { near, far: createConnection(this.target) };
      this.pairs.add(pair);
      this.forward(pair.near, pair.far);
      this.forward(pair.far, pair.near, (bytes) => this.halved(bytes));
      for (const socket of [pair.near, pair.far]) {
        socket.setNoDelay(true);
        socket.on("error", () => socket.destroy());
        if (this.silent) socket.pause();
      }
      near.on("close", () => this.pairs.delete(pair));
    });
  }

  /** What of these bytes passes; the cut comes behind it. */
  private halved(bytes: Buffer): Buffer {
    const at = this.half === null ? -1 : bytes.indexOf(this.half);
    if (this.half === null || at < 0) return bytes;
    const kept = at + (Buffer.byteLength(this.half) >> 1);
    this.half = null;
    this.halves++;
    setImmediate(() => {
      for (const { near, far } of this.pairs) {
        near.end(); // not reset, which could take the half away again
        far.destroy();
      }
    });
    return bytes.subarray(0, kept);
  }

  /** In order also when the delay changes: nothing overtakes. */
  private forward(from: Socket, to: Socket, part: (bytes: Buffer) => Buffer = (bytes) => bytes): void {
    let last: Promise<void> = Promise.resolve();
    const later = (act: () => void): void => {
      const due = new Promise<void>((resolve) => {
        if (this.delayMs === 0) resolve();
        else setTimeout(resolve, this.delayMs);
      });
      last = Promise.all([last, due]).then(act);
    };
    from.on("data", (bytes) => {
      const passing = part(bytes);
      later(() => {
        if (!to.destroyed) to.write(passing);
      });
    });
    from.on("close", () => later(() => to.destroy()));
  }
}
