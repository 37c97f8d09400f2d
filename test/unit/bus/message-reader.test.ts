// What a connection that listens brings, cut anywhere: messages to who subscribed, everything else to the client library.
import { expect, it } from "vitest";
import { MessageReader } from "../../../src/bus/message-reader.ts";
import { Random } from "../../support/random.ts";

const bulk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]);
const message = (channel: string, payload: Buffer, first = "*"): Buffer =>
  Buffer.concat([
    Buffer.from(`${first}3\r\n`),
    bulk(Buffer.from("message")),
    bulk(Buffer.from(channel)),
    bulk(payload),
  ]);

/** Replies of every kind that Redis has, and some that look like a message. */
const OTHERS = [
  "+OK\r\n",
  "-ERR *3 $7 message\r\n",
  ":-12\r\n",
  "$-1\r\n",
  "*-1\r\n",
  "$0\r\n\r\n",
  "*0\r\n",
  "_\r\n",
  "#t\r\n",
  ",-1.5e300\r\n",
  "(3492890328409238509324850943850943825024385\r\n",
  "!21\r\nSYNTAX invalid syntax\r\n",
  "=15\r\ntxt:Some string\r\n",
  "*3\r\n$9\r\nsubscribe\r\n$5\r\nticks\r\n:1\r\n",
  "*2\r\n$4\r\npong\r\n$0\r\n\r\n",
  "*3\r\n$7\r\nmessagf\r\n$1\r\na\r\n$1\r\nb\r\n",
  "*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\na\r\n$1\r\nb\r\n",
  "%2\r\n+a\r\n*2\r\n:1\r\n:2\r\n+b\r\n~1\r\n$7\r\nmessage\r\n",
  "|1\r\n+ttl\r\n:5\r\n*3\r\n:1\r\n:2\r\n:3\r\n",
  ">3\r\n$9\r\nsubscribe\r\n$5\r\nticks\r\n:1\r\n",
  `$${message("no", Buffer.from("no")).length}\r\n${message("no", Buffer.from("no")).toString()}\r\n`,
].map((reply) => Buffer.from(reply));

const nothing = (): never => expect.unreachable("there was nothing but messages");

interface Read {
  readonly messages: (readonly [string, string])[];
  readonly others: string;
}
function read(bytes: Buffer, pieces: (left: number) => number): Read {
  const messages: (readonly [string, string])[] = [];
  const others: Buffer[] = [];
  const reader = new MessageReader(
    (channel, payload) => messages.push([channel, payload.toString("latin1")]),
    (other) => others.push(other),
  );
  for (let at = 0; at < bytes.length;) {
    const length = Math.max(1, Math.min(bytes.length - at, pieces(bytes.length - at)));
    reader.take(bytes.subarray(at, at + length));
    at += length;
  }
  return { messages, others: Buffer.concat(others).toString("latin1") };
}

it("gives messages to who subscribed and all other bytes to the library, each in its order, wherever the line cuts", () => {
  const random = new Random(7);
  for (let round = 0; round < 300; round++) {
    const [parts, others]: [Buffer[], Buffer[]] = [[], []];
    const messages: (readonly [string, string])[] = [];
    for (let count = random.integer(12); count >= 0; count--) {
      const other = OTHERS[random.integer(OTHERS.length)];
      if (random.next() < 0.5 && other !== undefined) {
        parts.push(other);
        others.push(other);
        continue;
      }
      const channel = ["ticks", "ticken", "é\r\n$3", ""][random.integer(4)] ?? "";
      const payload = Buffer.from(Array.from({ length: random.integer(40) }, () => random.integer(256)));
      parts.push(message(channel, payload, random.next() < 0.5 ? "*" : ">"));
      messages.push([channel, payload.toString("latin1")]);
    }
    const bytes = Buffer.concat(parts);
    const expected = { messages, others: Buffer.concat(others).toString("latin1") };
    expect(read(bytes, (left) => left)).toEqual(expected);
    expect(read(bytes, () => 1)).toEqual(expected);
    expect(read(bytes, () => 1 + random.integer(30))).toEqual(expected);
  }
});

it("puts a large message together once, however many pieces it comes in", () => {
  const payload = Buffer.alloc(16 * 1024 * 1024, "p");
  const bytes = message("ticks", payload);
  let given = 0;
  const reader = new MessageReader((_, whole) => (given += Number(whole.equals(payload))), nothing);
  const { concat } = Buffer;
  let copied = 0;
  Buffer.concat = (list, length) => {
    copied += length ?? 0;
    return concat(list, length);
  };
  try {
    for (let at = 0; at < bytes.length; at += 65_536) reader.take(bytes.subarray(at, at + 65_536));
  } finally {
    Buffer.concat = concat;
  }
  expect(given).toBe(1);
  expect(copied).toBe(bytes.length);
});

it("hands over a view of what came, and the same name for messages of the same channel", () => {
  const bytes = Buffer.concat([message("ticks", Buffer.from("1")), message("ticks", Buffer.from("22"))]);
  const given: Buffer[] = [];
  new MessageReader((_, payload) => void given.push(payload), nothing).take(bytes);
  expect(given.map(String)).toEqual(["1", "22"]);
  expect(given.every(({ buffer }) => buffer === bytes.buffer)).toBe(true);
});
