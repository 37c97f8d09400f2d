// A/B tests as a client sees them, over REST on a running engine, restart included.
import { expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { dataDir, referenceTrend, register, startEngine, type Message } from "../../support/manage/engine.ts";

it("are made, shown, listed, concluded and promoted over REST, go on after a kill, and are refused with the reason", async () => {
  const env = { DATA_DIR: dataDir() };
  const before = await startEngine(env);
  const parameters = { symbols: ["BTCUSD"] };
  const a = await register(before, { strategy_type: "momentum_rider", parameters });
  const b = await register(before, {
    strategy_type: "momentum_rider",
    parameters: { ...parameters, horizon_short: 12 },
  });
  const draft = await before.ask("POST", "/strategies", { strategy_name: "draft", code: "class A:\n  pass\n" });
  const ask = (body: object) => before.ask("POST", "/ab-tests", { name: "trend", ...body });
  expect(await ask({ strategy_a: a, strategy_b: a })).toMatchObject({
    status: 422,
    body: { error: "validation_error" },
  });
  expect(await ask({ strategy_a: a, strategy_b: "strat_nobody1" })).toMatchObject({ status: 404 });
  expect(await ask({ strategy_a: a, strategy_b: draft.body["strategy_id"] })).toMatchObject({
    status: 409,
    body: { error: "invalid_state" },
  });
  for (const split of [1, 0, 1e-12, 0.009, 0.991])
    expect(await ask({ strategy_a: a, strategy_b: b, traffic_split: split })).toMatchObject({
      status: 422,
      body: { error: "validation_error" },
    });
  const made = await ask({ strategy_a: a, strategy_b: b, traffic_split: 0.3 });
  expect(made).toMatchObject({ status: 200, body: { status: "running", strategy_a: a, traffic_split: 0.3 } });
  const id = String(made.body["ab_test_id"]);
  await before.post(JSON.stringify({ market_data: referenceTrend("BTCUSD") }));
  const last = referenceTrend("BTCUSD").at(-1)?.["price"];
  const sides = async (): Promise<Message> => (await before.get(`/ab-tests/${id}`))["results"] as Message;
  let price = Number(last);
  const traded = async (): Promise<unknown> => {
    await before.post(JSON.stringify({ symbol: "BTCUSD", price: (price += 0.1), volume: 1 }));
    return ((await sides())["a"] as Message)["trades"];
  };
  await eventually(traded, (trades) => trades !== 0);
  await before.kill();
  const after = await startEngine(env);
  const shown = await after.get(`/ab-tests/${id}`);
  expect(shown).toMatchObject({ ab_test_id: id, status: "running", ended_at: null, evidence: { alpha: 0.05 } });
  expect((await after.get("/ab-tests"))["ab_tests"]).toMatchObject([{ ab_test_id: id }]);
  expect((await after.ask("POST", `/ab-tests/${id}/promote`)).status).toBe(409);
  const ended = await after.ask("POST", `/ab-tests/${id}/conclude`);
  expect(ended).toMatchObject({ status: 200, body: { status: "concluded", winner: null } });
  expect(await after.ask("POST", `/ab-tests/${id}/conclude`)).toMatchObject({
    status: 409,
    body: { error: "invalid_state" },
  });
  const promoted = await after.ask("POST", `/ab-tests/${id}/promote`, { strategy: "b" });
  expect(promoted).toMatchObject({ status: 200, body: { status: "promoted", strategy_id: b } });
  expect((await after.get("/executions"))["executions"]).toMatchObject([{ strategy_id: b, status: "running" }]);
  const actions = ((await after.get("/audit?limit=50"))["audit"] as Message[]).map(({ action }) => action);
  for (const action of ["ab_test.create", "ab_test.conclude", "ab_test.promote"]) expect(actions).toContain(action);
  expect((await after.ask("POST", "/ab-tests/ab_nobody1/conclude")).status).toBe(404);
});
