// Small things that used to pass: text that cannot be kept, odd versions, parameters that contradict each other.
import { describe, expect, it } from "vitest";
import { register, startEngine } from "../../support/manage/engine.ts";

const CROSSOVER = { strategy_type: "moving_average_crossover" };

describe("a strategy", () => {
  it("is told which field holds text that cannot be kept", async () => {
    const engine = await startEngine();
    for (const bad of ["half \ud83d", "nothing \u0000"]) {
      const named = await engine.ask("POST", "/strategies", { strategy_name: bad, code: "x" });
      expect(named).toMatchObject({ status: 422, body: { details: [{ field: "strategy_name" }] } });
      const coded = await engine.ask("POST", "/strategies", { strategy_name: "whole \ud83d\ude00", code: bad });
      expect(coded).toMatchObject({ status: 422, body: { details: [{ field: "code" }] } });
      const described = await engine.ask("PUT", "/feature-flags/one", { enabled: true, description: bad });
      expect(described).toMatchObject({ status: 422, body: { details: [{ field: "description" }] } });
    }
    const stopped = await engine.ask("POST", "/risk/emergency-stop", { reason: "half \ud83d" });
    expect(stopped.status).toBe(200);
    expect(await engine.get("/alerts")).toMatchObject({ alerts: [{ message: "emergency stop: half \ufffd" }] });
  });

  it("has a version that semver.org knows", async () => {
    const engine = await startEngine();
    const status = async (version: string): Promise<number> =>
      (await engine.ask("POST", "/strategies", { strategy_name: "v", code: "x", version })).status;
    const bad = ["1.0.0-a..b", "1.0.0-", "1.0.0-.a", "1.0.0-a.", "1.0.0-01", "1.0.0+", "1.0.0+a..b", "01.0.0", "1.0"];
    for (const version of bad) expect([version, await status(version)]).toEqual([version, 422]);
    for (const version of ["1.0.0-a.b", "1.0.0-0.x-7.92", "1.0.0-0a+b.01", "1.2.3+20250824"])
      expect([version, await status(version)]).toEqual([version, 200]);
  });

  it("has parameters that fit each other, those that are not given included", async () => {
    const engine = await startEngine();
    const refused = { status: 422, body: { details: [{ field: "parameters.fast_length" }] } };
    const ask = (parameters: object) => engine.ask("POST", "/api/strategy/register", { ...CROSSOVER, parameters });
    expect(await ask({ fast_length: 50, slow_length: 20 })).toMatchObject(refused);
    expect(await ask({ fast_length: 26 })).toMatchObject(refused); // the default of slow_length
    expect(JSON.stringify((await ask({ slow_length: 5 })).body)).toContain(
      "must be above fast_length of moving_average_crossover, which is 12, its default",
    );
    const id = await register(engine, { ...CROSSOVER, parameters: { fast_length: 50, slow_length: 200 } });
    const put = (parameters: object) => engine.ask("PUT", `/api/strategy/${id}`, { parameters });
    expect(await put({ fast_length: 200 })).toMatchObject(refused);
    expect(await put({ slow_length: 50 })).toMatchObject({ status: 422 });
    expect(await put({ slow_length: null })).toMatchObject({ status: 422 });
    expect(await put({ slow_length: 100 })).toMatchObject({ status: 200 });
    expect((await engine.get(`/strategies/${id}`))["parameters"]).toEqual({ fast_length: 50, slow_length: 100 });
    const { strategy_types: types } = (await engine.get("/strategy-types")) as {
      strategy_types: { rules: string[] }[];
    };
    expect(types.flatMap(({ rules }) => rules)).toContain("fast_length < slow_length");
  });
});
