// What a change of its strategy does to an execution in its thread, by the thread's own host on this one.
import { describe, expect, it } from "vitest";
import { termsFor } from "../../../src/manage/executions/terms.ts";
import type { CompiledStrategy } from "../../../src/sandbox/sandbox.ts";
import { beginningOf } from "../../support/manage/beginning.ts";
import { HostThread, programOf, termsWith as terms } from "../../support/manage/host-thread.ts";
import { strategyOf } from "../../support/sandbox/python.ts";

const [BUYS, SELLS] = ["BUY", "SELL"].map((said) => programOf(said, strategyOf(`return '${said}'`)));
/** Buys at the 20th tick, sells at the tenth that it sees with a position. */
const LEAVES = programOf(
  "LEAVES",
  `
class S:
    def __init__(self):
        self.ticks = 0
        self.held = 0

    def generate_signal(self, market_data):
        self.ticks += 1
        if market_data["position"] != 0:
            self.held += 1
            return "SELL" if self.held >= 10 else None
        return "BUY" if self.ticks == 20 else None
`,
);

const NEW = { key: 1, version: "1.0.1", program: SELLS as CompiledStrategy, parameters: {} } as const;
/** Of the version that trades before it. */
const OLD = { kind: "retune", key: 1, version: "1.0.0", takesOver: false, parameters: {} } as const;

async function begun(): Promise<HostThread> {
  const thread = new HostThread();
  const order = beginningOf({ key: 1, program: BUYS ?? null, terms: terms({}) });
  await thread.letter({ kind: "begin", order });
  expect(thread.ticks(3)).toEqual({ sides: ["BUY"], faults: [] });
  return thread;
}

describe("an execution whose strategy is changed", () => {
  it("goes on with a version that was not warm, which then decides", async () => {
    const thread = await begun();
    const next = {
      kind: "retune",
      key: 1,
      version: "1.0.1",
      takesOver: true,
      terms: terms({}),
      parameters: {},
      program: SELLS ?? null,
    } as const;
    await thread.letter(next);
    const first = thread.ticks(4);
    expect(first.faults).toEqual([]);
    expect(first.sides).toContain("SELL");
    await thread.letter({ ...next, version: "1.0.0", program: BUYS ?? null });
    const second = thread.ticks(4);
    expect(second.faults).toEqual([]);
    expect(second.sides).toContain("BUY");
  });

  it("remembers its position since it was opened, and none before", async () => {
    const thread = new HostThread();
    const parameters = { allow_short: false };
    const long = termsFor({ parameters, riskLimits: {}, executionConfig: {} });
    await thread.letter({ kind: "begin", order: beginningOf({ key: 1, program: LEAVES, terms: long }) });
    expect(thread.ticks(24)).toEqual({ sides: ["BUY"], faults: [] }); // filled at the 21st, seen four times
    const next = { kind: "retune", key: 1, version: "1.0.1", takesOver: true } as const;
    await thread.letter({ ...next, terms: long, parameters, program: LEAVES });
    expect(thread.ticks(6)).toEqual({ sides: [], faults: [] });
    expect(thread.ticks(1)).toEqual({ sides: ["SELL"], faults: [] });
  });

  it("goes on with another program of its version, and with its own where only limits changed", async () => {
    const thread = await begun();
    const before = { kind: "retune", key: 1, version: "1.0.0", takesOver: false, parameters: {} } as const;
    const same = { ...before, program: BUYS ?? null };
    await thread.letter({ ...same, terms: terms({}) });
    expect(thread.ticks(3).faults).toEqual([]);
    await thread.letter({ ...same, program: null, terms: terms({ max_position_size: 5_000 }) });
    expect(thread.ticks(3).faults).toEqual([]);
  });
});

describe("a new version in its rollout", () => {
  it("is not undone by a change of the version before that its promotion overtakes, on the way or in its opening", async () => {
    for (const overtaken of ["on its way", "in its opening"]) {
      const thread = await begun();
      await thread.letter({ kind: "contend", request: 1, ...NEW });
      const late = { ...OLD, terms: terms({}), program: BUYS ?? null };
      const promotion = { kind: "promote", request: 2, anew: false, ...NEW } as const;
      const letters = overtaken === "on its way" ? [promotion, late] : [late, promotion];
      await thread.letters(letters);
      const { sides, faults } = thread.ticks(4);
      expect([faults, sides.includes("SELL"), sides.includes("BUY")], overtaken).toEqual([[], true, false]);
      const answer = thread.told.find((news) => news.kind === "answer" && news.request === 2);
      expect(answer).toMatchObject({ answer: { version: "1.0.1", fault: null } });
    }
  });

  it("is opened anew at its promotion where its parameters are others by then, before that is answered", async () => {
    const thread = await begun();
    await thread.letter({ kind: "contend", request: 1, ...NEW, program: BUYS as CompiledStrategy });
    await thread.letter({ kind: "promote", request: 2, anew: true, ...NEW });
    expect(thread.told.at(-1)).toMatchObject({ kind: "answer", request: 2, answer: { version: "1.0.1", fault: null } });
    const { sides, faults } = thread.ticks(4);
    expect([faults, sides.includes("SELL"), sides.includes("BUY")]).toEqual([[], true, false]);
  });
});
