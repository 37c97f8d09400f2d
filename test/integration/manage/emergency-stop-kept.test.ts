// An emergency stop that was answered is in force after kill -9, also where the disk of DATA_DIR was full, so that neither
// store nor journal could take it; and one that was lifted is not.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { smallDisk } from "../../support/full-disk.ts";
import { mountProblem } from "../../support/small-disk.ts";
import { dataDir, register, startEngine, type Message } from "../../support/manage/engine.ts";

const SMALL = { MAX_SYMBOLS: "64", MAX_INSTANCES: "64", AUTO_RESUME: "true" };

describe("an emergency stop", () => {
  const problem = mountProblem();

  it.skipIf(problem !== null)("on a disk that is full outlives kill -9", async () => {
    const { dir, fill, free } = smallDisk();
    const env = { DATA_DIR: dir, ...SMALL };
    const engine = await startEngine(env);
    const id = await register(engine, { strategy_type: "momentum_rider", parameters: { symbols: ["BTCUSD"] } });
    expect((await engine.ask("POST", `/strategies/${id}/start`)).status).toBe(200);
    fill();
    const note = "x".repeat(20_000); // more than is left in the log of the store
    const change = async (n: number) => (await engine.ask("PUT", `/config/c${n}`, { note })).status;
    for (let n = 0; (await change(n)) === 200; n++) expect(n).toBeLessThan(1_000);
    fill();
    const ticks = Array.from({ length: 200 }, (_, n) => ({ symbol: "BTCUSD", price: 100 + (n % 3), volume: 1 }));
    const journal = async () => {
      await engine.post(JSON.stringify({ market_data: ticks }));
      return ((await engine.get("/health"))["journal"] as Message)["state"];
    };
    await expect.poll(journal).toBe("failing");
    const stopped = await engine.ask("POST", "/risk/emergency-stop", { reason: "drill" });
    expect(stopped).toEqual({ status: 200, body: { status: "emergency_stopped", executions_stopped: 1 } });
    await engine.kill();

    free();
    const next = await startEngine(env);
    expect(await next.get("/risk/status")).toMatchObject({ emergency_stop: true });
    expect(await next.get("/executions?status=running")).toMatchObject({ executions: [] });
    const entries = async () => (await next.get("/audit?action=risk.emergency_stop"))["audit"];
    await expect.poll(entries).toMatchObject([{ actor: "engine", to: { emergency_stop: true } }]);
    await next.kill();
  });

  it("is in force by its file alone; lifted, it does not come back; and the file may say nothing", async () => {
    const env = { DATA_DIR: dataDir(), ...SMALL };
    const path = join(env.DATA_DIR, "emergency-stop");
    const first = await startEngine(env);
    expect(await first.get("/risk/status")).toMatchObject({ emergency_stop: false });
    await first.kill();
    expect(readFileSync(path, "latin1").trim()).toBe("emergency stop: off");

    writeFileSync(path, "emergency stop: on".padEnd(512));
    const stopped = await startEngine(env);
    expect(await stopped.get("/risk/status")).toMatchObject({ emergency_stop: true });
    expect(await stopped.get("/health")).toMatchObject({ emergency_stop: true });
    expect(await stopped.ask("POST", "/risk/resume")).toEqual({ status: 200, body: { status: "resumed" } });
    const { events: behind } = await stopped.get("/health"); // the end of the stop is one of them
    const durable = async (): Promise<number> =>
      Number(((await stopped.get("/health"))["journal"] as Message)["durable_events"]);
    await expect.poll(durable).toBeGreaterThanOrEqual(Number(behind));
    await stopped.kill();
    expect(readFileSync(path, "latin1").trim()).toBe("emergency stop: off");

    writeFileSync(path, "nothing that is known");
    const lifted = await startEngine(env);
    expect(await lifted.get("/risk/status")).toMatchObject({ emergency_stop: false });
    const { alerts } = (await lifted.get("/alerts")) as { readonly alerts: readonly Message[] };
    expect(alerts.map(({ message }) => message)).toContainEqual(expect.stringContaining("said neither"));
    await lifted.kill();
  });
});
