// Weights of versions and flags that are set while an execution starts or goes on: they hold for it as if they had been
// set behind its beginning.
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Traffic } from "../../../src/manage/traffic/traffic.ts";
import { dataDir } from "../../support/manage/engine.ts";
import { Paper, type Tick } from "../../support/manage/paper.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const ID = "strat_meanwhl";
const SYMBOLS = Array.from({ length: 8 }, (_, index) => `MW${String.fromCharCode(65 + index)}USD`);
const CODE = strategyCode("if (market.position == 0) this.buy(0.5);");
const STRATEGIES = [{ id: ID, code: CODE, parameters: { symbols: SYMBOLS } }];
const BOTH = { "1.0.0": 1, "2.0.0": 1 };

async function deploySecond({ manage: { registry } }: Paper): Promise<void> {
  await registry.update(ID, { code: `// the second\n${CODE}`, version: "2.0.0" }, "test");
  for (const move of ["deploy", "stages_pass"] as const) await registry.move(ID, move, { actor: "test" });
  const done = await registry.move(ID, "rollout_done", { actor: "test", deployed: "2.0.0" });
  if (!done.ok) throw new Error(JSON.stringify(done.failure));
}

function signal(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let given: (() => void) | null = null;
  const promise = new Promise<void>((resolve) => (given = resolve));
  return { promise, resolve: () => given?.() };
}

/** Weights as they are read next are handed over only when `goOn` was called. */
function holdWeights(): { readonly read: Promise<void>; readonly goOn: () => void } {
  const { shares } = Traffic.prototype;
  const [read, held] = [signal(), signal()];
  onTestFinished(() => void (Traffic.prototype.shares = shares));
  Traffic.prototype.shares = async function (strategy) {
    Traffic.prototype.shares = shares;
    const found = await shares.call(this, strategy);
    read.resolve();
    await held.promise;
    return found;
  };
  return { read: read.promise, goOn: held.resolve };
}

async function deciders(paper: Paper): Promise<readonly string[]> {
  const ticks: Tick[] = Array.from({ length: 40 }, (_, at) => ({ symbol: SYMBOLS[at % 8] ?? "", price: 100 }));
  await paper.feed(ticks);
  await paper.settled();
  const reigns = () => paper.manage.executions.active()[0]?.reigns ?? [];
  await expect.poll(() => reigns().reduce((sum, { events }) => sum + events, 0)).toBe(ticks.length);
  return [...new Set(reigns().map(({ version }) => version))].sort();
}

describe("weights that are set while an execution", () => {
  it("starts hold for it", async () => {
    const paper = await Paper.open({ strategies: STRATEGIES });
    await deploySecond(paper);
    const { read, goOn } = holdWeights();
    const started = paper.start(ID);
    await read;
    expect((await paper.manage.traffic.put(ID, BOTH, "test")).ok).toBe(true);
    goOn();
    await started;
    expect(await deciders(paper)).toEqual(["1.0.0", "2.0.0"]);
  });

  it("goes on in another process hold for it, and so does a flag", async () => {
    const file = join(dataDir(), "engine.db");
    const first = await Paper.open({ strategies: STRATEGIES, file, shared: true });
    await deploySecond(first);
    await first.start(ID);
    await first.close();
    const { read, goOn } = holdWeights();
    const second = await Paper.open({ strategies: STRATEGIES, file, stored: true, autoResume: true });
    const { traffic, flags } = second.manage;
    await read;
    expect((await traffic.put(ID, BOTH, "test")).ok).toBe(true);
    const shut = { name: "shut", enabled: false, rolloutPercent: 100, description: "", strategies: [ID], symbols: [] };
    expect((await flags.put(shut, "test")).ok).toBe(true);
    goOn();
    await second.until(() => second.heard.some(([event]) => event === "resumed"));
    const { roll } = second.manage.executions as unknown as { roll: { of(id: string): { shares: unknown } | null } };
    await expect.poll(() => roll.of(ID)?.shares).toMatchObject({ weights: BOTH });
    expect(await deciders(second)).toEqual(["1.0.0", "2.0.0"]);
    expect(second.trades).toEqual([]);
  });
});
