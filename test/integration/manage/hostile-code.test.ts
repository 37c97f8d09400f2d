// Code that is written to harm: as pipelines of a running engine and as executions, in both languages. Each fails alone and
// says why, whoever is decent goes on, and the engine answers within a second all the time.
import { describe, expect, it } from "vitest";
import type { EngineProcess } from "../../support/engine-process.ts";
import { startEngine } from "../../support/manage/engine.ts";
import { type Deployed, Paper, path } from "../../support/manage/paper.ts";
import * as pipelines from "../../support/manage/pipelines.ts";
import { firstThread, ownTime } from "../../support/own-time.ts";
import { CHASE } from "../../support/sandbox/chase.ts";
import { strategyOf } from "../../support/sandbox/python.ts";
import { strategyCode } from "../../support/strategy-code.ts";

const CODE_BYTES = 262_144;
type Hostile = readonly [code: string, stage: string, reason: RegExp];
const NOT_ENDED = /did not come to an end/;
const DEEP = "function deep(n: f64): f64 { return n > -1 ? deep(n + 1) + deep(n + 2) : 0; }";
const KEPT = "kept: StaticArray<f64>[] = [];";

const PIPELINES: Readonly<Record<string, Hostile>> = {
  loop: [strategyCode("while (true) this.n++;", "n: i32 = 0;"), "unit_tests", NOT_ENDED],
  top: [strategyCode("this.buy();", "", "let n = 0; while (true) n++;"), "syntax_check", /before its first event|end/],
  chase: [CHASE, "syntax_check", /before its first event/],
  recursion: [strategyCode("this.buy(deep(market.price));", "", DEEP), "unit_tests", /too deeply|did not come/],
  hog: [strategyCode("this.kept.push(new StaticArray<f64>(65536));", KEPT), "unit_tests", /memory/],
  output: [strategyCode('let s = "x"; while (true) s += s;'), "unit_tests", /memory|did not come/],
  console: [strategyCode('console.log("x");'), "syntax_check", /console/],
  import: [`import { readFileSync } from "fs";\n${strategyCode("this.buy();")}`, "syntax_check", /fs/],
  upwards: [`import { x } from "../../src/main";\n${strategyCode("this.buy();")}`, "syntax_check", /main/],
  prototype: [strategyCode('this.constructor.prototype.x = "y";'), "syntax_check", /prototype|constructor/],
  host: [
    strategyCode("peek();", "", '@external("env", "peek") declare function peek(): void;'),
    "syntax_check",
    /outside/,
  ],
  bomb: [strategyCode("if (market.count > 700) while (true) this.n++;", "n: i32 = 0;"), "unit_tests", NOT_ENDED],
  nonsense: ["\u0001\u0002 {{{{ \ufffd", "syntax_check", /./],
  large: [
    strategyCode("this.buy();", "", `const x = ${"(".repeat(100_000)}1${")".repeat(100_000)};`),
    "syntax_check",
    /./,
  ],
};

/** Asks for /health until the work is done; the slowest answer, in milliseconds without those spent queueing for a processor. */
async function watched(engine: EngineProcess, work: () => Promise<unknown>): Promise<number> {
  let slowest = 0;
  const done = new AbortController();
  const watch = (async () => {
    while (!done.signal.aborted) {
      const took = ownTime(firstThread(engine.pid));
      expect((await engine.ask("GET", "/health")).status).toBe(200);
      slowest = Math.max(slowest, took());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  await work().finally(() => done.abort());
  await watch;
  return slowest;
}

describe("hostile code in AssemblyScript", () => {
  it("fails its own pipeline at its stage with a reason, and a decent one after it is deployed", async () => {
    const engine = await startEngine({ MAX_CONCURRENT_DEPLOYMENTS: "4" });
    const one = async ([name, [code, stage, reason]]: readonly [string, Hostile]): Promise<void> => {
      const end = await pipelines.deployed(engine, await pipelines.create(engine, code, { strategy_name: name }));
      expect([name, end["status"], end["current_stage"]]).toEqual([name, "failed", stage]);
      expect(String(end["error"]), name).toMatch(reason);
      expect(String(end["error"]), name).not.toMatch(/node_modules|node:|at async|\.js\b/);
    };
    const slowest = await watched(engine, () => Promise.all(Object.entries(PIPELINES).map(one)));
    expect(slowest).toBeLessThan(1_000);
    expect(await pipelines.deployed(engine, await pipelines.create(engine))).toMatchObject({ status: "completed" });
  }, 240_000);
});

describe("code that no strategy can be", () => {
  it("is refused where it is posted when it is too large or no text, and taken at the limit", async () => {
    const engine = await startEngine();
    const post = (code: string) => engine.ask("POST", "/strategies", { strategy_name: "a", code, language: "python" });
    const filled = (bytes: number): string => {
      const code = strategyOf("return None");
      return `#${"x".repeat(bytes - code.length - 2)}\n${code}`;
    };
    expect((await post(filled(CODE_BYTES))).status).toBe(200);
    const large = await post(filled(CODE_BYTES + 1));
    expect([large.status, JSON.stringify(large.body)]).toEqual([422, expect.stringContaining("262144")]);
    expect((await post(`${strategyOf("return None")}# \ud800`)).status).toBeGreaterThanOrEqual(400);
    const raw = Buffer.concat([
      Buffer.from('{"strategy_name":"a","language":"python","code":"'),
      Buffer.from([0xff, 0xfe, 0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${engine.url}/strategies`, { method: "POST", body: raw, headers });
    expect([400, 422]).toContain(response.status);
    expect((await engine.ask("GET", "/health")).status).toBe(200);
  });
});

/** Harmless for twenty ticks. */
const late = (body: string): string =>
  `class S:\n    def __init__(self):\n        self.n = 0\n        self.kept = []\n    def generate_signal(self, d):\n        self.n += 1\n        if self.n > 20:\n${body.replaceAll(/^/gm, "            ")}\n        return None\n`;
const lateScript = (body: string, fields = "", top = ""): string =>
  strategyCode(`if (market.count > 20) { ${body} }`, fields, top);

const EXECUTIONS: Readonly<Record<string, readonly [code: string, reason: RegExp]>> = {
  strat_asloop0: [lateScript("while (true) this.n++;", "n: i32 = 0;"), /out_of_fuel/],
  strat_asdeep0: [lateScript("this.buy(deep(market.price));", "", DEEP), /too_deep|out_of_fuel/],
  strat_ashog00: [lateScript("while (true) this.kept.push(new StaticArray<f64>(65536));", KEPT), /out_of_memory/],
  strat_asout00: [lateScript('let s = "x"; while (true) s += s;'), /out_of_memory|out_of_fuel|trapped/],
  strat_asfar00: [lateScript("store<f64>(0x7fffffff, 1);"), /out_of_memory|trapped/],
  strat_aswrong: [lateScript("this.buy(7);"), /bad_decision/],
  strat_pyloop0: [late("while True:\n    pass"), /out_of_fuel/],
  strat_pydeep0: [late("def f():\n    f()\nf()"), /too_deep/],
  strat_pyhog00: [late("while True:\n    self.kept.append(bytearray(100000))"), /out_of_memory|out_of_fuel/],
  strat_pyout00: [late("while True:\n    print('x' * 100000)"), /out_of_fuel/],
  strat_pychain: [
    late("return '{0.__class__.__bases__}'.format(self)"),
    /NotImplementedError: attributes not supported/,
  ],
  strat_pygive0: [late("self.kept.append(d)\nsetattr(self, '__class__', int)\nd['prices'].price = 1"), /line \d+: /],
  strat_pywrong: [late("return 'PERHAPS'"), /PERHAPS/],
};
const DECENT: readonly Deployed[] = [
  { id: "strat_asgood0", code: strategyCode("if (market.count % 2 == 1) this.buy(0.5); else this.sell(0.5);") },
  {
    id: "strat_pygood0",
    language: "python",
    code: strategyOf("return 'BUY' if len(market_data['prices']) % 2 == 1 else 'SELL'"),
  },
];

describe("hostile code as executions", () => {
  it("fails at its tick with its reason in both languages, and those beside it see and trade every tick", async () => {
    const hostile = Object.entries(EXECUTIONS).map(([id, [code]]): Deployed => {
      return { id, code, language: id.startsWith("strat_py") ? "python" : "assemblyscript" };
    });
    const paper = await Paper.open({ strategies: [...hostile, ...DECENT] });
    for (const { id } of [...hostile, ...DECENT]) await paper.start(id);
    let slowest = 0;
    for (const tick of path("BTCUSD", 100, 1.001, 80)) {
      const took = ownTime();
      await paper.feed([tick]);
      slowest = Math.max(slowest, took());
    }
    const faults = () => paper.heard.filter(([event]) => event === "fault").map(([, execution]) => execution);
    await paper.until(() => faults().length === hostile.length);
    await paper.settled();
    expect(slowest).toBeLessThan(1_000);
    for (const { strategyId, error } of faults())
      expect(error, strategyId).toMatch(EXECUTIONS[strategyId]?.[1] ?? /^$/);
    expect(paper.manage.executions.running()).toBe(DECENT.length);
    for (const { id } of DECENT) {
      const ended = await paper.manage.executions.stop(id, "test");
      expect(ended?.reigns, id).toMatchObject([{ events: 80 }]);
      expect(ended?.tradeCount, id).toBeGreaterThan(70);
    }
  }, 180_000);
});
