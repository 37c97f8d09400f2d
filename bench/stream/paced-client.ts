// A child process that publishes one tick a message at a steady pace, through a raw socket. Prices rise in equal steps,
// so that from its thirteenth tick on every symbol has a trend and every tick gives a signal. The timestamp of a tick,
// microseconds, is its own: it names the tick in the signal that comes of it. When all is published the process hands
// over, per tick, that timestamp and the monotonic time of the machine just before it was written to the socket.
import { Packr } from "msgpackr";
import { publishCommand, RespPublisher } from "./resp.ts";

export interface PacedOrder {
  readonly port: number;
  readonly perSecond: number;
  readonly messages: number;
  readonly symbols: number;
  /** Messages before the first one, by another publisher: prices go on rising where it ended. */
  readonly from: number;
}
export interface PacedReport {
  readonly timestampsUs: readonly number[];
  readonly sentNs: readonly number[];
}

const STEP = 1e-4;

process.once("message", (order: PacedOrder) => void publish(order));

async function publish({ port, perSecond, messages, symbols, from }: PacedOrder): Promise<void> {
  const publisher = await RespPublisher.connect(port);
  const packr = new Packr({ useRecords: false });
  const timestampsUs: number[] = [];
  const sentNs: number[] = [];
  const begin = performance.now();
  const beginUs = Date.now() * 1000;
  while (sentNs.length < messages) {
    const due = Math.min(messages, Math.floor(((performance.now() - begin) * perSecond) / 1000));
    for (let index = sentNs.length; index < due; index++) {
      const timestamp = beginUs + index;
      const price = 100 * (1 + STEP) ** Math.floor((from + index) / symbols);
      const tick = { symbol: `S${index % symbols}USD`, price, volume: 1, timestamp, asset_type: "crypto" };
      const command = publishCommand(packr.pack(tick));
      timestampsUs.push(timestamp);
      sentNs.push(Number(process.hrtime.bigint()));
      publisher.send(command);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (publisher.answered < messages) await new Promise((resolve) => setTimeout(resolve, 1));
  publisher.close();
  process.send?.({ timestampsUs, sentNs } satisfies PacedReport, () => process.disconnect());
}
