import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Account } from "../../../src/sandbox/budget/account.ts";
import { CountedProgram } from "../../../src/sandbox/budget/counted.ts";
import { Budget, COMPILER_BYTES, type Program } from "../../../src/sandbox/sandbox.ts";
import { eventOf } from "../../support/strategy-code.ts";

const MIB = 1_048_576;

function accountOf(budget: Budget, holder: "executions" | "backtests" = "executions"): Account {
  const seat = budget.seat(holder);
  if (seat === null) throw new Error("there is no seat");
  return new Account(seat, true);
}
class Growing implements Program {
  bytes = MIB;
  decide(): ReturnType<Program["decide"]> {
    this.bytes += MIB;
    return { ok: true, value: null };
  }
  close(): void {
    this.bytes = 0;
  }
}

class Steady implements Program {
  readonly bytes = MIB;
  decide(): ReturnType<Program["decide"]> {
    return { ok: true, value: null };
  }
  close(): void {
    // It has nothing to let go of.
  }
}
function counted(account: Account, program: Program = new Growing()): CountedProgram {
  const claim = account.claim(MIB, true);
  return new CountedProgram(program, account, claim.keep());
}

describe("the budget over all users' code", () => {
  it("counts what programs hold by who runs them, and gives back what is closed", () => {
    const budget = new Budget({ memoryBytes: 100 * MIB, cpuCores: 1 });
    const [one, other] = [accountOf(budget), accountOf(budget, "backtests")];
    const program = counted(one);
    const second = counted(other);
    for (let event = 0; event < 3; event++) program.decide(eventOf(1));
    expect(budget.use().bytes).toEqual({ executions: 3 * MIB, backtests: MIB, trials: 0, compiler: 0 });
    program.close();
    program.close();
    expect(budget.use().bytes.executions).toBe(0);
    expect(one.busy).toBe(false);
    expect(other.busy).toBe(true);
    second.close();
  });

  it("forgets what the thread of a seat held once that is given back, and not the time that it had", () => {
    const budget = new Budget({ memoryBytes: 100 * MIB, cpuCores: 1 });
    const seat = budget.seat("trials");
    if (seat === null) throw new Error("there is no seat");
    budget.board.hold(seat.place, 5 * MIB, 1);
    budget.board.pay(seat.place, 2_000_000_000n);
    budget.leave(seat);
    budget.leave(seat);
    expect(budget.use()).toMatchObject({ bytes: { trials: 0 }, cpuSeconds: { trials: 2 } });
    const next = budget.seat("executions");
    expect(next?.place).toBe(seat.place);
    expect(budget.use().bytes.executions).toBe(0);
  });

  it("refuses what begins and what grows beyond the limit, with who holds how much", () => {
    const budget = new Budget({ memoryBytes: 4 * MIB, cpuCores: 1 });
    const program = counted(accountOf(budget));
    let events = 0;
    let decided = program.decide(eventOf(1));
    for (; decided.ok && events < 100; events++) decided = program.decide(eventOf(1));
    expect(decided).toMatchObject({ ok: false, failure: { kind: "out_of_memory" } });
    expect(program.decide(eventOf(1))).toEqual(decided);
    expect(budget.use().bytes.executions, "it has let go of what it held").toBe(0);
    expect(budget.refusal(3 * MIB)).toBeNull();
    budget.board.hold(budget.seat("backtests")?.place ?? 0, 2 * MIB);
    expect(budget.refusal(3 * MIB)).toBe(
      "users' strategies hold 2.0 MiB of the 4.0 MiB that they may have together (backtests 2.0 MiB) and this one needs " +
        "3.0 MiB more; stop some, or raise STRATEGY_MAX_MEMORY",
    );
    expect(budget.use().refusals).toBe(2);
  });

  it("counts the compiler for what begins, and only what it takes beyond an ordinary compilation", () => {
    const budget = new Budget({ memoryBytes: 4 * MIB, cpuCores: 1 });
    const place = budget.seat("compiler")?.place ?? 0;
    const execution = budget.seat("executions")?.place ?? 0;
    budget.board.holdInAll(place, COMPILER_BYTES);
    expect(budget.refusal(MIB)).toBeNull();
    budget.board.holdInAll(place, COMPILER_BYTES + 4 * MIB);
    expect(budget.board.crowded(execution)).toBeNull();
    expect(budget.refusal(MIB)).toContain("compiler 388 MiB");
  });

  it("ends a run that leaves executions no room, never an execution for the sake of a run", () => {
    const budget = new Budget({ memoryBytes: 4 * MIB, cpuCores: 1 });
    const [live, run] = [accountOf(budget), accountOf(budget, "backtests")];
    const [execution, backtest] = [counted(live), counted(run, new Steady())];
    for (let event = 0; event < 3; event++) expect(execution.decide(eventOf(1)).ok).toBe(true);
    expect(budget.use().bytes).toMatchObject({ executions: 3 * MIB, backtests: MIB });
    expect(live.grown(MIB), "another one in that thread").toBeNull();
    const ended = Array.from({ length: 70 }, () => backtest.decide(eventOf(1))).find(({ ok }) => !ok);
    expect(ended).toMatchObject({ failure: { kind: "out_of_memory" } });
    expect(budget.use().bytes).toMatchObject({ executions: 4 * MIB, backtests: 0 });
  });

  it("counts what is being opened at once, corrects it, and gives it back where nothing comes of it", () => {
    const budget = new Budget({ memoryBytes: 4 * MIB, cpuCores: 1 });
    const account = accountOf(budget);
    const [one, other, third] = [2, 2, 2].map((size) => account.claim(size * MIB, false));
    expect([one?.refused, other?.refused]).toEqual([null, null]);
    expect(third?.refused).toContain("STRATEGY_MAX_MEMORY");
    expect(budget.use().bytes.executions).toBe(4 * MIB);
    other?.end();
    other?.end();
    expect(one?.become(5 * MIB, false)).toContain("executions 5.0 MiB");
    expect(one?.become(3 * MIB, false)).toBeNull();
    expect(one?.keep()).toBe(3 * MIB);
    one?.end();
    expect(budget.use().bytes.executions).toBe(3 * MIB);
    expect(account.claim(9 * MIB, true).refused, "one that takes the place of another").toBeNull();
  });

  it("counts the time in which anybody waited once, whoever else waited then", () => {
    const budget = new Budget({ memoryBytes: MIB, cpuCores: 1 });
    budget.board.waited(40_000_000n);
    budget.board.waited(40_000_000n);
    const { heldBackMs } = budget.board;
    expect(heldBackMs).toBeGreaterThanOrEqual(40);
    expect(heldBackMs).toBeLessThan(70);
    expect(budget.use().throttledSeconds).toBeCloseTo(0.08, 9);
  });

  it("has all of them wait when together they had more of the processor than they may, each for as long", async () => {
    const budget = new Budget({ memoryBytes: MIB, cpuCores: 0.25 });
    const place = budget.seat("backtests")?.place ?? 0;
    expect(budget.board.owedMs()).toBe(0);
    budget.board.pay(place, 1_500_000_000n); // one second is in the tank
    const owed = budget.board.owedMs();
    expect(owed).toBeGreaterThan(1_500);
    expect(owed).toBeLessThanOrEqual(2_001);
    // Another thread sees the same tank.
    const text = `const { parentPort, workerData } = require("node:worker_threads");
      import(workerData.module).then(({ Board }) => parentPort.postMessage(new Board(workerData.memory).owedMs()));`;
    const module = new URL("../../../src/sandbox/budget/board.js", import.meta.url).href;
    const worker = new Worker(text, { eval: true, workerData: { module, memory: budget.board.memory } });
    const seen = await new Promise<number>((resolve) => worker.once("message", resolve));
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThanOrEqual(owed);
    await worker.terminate();
  });
});
