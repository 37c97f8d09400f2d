// What an author writes at the top of a file runs in the compiler's process: this thread learns what it declares, and runs
// nothing of it. Where it does not come to its end it is refused in words, and ended by whoever does not want to wait.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { FORM } from "../../../src/sandbox/compile/compiled-files.ts";
import { Budget, Compilers, type CompilersOptions, StrategyCompiler } from "../../../src/sandbox/sandbox.ts";
import { meter } from "../../../src/sandbox/wasm/fuel.ts";
import { CHASE } from "../../support/sandbox/chase.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const MIB = 1_048_576;
const OPTIONS: CompilersOptions = { memoryBytes: 16 * MIB, timeoutMs: 240_000 };
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const DECLARING = strategyCode("this.buy(A.value);", "", 'const A = parameter("a", 0.5, 0, 1, "how sure");');
const ENDLESS = "it fails before it begins: it did not come to an end before its first event";

interface Within {
  begins: (...given: readonly unknown[]) => void;
  take: () => void;
}
/** What is private of them. */
const within = Compilers.prototype as unknown as Within;
afterEach(() => void vi.restoreAllMocks());

it("nothing of a strategy is opened in the thread that has it compiled, nor where it was kept", async () => {
  const folder = mkdtempSync(join(tmpdir(), "first-lines-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const opened = (["Instance", "Module", "instantiate", "compile"] as const).map((name) => vi.spyOn(WebAssembly, name));
  const made = [];
  for (const timeoutMs of [OPTIONS.timeoutMs, 1]) {
    const compiler = new StrategyCompiler({ ...OPTIONS, timeoutMs, folder });
    onTestFinished(() => compiler.close());
    const strategy = await compiler.compile(DECLARING, "assemblyscript");
    expect(strategy).toMatchObject({
      ok: true,
      value: { parameters: [{ name: "a", standard: 0.5, least: 0, most: 1 }] },
    });
    made.push(strategy);
    await vi.waitFor(() => expect(readdirSync(folder).join()).toMatch(/^[0-9a-f]{64}\.wasm$/), 60_000);
  }
  expect(made[1], "no compiler makes it in a millisecond").toEqual(made[0]);
  const compiler = new StrategyCompiler({ ...OPTIONS, folder });
  onTestFinished(() => compiler.close());
  const tests = await compiler.compileTests(DECLARING, "export function testA(): void {}", "assemblyscript");
  expect(tests).toMatchObject({ ok: true, value: { names: ["testA"] } });
  const chased = await compiler.compile(CHASE, "assemblyscript");
  expect(chased).toMatchObject({ ok: false, failure: [{ message: ENDLESS }] });
  for (const one of opened) expect(one).not.toHaveBeenCalled();
});

it("first lines that take longer than they may are ended, in words of their own, and the next code compiles", async () => {
  const budget = new Budget({ memoryBytes: 2_048 * MIB, cpuCores: 64 });
  const compilers = new Compilers({ ...OPTIONS, budget, beginMs: 1 });
  onTestFinished(() => compilers.close());
  const deaf = vi.spyOn(within, "take").mockImplementation(() => undefined); // as if they never came to their end
  const made = await compilers.compile(CHASE);
  expect(made).toMatchObject({
    ok: false,
    failure: [{ message: "it fails before it begins: it took more than 0.001 s before its first event", lost: true }],
  });
  await expect.poll(() => placeIn(budget), { timeout: 60_000 }).toBe(0);
  deaf.mockRestore();
  expect(await compilers.compile(strategyCode("foo();"))).toMatchObject({ ok: false, failure: [{ line: 6 }] });
});

it("an engine that stops does not wait for them: the process is ended, and who waited is told", async () => {
  const budget = new Budget({ memoryBytes: 2_048 * MIB, cpuCores: 64 });
  const compilers = new Compilers({ ...OPTIONS, budget });
  const { begins } = within;
  const begun = vi.spyOn(within, "begins").mockImplementation(function (this: Compilers, ...given) {
    begins.apply(this, given);
    this.close();
  });
  const made = await compilers.compile(CHASE);
  expect(begun).toHaveBeenCalledOnce();
  expect(made).toMatchObject({ ok: false, failure: [{ message: "the engine is shutting down" }] });
  await expect.poll(() => placeIn(budget), { timeout: 60_000 }).toBe(0);
});

/** The seat that the next one gets: the first, once the compiler's process has ended. */
function placeIn(budget: Budget): number | undefined {
  const seat = budget.seat("compiler");
  budget.leave(seat);
  return seat?.place;
}

it("what is kept has another name as soon as a module would become another one", () => {
  // One memory; f has a loop and a call, g is long and grows memory.
  const loop = [0x03, 0x40, 0x10, 1, 0x0b];
  const long = [...Array.from({ length: 60 }, () => 0x01), 0x41, 0, 0x40, 0, 0x1a];
  const run = [0x41, 0];
  const bodies = [loop, long, run].map((code) => [code.length + 2, 0, ...code, 0x0b]);
  const section = (id: number, bytes: readonly number[]): readonly number[] => [id, bytes.length, ...bytes];
  const module = Uint8Array.from([
    ...HEADER,
    ...section(1, [2, 0x60, 0, 0, 0x60, 0, 1, 0x7f]),
    ...section(3, [3, 0, 0, 1]),
    ...section(5, [1, 1, 1, 1]),
    ...section(7, [1, 3, 0x72, 0x75, 0x6e, 0, 2]),
    ...section(10, [3, ...bodies.flat()]),
  ]);
  const made = meter(module, MIB);
  if (!made.ok) throw new Error(made.failure);
  const hash = createHash("sha256").update(made.value.bytes).digest("hex").slice(0, 16);
  expect([FORM, hash], "raise FORM together with the hash").toEqual(["2", "e54b4c669aac45eb"]);
});
