import { afterEach, describe, expect, it } from "vitest";
import { areEnough, ask, isAsked } from "../../../bench/enough.ts";
import { machineSlug } from "../../../bench/machine.ts";
import { compare, figureOfLatencies, measure } from "../../../bench/runner.ts";

function spin(rounds: number): (step: number) => number {
  return (step) => {
    let sum = step;
    for (let index = 0; index < rounds; index++) sum = (sum * 31 + index) | 0;
    return sum;
  };
}

it("says how many times as fast the first side is as the second", async () => {
  const result = await compare(
    { label: "one", run: spin(20_000), operations: 1 },
    { label: "four", run: spin(80_000), operations: 1 },
    { name: "spin", note: "integer loop", rounds: 5, taskMs: 2, warmupMs: 10 },
  );
  expect(result.pairs.map((figure) => figure.label)).toEqual(["one", "four"]);
  expect(result.ratio).toBeGreaterThan(2.5);
  expect(result.ratio).toBeLessThan(6);
});

it("gives figures per operation and inputs that move", async () => {
  const steps: number[] = [];
  const work = spin(30_000);
  const side = { run: work, operations: 1_000 };
  const result = await compare(
    { ...side, label: "batch", run: (step) => (steps.push(step), work(step)) },
    { ...side, label: "single", operations: 1 },
    { name: "batch", note: "", rounds: 5, taskMs: 2, warmupMs: 10 },
  );
  expect(result.ratio).toBeGreaterThan(300);
  expect(steps.slice(0, 3)).toEqual([0, 1, 2]);
});

it("fails when a side throws, instead of timing nothing", async () => {
  const broken = { label: "broken", run: () => JSON.parse("{") as unknown, operations: 1 };
  await expect(compare(broken, broken, { name: "broken", note: "", rounds: 1 })).rejects.toThrow(SyntaxError);
});

describe("rounds", () => {
  afterEach(() => ask(null));
  const side = (label: string, calls: { count: number }) => ({
    label,
    operations: 1,
    run: () => {
      for (const begin = performance.now(); performance.now() - begin < 0.2;);
      return calls.count++;
    },
  });
  const OPTIONS = { name: "rounds", note: "", rounds: 9, taskMs: 0.01, warmupMs: 0, calls: 1 };

  it("are all made where nobody says that fewer are enough", async () => {
    const [one, other] = [{ count: 0 }, { count: 0 }];
    await compare(side("one", one), side("other", other), OPTIONS);
    expect([one.count, other.count]).toEqual([9, 9]);
    expect(isAsked("rounds")).toBe(true);
    expect(areEnough([])).toBe(false);
  });

  it("end where they are enough, each shown as a result of its own", async () => {
    const [one, other, alone] = [{ count: 0 }, { count: 0 }, { count: 0 }];
    const shown: string[] = [];
    ask({
      asked: (name) => name !== "rounds",
      settled: (rounds) => {
        shown.push(...rounds.slice(-1).map(({ name, ratio }) => `${name} ${ratio > 0}`));
        return rounds.length === 3;
      },
    });
    expect(isAsked("rounds")).toBe(false);
    const result = await compare(side("one", one), side("other", other), OPTIONS);
    expect([one.count, other.count]).toEqual([3, 3]);
    expect(result.pairs).toHaveLength(2);
    await measure(side("alone", alone), OPTIONS);
    expect(alone.count).toBe(3);
    expect(shown).toEqual(Array.from({ length: 6 }, () => "rounds true"));
  });
});

it("latencies become median, 99th percentile and maximum by the nearest rank", () => {
  const latencies = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(figureOfLatencies("all", latencies)).toEqual({ label: "all", medianNs: 100, p99Ns: 198, maxNs: 200 });
});

it("a machine's file name has nothing but letters, digits and hyphens", () => {
  const machine = { cpu: "AMD EPYC (TM) 7B13", cores: 2, arch: "x64", platform: "linux", memoryGib: 8, node: "v20" };
  expect(machineSlug(machine)).toBe("amd-epyc-tm-7b13-x64");
});
