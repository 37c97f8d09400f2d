// Hundreds of executions at once, hostile ones among them, and what becomes of them when their thread is lost.
import { describe, expect, it } from "vitest";
import type { Crew } from "../../../src/manage/executions/crew.ts";
import { Paper, path } from "../../support/manage/paper.ts";
import { ownTime, threadsBeside } from "../../support/own-time.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const MANY = 200;
const TICKS = 60;
const STEADY = strategyCode(
  "if (market.count % 10 == 1) this.buy(0.5); else if (market.count % 10 == 6) this.sell(0.5);",
);
const LOOP = strategyCode("if (market.count > 20) while (true) this.n++;", "private n: i32 = 0;");
const HOG = strategyCode(
  "if (market.count > 20) while (true) this.kept.push(new StaticArray<f64>(65536));",
  "private kept: StaticArray<f64>[] = [];",
);

/** The threads of the executions; a test may take one away. */
function crewsOf(paper: Paper): readonly Crew[] {
  return (paper.manage.executions as unknown as { pool: { crews: readonly Crew[] } }).pool.crews;
}

describe("executions", () => {
  it("run by hundreds: each sees every tick and trades, and those that loop or hoard disturb nobody", async () => {
    const good = Array.from({ length: MANY }, (_, index) => `strat_many${String(index).padStart(3, "0")}`);
    const hostile = [
      { id: "strat_loop00", code: LOOP },
      { id: "strat_hog000", code: HOG },
    ];
    const paper = await Paper.open({ strategies: [...good.map((id) => ({ id, code: STEADY })), ...hostile] });
    for (const id of [...good, ...hostile.map((one) => one.id)]) await paper.start(id);
    expect(paper.manage.executions.running()).toBe(MANY + 2);
    let slowest = 0;
    for (const tick of path("BTCUSD", 100, 1.001, TICKS)) {
      const took = ownTime();
      await paper.feed([tick]);
      slowest = Math.max(slowest, took());
    }
    // Twelve fills each: bought at ticks 2, 12, …, sold at 7, 17, …
    await paper.until(() => paper.trades.length === MANY * 12);
    expect(slowest).toBeLessThan(1_000);
    const faults = paper.heard.filter(([event]) => event === "fault").map(([, { error }]) => error);
    expect(faults).toHaveLength(2);
    expect(faults.join(" ")).toMatch(/out_of_fuel/);
    expect(faults.join(" ")).toMatch(/out_of_memory/);
    expect(paper.manage.executions.running()).toBe(MANY);
    const ended = await Promise.all(good.map((id) => paper.manage.executions.stop(id, "test")));
    for (const one of ended) {
      expect(one?.reigns).toMatchObject([{ version: "1.0.0", events: TICKS }]);
      expect(one?.tradeCount).toBe(12);
    }
    const pnl = new Set(ended.map((one) => one?.pnl));
    expect([...pnl], "the same strategy on the same ticks").toHaveLength(1);
  });

  it("go on in a new thread where the lost one had told of last, with their accounts, without losing a tick", async () => {
    const ids = ["strat_lost00", "strat_lost01", "strat_lost02"];
    const paper = await Paper.open({ strategies: ids.map((id) => ({ id, code: STEADY })) });
    for (const id of ids) await paper.start(id);
    let fed = 0;
    const took: number[] = [];
    for (let round = 0; round < 3; round++) {
      await paper.feed(path("BTCUSD", 100, 1.0005, 100));
      fed += 100;
      const lost = ownTime(threadsBeside);
      for (const crew of crewsOf(paper)) await crew.lose("taken away by a test", 0);
      await paper.feed(path("BTCUSD", 105, 0.9995, 100));
      fed += 100;
      await paper.settled();
      took.push(lost());
    }
    expect(Math.min(...took), "from the loss to the last of a hundred ticks behind it").toBeLessThan(1_000);
    expect(Math.max(...took)).toBeLessThan(5_000);
    const ended = await Promise.all(ids.map((id) => paper.manage.executions.stop(id, "test")));
    for (const one of ended) {
      expect(one?.status).toBe("stopped");
      expect(one?.reigns.reduce((sum, { events }) => sum + events, 0)).toBe(fed);
      // The account is what its fills say.
      const fills = paper.trades.filter(({ executionId }) => executionId === one?.executionId);
      expect(fills.map(({ position }) => position)).toEqual(fills.map((_, index) => index));
      const realised = fills.reduce((sum, { pnl }) => sum + pnl, 0);
      const held = fills.reduce((sum, { side, quantity }) => sum + (side === "BUY" ? quantity : -quantity), 0);
      expect(one?.openPositions).toBe(held > 1e-9 ? 1 : 0);
      if (held <= 1e-9) expect(one?.pnl).toBeCloseTo(realised, 3);
    }
  });

  it("end in error when threads are lost again and again", async () => {
    const paper = await Paper.open({ strategies: [{ id: "strat_lost03", code: STEADY }] });
    await paper.start("strat_lost03");
    for (let round = 0; round < 4; round++)
      for (const crew of crewsOf(paper)) await crew.lose("taken away by a test", 0);
    await paper.until(() => paper.heard.some(([event]) => event === "fault"));
    expect(paper.manage.executions.running()).toBe(0);
    await expect.poll(() => paper.manage.registry.get("strat_lost03")?.status).toBe("error");
  });
});
