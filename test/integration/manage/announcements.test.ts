// What happens to strategies is told on the topics of the bus, whichever bus it is, with the fields of the API.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bus, openBus, TOPICS } from "../../../src/bus/bus.ts";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { failed, ok } from "../../../src/domain/result.ts";
import { Manage } from "../../../src/manage/manage.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { Mailbox } from "../../support/mailbox.ts";
import { CONFIG_DEFAULTS } from "../../support/manage/config-defaults.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { opened } from "../../support/store/store-files.ts";
import { FIELDS } from "../../support/topic-payloads.ts";

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.create();
});
afterAll(() => redis.remove());

const NOW_US = 1_756_029_600_000_000;
const NAME = "Night owl";
type Told = Readonly<Record<string, unknown>>;

async function connected(bus: Bus): Promise<Bus> {
  if (!bus.connected()) await new Promise<void>((resolve) => bus.onStatus((up) => up && resolve()));
  return bus;
}

async function managed(bus: Bus): Promise<Manage> {
  const store = await opened({ file: null });
  const manage = new Manage({ store, bus, now: () => NOW_US, log: SILENT_LOG, configDefaults: CONFIG_DEFAULTS });
  await manage.load();
  return manage;
}

async function registered(manage: Manage): Promise<string> {
  const made = await manage.registry.register({ type: "momentum_rider", name: NAME }, "test");
  if (!made.ok) throw new Error(made.failure.code);
  return made.value.strategyId;
}

describe.each([
  { kind: "embedded", open: () => Promise.resolve(new EmbeddedBus()) },
  { kind: "redis", open: async () => connected(await openBus(redis.url, SILENT_LOG)) },
])("on the $kind bus", ({ open }) => {
  async function listening(topic: string): Promise<{ readonly bus: Bus; readonly heard: Mailbox<Told> }> {
    const bus = await open();
    const heard = new Mailbox<Told>();
    bus.subscribe(topic, (bytes) => {
      heard.put((JSON.parse(Buffer.from(bytes).toString()) as { readonly payload: Told }).payload);
    });
    return { bus: await connected(bus), heard };
  }

  it("a deployment is told stage by stage, and at its end, whichever that is", async () => {
    const { bus, heard: stages } = await listening(TOPICS.stageCompleted);
    const [ends, failures] = [new Mailbox<Told>(), new Mailbox<Told>()];
    const into = (mailbox: Mailbox<Told>) => (bytes: Uint8Array) =>
      mailbox.put((JSON.parse(Buffer.from(bytes).toString()) as { readonly payload: Told }).payload);
    bus.subscribe(TOPICS.deployed, into(ends));
    bus.subscribe(TOPICS.pipelineFailed, into(failures));
    const manage = await managed(bus);
    const id = await registered(manage);
    const begun = await manage.pipelines.deploy(id, { type: "direct" }, "test");
    if (!begun.ok) throw new Error(begun.failure.code);
    const { pipelineId } = begun.value;
    const told = await stages.atLeast(6);
    const names = [
      "syntax_check",
      "unit_tests",
      "backtest",
      "paper_trading",
      "risk_validation",
      "performance_validation",
    ];
    expect(told.map(({ stage, stages_completed: done }) => [stage, done])).toEqual(
      names.map((name, at) => [name, at + 1]),
    );
    expect(Object.keys(told[0] ?? {})).toEqual(expect.arrayContaining(FIELDS["pipeline.stage.completed"].split(" ")));
    const timestamp = new Date(NOW_US / 1000).toISOString();
    const ids = { strategy_id: id, strategy_name: NAME, pipeline_id: pipelineId };
    expect(told[0]).toMatchObject(ids);
    expect((await ends.atLeast(1))[0]).toEqual({ ...ids, version: "1.0.0", deployment_type: "direct", timestamp });
    const broken = await manage.registry.create({ name: "broken", code: "class A:\n    pass\n" }, "test");
    if (!broken.ok) throw new Error(broken.failure.code);
    await manage.pipelines.deploy(broken.value.strategyId, { type: "direct" }, "test");
    const brokenIds = { strategy_id: broken.value.strategyId, strategy_name: "broken" };
    const [failure] = await failures.atLeast(1);
    expect(failure).toMatchObject({ ...brokenIds, stage: "syntax_check", rolled_back: false });
    expect(Object.keys(failure ?? {})).toEqual(expect.arrayContaining(FIELDS["pipeline.failed"].split(" ")));
    await manage.close();
    await bus.close();
  });

  it("a strategy that fails is told once with its reason, and is an alert", async () => {
    const { bus, heard } = await listening(TOPICS.error);
    const manage = await managed(bus);
    const id = await registered(manage);
    await manage.registry.move(id, "fail", { actor: "engine", error: "division by zero" });
    await manage.registry.move(id, "stop", { actor: "engine" });
    const [told] = await heard.atLeast(1);
    const timestamp = new Date(NOW_US / 1000).toISOString();
    expect(told).toEqual({
      strategy_id: id,
      strategy_name: NAME,
      execution_id: null,
      error: "division by zero",
      timestamp,
    });
    expect(Object.keys(told ?? {})).toEqual(expect.arrayContaining(FIELDS["strategy.error"].split(" ")));
    expect(manage.alerts.open()).toMatchObject([{ level: "critical", strategyId: id }]);
    expect(manage.registry.get(id)).toMatchObject({ lastError: "division by zero" });
    await manage.close();
    bus.publish(TOPICS.error, { last: true });
    expect((await heard.atLeast(2))[1]).toEqual({ last: true });
    await bus.close();
  });

  it("a registered strategy for which the core has no place at a start is told, with what to do", async () => {
    const { bus, heard } = await listening(TOPICS.error);
    const manage = await managed(bus);
    const id = await registered(manage);
    const full = { code: "capacity_exceeded", what: "cells", limit: 1, setting: "MAX_INSTANCES" } as const;
    const roster = { bring: () => failed(full), drop: () => ok(0), retain: () => ok(0) };
    await manage.join({ roster, evaluated: () => Promise.resolve(), blocked: null });
    const [told] = await heard.atLeast(1);
    expect(told).toMatchObject({ strategy_id: id, strategy_name: NAME, execution_id: null });
    expect(String(told?.["error"])).toContain("MAX_INSTANCES");
    await manage.close();
    await bus.close();
  });

  it("tracked results are told as they come, the last figures always", async () => {
    const { bus, heard } = await listening(TOPICS.performance);
    const manage = await managed(bus);
    const id = await registered(manage);
    for (let n = 1; n <= 20; n++) await manage.performance.track(id, { pnl: 1, success: true, executionTimeMs: 2 });
    await manage.close(); // what was held back comes now
    bus.publish(TOPICS.performance, { last: true });
    await expect.poll(() => heard.received.at(-1)).toEqual({ last: true });
    await bus.close();
    const last = heard.received.at(-2);
    const ids = { strategy_id: id, strategy_name: NAME, execution_id: null };
    expect(last).toMatchObject({ ...ids, metrics: { total_pnl: 20, total_trades: 20 } });
    expect(Object.keys(last ?? {})).toEqual(expect.arrayContaining(FIELDS["strategy.performance"].split(" ")));
    expect(heard.received.length).toBeLessThan(20);
  });
});
