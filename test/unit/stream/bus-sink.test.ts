import { expect, it } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { TOPICS } from "../../../src/bus/keys.ts";
import { wireSignal } from "../../../src/domain/signal.ts";
import { BusSink } from "../../../src/stream/sinks/bus-sink.ts";
import { approve, buySignal, exitSignal } from "../../support/signals.ts";

it("writes a key and then the topic for each signal, and nothing for exits and demo signals", async () => {
  const bus = new EmbeddedBus();
  const sink = new BusSink(bus, 60);
  const real = buySignal();
  const heard: unknown[] = [];
  const done = new Promise<void>((resolve) => {
    bus.subscribe(TOPICS.signal, (bytes) => {
      heard.push(JSON.parse(Buffer.from(bytes).toString()));
      if (heard.length === 2) resolve();
    });
  });
  sink.onApproved(
    approve([
      buySignal({ symbol: "DEMO-A", demo: true }),
      exitSignal({ symbol: "EXITED" }),
      real,
      { ...real, symbol: "ETHUSD" },
    ]),
  );
  await done;
  expect(heard).toEqual([
    { topic: "strategy.signal", payload: wireSignal(real) },
    { topic: "strategy.signal", payload: { ...wireSignal(real), symbol: "ETHUSD" } },
  ]);
  const stored = await bus.getKey("strategy_engine:momentum:BTCUSD:1756029600");
  expect(JSON.parse(Buffer.from(stored ?? []).toString())).toEqual(wireSignal(real));
  expect(await bus.getKey("strategy_engine:momentum:EXITED:1756029600")).toBeNull();
  expect(await bus.getKey("strategy_engine:momentum:DEMO-A:1756029600")).toBeNull();
  await bus.close();
});

it("refuses a life time that the contract does not allow", () => {
  const bus = new EmbeddedBus();
  for (const ttl of [0, 3_601, 1.5, NaN]) expect(() => new BusSink(bus, ttl)).toThrow(RangeError);
});
