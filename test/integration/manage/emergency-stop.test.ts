// The emergency stop with as many executions as there may be: from the call on no order passes in any thread, all of them
// are stopped by a second of work, and nothing that they had claimed stays claimed. How long a watch says that it takes is
// bench/manage/emergency-stop.
import { describe, expect, it, onTestFinished } from "vitest";
import { threadTime } from "../../../src/sandbox/sandbox.ts";
import { MANY, manyExecutions } from "../../support/manage/many-executions.ts";

describe(`the emergency stop of ${MANY} executions`, () => {
  it("lets no order pass from the call on, and all of them are stopped by a second of work", async () => {
    const stage = await manyExecutions();
    onTestFinished(stage.close);
    const { executions, risk, feed, buy } = stage;
    feed(100);
    await stage.start();
    feed(100);
    buy(0, MANY / 2);
    for (let turn = 0; turn < 3; turn++) feed(100);
    await expect.poll(() => executions.totals.trades).toBe(MANY / 2);
    expect(risk.status().claimed_exposure).toBeGreaterThan(0);
    // These would enter with the next event, and at its price the targets of the others would be filled.
    buy(MANY / 2, MANY / 2);
    risk.halt();
    feed(250);
    await expect.poll(() => executions.behind).toBe(0);
    const spent = threadTime();
    const before = spent?.() ?? 0n;
    expect(executions.halt("emergency_stop")).toBe(MANY);
    expect(executions.list({ status: "stopped" })).toHaveLength(MANY);
    // Nobody is waited for, so it is processor time, which other work on the machine does not add to.
    expect(Number((spent?.() ?? 0n) - before) / 1e6).toBeLessThan(1_000);
    // The threads give back what was claimed when they come to it.
    await expect.poll(() => risk.status().claimed_exposure).toBe(0);
    feed(100);
    expect(executions.active()).toEqual([]);
    expect(executions.totals.trades).toBe(MANY / 2);
    expect(risk.status()).toMatchObject({ emergency_stop: true, claimed_exposure: 0 });
  });
});
