// A signal leaves as JSON by several doors, and is written once.
import { afterEach, expect, it, vi } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { signalText, wireSignal } from "../../../src/domain/signal.ts";
import { CODECS } from "../../../src/server/live/codec.ts";
import { Channels } from "../../../src/server/live/channels.ts";
import { SYSTEM_TIME } from "../../../src/server/live/time.ts";
import { BusSink } from "../../../src/stream/sinks/bus-sink.ts";
import { approve, buySignal } from "../../support/signals.ts";

afterEach(() => void vi.restoreAllMocks());

it("is the wire form, of each signal its own, however many there are", () => {
  const signals = Array.from({ length: 500 }, (_, index) => buySignal({ id: `sig_${index}`, sequence: index }));
  for (const round of [1, 2]) {
    for (const signal of signals) expect(signalText(signal), `${round}`).toBe(JSON.stringify(wireSignal(signal)));
  }
  const [first = buySignal()] = signals;
  expect(signalText({ ...first, symbol: "ANOTHER" })).toContain("ANOTHER");
});

it("is written once for sockets, key and topic, and not at all where nobody takes it", async () => {
  const written: unknown[] = [];
  const { stringify } = JSON;
  vi.spyOn(JSON, "stringify").mockImplementation((value: unknown) => {
    if (typeof value === "object" && value !== null && "entry_price" in value) written.push(value);
    return stringify(value);
  });
  const channels = new Channels(SYSTEM_TIME);
  const signals = approve([buySignal()]);
  channels.signals.publish(signals);
  expect(written).toHaveLength(0);
  const event = channels.log("signals")?.at(1);
  expect(Buffer.from(event?.data(CODECS.json) ?? []).toString()).toBe(stringify(wireSignal(buySignal())));
  const bus = new EmbeddedBus();
  new BusSink(bus, 60).onApproved(signals);
  expect(written).toHaveLength(1);
  await bus.close();
});
