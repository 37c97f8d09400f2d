// What happens to an A/B test while something else is done to it: each end of it stands, whatever comes between, and only
// what was tested is promoted.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Paper, type PaperOptions } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const SYMBOL = "ABUSD";
const SWINGER = strategyCode(
  "if (market.price > this.last) this.sell(0.5); else if (market.price < this.last) this.buy(0.5); this.last = market.price;",
  "private last: f64 = 0;",
);
const BOMB = strategyCode("if (market.count == 3) assert(false, `three`);");
const PARAMETERS = { symbols: [SYMBOL], max_position_size: 400 };

function options(change: Partial<PaperOptions> = {}): PaperOptions {
  const codes = { strat_abone01: SWINGER, strat_abtwo02: SWINGER, strat_abbomb3: BOMB };
  const strategies = Object.entries(codes).map(([id, code]) => ({ id, code, parameters: PARAMETERS }));
  return { strategies, ...change };
}

const begin = (paper: Paper, strategyB = "strat_abtwo02", strategyA = "strat_abone01", trafficSplit = 0.5) =>
  paper.manage.experiments.create({ name: "one against two", strategyA, strategyB, trafficSplit }, "test");

async function begun(...given: Parameters<typeof begin>): Promise<string> {
  const made = await begin(...given);
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  return made.value.abTestId;
}

/** Changes of this kind are held up before or behind their place in the trail until `release`. */
function heldUp(paper: Paper, action: string, when: "before" | "behind") {
  const { audit } = paper.manage;
  const record = audit.record.bind(audit);
  let release = (): void => undefined;
  let reached = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const held = new Promise<void>((resolve) => (reached = resolve));
  const wait = async (): Promise<void> => {
    reached();
    await gate;
  };
  audit.record = async (...given: Parameters<typeof record>) => {
    if (given[0].action !== action) return record(...given);
    if (when === "before") await wait();
    const stored = await record(...given);
    if (when === "behind") await wait();
    return stored;
  };
  return { held, release };
}

async function feed(paper: Paper, count: number): Promise<void> {
  const prices = [100, 101, 102, 101];
  await paper.feed(Array.from({ length: count }, (_, index) => ({ symbol: SYMBOL, price: prices[index % 4] ?? 100 })));
  await paper.settled();
}

describe("an A/B test that ends while its beginning is stored", () => {
  const ends: Readonly<Record<string, readonly [(paper: Paper) => unknown, string]>> = {
    "by the emergency stop": [(paper) => paper.manage.executions.halt("emergency_stop"), "emergency_stop"],
    "by the deletion of a strategy": [
      (paper) => paper.manage.registry.remove("strat_abbomb3", false, "test"),
      "deleted",
    ],
    "by a program that fails": [(paper) => feed(paper, 8), "b failed"],
  };
  for (const [name, [end, reason]] of Object.entries(ends))
    it(`${name} is over when it is stored`, async () => {
      const paper = await Paper.open(options());
      const { experiments } = paper.manage;
      const { held, release } = heldUp(paper, "ab_test.create", "before");
      const made = begin(paper, "strat_abbomb3");
      await held;
      await end(paper);
      // News of threads come by message.
      await new Promise((resolve) => setTimeout(resolve, 100));
      release();
      expect(await made).toMatchObject({ ok: true });
      await expect.poll(() => experiments.all()[0]?.results.reason).toContain(reason);
      expect(experiments.all()[0]?.status).toBe("concluded");
    });
});

describe("an A/B test that was concluded", () => {
  it("stays so in the next process, though what it had found was stored at the same time", async () => {
    const dir = mkdtempSync(join(tmpdir(), "ab-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const file = join(dir, "engine.db");
    const before = await Paper.open(options({ file, shared: true }));
    const abTestId = await begun(before);
    const { experiments } = before.manage;
    await feed(before, 8);
    await expect.poll(() => experiments.get(abTestId)?.results.evidence ?? null).not.toBeNull();
    const { held, release } = heldUp(before, "ab_test.conclude", "behind");
    const concluded = experiments.conclude(abTestId, "test");
    await held;
    const closing = experiments.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    release();
    expect(await concluded).toMatchObject({ ok: true });
    await closing;
    await before.close();
    const after = await Paper.open(options({ file, stored: true }));
    expect(after.manage.experiments.get(abTestId)?.status).toBe("concluded");
  });
});

describe("an A/B test of built-in strategies, whose signals come from the core as it is now", () => {
  const opened = async () => {
    const paper = await Paper.open(options());
    const { registry } = paper.manage;
    const ids: string[] = [];
    for (const horizon of [5, 12]) {
      const parameters = { symbols: [SYMBOL], horizon_short: horizon };
      const made = await registry.register({ type: "momentum_rider", parameters }, "test");
      if (!made.ok) throw new Error(JSON.stringify(made.failure));
      ids.push(made.value.strategyId);
    }
    const [a = "", b = ""] = ids;
    return { paper, a, b, abTestId: await begun(paper, b, a) };
  };

  it("is over, and says why, when the parameters of one of them change", async () => {
    const { paper, b, abTestId } = await opened();
    await paper.manage.registry.update(b, { parameters: { horizon_short: 3 } }, "test");
    await expect
      .poll(() => paper.manage.experiments.get(abTestId)?.results.reason)
      .toMatch(/^(version 1\.0\.1|parameters) of strategy /);
  });

  it("is over when one of them is paused", async () => {
    const { paper, a, abTestId } = await opened();
    await paper.manage.registry.move(a, "pause", { actor: "test" });
    const reason = `strategy ${a} is paused, it was deployed when the test began`;
    await expect.poll(() => paper.manage.experiments.get(abTestId)?.results.reason).toBe(reason);
  });

  it("goes on while strategies with code are changed, which run as they were", async () => {
    const paper = await Paper.open(options());
    const abTestId = await begun(paper);
    const changed = await paper.manage.registry.update("strat_abone01", { parameters: { stop_loss: 0.1 } }, "test");
    expect(changed.ok).toBe(true);
    await feed(paper, 8);
    expect(paper.manage.experiments.get(abTestId)?.status).toBe("running");
  });
});

describe("a promotion", () => {
  it("is refused where what would be started is not what was tested", async () => {
    const paper = await Paper.open(options());
    const { experiments, executions, registry } = paper.manage;
    const abTestId = await begun(paper);
    await registry.update("strat_abone01", { parameters: { stop_loss: 0.1 } }, "test");
    const refused = await experiments.promote(abTestId, "a", "test");
    expect(refused).toMatchObject({ ok: false, failure: { code: "conflict" } });
    expect(JSON.stringify(refused)).toContain("only what was tested can be promoted");
    expect(executions.active()).toEqual([]);
    expect(experiments.get(abTestId)?.status).toBe("running");
  });

  it("of both sides at once is one of the first, and the other is refused", async () => {
    const paper = await Paper.open(options());
    const { experiments, executions } = paper.manage;
    const abTestId = await begun(paper);
    const both = await Promise.all([
      experiments.promote(abTestId, "a", "test"),
      experiments.promote(abTestId, "b", "test"),
    ]);
    expect(both).toMatchObject([{ ok: true }, { ok: false, failure: { code: "conflict" } }]);
    expect(executions.active().map(({ strategyId }) => strategyId)).toEqual(["strat_abone01"]);
    expect(experiments.get(abTestId)).toMatchObject({ status: "concluded", results: { promoted: "a" } });
  });
});

describe("shares of the capital", () => {
  it("bound positions in proportion, so that the same code comes to the same return on both sides", async () => {
    const paper = await Paper.open(options());
    const abTestId = await begun(paper, "strat_abtwo02", "strat_abone01", 0.1);
    await feed(paper, 41);
    const results = () => paper.manage.experiments.get(abTestId)?.results;
    await expect.poll(() => results()?.b.state?.trades ?? 0).toBeGreaterThan(10);
    const [a, b] = [results()?.a.state, results()?.b.state];
    expect(a?.trades).toBe(b?.trades);
    expect(Math.abs(a?.pnl ?? 0)).toBeGreaterThan(1);
    expect((b?.pnl ?? 0) / (a?.pnl ?? 1)).toBeCloseTo(9, 3);
  });
});
