// A real redis-server of the test's own: in a temporary folder, on a unix socket and a free TCP port, without
// persistence. Nothing is shared with a Redis that the machine may run.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const READY_MS = 10_000;
const START_ATTEMPTS = 3;
/** Where systems give out ports from 32,768 on: the first one, and how many. */
const QUIET_PORTS = [12_000, 20_000] as const;
const PORT_ATTEMPTS = 200;

export interface RedisServerOptions {
  /** Further directives, e.g. ["--requirepass", "secret"]. */
  readonly directives?: readonly string[];
  /** False: only reserve the addresses; `start` does the rest. */
  readonly started?: boolean;
}

export class RedisServer {
  readonly port: number;
  readonly socketPath: string;
  private readonly folder: string;
  private readonly directives: readonly string[];
  private process: ChildProcess | null = null;

  private constructor(folder: string, port: number, directives: readonly string[]) {
    this.folder = folder;
    this.port = port;
    this.socketPath = join(folder, "redis.sock");
    this.directives = directives;
  }

  static async create(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt += 1) {
      const folder = await mkdtemp(join(tmpdir(), "redis-"));
      const server = new RedisServer(folder, await freePort(), options.directives ?? []);
      try {
        if (options.started !== false) await server.start();
        return server;
      } catch (error) {
        await server.remove();
        // Another process may have taken the port in between; anything else fails each time.
        if (attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  get pid(): number {
    if (this.process?.pid === undefined) throw new Error("redis-server does not run");
    return this.process.pid;
  }

  get running(): boolean {
    return this.process !== null;
  }

  async start(): Promise<void> {
    const network = ["--port", String(this.port), "--bind", "127.0.0.1", "--unixsocket", this.socketPath];
    const storage = ["--save", "", "--appendonly", "no", "--dir", this.folder];
    const child = spawn("redis-server", [...network, ...storage, "--loglevel", "warning", ...this.directives], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.process = child;
    let output = "";
    child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
    const gone = once(child, "exit").then(
      () => Promise.reject(new Error(`redis-server ended at its start: ${output}`)),
      (error: unknown) => Promise.reject(new Error("redis-server cannot be run: is it installed?", { cause: error })),
    );
    await Promise.race([this.ready(), gone]);
    gone.catch(() => undefined); // from here on its end is the test's doing
  }

  /** Ends it in an orderly way. */
  stop(): Promise<void> {
    return this.end("SIGTERM");
  }
  /** Ends it as a crash would. */
  kill(): Promise<void> {
    return this.end("SIGKILL");
  }
  /** It keeps its sockets and answers nothing. */
  pause(): void {
    this.process?.kill("SIGSTOP");
  }
  resume(): void {
    this.process?.kill("SIGCONT");
  }

  /** Ends it and removes its folder. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  }

  /** Asks again as soon as the last try failed; there is no event for a server that begins to listen. */
  private async ready(): Promise<void> {
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline) {
      if (await answersPing(this.socketPath)) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`redis-server did not answer within ${READY_MS} ms`);
  }
}

function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = createConnection(socketPath);
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("connect", () => socket.write("PING\r\n"));
    socket.on("data", (bytes) => finish(/^(\+PONG|-NOAUTH)/.test(bytes.toString())));
    socket.on("error", () => finish(false));
    socket.on("close", () => finish(false));
  });
}

/** Nobody in this process gets the same port twice: between its being found and its use it is free to everybody. */
const given = new Set<number>();

/**
 * A TCP port that is free, and none of those that the system gives to outgoing connections and to listeners on port 0:
 * they could take it before it is used, or while a server that is to come back on it is away.
 */
export async function freePort(): Promise<number> {
  const [first, count] = QUIET_PORTS;
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    const port = first + Math.floor(Math.random() * count);
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, "close");
    return port;
  }
  throw new Error(`no free port from ${first} on in ${PORT_ATTEMPTS} attempts`);
}
