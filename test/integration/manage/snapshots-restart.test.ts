// What a socket is shown first after a restart: the last signals and trades of before, numbers and replays apart.
import { expect, it } from "vitest";
import type { EngineProcess } from "../../support/engine-process.ts";
import { dataDir, referenceTrend, register, startEngine } from "../../support/manage/engine.ts";
import { Client, type Message } from "../../support/server/client.ts";

/** Neither is reached here, whichever event of the trend it buys at. */
const PARAMETERS = { symbols: ["BTCUSD"], stop_percent: 0.5, target_percent: 0.5 };

interface Snapshot {
  readonly ack: Message;
  readonly data: readonly Message[];
}

async function shown(engine: EngineProcess, channel: string, more: object = {}): Promise<Snapshot> {
  const client = await Client.ready(`ws://127.0.0.1:${engine.port}/ws`);
  const ack = await client.ask({ op: "subscribe", id: 1, channel, snapshot: true, ...more });
  const { type, data, seq } = await client.next();
  expect([type, seq]).toEqual(["snapshot", ack["seq"]]);
  client.socket.close();
  return { ack, data: data as readonly Message[] };
}

/** Until the execution of the strategy holds something, and has told so. */
async function bought(engine: EngineProcess, strategyId: string): Promise<void> {
  const trend = referenceTrend("BTCUSD");
  await engine.post(JSON.stringify({ market_data: trend }));
  let price = Number(trend.at(-1)?.["price"]);
  const look = async (): Promise<number> => {
    await engine.post(JSON.stringify({ symbol: "BTCUSD", price: (price *= 1.0001), volume: 1 }));
    return (await shown(engine, "trades", { filter: { strategies: [strategyId] } })).data.length;
  };
  await expect.poll(look).toBeGreaterThan(0);
}

/** Every tier has looked at everything that has come: without a further tick nothing more is said. */
async function evaluated(engine: EngineProcess): Promise<void> {
  const cycles = async (): Promise<readonly number[]> => {
    const { tiers } = await engine.get("/api/strategy_engine/summary");
    const of = tiers as Readonly<Record<string, { readonly cycles: number }>>;
    return ["fast", "tactical", "strategic"].map((tier) => of[tier]?.cycles ?? 0);
  };
  const now = await cycles();
  await expect.poll(async () => (await cycles()).every((count, tier) => count > (now[tier] ?? 0) + 2)).toBe(true);
}

it("the signals and trades of before, and nothing of them counts as an event of this run", async () => {
  const env = { DATA_DIR: dataDir(), DEMO: "off", TIER_TACTICAL_MS: "100", TIER_STRATEGIC_MS: "200" };
  const first = await startEngine(env);
  const strategyId = await register(first, { strategy_type: "momentum_rider", parameters: PARAMETERS });
  const started = await first.ask("POST", `/strategies/${strategyId}/start`, {
    execution_config: { position_size: 0.5 },
  });
  await bought(first, strategyId);
  const stopped = await first.ask("POST", `/strategies/${strategyId}/stop`);
  expect([started.status, stopped.status]).toEqual([200, 200]);
  await evaluated(first);
  const before = { signals: await shown(first, "signals"), trades: await shown(first, "trades") };
  expect(before.signals.data.length).toBeGreaterThan(0);
  expect(await first.stopsInOrder()).toBeNull();

  const again = await startEngine(env);
  const { signals } = await again.get("/signals?limit=100");
  for (const channel of ["signals", "trades"] as const) {
    const { ack, data } = await shown(again, channel);
    expect(data).toEqual(before[channel].data);
    expect(ack).toMatchObject({ seq: 0, replay: null });
    expect(ack["epoch"]).not.toBe(before[channel].ack["epoch"]);
    // A client that goes on from the run before gets the same, unasked, and no replay.
    const { epoch, seq } = before[channel].ack;
    const resumed = await shown(again, channel, { snapshot: false, from_seq: seq, epoch });
    expect(resumed.ack).toMatchObject({ replay: { complete: false, reason: "epoch_changed", count: 0 } });
    expect(resumed.data).toEqual(data);
    const none = await shown(again, channel, { filter: { symbols: ["NONE"] } });
    expect(none.data).toEqual([]);
  }
  expect([...(signals as readonly Message[])].reverse()).toEqual(before.signals.data);
  const mine = await shown(again, "trades", { filter: { strategies: [strategyId, "momentum_rider"] } });
  expect(mine.data).toEqual(before.trades.data);

  // The next signal is the first event of this run.
  const client = await Client.ready(`ws://127.0.0.1:${again.port}/ws`);
  expect(await client.ask({ op: "subscribe", id: 1, channel: "signals" })).toMatchObject({ seq: 0 });
  await again.post(JSON.stringify({ market_data: referenceTrend("ETHUSD") }));
  expect(await client.next()).toMatchObject({ type: "update", seq: 1, prev: 0 });
  const { data } = await shown(again, "signals");
  expect(data.slice(0, before.signals.data.length)).toEqual(before.signals.data);
  expect(data.length).toBeGreaterThan(before.signals.data.length);
  client.socket.close();
});
