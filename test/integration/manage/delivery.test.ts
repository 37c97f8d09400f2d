// How a new version comes to a running execution, under load: ticks of several symbols come in all the time, and whatever
// is done meanwhile, every tick was given to exactly one version.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Execution } from "../../../src/manage/manage.ts";
import type { DeliveryRun } from "../../../src/manage/pipeline/pipeline.ts";
import { eventually } from "../../support/eventually.ts";
import { Paper, type Tick } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const IDS = Array.from({ length: 8 }, (_, index) => `strat_del00${index}`);
/** Events that wait for the thread at most; so many more are fed until what was fed before was seen. */
const BEHIND_MAX = 500;
const SYMBOLS = ["AAUSD", "BBUSD", "CCUSD", "DDUSD"];
/** By what the event says alone: a version that enters in the middle decides as the one before it does. */
const STEADY = strategyCode("if (market.volume == 1.0) this.buy(0.5); else if (market.volume == 6.0) this.sell(0.5);");
const OTHER = strategyCode("if (market.count % 7 == 1) this.buy(0.5); else if (market.count % 7 == 4) this.sell(0.5);");
const BOMB = strategyCode("if (market.count == 20) assert(false, `twenty`); this.buy(0.5);");

const NARROW = strategyCode(
  "if (PERIOD.value > market.price) this.buy(0.5);",
  "",
  'const PERIOD = parameter("period", 5, 2, 10, "of ticks");',
);

/** Opens nothing, closes whatever it is handed. */
const LEAVES = strategyCode("if (market.position > 0) this.sell(0.5);");

const BATCH = 40;
const WAIT_MS = 120_000;

let paper: Paper;
let used = 0;
beforeAll(async () => {
  const parameters = { symbols: SYMBOLS };
  paper = await Paper.open({ strategies: IDS.map((id) => ({ id, code: STEADY, parameters })), shared: true });
  for (const code of [STEADY, OTHER, BOMB, LEAVES, NARROW]) await paper.manage.compiler.compile(code, "assemblyscript");
});
afterAll(() => paper.close());

/** Ticks of all symbols, one message after the other, until it is ended; how many there were. */
class Load {
  ticks = 0;
  private running = true;
  private trouble: Error | null = null;
  private readonly done = this.run().catch((cause: unknown) => {
    this.trouble = new Error("no ticks come any more", { cause });
  });

  constructor() {
    onTestFinished(() => this.end());
  }

  async atLeast(more: number): Promise<void> {
    const wanted = this.ticks + more + BEHIND_MAX + BATCH;
    const come = (ticks: number): boolean => this.trouble !== null || ticks >= wanted;
    await eventually(() => this.ticks, come, WAIT_MS);
    if (this.trouble !== null) throw this.trouble;
  }

  async end(): Promise<void> {
    this.running = false;
    await this.done;
    if (this.trouble !== null) throw this.trouble;
  }

  private async run(): Promise<void> {
    while (this.running) {
      await eventually(
        () => paper.manage.executions.behind,
        (behind) => behind <= BEHIND_MAX,
        WAIT_MS,
      );
      const batch: Tick[] = Array.from({ length: BATCH }, (_, index) => {
        const count = this.ticks + index;
        return { symbol: SYMBOLS[count % 4] ?? "", price: 100 + Math.sin(count / 50), volume: (count >> 2) % 10 };
      });
      await paper.feed(batch);
      this.ticks += batch.length;
    }
  }
}

interface Trying {
  readonly id: string;
  readonly load: Load;
  readonly run: DeliveryRun;
  /** Ends the load; what the execution says at last. */
  readonly settle: () => Promise<Execution>;
}

async function trying(code: string): Promise<Trying> {
  const parameters = { symbols: SYMBOLS };
  const id = IDS[used++] ?? "";
  paper.trades.length = 0;
  await paper.start(id);
  const compiled = await paper.manage.compiler.compile(code, "assemblyscript");
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
  const load = new Load();
  await load.atLeast(400);
  const begun = await paper.manage.executions.offer(id, "beside", {
    version: "2.0.0",
    program: compiled.value,
    parameters,
  });
  const run = begun.ok ? begun.value : null;
  if (run === null) throw new Error("nothing runs");
  await load.atLeast(400);
  const settle = async (): Promise<Execution> => {
    await load.end();
    await paper.settled();
    const stopped = await paper.manage.desk.stop(id, "test");
    if (!stopped.ok || stopped.value === null) throw new Error("nothing ran");
    return stopped.value;
  };
  return { id, load, run, settle };
}

function expectJoined({ reigns }: Execution, ticks: number): void {
  expect(reigns.reduce((sum, { events }) => sum + events, 0)).toBe(ticks);
  for (const [index, { first }] of reigns.entries()) {
    const before = reigns[index - 1];
    if (before !== undefined) expect(first).toBeGreaterThan(before.last);
  }
}

/** Of a hundred ticks each. */
const ROUNDS_MAX = 20;

describe("a new version on live events", () => {
  it("decides in shadow, is switched to by one event and back by another: no tick is lost or seen by two", async () => {
    const { load, run, settle } = await trying(OTHER);
    const evidence = await run.evidence();
    expect(evidence.events).toBeGreaterThan(0);
    expect(evidence.trades.old).toBeGreaterThan(0);
    expect(evidence.trades.new).toBeGreaterThan(evidence.trades.old);
    const there = await run.promote();
    await load.atLeast(400);
    const back = await run.revert("test");
    await load.atLeast(400);
    run.end();
    const execution = await settle();
    expectJoined(execution, load.ticks);
    expect(execution.reigns.map(({ version }) => version)).toEqual(["1.0.0", "2.0.0", "1.0.0"]);
    const [first, second, third] = execution.reigns;
    expect(second?.first).toBeGreaterThanOrEqual(there.sequence);
    expect(first?.last).toBeLessThan(there.sequence);
    expect(second?.last).toBeLessThan(back.sequence);
    expect(third?.first).toBeGreaterThanOrEqual(back.sequence);
  });

  it("is compared on the same ticks, tick by tick, and one that is the same does not differ", async () => {
    const { load, run, settle } = await trying(`// another text\n${STEADY}`);
    await load.atLeast(2_000);
    const { difference, faults } = await run.evidence();
    expect(faults).toEqual({ old: 0, new: 0 });
    expect(difference.n).toBeGreaterThan(100);
    // What the old one held when the new one entered is all in which they differ.
    expect(Math.abs(difference.mean)).toBeLessThanOrEqual(4 * difference.error);
    run.end();
    await settle();
  });

  it.each([
    [5, 25, 50],
    [25, 50, 100],
  ])("has %i, %i, then %i percent of the capital, in an account that is closed with it", async (...percents) => {
    const { load, run, settle } = await trying(OTHER);
    const worthOf = (): readonly number[] =>
      paper.trades.map(({ quantity, price }) => Math.round((quantity * price) / 100));
    for (const percent of percents) {
      await run.share(percent, "capital");
      await load.atLeast(400);
      // A thread that lags would otherwise hear of the next share before it has traded by this one.
      const traded = (): boolean => worthOf().includes(percent) && worthOf().includes(100 - percent);
      for (let round = 0; round < ROUNDS_MAX && !traded(); round++) await load.atLeast(100);
    }
    await run.promote();
    await load.atLeast(400);
    run.end();
    const execution = await settle();
    expectJoined(execution, load.ticks);
    const [first, second] = percents;
    const worth = worthOf();
    // Positions of a tenth of the capital: whole, and by the shares of both.
    expect(worth).toContain(100);
    for (const one of [first, second, 100 - first, 100 - second]) expect(worth).toContain(one);
    const bought = paper.trades.filter(({ side }) => side === "BUY").reduce((sum, { quantity }) => sum + quantity, 0);
    const sold = paper.trades.filter(({ side }) => side === "SELL").reduce((sum, { quantity }) => sum + quantity, 0);
    // What is left is what the main account still holds.
    // Sums of quantities are rounded, so nothing held is not always 0.
    expect(bought - sold).toBeLessThan(execution.openPositions * 101 + 1e-6);
    const realised = paper.trades.reduce((sum, { pnl }) => sum + pnl, 0);
    expect(Math.abs(execution.pnl - realised)).toBeLessThan(execution.openPositions * 300 + 0.01);
  });

  it("has symbols, one after the other, and each of their ticks", async () => {
    const { load, run, settle } = await trying(OTHER);
    await run.share(25, "symbols");
    await load.atLeast(800);
    await run.share(75, "symbols");
    await load.atLeast(800);
    await run.revert("test");
    await load.atLeast(400);
    run.end();
    const execution = await settle();
    expect(execution.reigns.reduce((sum, { events }) => sum + events, 0)).toBe(load.ticks);
    const ofNew = execution.reigns.filter(({ version }) => version === "2.0.0");
    expect(ofNew).toHaveLength(1);
    const events = ofNew[0]?.events ?? 0;
    // A quarter of 800 or more, and three quarters of 800 or more, give or take what lay in between.
    expect(events).toBeGreaterThanOrEqual(0.25 * 800 + 0.75 * 800);
    expect(events).toBeLessThan(load.ticks / 2);
    expect(execution.version).toBe("1.0.0");
  });

  it("is handed what is held, on the symbols that it owns and with the promotion on all of them", async () => {
    const { id, load, run, settle } = await trying(LEAVES);
    await run.share(50, "symbols");
    await load.atLeast(800);
    const from = paper.trades.length;
    await load.atLeast(800);
    // Two are still traded by the old version; on the other two all was sold, and nothing is bought any more.
    expect(new Set(paper.trades.slice(from).map(({ symbol }) => symbol)).size).toBe(2);
    expect((await run.promote()).fault).toBeNull();
    // The registry does not know of it yet: limits that change now do not bring the version before back.
    const known = paper.manage.registry.get(id);
    if (known?.deployedVersion !== "1.0.0") throw new Error(`deployed is ${known?.deployedVersion}`);
    paper.manage.executions.changed(known, { ...known, riskLimits: { ...known.riskLimits } });
    await load.atLeast(400);
    run.end();
    const execution = await settle();
    expect(execution.reigns.map(({ version }) => version)).toEqual(["1.0.0", "2.0.0"]);
    expect(execution.openPositions).toBe(0);
    for (const symbol of SYMBOLS) {
      const sums = { BUY: 0, SELL: 0 };
      for (const trade of paper.trades) if (trade.symbol === symbol) sums[trade.side] += trade.quantity;
      expect(sums.BUY).toBeGreaterThan(0);
      expect(sums.SELL).toBeCloseTo(sums.BUY, 6);
    }
  });

  it("that fails is out with what it had, and the execution goes on", async () => {
    const { load, run, settle } = await trying(BOMB);
    await run.share(50, "capital");
    await load.atLeast(400);
    expect((await run.evidence()).faults).toEqual({ old: 0, new: 1 });
    expect((await run.promote()).fault).toBe("the new version has failed");
    await run.revert("test");
    await load.atLeast(200);
    const execution = await settle();
    expectJoined(execution, load.ticks);
    expect(execution).toMatchObject({ status: "stopped", error: null, version: "1.0.0" });
  });

  it("that cannot be opened beside it says why, and the execution goes on", async () => {
    const id = IDS[used++] ?? "";
    await paper.start(id);
    const compiled = await paper.manage.compiler.compile(NARROW, "assemblyscript");
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
    const parameters = { symbols: SYMBOLS, period: 500 };
    const offered = await paper.manage.executions.offer(id, "beside", {
      version: "2.0.0",
      program: compiled.value,
      parameters,
    });
    expect(offered.ok ? offered.value : offered.failure).toMatch(/period/);
    expect(paper.manage.executions.active()).toMatchObject([{ strategyId: id, version: "1.0.0", error: null }]);
    expect(await paper.manage.desk.stop(id, "test")).toMatchObject({ ok: true, value: { status: "stopped" } });
  });
});
