// A child process that publishes ticks as fast as its reader takes them: raw pipelined PUBLISH commands, and never more
// ticks under way than the window, counted by the credits that the reader sends. So nothing is dropped anywhere, and
// the figure is the reader's rate. Answers "ready", then "sent" when Redis has answered all commands of an order.
import { Packr } from "msgpackr";
import { Random } from "../../test/support/random.ts";
import { publishCommand, RespPublisher } from "./resp.ts";

export type FloodMessage =
  | { readonly op: "connect"; readonly port: number }
  | { readonly op: "flood"; readonly messages: number; readonly ticksPerMessage: number }
  /** Ticks of the order that the reader is done with. */
  | { readonly op: "credit"; readonly ticks: number };

/** Ticks under way at most: less than the event ring holds, whatever becomes of the reader meanwhile. */
const WINDOW_TICKS = 40_000;
const SYMBOLS = 500;
const POOL_MESSAGES = 512;
/** Bytes of one write to the socket, about. */
const WRITE_BYTES = 32_768;
const SEED = 500;

interface Write {
  readonly bytes: Buffer;
  readonly messages: number;
}

let publisher: RespPublisher | null = null;
let credit = 0;
let onCredit: (() => void) | null = null;

process.on("message", (message: FloodMessage) => {
  if (message.op === "credit") {
    credit = message.ticks;
    onCredit?.();
  } else if (message.op === "connect") {
    void RespPublisher.connect(message.port).then((connected) => {
      publisher = connected;
      process.send?.("ready");
    });
  } else void flood(message.messages, message.ticksPerMessage);
});

async function flood(messages: number, ticksPerMessage: number): Promise<void> {
  if (publisher === null) throw new Error("not connected");
  credit = 0;
  const writes = makeWrites(ticksPerMessage);
  const before = publisher.answered;
  let sent = 0;
  for (let turn = 0; sent < messages; turn++) {
    const write = writes[turn % writes.length];
    if (write === undefined) throw new Error("no messages");
    while ((sent + write.messages) * ticksPerMessage - credit > WINDOW_TICKS) {
      await new Promise<void>((resolve) => (onCredit = resolve));
    }
    const count = Math.min(write.messages, messages - sent);
    const bytes = count === write.messages ? write.bytes : firstCommands(ticksPerMessage, count);
    sent += count;
    if (!publisher.send(bytes)) await publisher.drained();
  }
  while (publisher.answered - before < messages) await new Promise((resolve) => setTimeout(resolve, 1));
  process.send?.("sent");
}

function makeWrites(ticksPerMessage: number): readonly Write[] {
  const commands = makeCommands(ticksPerMessage);
  const perWrite = Math.max(1, Math.floor(WRITE_BYTES / (commands[0]?.length ?? 1)));
  const writes: Write[] = [];
  for (let at = 0; at < commands.length; at += perWrite) {
    const part = commands.slice(at, at + perWrite);
    writes.push({ bytes: Buffer.concat(part), messages: part.length });
  }
  return writes;
}

function firstCommands(ticksPerMessage: number, count: number): Buffer {
  return Buffer.concat(makeCommands(ticksPerMessage).slice(0, count));
}

function makeCommands(ticksPerMessage: number): readonly Buffer[] {
  const random = new Random(SEED);
  const packr = new Packr({ useRecords: false });
  const prices = Array.from({ length: SYMBOLS }, () => 100);
  const tick = (index: number): Record<string, unknown> => {
    const symbol = index % SYMBOLS;
    const price = (prices[symbol] ?? 100) * (1 + 2e-4 * (random.next() - 0.5));
    prices[symbol] = price;
    const timestamp = 1_790_000_000 + index * 1e-3;
    return { symbol: `S${symbol}USD`, price, volume: random.next(), timestamp, asset_type: "crypto" };
  };
  return Array.from({ length: POOL_MESSAGES }, (_, message) => {
    const ticks = Array.from({ length: ticksPerMessage }, (_unused, index) => tick(message * ticksPerMessage + index));
    return publishCommand(packr.pack(ticksPerMessage === 1 ? ticks[0] : ticks));
  });
}
