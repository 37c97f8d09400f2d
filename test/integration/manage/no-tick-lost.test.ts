// A deployment loses no tick: under ticks as fast as they are taken, in every way in which a version can come, and with a
// rollback at every step of each, every tick was given to exactly one version, and what they were given joins. How long a
// rollback takes is what bench/manage/rollback.bench.ts measures.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Ended } from "../../../src/manage/pipeline/ending.ts";
import { type DeploymentType, PLANS, rollOut } from "../../../src/manage/pipeline/rollout.ts";
import type { Execution } from "../../../src/manage/manage.ts";
import type { CompiledStrategy } from "../../../src/sandbox/sandbox.ts";
import { Paper } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const TYPES = Object.keys(PLANS) as DeploymentType[];
/** A rollback at each step, the last of which is behind the promotion; and none. */
const CASES = TYPES.flatMap((type) => [...PLANS[type].percents, null].map((percent) => [type, percent] as const));
const SYMBOLS = ["NTAUSD", "NTBUSD", "NTCUSD", "NTDUSD"];
const OLD = strategyCode("if (market.count % 10 == 1) this.buy(0.5); else if (market.count % 10 == 6) this.sell(0.5);");
const NEW = `// another text\n${OLD}`;
const BATCH = 50;
const BEHIND_MAX = 1_000;
const BETWEEN_STEPS = 1_500;
const WAIT_MS = 120_000;

let paper: Paper;
let compiled: CompiledStrategy;
let load: Load;

beforeAll(async () => {
  const parameters = { symbols: SYMBOLS };
  const strategies = [...CASES, null, null].map((_, index) => ({ id: idOf(index), code: OLD, parameters }));
  paper = await Paper.open({ strategies, shared: true });
  await paper.manage.compiler.compile(OLD, "assemblyscript");
  const made = await paper.manage.compiler.compile(NEW, "assemblyscript");
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  compiled = made.value;
  load = new Load();
});
afterAll(async () => {
  await load.end();
  await paper.close();
});

function idOf(index: number): string {
  return `strat_ntl${String(index).padStart(4, "0")}`;
}

/** Ticks of all symbols, as fast as the thread of the executions takes them, all the time; stopped between two batches. */
class Load {
  ticks = 0;
  private running = true;
  private held: Promise<void> | null = null;
  private batch: Promise<void> = Promise.resolve();
  private trouble: Error | null = null;
  private readonly done = this.run().catch((cause: unknown) => {
    this.trouble = new Error("no ticks come any more", { cause });
  });

  /**
   * Resolves when the thread itself has read BETWEEN_STEPS further ticks, however slow it is. What was there when this was
   * called, and so when the last step was answered, is one batch more than was counted at most: the one being fed.
   */
  async stepped(): Promise<void> {
    const from = this.ticks;
    const deadline = performance.now() + WAIT_MS;
    for (let read = 0; read < BETWEEN_STEPS; read = this.ticks - paper.manage.executions.behind - from) {
      if (this.trouble !== null) throw this.trouble;
      if (performance.now() > deadline) throw new Error(`${read} ticks were read within ${WAIT_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** No tick comes while this is done. */
  async still<T>(work: () => Promise<T>): Promise<T> {
    let release = (): void => undefined;
    this.held = new Promise((resolve) => (release = resolve));
    await this.batch;
    try {
      return await work();
    } finally {
      this.held = null;
      release();
    }
  }

  async end(): Promise<void> {
    this.running = false;
    await this.done;
    if (this.trouble !== null) throw this.trouble;
  }

  private async run(): Promise<void> {
    while (this.running) {
      await this.room();
      // Asked for last: who holds the ticks waits for the batch that is on its way, and for none that is not begun.
      if (this.held !== null) {
        await this.held;
        continue;
      }
      this.batch = this.feed();
      await this.batch;
    }
  }

  private async room(): Promise<void> {
    const { executions } = paper.manage;
    for (const deadline = performance.now() + WAIT_MS; executions.behind > BEHIND_MAX;) {
      if (performance.now() > deadline) throw new Error(`${executions.behind} ticks wait after ${WAIT_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  private async feed(): Promise<void> {
    const ticks = Array.from({ length: BATCH }, (_, index) => {
      const count = this.ticks + index;
      return { symbol: SYMBOLS[count % SYMBOLS.length] ?? "", price: 100 + Math.sin(count / 50) };
    });
    await paper.feed(ticks);
    this.ticks += BATCH;
  }
}

/** Rolls the new version out beside an execution that runs; `back`: the step at which it is taken back. */
async function deliver(id: string, type: DeploymentType, back: number | null) {
  const begun = await paper.manage.executions.offer(id, "beside", {
    version: "2.0.0",
    program: compiled,
    parameters: { symbols: SYMBOLS },
  });
  const run = begun.ok ? begun.value : null;
  if (run === null) throw new Error("nothing runs");
  const reverts: number[] = [];
  let at = -1;
  await rollOut({
    type,
    stepMs: 0,
    evidence: "advisory",
    run: {
      share: (percent, by) => run.share(percent, by),
      evidence: () => run.evidence(),
      listen: (look) => run.listen(look),
      promote: () => run.promote(),
      end: () => run.end(),
      revert: async () => {
        const back = await run.revert();
        reverts.push(back.sequence);
        return back;
      },
    },
    now: () => 0,
    wait: async () => {
      await load.stepped();
      if (at === back) throw new Ended("stage_failed", "rollout", "taken back by a test");
      return null;
    },
    show: async (steps) => {
      at = Number(steps.at(-1)?.["percent"]);
    },
    log: () => undefined,
    ask: () => Promise.resolve(null),
    unpaused: () => Promise.resolve(null),
    deployed: () => Promise.resolve(),
  }).catch((error: unknown) => {
    if (!(error instanceof Ended)) throw error;
  });
  await load.stepped();
  if (back !== 100) return reverts;
  reverts.push((await run.revert()).sequence);
  await load.stepped();
  return reverts;
}

/** Begins and ends while no tick comes, so that it is known how many ticks it has to have seen. */
async function under(
  id: string,
  work: () => Promise<void>,
): Promise<{ readonly execution: Execution; readonly ticks: number }> {
  const first = await load.still(async () => {
    await paper.start(id);
    return load.ticks;
  });
  await load.stepped();
  await work();
  return load.still(async () => {
    await paper.settled();
    const ticks = load.ticks - first;
    const stopped = await paper.manage.desk.stop(id, "test");
    if (!stopped.ok || stopped.value === null) throw new Error("nothing ran");
    return { execution: stopped.value, ticks };
  });
}

function expectJoined(type: DeploymentType, { reigns }: Execution, ticks: number): void {
  expect(reigns.reduce((sum, { events }) => sum + events, 0)).toBe(ticks);
  // With hardly any of them nothing would be shown: each version had its time, and a shared symbol its part of it:
  // of BETWEEN_STEPS less one batch at least a quarter.
  expect(ticks).toBeGreaterThanOrEqual(2 * BETWEEN_STEPS);
  for (const one of new Set(reigns.map(({ version }) => version))) {
    const seen = reigns.reduce((sum, { version, events }) => (version === one ? sum + events : sum), 0);
    expect(seen).toBeGreaterThanOrEqual(BETWEEN_STEPS / SYMBOLS.length - BATCH);
  }
  // Symbols that are shared belong to two versions at a time; otherwise one begins where the other has ended.
  for (const [index, { version, first }] of reigns.entries()) {
    const before = reigns.slice(0, index).findLast((one) => type !== "rolling" || one.version === version);
    if (before !== undefined) expect(first).toBeGreaterThan(before.last);
  }
}

/** A further version, as if it had passed its stages. */
async function deployed(id: string): Promise<void> {
  const { registry } = paper.manage;
  await registry.update(id, { code: NEW, version: "2.0.0" }, "test");
  for (const move of ["deploy", "stages_pass"] as const) await registry.move(id, move, { actor: "test" });
  const done = await registry.move(id, "rollout_done", { actor: "test", deployed: "2.0.0" });
  if (!done.ok) throw new Error(JSON.stringify(done.failure));
}

describe("no tick is lost and none is given to two versions", () => {
  it("by requests to roll back and forth, whether the version was kept or has to be opened anew", async () => {
    const id = idOf(CASES.length);
    await deployed(id);
    const wanted = ["1.0.0", "2.0.0", "1.0.0", "2.0.0", "1.0.0"];
    const { execution, ticks } = await under(id, async () => {
      for (const version of wanted) {
        const back = await paper.manage.pipelines.rollback(id, { to: version }, "test");
        expect(back).toMatchObject({ ok: true });
        expect(paper.manage.executions.active()).toMatchObject([{ status: "running", version }]);
        await load.stepped();
      }
    });
    expectJoined("direct", execution, ticks);
    expect(execution).toMatchObject({ status: "stopped", error: null, version: "1.0.0" });
  });

  it("by a version that the execution hears of from the registry alone, and that has to be opened", async () => {
    const id = idOf(CASES.length + 1);
    await deployed(id);
    const { execution, ticks } = await under(id, async () => {
      await paper.manage.registry.move(id, "rollback", { actor: "test", deployed: "1.0.0" });
      await expect.poll(() => paper.manage.executions.active()[0]?.version).toBe("1.0.0");
      await load.stepped();
    });
    expectJoined("direct", execution, ticks);
    expect(execution).toMatchObject({ status: "stopped", error: null, version: "1.0.0" });
  });

  it.each(CASES)("by %s, taken back at %s percent", async (type, back) => {
    const id = idOf(CASES.findIndex(([one, percent]) => one === type && percent === back));
    let reverts: readonly number[] = [];
    const { execution, ticks } = await under(id, async () => {
      reverts = await deliver(id, type, back);
    });
    expectJoined(type, execution, ticks);
    expect(execution.version).toBe(back === null ? "2.0.0" : "1.0.0");
    expect(reverts).toHaveLength(back === null ? 0 : 1);
    const versions = execution.reigns.map(({ version }) => version);
    expect(versions[0]).toBe("1.0.0");
    const traded = back === null || back === 100 || type === "rolling";
    expect(versions.includes("2.0.0")).toBe(traded);
  });
});
