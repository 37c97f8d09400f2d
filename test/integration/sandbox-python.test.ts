// Hostile strategies in Python at a running engine: each fails its own pipeline with a reason that can be read, and the
// engine answers in between.
import { expect, it } from "vitest";
import type { EngineProcess } from "../support/engine-process.ts";
import { eventually } from "../support/eventually.ts";
import { type Message, startEngine } from "../support/manage/engine.ts";
import { firstThread, ownTime } from "../support/own-time.ts";
import { RSI_STRATEGY, strategyOf } from "../support/sandbox/python.ts";

const HOSTILE: Readonly<Record<string, readonly [code: string, stage: string, reason: RegExp]>> = {
  draft: ["class RSIStrategy:\n    pass\n", "syntax_check", /no method generate_signal/],
  import: [`import os\n${strategyOf("pass")}`, "syntax_check", /os cannot be imported/],
  chain: [strategyOf("().__class__.__bases__[0].__subclasses__()"), "syntax_check", /__class__ is not available/],
  loop: [strategyOf("while True:\n    pass"), "unit_tests", /did not come to an end/],
  hog: [
    strategyOf("x = []\nwhile True:\n    x.append(bytearray(1000000))"),
    "unit_tests",
    /MemoryError|did not come to an end/,
  ],
  recursion: [strategyOf("def f():\n    f()\nf()"), "unit_tests", /recursion/],
  top: [`while True:\n    pass\n${strategyOf("pass")}`, "unit_tests", /did not come to an end/],
  output: [strategyOf("while True:\n    print('x' * 100000)"), "unit_tests", /did not come to an end/],
  bomb: [
    "class S:\n    def __init__(self):\n        self.n = 0\n    def generate_signal(self, d):\n        self.n += 1\n        while self.n > 700:\n            pass\n",
    "unit_tests",
    /did not come to an end/,
  ],
  format: [strategyOf("return '{0.__class__.__bases__}'.format(self)"), "unit_tests", /attributes not supported/],
  star: [`from os import *\n${strategyOf("pass")}`, "syntax_check", /os cannot be imported/],
  getter: [strategyOf("getattr(self, '__cl' + 'ass__')"), "syntax_check", /getattr is not available/],
  own: [`${strategyOf("return None")}\ndef test_it():\n    assert False, "my own word"\n`, "unit_tests", /my own word/],
  wrong: [strategyOf("return 'PERHAPS'"), "unit_tests", /returned 'PERHAPS'/],
  large: [`x = ${"(".repeat(120_000)}1${")".repeat(120_000)}\n${strategyOf("pass")}`, "syntax_check", /cannot be read/],
};

/** All of them are under way at once. */
const PIPELINE_MS = 240_000;

async function deployed(engine: EngineProcess, name: string, code: string): Promise<Message> {
  const made = await engine.ask("POST", "/strategies", { strategy_name: name, code, language: "python" });
  expect(made.status).toBe(200);
  const begun = await engine.ask("POST", `/strategies/${String(made.body["strategy_id"])}/deploy`, {});
  expect(begun.status).toBe(200);
  const path = `/deployments/${String(begun.body["pipeline_id"])}/status`;
  const look = async (): Promise<Message> => (await engine.ask("GET", path)).body;
  return eventually(look, ({ status }) => /completed|failed/.test(String(status)), PIPELINE_MS);
}

it("fails hostile strategies at their stage, answers meanwhile, and deploys a decent one after them", async () => {
  const engine = await startEngine({ DEMO: "off" });
  let slowest = 0;
  const watched = new AbortController();
  const watch = (async (): Promise<void> => {
    while (!watched.signal.aborted) {
      const took = ownTime(firstThread(engine.pid));
      expect((await engine.ask("GET", "/health")).status).toBe(200);
      slowest = Math.max(slowest, took());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const all = Object.entries(HOSTILE).map(
    async ([name, [code]]) => [name, await deployed(engine, name, code)] as const,
  );
  const ends = await Promise.all(all).finally(() => watched.abort());
  await watch;
  for (const [name, pipeline] of ends) {
    const [, stage, reason] = HOSTILE[name] ?? ["", "", /./];
    expect([name, pipeline["status"], pipeline["current_stage"]]).toEqual([name, "failed", stage]);
    expect(String(pipeline["error"])).toMatch(reason);
  }
  expect(slowest).toBeLessThan(1_000);
  expect((await deployed(engine, "decent", RSI_STRATEGY))["status"]).toBe("completed");
});
