// In which order a rollback happens, against a delivery and a registry that write down what they are asked: the execution
// first, then the registry, and what the registry refuses is taken back. What taking back comes to in an execution is in
// taking-back.test.ts, and by a real store in rollback-not-stored.test.ts.
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
  /** What the change of the registry ends with; `after` it is in force. */
  readonly breaks?: "before" | "after";
  readonly runs?: boolean;
  readonly compiles?: boolean;
  readonly status?: string;
  readonly statusBefore?: string;
  /** What the registry holds once the version is compiled; null: it was deleted. */
  readonly meanwhile?: Readonly<Record<string, string>> | null;
}

async function asked(change: Change) {
  const {
    fault,
    stored = ok(null),
    breaks,
    runs = true,
    compiles = true,
    status = "deployed",
    statusBefore = null,
    meanwhile = {},
  } = change;
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
  const delivery: Delivery = {
    runs: () => runs,
    begin: async (_, how, to) => (done.push(`${how} ${to}`), ok(run)),
  };
  const of = { strategyId: "s", kind: "code", language: "assemblyscript" };
  const deployed = { ...of, deployedVersion: "2.0.0", status, statusBefore };
  let strategy: typeof deployed | null = deployed;
  const versions = [
    { version: "2.0.0", deployedAt: 2 },
    { version: "1.0.0", deployedAt: 1 },
  ];
  const registry = {
    get: () => strategy,
    versionsOf: () => versions,
    version: async () => ({ version: "1.0.0", code: "", language: null }),
    move: async (_: string, move: string, { underPause }: { readonly underPause?: boolean }) => {
      done.push(underPause === true ? "move" : `${move} out of a pause`);
      if (breaks !== "before" && stored.ok) strategy = { ...deployed, deployedVersion: "1.0.0" };
      if (breaks !== undefined) throw new Error("broken off");
      return stored;
    },
  };
  const compile = async () => {
    done.push("compile");
    strategy = meanwhile === null ? null : { ...deployed, ...meanwhile };
    return compiles ? ok({}) : failed([{ message: "no such word" }]);
  };
  const options = { registry, compiler: { compile }, delivery } as unknown as RollbackOptions;
  const answer = await rollBack(options, "s", {}, "test").catch((error: unknown) => String(error));
  return { done, answer };
}

describe("a rollback", () => {
  it("gives the execution to the version, then tells the registry", async () => {
    const { done, answer } = await asked({});
    expect(answer).toMatchObject({ ok: true, value: { from: "2.0.0", to: "1.0.0" } });
    expect(done).toEqual(["compile", "instead 1.0.0", "promote", "move", "end"]);
  });

  it("is told as refused where the version cannot take over, and the registry hears nothing", async () => {
    const { done, answer } = await asked({ fault: "it has failed" });
    const issue = "s stays on version 2.0.0: 1.0.0 cannot take over: it has failed";
    expect(answer).toEqual(failed({ code: "conflict", issue }));
    expect(done).toEqual(["compile", "instead 1.0.0", "promote", "end"]);
  });

  it("is taken back where the registry cannot store it", async () => {
    const { done, answer } = await asked({ stored: failed(FULL) });
    expect(answer).toEqual(failed(FULL));
    expect(done).toEqual(["compile", "instead 1.0.0", "promote", "move", "revert", "end"]);
  });

  it("is taken back where the change breaks off, unless it is in force by then", async () => {
    const before = await asked({ breaks: "before" });
    expect(before.answer).toBe("Error: broken off");
    expect(before.done).toEqual(["compile", "instead 1.0.0", "promote", "move", "revert", "end"]);
    const after = await asked({ breaks: "after" });
    expect(after.answer).toBe("Error: broken off");
    expect(after.done).toEqual(["compile", "instead 1.0.0", "promote", "move", "end"]);
  });

  it("of what no execution runs is the registry's alone, also where its code does not compile any more", async () => {
    for (const status of ["deployed", "stopped", "error"]) {
      const { done, answer } = await asked({ runs: false, compiles: false, status });
      expect(answer).toMatchObject({ ok: true, value: { to: "1.0.0" } });
      expect(done).toEqual(["move"]);
    }
  });

  it("is made below a pause, over every state in which it is possible without one, and over no other", async () => {
    for (const statusBefore of ["deployed", "stopped", "error"]) {
      const { done, answer } = await asked({ status: "paused", statusBefore });
      expect(answer).toMatchObject({ ok: true, value: { from: "2.0.0", to: "1.0.0" } });
      expect(done).toEqual(["compile", "instead 1.0.0", "promote", "move", "end"]);
    }
    for (const statusBefore of ["draft", "testing", "approved"]) {
      const { done, answer } = await asked({ status: "paused", statusBefore });
      expect(answer).toMatchObject({
        failure: { code: "invalid_state", state: "paused", legal: expect.arrayContaining(["resume"]) as unknown },
      });
      expect(done).toEqual([]);
    }
    // A limit may pause it while the version is compiled.
    const meanwhile = { status: "paused", statusBefore: "deployed" };
    expect((await asked({ meanwhile })).done).toEqual(["compile", "instead 1.0.0", "promote", "move", "end"]);
  });

  it("gives nothing to the execution where others have moved the strategy while the version was compiled", async () => {
    const done = ["compile", "instead 1.0.0", "end"];
    const testing = await asked({ meanwhile: { status: "testing" } });
    expect(testing).toMatchObject({ done, answer: { failure: { code: "invalid_state", state: "testing" } } });
    const deleted = await asked({ meanwhile: null });
    expect(deleted).toMatchObject({ done, answer: { failure: { code: "not_found", id: "s" } } });
    const issue = "s is on version 3.0.0, and this request leaves version 2.0.0; look, and send again";
    const another = await asked({ meanwhile: { deployedVersion: "3.0.0" } });
    expect(another).toEqual({ done, answer: failed({ code: "conflict", issue }) });
  });

  it("touches nothing where the life cycle does not allow it or the version does not compile", async () => {
    expect((await asked({ status: "testing" })).done).toEqual([]);
    const { done, answer } = await asked({ compiles: false });
    expect(done).toEqual(["compile"]);
    expect(answer).toMatchObject({ ok: false, failure: { code: "conflict" } });
  });
});
