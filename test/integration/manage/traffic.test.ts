// Versions that share the symbols of an execution, on live events that keep coming: which of them decides on which symbol,
// that no event is lost or decided twice, and that it is still so in another thread and in another process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Crew } from "../../../src/manage/executions/crew.ts";
import type { Execution } from "../../../src/manage/manage.ts";
import { Paper, type PaperOptions, type Tick } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const ID = "strat_traffic";
const SYMBOLS = Array.from({ length: 8 }, (_, index) => `TR${String.fromCharCode(65 + index)}USD`);
/** In and out all the time, in positions whose size tells whose they are. */
const inAndOut = (size: string): string =>
  strategyCode(`if (market.position == 0) this.buy(0.5, 0, 0, ${size}); else this.sell(0.5);`);
const ONE = inAndOut("1.0");
const TWO = inAndOut("0.5");
const BOMB = strategyCode("if (++this.count == 30) assert(false, `thirty`);", "private count: i32 = 0;");
const BATCH = 40;

function options(change: Partial<PaperOptions> = {}): PaperOptions {
  return { strategies: [{ id: ID, code: ONE, parameters: { symbols: SYMBOLS } }], ...change };
}

/** A further version, as if it had passed its stages. */
async function deploy({ manage }: Paper, version: string, code: string): Promise<void> {
  const { registry } = manage;
  const changed = await registry.update(ID, { code, version }, "test");
  if (!changed.ok) throw new Error(JSON.stringify(changed.failure));
  for (const move of ["deploy", "stages_pass"] as const) await registry.move(ID, move, { actor: "test" });
  const done = await registry.move(ID, "rollout_done", { actor: "test", deployed: version });
  if (!done.ok) throw new Error(JSON.stringify(done.failure));
}

class Feeding {
  ticks = 0;
  private readonly paper: Paper;

  constructor(paper: Paper) {
    this.paper = paper;
  }

  async ticksMore(count: number): Promise<void> {
    for (const until = this.ticks + count; this.ticks < until; this.ticks += BATCH) {
      const batch: Tick[] = Array.from({ length: BATCH }, (_, index) => {
        const at = this.ticks + index;
        return { symbol: SYMBOLS[at % SYMBOLS.length] ?? "", price: 100 + Math.sin(at / 50) };
      });
      await this.paper.feed(batch);
    }
    await this.paper.settled();
    const seen = (): number => eventsOf(this.paper.manage.executions.active()[0]);
    await expect.poll(seen).toBeGreaterThanOrEqual(this.ticks);
  }
}

function eventsOf(execution: Execution | undefined): number {
  return execution?.reigns.reduce((sum, { events }) => sum + events, 0) ?? 0;
}

/** Which of the two has traded each symbol, in positions of a whole or half a tenth of the capital. */
function tradersOf(paper: Paper, from: number): Readonly<Record<string, string>> {
  const found = new Map<string, Set<string>>();
  for (const { symbol, side, quantity, price } of paper.trades.slice(from)) {
    if (side !== "BUY") continue;
    const whose = quantity * price > 7_500 ? "1" : "2";
    found.set(symbol, (found.get(symbol) ?? new Set()).add(whose));
  }
  return Object.fromEntries([...found].map(([symbol, whose]) => [symbol, [...whose].sort().join("")]));
}

async function put(paper: Paper, weights: Readonly<Record<string, number>>): Promise<void> {
  const done = await paper.manage.traffic.put(ID, weights, "test");
  if (!done.ok) throw new Error(JSON.stringify(done.failure));
}

describe("weights of versions", () => {
  it("give each symbol to one version, which keeps it as far as other weights allow, between two events", async () => {
    const paper = await Paper.open(options());
    const { traffic, executions, audit } = paper.manage;
    await deploy(paper, "2.0.0", TWO);
    expect(traffic.get(ID)).toEqual({ "2.0.0": 1 });
    await paper.start(ID);
    const feeding = new Feeding(paper);
    await feeding.ticksMore(400);
    expect(new Set(Object.values(tradersOf(paper, 0)))).toEqual(new Set(["2"]));
    await put(paper, { "1.0.0": 1, "2.0.0": 1 });
    await feeding.ticksMore(80); // positions of the one before are closed by whoever has the symbol now
    const before = paper.trades.length;
    await feeding.ticksMore(400);
    const shared = tradersOf(paper, before);
    expect(Object.keys(shared)).toHaveLength(SYMBOLS.length);
    expect(new Set(Object.values(shared))).toEqual(new Set(["1", "2"]));
    // More for the first one: what it had it keeps.
    await put(paper, { "1.0.0": 9, "2.0.0": 1 });
    await feeding.ticksMore(80);
    const then = paper.trades.length;
    await feeding.ticksMore(400);
    const moved = tradersOf(paper, then);
    for (const [symbol, whose] of Object.entries(shared)) if (whose === "1") expect(moved[symbol]).toBe("1");
    // A weight of 0 is nothing.
    await put(paper, { "1.0.0": 1, "2.0.0": 0 });
    await feeding.ticksMore(80);
    const last = paper.trades.length;
    await feeding.ticksMore(200);
    expect(new Set(Object.values(tradersOf(paper, last)))).toEqual(new Set(["1"]));
    const [execution] = executions.active();
    expect(eventsOf(execution)).toBe(feeding.ticks);
    expect(new Set(execution?.reigns.map(({ version }) => version))).toEqual(new Set(["1.0.0", "2.0.0"]));
    const told = (await audit.page({ limit: 1 })).entries[0];
    expect(told).toMatchObject({ action: "traffic.put", target: ID, after: { weights: { "1.0.0": 1, "2.0.0": 0 } } });
  });

  it("hold for the next execution, a lost thread and another process, until another version is deployed", async () => {
    const dir = mkdtempSync(join(tmpdir(), "traffic-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const file = join(dir, "engine.db");
    const first = await Paper.open(options({ file, shared: true }));
    await deploy(first, "2.0.0", TWO);
    await put(first, { "1.0.0": 1, "2.0.0": 1 });
    await first.start(ID);
    const feeding = new Feeding(first);
    await feeding.ticksMore(400);
    const shared = tradersOf(first, 0);
    expect(new Set(Object.values(shared))).toEqual(new Set(["1", "2"]));
    const { pool } = first.manage.executions as unknown as { readonly pool: { readonly crews: readonly Crew[] } };
    for (const crew of pool.crews) await crew.lose("taken away by a test", 0);
    const again = first.trades.length;
    await feeding.ticksMore(400);
    expect(eventsOf(first.manage.executions.active()[0])).toBe(feeding.ticks);
    expect(tradersOf(first, again)).toEqual(shared);
    await first.close();
    const second = await Paper.open(options({ file, stored: true }));
    expect(second.manage.traffic.get(ID)).toEqual({ "1.0.0": 1, "2.0.0": 1 });
    await second.start(ID);
    await new Feeding(second).ticksMore(400);
    expect(tradersOf(second, 0)).toEqual(shared);
    await deploy(second, "3.0.0", TWO.replace("0.5, 0, 0", "0.6, 0, 0"));
    expect(second.manage.traffic.get(ID)).toEqual({ "3.0.0": 1 });
  });

  it("lose a version that fails: its symbols are the deployed one's, the execution goes on, an alert says why", async () => {
    const paper = await Paper.open(options());
    const { executions, alerts, registry } = paper.manage;
    await deploy(paper, "2.0.0", BOMB);
    await deploy(paper, "3.0.0", TWO);
    await paper.start(ID);
    const feeding = new Feeding(paper);
    await put(paper, { "2.0.0": 1, "3.0.0": 1 });
    await feeding.ticksMore(200);
    const from = paper.trades.length;
    await feeding.ticksMore(400);
    expect(Object.keys(tradersOf(paper, from))).toHaveLength(SYMBOLS.length);
    expect(executions.active()[0]).toMatchObject({ status: "running", error: null });
    expect(registry.get(ID)?.status).toBe("deployed");
    const told = alerts.open().map(({ message }) => message);
    expect(told).toContainEqual(expect.stringMatching(/version 2\.0\.0 .* failed, .*thirty/));
  });

  it("are refused for versions that nobody knows or that were never deployed, and while a deployment is under way", async () => {
    const paper = await Paper.open(options());
    const { traffic, registry, pipelines } = paper.manage;
    const ask = (weights: Readonly<Record<string, number>>) => traffic.put(ID, weights, "test");
    expect(await ask({ "7.0.0": 1 })).toMatchObject({ failure: { code: "validation_error" } });
    expect(await ask({ "1.0.0": 0 })).toMatchObject({ failure: { code: "validation_error" } });
    expect(await ask({ "1.0.0": Number.MAX_VALUE, "7.0.0": 0 })).toMatchObject({
      failure: { code: "validation_error" },
    });
    await registry.update(ID, { code: TWO, version: "2.0.0" }, "test");
    expect(await ask({ "1.0.0": 1, "2.0.0": 1 })).toMatchObject({ failure: { code: "conflict" } });
    const begun = await pipelines.deploy(ID, { type: "direct" }, "test");
    expect(begun.ok).toBe(true);
    expect(await ask({ "1.0.0": 1 })).toMatchObject({ failure: { code: "conflict" } });
    expect(traffic.get(ID)).toEqual({ "1.0.0": 1 });
    expect(await traffic.put("strat_nobody1", { "1.0.0": 1 }, "test")).toMatchObject({
      failure: { code: "not_found" },
    });
  });
});
