// Clients that ask and do not read: what a connection costs is one answer, whatever it asks for.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually, inTime } from "../../support/eventually.ts";
import { rawConnection } from "../../support/server/raw.ts";
import { startServer } from "../../support/server/start.ts";

const MIB = 1 << 20;
/** More than the system keeps for both ends of a connection. */
const LARGE = 32 * MIB;
const METRICS = "GET /metrics/prometheus HTTP/1.1\r\nHost: a\r\n\r\n";
/** Fewer than the server answers in one turn. */
const BATCH = 20;
/** By then one was the last of its connection, but for a chance of one in 10 to the 16th. */
const HEADS_MAX = 5_000;
/** Of those behind the first 128, one in 128 ends by the server's own hand. */
const CLOSING = 1_000;

/** Connected, and reads nothing until it is told to. */
async function silentReader(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => undefined); // being cut off is what happens to it
  await once(socket, "connect");
  return socket;
}

/** Asks again and again until it is cut off; answers how many bytes of answers it asked for. */
async function askUntilCutOff(
  socket: Socket,
  request: string,
  answerBytes: number,
  mostBytes: number,
): Promise<number> {
  const batch = request.repeat(BATCH);
  let asked = 0;
  while (!socket.destroyed && asked < mostBytes) {
    await new Promise<void>((resolve) => socket.write(batch, () => setImmediate(resolve)));
    asked += BATCH * answerBytes;
  }
  return asked;
}

interface Large {
  readonly port: number;
  /** So many answers were handed over. */
  answered(count: number): Promise<void>;
}

/** Answers METRICS with that text. */
function large(text: string, unsentBytesMax?: number): Large {
  let asked = 0;
  const metricsText = (): Promise<string> => {
    setImmediate(() => (asked += 1)); // the answer is written in this turn
    return Promise.resolve(text);
  };
  const { port } = startServer({
    engine: { metricsText },
    server: unsentBytesMax === undefined ? {} : { unsentBytesMax },
  });
  const answered = async (count: number): Promise<void> => {
    await eventually(
      () => asked,
      (so) => so === count,
    );
  };
  return { port, answered };
}

describe("a client that reads nothing and asks on", () => {
  it.each(["/openapi.json", "/symbols?limit=100", "/health"])("is cut off: %s", async (path) => {
    const { port, http } = startServer();
    const length = (await (await fetch(`${http}${path}`)).arrayBuffer()).byteLength;
    const request = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const most = 64 * MIB;
    const asked = await askUntilCutOff(await silentReader(port), request, length, most);
    expect(asked).toBeLessThan(most);
    expect((await fetch(`${http}/health`)).status).toBe(200);
  });
});

describe("an answer without a body, of which nobody can say that it was read", () => {
  it.each(["HEAD", "OPTIONS"])("is now and then the last of its connection, and says so: %s", async (method) => {
    const { port } = startServer();
    const { socket, closed, text } = await rawConnection(port);
    const heads: string[] = [];
    const ended = closed.then(() => true);
    for (let gone = false; !gone && heads.length < HEADS_MAX; heads.push(text().slice(heads.join("").length))) {
      const before = text().length;
      socket.write(`${method} /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: same\r\n\r\n`);
      const told = eventually(text, (all) => all.length > before && all.endsWith("\r\n\r\n")).then(() => false);
      await Promise.race([told, ended]);
      gone = text().includes("Connection: close") && (await inTime(ended, text));
    }
    const [first = "", last = ""] = [heads[0], heads.at(-1)];
    expect(heads.length).toBeGreaterThan(100);
    expect(heads.length).toBeLessThan(HEADS_MAX);
    expect(first).toMatch(method === "HEAD" ? /^HTTP\/1.1 200 OK\r\n/ : /^HTTP\/1.1 204 No Content\r\n/);
    const lines = (head: string): readonly string[] =>
      head
        .split("\r\n")
        .map((line) => line.replace(/^Date: .*/, "Date"))
        .filter((line) => !line.startsWith("uWebSockets"));
    expect(lines(last).filter((line) => line !== "Connection: close")).toEqual(lines(first));
  });
});

describe("an answer that ends its connection", () => {
  it("is sent whole each time, however many there were", async () => {
    const { port } = startServer();
    const twice = "Content-Length: 0\r\nContent-Length: 0\r\n\r\n";
    const request = `POST /risk/resume HTTP/1.1\r\nHost: a\r\n${twice}`;
    for (let count = 0; count < CLOSING; count += 1) {
      const { socket, closed } = await rawConnection(port);
      socket.write(request);
      const [head = "", body = ""] = (await closed).split("\r\n\r\n");
      expect(head).toMatch(/^HTTP\/1.1 400 /);
      expect(head).toMatch(/^Connection: close$/m);
      const length = Number(/^Content-Length: (\d+)$/m.exec(head)?.[1]);
      expect(JSON.parse(body.slice(0, length))).toMatchObject({ status: "error", error: "bad_request" });
    }
  });
});

describe("a large answer", () => {
  const text = Array.from({ length: LARGE / 16 }, (_, index) => `${index}`.padStart(15, "ü")).join("\n");

  it("arrives whole at a client that begins to read late, and the connection goes on", async () => {
    const { port, answered } = large(text);
    const socket = await silentReader(port);
    socket.write(METRICS);
    await answered(1);
    const parts: Buffer[] = [];
    socket.on("data", (part: Buffer) => parts.push(part));
    const bytes = Buffer.byteLength(text);
    const received = (): number => parts.reduce((sum, part) => sum + part.byteLength, 0);
    await eventually(received, (so) => so >= bytes);
    const [head = "", body = ""] = Buffer.concat(parts).toString().split("\r\n\r\n");
    expect(head).toContain(`Content-Length: ${bytes}`);
    expect(body === text).toBe(true);
    parts.length = 0;
    socket.write("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
    await eventually(
      () => Buffer.concat(parts).toString(),
      (more) => more.endsWith(`{"status":"ok"}`),
    );
  });

  it("ends the connection of who asks for another one before it is read", async () => {
    const { port, answered } = large(text);
    const socket = await silentReader(port);
    socket.write(METRICS);
    await answered(1);
    socket.write(METRICS);
    await inTime(once(socket.resume(), "close"), () => socket.bytesRead);
    expect(socket.bytesRead).toBeLessThan(Buffer.byteLength(text));
  });

  it("shares its memory with those of all others, and gives it back", async () => {
    const bytes = Buffer.byteLength(text);
    const { port, answered } = large(text, bytes * 1.5);
    const [first, second] = [await silentReader(port), await silentReader(port)];
    first.write(METRICS);
    await answered(1);
    second.write(METRICS);
    await inTime(once(second.resume(), "close"), () => second.bytesRead);
    first.destroy();
    const third = await rawConnection(port);
    third.socket.write(METRICS);
    await eventually(
      () => third.text().length,
      (so) => so > bytes,
    );
  });
});
