// Frames that mean harm: each costs its sender the connection or an error, and a neighbour is served all the while.
import { describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { Client } from "../../support/server/client.ts";
import { BINARY, CONTINUATION, PING, rawFrame, rawSocket, TEXT } from "../../support/server/raw-frames.ts";
import { rawRequest } from "../../support/server/raw.ts";
import { startServer } from "../../support/server/start.ts";
import { HandTime } from "../../support/server/time.ts";

/** Pings that are no flood in a second. */
const FEW = 400;
/** More than the system keeps of unread bytes. */
const ROUNDS_MAX = 2_000;

/** Tells how often it was looked at: once for each frame of a client. */
class ReadClock extends HandTime {
  looks = 0;
  override nowMs(): number {
    this.looks += 1;
    return super.nowMs();
  }
}

const PING_OP = JSON.stringify({ op: "ping", id: 7 });

async function isServed(neighbour: Client): Promise<void> {
  expect(await neighbour.ask({ op: "ping", id: 1 })).toMatchObject({ type: "pong" });
}

describe("frames that end their connection", () => {
  const cases: readonly (readonly [what: string, bytes: readonly Buffer[]])[] = [
    ["more than 64 KiB", [rawFrame(TEXT, "x".repeat(65_537))]],
    ["a claim of 2^62 bytes", [rawFrame(TEXT, "x", { claims: 2 ** 62 })]],
    [
      "more than 64 KiB in fragments",
      many(20, (n) => rawFrame(n === 0 ? TEXT : CONTINUATION, "x".repeat(4_000), { fin: false })),
    ],
    ["text that is not UTF-8", [rawFrame(TEXT, Buffer.from([0x22, 0xc3, 0x28, 0x22]))]],
    [
      "text that is not UTF-8 across fragments",
      [rawFrame(TEXT, Buffer.from([0x22, 0xc3]), { fin: false }), rawFrame(CONTINUATION, Buffer.from([0x28, 0x22]))],
    ],
    ["the mark of compression, which was not agreed on", [rawFrame(TEXT, PING_OP, { compressed: true })]],
    ["an opcode that does not exist", [rawFrame(0x3, PING_OP)]],
    ["a continuation of nothing", [rawFrame(CONTINUATION, PING_OP)]],
    ["a new message inside another", [rawFrame(TEXT, "{", { fin: false }), rawFrame(TEXT, PING_OP)]],
    ["a ping of more than 125 bytes", [rawFrame(PING, "x".repeat(126))]],
    ["a flood of more than 500 messages in a second", many(600, () => rawFrame(TEXT, PING_OP))],
    ["a flood of pings", many(600, () => rawFrame(PING, ""))],
  ];
  it.each(cases)("%s", async (_, bytes) => {
    const { ws, port, live } = startServer();
    const neighbour = await Client.ready(ws);
    const hostile = await rawSocket(port);
    hostile.socket.write(Buffer.concat([...bytes]));
    await hostile.closed;
    await isServed(neighbour);
    expect(live.stats().connections).toBe(1);
  });
});

it("pings of a client that never reads end its connection when as much is unread as of any other answers", async () => {
  const time = new ReadClock();
  const { ws, port, live } = startServer({ live: { bufferBytes: 4_096, time } });
  const neighbour = await Client.ready(ws);
  const { socket, text, closed } = await rawSocket(port);
  socket.pause();
  const pings = Buffer.concat([...many(FEW, () => rawFrame(PING, "x".repeat(125)))]);
  const gone = (): boolean => live.stats().connections === 1;
  for (let round = 0; !gone(); round += 1) {
    if (round > ROUNDS_MAX) throw new Error(`${round * pings.byteLength} bytes were answered and none was read`);
    const looks = time.looks + FEW;
    socket.write(pings);
    await eventually(
      () => gone() || time.looks >= looks,
      (taken) => taken,
    );
    time.pass(1_000);
  }
  socket.resume();
  await closed;
  expect(text()).toContain("\x0f\xa8answers are not read"); // 4008, and not as a flood
  await isServed(neighbour);
});

describe("frames that are answered", () => {
  it("a message in fragments, with a ping between them", async () => {
    const { port } = startServer();
    const { socket, contains, closed } = await rawSocket(port);
    socket.write(rawFrame(TEXT, PING_OP.slice(0, 5), { fin: false }));
    socket.write(rawFrame(PING, "are you there"));
    for (const letter of PING_OP.slice(5, -1)) socket.write(rawFrame(CONTINUATION, letter, { fin: false }));
    socket.write(rawFrame(CONTINUATION, PING_OP.slice(-1)));
    expect(await Promise.race([contains(`"type":"pong"`), closed])).toContain("are you there");
    expect(await contains(`"type":"pong"`)).toContain(`"id":7`);
  });

  it("binary garbage and text that is no object, with bad_json", async () => {
    const { ws, port } = startServer();
    const neighbour = await Client.ready(ws);
    const { socket, contains, text } = await rawSocket(port);
    const garbage = many(40, (n) =>
      Buffer.from(Array.from({ length: 50 }, (_, at) => (n * 31 + at * 17 + 0x80) & 0xff)),
    );
    for (const bytes of garbage) socket.write(rawFrame(BINARY, bytes));
    for (const words of ["", "null", "[1]", "\u0000", "{", `{"op":"ping"`, "9".repeat(4_000)])
      socket.write(rawFrame(TEXT, words));
    socket.write(rawFrame(TEXT, PING_OP));
    await contains(`"type":"pong"`);
    expect(text().match(/"code":"bad_json"/g)).toHaveLength(47);
    await isServed(neighbour);
  });

  it("nesting as deep as a message can hold", async () => {
    const { port } = startServer();
    const { socket, contains } = await rawSocket(port);
    const depth = 30_000;
    socket.write(rawFrame(TEXT, `${"[".repeat(depth)}${"]".repeat(depth)}`));
    socket.write(
      rawFrame(
        TEXT,
        `{"op":"subscribe","id":1,"channel":"signals","filter":${`{"a":`.repeat(5_000)}1${"}".repeat(5_000)}}`,
      ),
    );
    expect(await contains("bad_filter")).toContain("bad_json");
    socket.write(rawFrame(BINARY, Buffer.alloc(60_000, 0x91)));
    socket.write(rawFrame(TEXT, PING_OP));
    await contains(`"type":"pong"`);
  });

  it("more than 50 messages a second, with rate_limited for those beyond the burst", async () => {
    const { port } = startServer();
    const { socket, contains, text } = await rawSocket(port);
    for (let n = 0; n < 300; n += 1) socket.write(rawFrame(TEXT, `{"op":"ping","id":${n}}`));
    await contains(`"id":299`);
    const pongs = text().match(/"type":"pong"/g)?.length ?? 0;
    const refused = text().match(/"code":"rate_limited"/g)?.length ?? 0;
    expect(pongs + refused).toBe(300);
    expect(pongs).toBeGreaterThanOrEqual(100);
    expect(refused).toBeGreaterThan(100);
  });

  it("an offer of compression, by not taking it", async () => {
    const { port } = startServer();
    const offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    const { socket, contains, text } = await rawSocket(port, offer);
    socket.write(rawFrame(TEXT, PING_OP));
    await contains(`"type":"pong"`);
    expect(text().toLowerCase()).not.toContain("sec-websocket-extensions");
  });
});

it("an upgrade without a key, of another version, or by POST is refused", async () => {
  const { port } = startServer();
  const head = "HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
  const version = await rawRequest(
    port,
    `GET /ws ${head}Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    "}",
  );
  expect(version).toContain("426 Upgrade Required");
  expect(version).toContain("Sec-WebSocket-Version: 13");
  const plain = await rawRequest(port, "GET /ws HTTP/1.1\r\nHost: a\r\n\r\n", "}");
  expect(plain).toContain("426 Upgrade Required");
});

function many(count: number, make: (n: number) => Buffer): readonly Buffer[] {
  return Array.from({ length: count }, (_, n) => make(n));
}
