// The threads of executions and who waits for them.
import { describe, expect, it } from "vitest";
import { failed } from "../../../src/domain/result.ts";
import { Pool } from "../../../src/manage/executions/pool.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";

describe("an execution that is forgotten while its thread still opens it", () => {
  it("has not begun, and whoever waits for it is told so", async () => {
    const pool = new Pool({
      news: () => undefined,
      duel: () => undefined,
      steps: () => undefined,
      again: () => Promise.resolve(null),
      failed: () => undefined,
      lost: () => undefined,
    });
    pool.join({
      tap: { listen: () => undefined, nextSequence: 0 },
      halted: false,
      names: () => [],
      price: () => 0,
      left: () => [],
    });
    const begun = pool.begin({
      key: 1,
      version: "1.0.0",
      program: null,
      parameters: {},
      terms: termsFor({ parameters: {}, riskLimits: {}, executionConfig: {} }),
      owner: { strategyId: "strat_000001", family: null, override: false },
      symbols: null,
      paused: false,
      fills: [],
      past: null,
      reigns: [],
      startTime: 0,
      orders: [],
      lastOrder: 0,
      posted: null,
      carry: [],
      again: false,
      live: false,
      shares: null,
      gates: [],
    });
    pool.forget(1);
    expect(await begun).toEqual(failed("it was ended"));
    await pool.close();
  });
});
