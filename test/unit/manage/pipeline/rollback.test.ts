// In which order a rollback happens, against a delivery and a registry that write down what they are asked: the execution
// first, then the registry, and what the registry refuses is taken back.
import { describe, expect, it } from "vitest";
import type { Failure } from "../../../../src/domain/failure.ts";
import { failed, ok, type Result } from "../../../../src/domain/result.ts";
import type { Delivery, Switched } from "../../../../src/manage/pipeline/delivery.ts";
import { rollBack, type RollbackOptions } from "../../../../src/manage/pipeline/rollback.ts";

const SWITCHED: Switched = { sequence: 7, ms: 1, fault: null };
const FULL: Failure = { code: "storage_full" };

interface Change {
  readonly fault?: string;
  readonly stored?: Result<null, Failure>;
  readonly runs?: boolean;
  readonly compiles?: boolean;
  readonly status?: string;
}

async function asked({ fault, stored = ok(null), runs = true, compiles = true, status = "deployed" }: Change) {
  const done: string[] = [];
  const run = {
    share: async () => undefined,
    listen: () => undefined,
    evidence: () => Promise.reject(new Error("nothing is compared")),
    promote: async () => {
      done.push("promote");
      return { ...SWITCHED, fault: fault ?? null };
    },
    revert: async () => {
      done.push("revert");
      return SWITCHED;
    },
    end: () => void done.push("end"),
  };
  const delivery: Delivery = { begin: async (_, how, to) => (done.push(`${how} ${to}`), ok(runs ? run : null)) };
  const strategy = { strategyId: "s", deployedVersion: "2.0.0", status, kind: "code", language: "assemblyscript" };
  const versions = [
    { version: "2.0.0", deployedAt: 2 },
    { version: "1.0.0", deployedAt: 1 },
  ];
  const registry = {
    get: () => strategy,
    versionsOf: () => versions,
    version: async () => ({ version: "1.0.0", code: "", language: null }),
    move: async () => (done.push("move"), stored),
  };
  const compiler = { compile: async () => (compiles ? ok({}) : failed([{ message: "no such word" }])) };
  const options = { registry, compiler, delivery } as unknown as RollbackOptions;
  return { done, answer: await rollBack(options, "s", undefined, "test") };
}

describe("a rollback", () => {
  it("gives the execution to the version, then tells the registry", async () => {
    const { done, answer } = await asked({});
    expect(answer).toMatchObject({ ok: true, value: { from: "2.0.0", to: "1.0.0" } });
    expect(done).toEqual(["instead 1.0.0", "promote", "move", "end"]);
  });

  it("is told as refused where the version cannot take over, and the registry hears nothing", async () => {
    const { done, answer } = await asked({ fault: "it has failed" });
    const issue = "s stays on version 2.0.0: 1.0.0 cannot take over: it has failed";
    expect(answer).toEqual(failed({ code: "conflict", issue }));
    expect(done).toEqual(["instead 1.0.0", "promote", "end"]);
  });

  it("is taken back where the registry cannot store it", async () => {
    const { done, answer } = await asked({ stored: failed(FULL) });
    expect(answer).toEqual(failed(FULL));
    expect(done).toEqual(["instead 1.0.0", "promote", "move", "revert", "end"]);
  });

  it("of what no execution runs is the registry's alone", async () => {
    const { done, answer } = await asked({ runs: false });
    expect(answer.ok).toBe(true);
    expect(done).toEqual(["instead 1.0.0", "move"]);
  });

  it("touches nothing where the life cycle does not allow it or the version does not compile", async () => {
    expect((await asked({ status: "testing" })).done).toEqual([]);
    const { done, answer } = await asked({ compiles: false });
    expect(done).toEqual([]);
    expect(answer).toMatchObject({ ok: false, failure: { code: "conflict" } });
  });
});
