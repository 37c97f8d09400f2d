// The channels beside signals, through the functions that the rooms publish with.
import { describe, expect, it } from "vitest";
import { Client } from "../../support/server/client.ts";
import { startServer } from "../../support/server/start.ts";
import { HandTime } from "../../support/server/time.ts";
import {
  alertUpdate,
  barUpdate,
  executionUpdate,
  metricsUpdate,
  pipelineUpdate,
  researchUpdate,
  strategyUpdate,
  tradeUpdate,
} from "../../support/server/channel-data.ts";
import type { Message } from "../../support/server/client.ts";
import type { Running } from "../../support/server/start.ts";

type Live = Running["live"];
/** Publishes three events of a channel, the second one of another strategy, and gives their data. */
const THREE: Readonly<Record<string, (live: Live) => readonly unknown[]>> = {
  trades: ({ channels }) => {
    const data = [tradeUpdate(1), tradeUpdate(2, "MSFT", "strat_other1"), tradeUpdate(3)];
    channels.trades.publish(data.map((one) => ({ data: one })));
    return data;
  },
  executions: ({ channels }) => {
    const data = [
      executionUpdate("exec_000001"),
      executionUpdate("exec_000002", { strategy_id: "strat_other1" }),
      executionUpdate("exec_000001", { event: "updated", trade_count: 1 }),
    ];
    channels.executions.publish(data.map((one) => ({ data: one })));
    return data;
  },
  pipeline: ({ channels }) => {
    const data = [
      pipelineUpdate("pipe_000001"),
      pipelineUpdate("pipe_000002", { strategy_id: "strat_other1" }),
      pipelineUpdate("pipe_000001", { event: "completed", status: "completed", stage: null }),
    ];
    channels.pipeline.publish(data.map((one) => ({ data: one })));
    return data;
  },
  alerts: ({ channels }) => {
    const data = [
      alertUpdate("alert_000001"),
      alertUpdate("alert_000002", { strategy_id: "strat_other1" }),
      alertUpdate("alert_000003", { symbol: "AAPL" }),
    ];
    channels.alerts.publish(data.map((one) => ({ data: one })));
    return data;
  },
  strategies: ({ channels }) => {
    const data = [
      strategyUpdate("strat_abc123"),
      strategyUpdate("strat_other1"),
      strategyUpdate("strat_abc123", { event: "renamed", strategy_name: "Lark" }),
    ];
    channels.strategies.publish(data.map((one) => ({ data: one })));
    return data;
  },
  research: ({ channels }) => {
    const data = [
      researchUpdate("sw_000001"),
      researchUpdate("bt_000001", { kind: "backtest", strategy_id: "strat_other1" }),
      researchUpdate("sw_000001", { event: "progress", progress: 0.5, eta_s: 3 }),
    ];
    channels.research.publish(data);
    return data;
  },
  bars: ({ channels }) => {
    const data = ["AAPL", "MSFT", "AAPL"].map((symbol, n) => barUpdate(symbol, n));
    channels.bars.publish(data);
    return data;
  },
  metrics: ({ channels }) => {
    const data = [1, 2, 3].map((rate) => metricsUpdate({ signals_per_second: rate }));
    channels.metrics.publish(data);
    return data;
  },
};

async function snapshotOf(ws: string, channel: string, filter: object = {}): Promise<readonly Message[]> {
  const client = await Client.ready(ws);
  await client.ask({ op: "subscribe", id: 1, channel, filter, snapshot: true });
  return (await client.next())["data"] as readonly Message[];
}

describe.each(Object.keys(THREE))("the channel %s", (channel) => {
  const publish = THREE[channel] ?? (() => []);

  it("begins with an empty snapshot, then gives each event once, in one chain of numbers, in both encodings", async () => {
    const { ws, live } = startServer();
    const clients = [await Client.ready(ws), await Client.ready(`${ws}?encoding=msgpack`)];
    for (const client of clients) {
      expect(await client.ask({ op: "subscribe", id: 1, channel, snapshot: true })).toEqual({
        type: "subscribed",
        id: 1,
        sub: channel,
        channel,
        filter: {},
        epoch: live.epoch,
        seq: 0,
        replay: null,
      });
      expect(await client.next()).toEqual({
        type: "snapshot",
        sub: channel,
        channel,
        epoch: live.epoch,
        seq: 0,
        data: [],
      });
    }
    const data = publish(live);
    for (const client of clients) {
      const updates = await client.take(3);
      expect(updates).toEqual(
        data.map((one, index) => ({
          type: "update",
          sub: channel,
          channel,
          seq: index + 1,
          prev: index,
          ts: expect.any(Number) as unknown,
          data: one,
        })),
      );
      expect(await client.settle()).toEqual([]);
    }
  });

  it("replays what was missed, and lists and ends its subscription by itself", async () => {
    const { ws, live } = startServer();
    const data = publish(live);
    const client = await Client.ready(ws);
    await client.ask({ op: "subscribe", id: 0, channel: "signals" });
    const ack = await client.ask({ op: "subscribe", id: 1, channel, from_seq: 1, epoch: live.epoch });
    expect(ack).toMatchObject({ seq: 3, replay: { from_seq: 1, count: 2, complete: true } });
    expect((await client.take(2)).map((update) => [update["replay"], update["prev"], update["data"]])).toEqual([
      [true, 1, data[1]],
      [true, 2, data[2]],
    ]);
    expect((await client.ask({ op: "list", id: 2 }))["subscriptions"]).toEqual([
      { sub: "signals", channel: "signals", filter: {}, seq: 0 },
      { sub: channel, channel, filter: {}, seq: 3 },
    ]);
    expect(await client.ask({ op: "unsubscribe", id: 3, channel })).toMatchObject({ subs: [channel] });
    publish(live);
    expect(await client.settle()).toEqual([]);
  });
});

it.each(["trades", "executions", "pipeline", "alerts", "research", "strategies"])(
  "the channel %s is filtered by strategy",
  async (channel) => {
    const { ws, live } = startServer();
    const client = await Client.ready(ws);
    const ack = await client.ask({ op: "subscribe", id: 1, channel, filter: { strategies: ["strat_other1"] } });
    const data = THREE[channel]?.(live) ?? [];
    expect(await client.next()).toMatchObject({ sub: ack["sub"], seq: 2, prev: 0, data: data[1] });
    expect(await client.settle()).toEqual([]);
  },
);

it("trades and alerts are filtered by symbol; an alert without one passes no such filter", async () => {
  const { ws, live } = startServer();
  const client = await Client.ready(ws);
  await client.ask({ op: "subscribe", id: 1, channel: "trades", filter: { symbols: ["msft"] } });
  await client.ask({ op: "subscribe", id: 2, channel: "alerts", filter: { symbols: ["AAPL"] } });
  THREE["trades"]?.(live);
  THREE["alerts"]?.(live);
  expect((await client.settle()).map(({ channel, seq }) => [channel, seq])).toEqual([
    ["trades", 2],
    ["alerts", 3],
  ]);
});

it("a built-in strategy is found by its name as well as by its id", async () => {
  const { ws, live } = startServer();
  const client = await Client.ready(ws);
  await client.ask({ op: "subscribe", id: 1, channel: "trades", filter: { strategies: ["momentum_rider"] } });
  live.channels.trades.publish([{ data: tradeUpdate(1), strategyName: "momentum_rider" }, { data: tradeUpdate(2) }]);
  expect((await client.settle()).map(({ seq }) => seq)).toEqual([1]);
});

describe("snapshots of what is open", () => {
  it("trades: the last hundred that match, newest last", async () => {
    const { ws, live } = startServer();
    const trades = Array.from({ length: 300 }, (_, n) => tradeUpdate(n, n % 2 === 0 ? "AAPL" : "MSFT"));
    live.channels.trades.publish(trades.map((data) => ({ data })));
    expect(await snapshotOf(ws, "trades", { symbols: ["AAPL"] })).toEqual(
      trades.filter((_, n) => n % 2 === 0).slice(-100),
    );
  });

  it("executions: running and paused ones, each as it is now", async () => {
    const { ws, live } = startServer();
    const paused = executionUpdate("exec_000002", { event: "paused", status: "paused" });
    const updated = executionUpdate("exec_000001", { event: "updated", trade_count: 7 });
    const states = [
      executionUpdate("exec_000001"),
      executionUpdate("exec_000002"),
      executionUpdate("exec_000003"),
      executionUpdate("exec_000004"),
      paused,
      executionUpdate("exec_000003", { event: "stopped", status: "stopped" }),
      executionUpdate("exec_000004", { event: "error", status: "error" }),
      updated,
    ];
    live.channels.executions.publish(states.map((data) => ({ data })));
    expect(await snapshotOf(ws, "executions")).toEqual([paused, updated]);
  });

  it("pipeline: those under way, and the last twenty that ended", async () => {
    const { ws, live } = startServer();
    const id = (n: number) => `pipe_${String(n).padStart(6, "0")}`;
    const started = Array.from({ length: 30 }, (_, n) => pipelineUpdate(id(n)));
    live.channels.pipeline.publish(started.map((data) => ({ data })));
    const ended = started.slice(0, 25).map((data) => ({ ...data, event: "failed", status: "failed" }) as const);
    live.channels.pipeline.publish(ended.map((data) => ({ data })));
    expect(await snapshotOf(ws, "pipeline")).toEqual([...started.slice(25), ...ended.slice(5)]);
  });

  it("research: runs under way as they are now, and the last twenty that ended", async () => {
    const { ws, live } = startServer();
    const id = (n: number) => `sw_${String(n).padStart(6, "0")}`;
    const started = Array.from({ length: 30 }, (_, n) => researchUpdate(id(n)));
    live.channels.research.publish(started);
    const ended = started.slice(0, 25).map((data) => ({ ...data, event: "completed", status: "completed" }) as const);
    live.channels.research.publish(ended);
    expect(await snapshotOf(ws, "research")).toEqual([...started.slice(25), ...ended.slice(5)]);
  });

  it("alerts: the unacknowledged, those from before the start as well", async () => {
    const { ws, live } = startServer();
    const [old, older] = [alertUpdate("alert_000002"), alertUpdate("alert_000001")];
    live.channels.alerts.restore([{ data: older }, { data: old }]);
    const fresh = alertUpdate("alert_000003");
    live.channels.alerts.publish([{ data: fresh }, { data: { ...older, acknowledged: true } }]);
    expect(await snapshotOf(ws, "alerts")).toEqual([old, fresh]);
    expect(await snapshotOf(ws, "alerts", { strategies: ["strat_none00"] })).toEqual([]);
    const client = await Client.ready(ws);
    expect(await client.ask({ op: "subscribe", id: 1, channel: "alerts" })).toMatchObject({ seq: 2 });
  });

  it("what is there bears the present name of its strategy; replays give what was told", async () => {
    const { ws, live } = startServer();
    const { channels } = live;
    const told = { strategy_name: "Owl" };
    const [execution, pipeline, alert] = [
      executionUpdate("exec_000001", told),
      pipelineUpdate("pipe_000001", told),
      alertUpdate("alert_000001", { ...told, strategy_id: "strat_abc123" }),
    ];
    const other = executionUpdate("exec_000002", { ...told, strategy_id: "strat_other1" });
    channels.executions.publish([{ data: execution }, { data: other }]);
    channels.pipeline.publish([{ data: pipeline }]);
    channels.alerts.publish([{ data: alert }]);
    expect(await snapshotOf(ws, "executions")).toEqual([execution, other]);
    for (const name of ["Lark", "Wren", null]) {
      channels.renamed("strat_abc123", name);
      const now = { strategy_name: name };
      expect(await snapshotOf(ws, "executions")).toEqual([{ ...execution, ...now }, other]);
      expect(await snapshotOf(ws, "pipeline")).toEqual([{ ...pipeline, ...now }]);
      expect(await snapshotOf(ws, "alerts")).toEqual([{ ...alert, ...now }]);
    }
    const client = await Client.ready(ws);
    await client.ask({ op: "subscribe", id: 1, channel: "executions", from_seq: 0, epoch: live.epoch });
    expect((await client.take(2)).map(({ data }) => data)).toEqual([execution, other]);
  });

  it("metrics: the present figures, from the start and then each second", async () => {
    const time = new HandTime();
    const { ws, live } = startServer({ live: { time } });
    let rate = 0;
    live.startMetrics(() => metricsUpdate({ signals_per_second: (rate += 1) }));
    expect(await snapshotOf(ws, "metrics")).toEqual([metricsUpdate({ signals_per_second: 1 })]);
    const client = await Client.ready(ws);
    await client.ask({ op: "subscribe", id: 1, channel: "metrics" });
    time.pass(2_000);
    expect((await client.take(2)).map(({ seq, prev, data }) => [seq, prev, data])).toEqual([
      [2, 1, metricsUpdate({ signals_per_second: 2 })],
      [3, 2, metricsUpdate({ signals_per_second: 3 })],
    ]);
  });
});
