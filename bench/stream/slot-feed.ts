// A child process that publishes 50,000 ticks a second by a schedule: each millisecond is a slot of five messages of ten
// ticks, which are due at its begin. It sleeps until then on a futex, because timers come up to a millisecond late. The
// first tick of every second slot is of one of 2,500 symbols that rise in equal steps: every five seconds each of them, so
// that it gives a signal also where the engine came to the one before seconds late. The others walk at random. All ticks of the first slots are of
// symbols that rise, until these have a trend. The timestamp of a tick is the due time of its slot, and its place in it in
// microseconds, so that a signal names the slot it came of. A bare message with the number of the slot goes out behind it.
// A feed sits on a machine of its own, and here it shares the engine's: so every message is encoded before the first is
// sent, each tick with its own symbol, price and volume, and while time is measured only the timestamps, eight bytes each
// that nobody knows before the schedule begins, are written into them, and the bytes are sent.
// When the warm-up is sent it says "warm" and waits for a word; then the others follow by a schedule of their own. At the
// end it reports when that began, by both clocks, and when each of its slots was sent in truth.
import { once } from "node:events";
import { Packr } from "msgpackr";
import { Random } from "../../test/support/random.ts";
import { publishCommand, RespPublisher } from "./resp.ts";

export interface FeedOrder {
  readonly port: number;
  readonly slots: number;
  readonly warmupSlots: number;
}
export interface FeedReport {
  /** When the first slot behind the warm-up was due: by the machine's monotonic clock, and as timestamps count. */
  readonly beganNs: number;
  readonly beganUs: number;
  readonly sentNs: readonly number[];
}

export const PROBE_CHANNEL = "bench:slots";
export const SLOTS_PER_SECOND = 1_000;
export const TICKS_PER_SLOT = 50;
export const RISING = "RISE";
/** One tick of it must give a signal. */
export function isTimed(slot: number): boolean {
  return slot % 2 === 0;
}

const SLOT_US = 1e6 / SLOTS_PER_SECOND;
const TICKS_PER_MESSAGE = 10;
const WALKING_SYMBOLS = 500;
const RISING_SYMBOLS = 2_500;
const TREND_TICKS = 15;
const TREND_SLOTS = (RISING_SYMBOLS * TREND_TICKS) / TICKS_PER_SLOT;
const STEP = 1e-4;
/** A timestamp that is not known yet, and as it is written: as a double, like every number of so many microseconds. */
const UNKNOWN_US = 1e15;
const TIMESTAMP_BYTES = 8;
const UNKNOWN = Buffer.concat([Buffer.from("timestamp\xcb", "latin1"), doubleOf(UNKNOWN_US)]);
const LEAD_MS = 100;
const SEED = 50_000;

if (process.send !== undefined) process.once("message", (order: FeedOrder) => void feed(order));

async function feed({ port, slots, warmupSlots }: FeedOrder): Promise<void> {
  const market = new Market();
  const prepared = Array.from({ length: slots }, (_, slot) => market.slot(slot));
  const publisher = await RespPublisher.connect(port);
  await publish(publisher, prepared.slice(0, warmupSlots));
  const told = once(process, "message");
  process.send?.("warm");
  await told;
  const report = await publish(publisher, prepared.slice(warmupSlots));
  publisher.close();
  process.send?.(report, () => process.disconnect());
}

/** By a schedule of its own; resolves when Redis has answered everything. */
async function publish(publisher: RespPublisher, slots: readonly Slot[]): Promise<FeedReport> {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const sentNs: number[] = [];
  const beganNs = Number(process.hrtime.bigint()) + LEAD_MS * 1e6;
  const beganUs = Date.now() * 1_000 + LEAD_MS * 1_000;
  const before = publisher.answered;
  for (const [place, slot] of slots.entries()) {
    stamp(slot, beganUs + place * SLOT_US);
    const waitMs = (beganNs + place * SLOT_US * 1e3 - Number(process.hrtime.bigint())) / 1e6;
    if (waitMs > 0) Atomics.wait(sleeper, 0, 0, waitMs);
    sentNs.push(Number(process.hrtime.bigint()));
    if (!publisher.send(slot.commands)) await publisher.drained();
    // Replies are read between two slots.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const messages = before + slots.length * (TICKS_PER_SLOT / TICKS_PER_MESSAGE + 1);
  while (publisher.answered < messages) await new Promise((resolve) => setTimeout(resolve, 1));
  return { beganNs, beganUs, sentNs };
}

function stamp({ commands, timestamps }: Slot, dueUs: number): void {
  for (const [place, at] of timestamps.entries()) commands.writeDoubleBE(dueUs + place, at);
}

/** What is sent at once. */
interface Slot {
  readonly commands: Buffer;
  /** Of each tick, where its timestamp goes. */
  readonly timestamps: Uint32Array;
}

class Market {
  private readonly random = new Random(SEED);
  private readonly packr = new Packr({ useRecords: false });
  private readonly prices = Array.from({ length: WALKING_SYMBOLS }, (_, symbol) => 100 + symbol);
  private walked = 0;
  private risen = 0;

  /** The messages of a slot as commands, the bare one last. */
  slot(slot: number): Slot {
    const messages: Buffer[] = [];
    for (let first = 0; first < TICKS_PER_SLOT; first += TICKS_PER_MESSAGE) {
      const ticks: object[] = [];
      for (let place = first; place < first + TICKS_PER_MESSAGE; place++) {
        const rises = slot < TREND_SLOTS || (place === 0 && isTimed(slot));
        ticks.push(rises ? this.rising() : this.walking());
      }
      messages.push(publishCommand(this.packr.pack(ticks)));
    }
    const commands = Buffer.concat([...messages, publishCommand(Buffer.from(String(slot)), PROBE_CHANNEL)]);
    return { commands, timestamps: timestampsIn(commands) };
  }

  private walking(): object {
    const symbol = this.walked++ % WALKING_SYMBOLS;
    const price = (this.prices[symbol] ?? 100) * (1 + 2e-4 * (this.random.next() - 0.5));
    this.prices[symbol] = price;
    return { symbol: `S${symbol}USD`, price, volume: this.random.next(), timestamp: UNKNOWN_US, asset_type: "crypto" };
  }

  private rising(): object {
    const symbol = this.risen % RISING_SYMBOLS;
    const price = 100 * (1 + STEP) ** Math.floor(this.risen++ / RISING_SYMBOLS);
    return { symbol: `${RISING}${symbol}USD`, price, volume: 1, timestamp: UNKNOWN_US, asset_type: "crypto" };
  }
}

/** Where the eight bytes of each tick's timestamp lie, in the order of the ticks. */
function timestampsIn(commands: Buffer): Uint32Array {
  const found: number[] = [];
  for (let at = commands.indexOf(UNKNOWN); at >= 0; at = commands.indexOf(UNKNOWN, at + UNKNOWN.length))
    found.push(at + UNKNOWN.length - TIMESTAMP_BYTES);
  if (found.length !== TICKS_PER_SLOT) throw new Error(`${found.length} timestamps were found in a slot`);
  return Uint32Array.from(found);
}

function doubleOf(value: number): Buffer {
  const bytes = Buffer.alloc(TIMESTAMP_BYTES);
  bytes.writeDoubleBE(value);
  return bytes;
}
