// What all users' strategies may have together, held by real executions in real threads.
import { readdirSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { Budget, Compilers } from "../../../src/sandbox/sandbox.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { Paper, path } from "../../support/manage/paper.ts";
import { ownTime } from "../../support/own-time.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const MIB = 1_048_576;
/** Its memory grows to 9.5 MiB with the fifth tick and to 10.625 with the tenth. */
const HUNGRY = strategyCode(
  "if (this.kept.length < 10) this.kept.push(new StaticArray<f64>(131072)); this.buy(0.5);",
  "private kept: StaticArray<f64>[] = [];",
);
const MODEST = strategyCode("this.buy(0.5);");
/** Some milliseconds for each tick. */
const BURNING = strategyCode(
  "for (let i = 0; i < 1500000; i++) this.x += Math.sqrt(<f64>i); this.buy(0.5);",
  "x: f64 = 0;",
);
const ROOMY = { memoryBytes: 2048 * MIB, cpuCores: 64 };
const WAIT_MS = 60_000;

describe("all users' strategies together", () => {
  it("hold no more memory than they may: one that grows beyond it fails and says what holds how much, the others go on", async () => {
    const ids = ["strat_hungry1", "strat_hungry2", "strat_hungry3"];
    const strategies = [...ids.map((id) => ({ id, code: HUNGRY })), { id: "strat_modest0", code: MODEST }];
    const memoryBytes = 21.3 * MIB;
    const paper = await Paper.open({ strategies, sandbox: { limits: { ...ROOMY, memoryBytes }, folder: null } });
    for (const id of ids) await paper.start(id);
    await paper.feed(path("BTCUSD", 100, 1.001, 200));
    await paper.until(() => paper.heard.some(([event]) => event === "fault"));
    await paper.settled();
    const faults = paper.heard.filter(([event]) => event === "fault").map(([, { error }]) => error);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/out_of_memory/);
    expect(faults[0]).toMatch(/hold 24 MiB of the 21 MiB that they may have together \(executions 24 MiB\)/);
    expect(faults[0]).toMatch(/STRATEGY_MAX_MEMORY/);
    expect(paper.manage.executions.running()).toBe(2);
    await expect.poll(() => paper.manage.budget.use().bytes.executions).toBe(21.25 * MIB);
    const fourth = await paper.manage.desk.start("strat_modest0", {}, "test");
    expect(fourth).toMatchObject({ ok: false, failure: { code: "capacity_exceeded", setting: "STRATEGY_MAX_MEMORY" } });
    expect(paper.manage.budget.use().refusals).toBe(2);
    const [running] = paper.manage.executions.active();
    await paper.manage.executions.stop(running?.strategyId ?? "", "test");
    await expect.poll(() => paper.manage.budget.use().bytes.executions).toBe(10.625 * MIB);
    await paper.start("strat_modest0");
    expect(paper.manage.executions.running()).toBe(2);
  });

  it("are held to the processor that they may have, with one alert, and market data does not wait for them", async () => {
    const ids = ["strat_burning1", "strat_burning2"];
    const cpuCores = 0.1; // so little that a busy machine does not hold them below it
    const folder = dataDir();
    const compilers = new Compilers({ memoryBytes: 16 * MIB, timeoutMs: 60_000, folder });
    await compilers.compile(BURNING); // the compiler would be held back as well
    await vi.waitFor(() => expect(readdirSync(folder).join()).toMatch(/^\w+\.wasm$/), 60_000);
    compilers.close();
    const paper = await Paper.open({
      strategies: ids.map((id) => ({ id, code: BURNING })),
      sandbox: { limits: { ...ROOMY, cpuCores }, folder },
    });
    for (const id of ids) await paper.start(id);
    const { budget, alerts } = paper.manage;
    const told = () => alerts.open().filter(({ message }) => message.includes("STRATEGY_MAX_CPU"));
    let slowest = 0;
    const feedUntil = async (ends: () => boolean): Promise<void> => {
      for (const deadline = performance.now() + WAIT_MS; !ends();) {
        if (performance.now() > deadline)
          throw new Error(`told ${told().length}, used ${JSON.stringify(budget.use())}`);
        const took = ownTime();
        await paper.feed(path("BTCUSD", 100, 1.001, 2));
        slowest = Math.max(slowest, took());
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await feedUntil(() => told().length > 0);
    const [begun, before] = [performance.now(), budget.use()];
    await feedUntil(() => performance.now() - begun > 4_000);
    const [seconds, after] = [(performance.now() - begun) / 1000, budget.use()];
    const share = (after.cpuSeconds.executions - before.cpuSeconds.executions) / seconds;
    expect(share).toBeLessThan(cpuCores * 1.3);
    expect(share).toBeGreaterThan(cpuCores * 0.3);
    expect(after.throttledSeconds - before.throttledSeconds).toBeGreaterThan(1);
    expect(told()).toHaveLength(1);
    expect(slowest).toBeLessThan(1_000);
    expect(paper.manage.executions.running()).toBe(2);
  });
});

describe("the compiler's process", () => {
  it("is held back as well, and what it is made to wait is not part of the time that it has", async () => {
    const budget = new Budget({ memoryBytes: 2048 * MIB, cpuCores: 0.1 });
    const compilers = new Compilers({ memoryBytes: 16 * MIB, timeoutMs: 60_000, budget });
    try {
      // Two, so that they take seconds of a fast processor too, and a share that they would exceed on a busy machine too.
      for (const code of [MODEST, `${MODEST}\n`]) expect((await compilers.compile(code)).ok).toBe(true);
      const { cpuSeconds, throttledSeconds, bytes } = budget.use();
      expect(cpuSeconds.compiler).toBeGreaterThan(1);
      expect(throttledSeconds).toBeGreaterThan(1);
      expect(bytes.compiler, "it is at rest").toBe(0);
    } finally {
      compilers.close();
    }
    await expect.poll(() => budget.seat("compiler")?.place).toBe(0);
  });
});
