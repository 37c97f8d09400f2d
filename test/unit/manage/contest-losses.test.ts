// What a new version loses beside the one that trades, and what a rollout makes of it: real programs, by the thread's own
// host on this one.
import { describe, expect, it } from "vitest";
import type { Comparison } from "../../../src/manage/executions/messages.ts";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import { harms, judgeStep } from "../../../src/manage/pipeline/analysis.ts";
import type { CompiledStrategy } from "../../../src/sandbox/sandbox.ts";
import { beginningOf } from "../../support/manage/beginning.ts";
import { HostThread, programOf } from "../../support/manage/host-thread.ts";
import { strategyOf } from "../../support/sandbox/python.ts";

const program = (said: string): CompiledStrategy => programOf(said, strategyOf(`return ${said}`));
const [SITS, BUYS, SELLS] = [program("None"), program("'BUY'"), program("'SELL'")];

/** Both with all of their capital, over forty quiet ticks and then these prices. */
async function compared(
  programs: { readonly old: CompiledStrategy; readonly new: CompiledStrategy },
  prices: readonly number[],
  riskLimits: Readonly<Record<string, number>> = {},
): Promise<Comparison> {
  const thread = new HostThread();
  const parameters = { allow_short: true, position_size: 1 };
  const terms = termsFor({ parameters, riskLimits, executionConfig: {} });
  await thread.letter({ kind: "begin", order: beginningOf({ key: 1, program: programs.old, terms }) });
  const offer = { version: "1.0.1", program: programs.new, parameters: {} };
  await thread.letter({ kind: "contend", key: 1, request: 1, ...offer });
  for (let tick = 0; tick < 40; tick++) thread.ticks(1, 100 + 0.001 * (tick % 3));
  for (const price of prices) thread.ticks(1, price);
  await thread.letter({ kind: "compare", key: 1, request: 2 });
  const found = thread.answer(2)?.comparison;
  if (found === null || found === undefined) throw new Error("nothing was compared");
  return found;
}

const judged = (found: Comparison) => [judgeStep(found).verdict, judgeStep(found).metric, harms(found)];
const LOST = ["failure", "max_drawdown", true];

describe("a new version", () => {
  it("that loses nearly everything in one tick is out at the next look, although that is one standard error", async () => {
    const found = await compared({ old: SITS, new: BUYS }, [10, 10, 10]);
    const { mean, error, n } = found.difference;
    expect(n).toBeGreaterThan(20);
    expect(mean / error).toBeGreaterThan(-1.1);
    expect(found.fallen).toMatchObject({ old: 0, new: expect.closeTo(-0.9, 3) as number });
    expect(found.lost).toMatchObject({ old: 0, new: expect.closeTo(-90_000, -3) as number });
    expect(judged(found)).toEqual(LOST);
  });

  it("is held to the limits of its strategy, also where the price comes back", async () => {
    const [fall, limits] = [[84, 100], { max_drawdown: -0.15 }];
    expect(judged(await compared({ old: SITS, new: BUYS }, fall))[0]).toBe("success");
    const found = await compared({ old: SITS, new: BUYS }, fall, limits);
    expect(found.limits).toEqual({ dailyLoss: null, drawdown: -0.15 });
    expect(judged(found)).toEqual(LOST);
    const day = await compared({ old: SITS, new: BUYS }, fall, { daily_loss_limit: -10_000 });
    expect(judged(day)).toEqual(["failure", "daily_loss_limit", true]);
  });

  it("that does what the old one does passes, whatever the market takes from both", async () => {
    const found = await compared({ old: BUYS, new: BUYS }, [40, 30, 35], { max_drawdown: -0.15, daily_loss_limit: -1 });
    expect(found.fallen.new).toBeLessThan(-0.6);
    expect(judged(found)).toEqual(["success", "paired_difference_z", false]);
  });

  it("whose account goes through zero is out, and a further loss is no gain", async () => {
    const found = await compared({ old: SITS, new: SELLS }, [201, 400, 600]);
    expect(found.pnl.new).toBeLessThan(-390_000);
    expect(found.fallen.new).toBe(-1);
    expect(found.difference.mean).toBeLessThan(0);
    expect(judged(found)).toEqual(LOST);
    // The other way round it is the old one that is gone: what can be compared is what was before.
    const saved = await compared({ old: SELLS, new: SITS }, [201, 400, 600]);
    expect(saved.difference.mean).toBeGreaterThan(0);
    expect(judged(saved)).toEqual(["success", "paired_difference_z", false]);
  });
});
