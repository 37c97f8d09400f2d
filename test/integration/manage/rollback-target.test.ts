// Where a rollback leads is told before anybody asks for it, and is where one leads that names no version: however many
// versions were made since, and whatever the clock said when they were.
import { expect, it, onTestFinished } from "vitest";
import { EmbeddedBus } from "../../../src/bus/embedded-bus.ts";
import { Manage } from "../../../src/manage/manage.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { EngineProcess } from "../../support/engine-process.ts";
import { CONFIG_DEFAULTS } from "../../support/manage/config-defaults.ts";
import { opened } from "../../support/store/store-files.ts";

it("is the version before for each that is in force, and nowhere behind the first one", async () => {
  const engine = await EngineProcess.start({});
  onTestFinished(() => engine.kill());
  const made = await engine.ask("POST", "/api/strategy/register", { strategy_type: "momentum_rider" });
  const path = `/strategies/${String(made.body["strategy_id"])}`;
  const told = async () => {
    const { deployed_version: inForce, rollback_to: to } = await engine.get(path);
    return [inForce, to];
  };
  expect(await told()).toEqual(["1.0.0", null]);
  for (let patch = 1; patch <= 3; patch++) {
    const changed = await engine.ask("PUT", path, { parameters: { score_min: 1 + patch / 10 } });
    expect([changed.status, changed.body["rollback_to"]]).toEqual([200, `1.0.${patch - 1}`]);
  }
  expect((await engine.ask("POST", `${path}/rollback`, { to_version: "1.0.1" })).status).toBe(200);
  // Who reads the record later sees which version somebody left, and for which one.
  const { audit } = await engine.get("/audit?limit=1");
  const [from, to] = [{ deployed_version: "1.0.3" }, { deployed_version: "1.0.1" }];
  expect(audit).toMatchObject([{ action: "strategy.rollback", from, to }]);
  for (let patch = 1; patch > 0; patch--) {
    expect(await told()).toEqual([`1.0.${patch}`, `1.0.${patch - 1}`]);
    const { body } = await engine.ask("POST", `${path}/rollback`, {});
    expect(body).toMatchObject({ from_version: `1.0.${patch}`, to_version: `1.0.${patch - 1}` });
  }
  expect(await told()).toEqual(["1.0.0", null]);
  expect((await engine.ask("POST", `${path}/rollback`, {})).status).toBe(409);
});

it("is the same where the clock was set back between two versions", async () => {
  let now = 1_756_029_600_000_000;
  const [store, bus] = [await opened({ file: null }), new EmbeddedBus()];
  const manage = new Manage({ store, bus, now: () => now, log: SILENT_LOG, configDefaults: CONFIG_DEFAULTS });
  onTestFinished(() => manage.close());
  await manage.load();
  const { registry, pipelines } = manage;
  const made = await registry.register({ type: "momentum_rider" }, "test");
  if (!made.ok) throw new Error(made.failure.code);
  const id = made.value.strategyId;
  for (const score of [1.1, 1.2]) {
    now -= 3_600_000_000;
    expect(await registry.update(id, { parameters: { score_min: score } }, "test")).toMatchObject({ ok: true });
  }
  for (const [from, to] of [
    ["1.0.2", "1.0.0"],
    ["1.0.0", null],
  ] as const) {
    const strategy = registry.get(id);
    expect([strategy?.deployedVersion, strategy && pipelines.rollbackTo(strategy)]).toEqual([from, to]);
    const back = await pipelines.rollback(id, {}, "test");
    expect(back).toMatchObject(to === null ? { ok: false } : { ok: true, value: { from, to } });
  }
});
