// GET /executions/{id} says what an execution of a built-in strategy waits for, and that it waits no longer.
import { expect, it } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { type Message, register, startEngine } from "../../support/manage/engine.ts";

it("tells of the input that is lacking, then of samples, then that it is over", async () => {
  const engine = await startEngine();
  const id = await register(engine, { strategy_type: "spread_adjuster", parameters: { symbols: ["XBTUSD"] } });
  const started = await engine.ask("POST", `/strategies/${id}/start`, {});
  const path = `/executions/${String(started.body["execution_id"])}`;
  const send = (tick: object) =>
    engine.ask("POST", "/api/strategy_engine/process_market_data", { market_data: [{ symbol: "XBTUSD", ...tick }] });
  const told = (why: string): Promise<Message> =>
    eventually(
      () => engine.get(path),
      (seen) => seen["why_silent"] === why,
    );
  expect(await told("no input yet: needs quote and trade events")).toMatchObject({ readiness: "no_input" });
  await send({ price: 100 });
  expect(await told("no input yet: needs quote events")).toMatchObject({ readiness: "no_input", status: "running" });
  await send({ price: 100, bid: 99.9, ask: 100.1 });
  const warming = { readiness: "warming", samples_missing: 21 };
  expect(await told("21 more samples needed")).toMatchObject(warming);
  // A paused one waits as before; one that is over waits for nothing.
  await engine.ask("POST", `/strategies/${id}/pause`);
  expect(await engine.get(path)).toMatchObject({ status: "paused", ...warming });
  await engine.ask("POST", `/strategies/${id}/stop`);
  expect(await engine.get(path)).toMatchObject({ status: "stopped", readiness: null, why_silent: null });
});
