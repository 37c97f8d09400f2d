// Users' programs for a simulation, in AssemblyScript, made by the real compiler once (what it made is kept in the folder
// that all tests share): some trade, often and in odd sizes, and the others fail in each way that a program can: they trap,
// find no end, decide what cannot be meant, take all memory.
import { openProgram, type CompiledStrategy, StrategyCompiler } from "../../../src/sandbox/sandbox.ts";
import { COMPILED } from "../compiled.ts";
import { strategyCode } from "../strategy-code.ts";

export type Programs = readonly (readonly [name: string, program: CompiledStrategy])[];

const SEEN = "private seen: i32 = 0;";
const TRADES = `
    if (this.seen % 9 == 0) this.buy(0.9);
    else if (this.seen % 9 == 4) this.sell(0.9);`;

const CODES: Readonly<Record<string, string>> = {
  follows: strategyCode(
    `const mean = this.mean.next(market.price);
    if (market.price > mean * 1.0005) this.buy(0.7, market.price * 0.99, market.price * 1.02, 0.5);
    else if (market.price < mean * 0.9995) this.sell(0.7);`,
    "private mean: Ema = new Ema(20);",
  ),
  turns: strategyCode(
    `this.seen++;
    if (this.seen % 10 == 0) this.buy(1, 0, 0, 0.3 + 0.1 * f64(this.seen % 7));
    else if (this.seen % 5 == 0) this.sell(0.9);`,
    SEEN,
  ),
  sizes: strategyCode(
    `this.seen++;
    if (this.seen % 6 == 0) this.buy(1, 0, 0, 1e-9);
    else if (this.seen % 6 == 2) this.buy(1, 0, 0, 1e300);
    else if (this.seen % 6 == 4) this.sell(1, market.price * 1e9, 1e-300, 0.01);`,
    SEEN,
  ),
  traps: strategyCode(
    `this.seen++;
    this.rest = this.seen / (160 - this.seen);${TRADES}`,
    `${SEEN}
  private rest: i32 = 0;`,
  ),
  endless: strategyCode(
    `this.seen++;
    while (this.seen > 190) this.seen++;${TRADES}`,
    SEEN,
  ),
  unsure: strategyCode(
    `this.seen++;
    if (this.seen > 130) this.buy(7);
    else {${TRADES}
    }`,
    SEEN,
  ),
  nan: strategyCode(
    `this.seen++;
    if (this.seen > 110) this.buy(0.5, 0, 0, NaN);
    else {${TRADES}
    }`,
    SEEN,
  ),
  greedy: strategyCode(
    `this.seen++;
    if (this.seen > 140) this.all.push(new StaticArray<f64>(262_144));${TRADES}`,
    `${SEEN}
  private all: StaticArray<f64>[] = [];`,
  ),
};

/** Each was opened once, so that its module is at hand: the next opening waits for nothing. */
export async function compilePrograms(): Promise<Programs> {
  const compiler = new StrategyCompiler({ memoryBytes: 4 * 1024 * 1024, timeoutMs: 240_000, folder: COMPILED });
  try {
    const programs: (readonly [string, CompiledStrategy])[] = [];
    for (const [name, code] of Object.entries(CODES)) {
      const made = await compiler.compile(code, "assemblyscript");
      if (!made.ok) throw new Error(`${name}: ${JSON.stringify(made.failure)}`);
      const opened = await openProgram(made.value, ["BTCUSDT"], {});
      if (!opened.ok) throw new Error(`${name}: ${opened.failure.message}`);
      opened.value.close();
      programs.push([name, made.value]);
    }
    return programs;
  } finally {
    compiler.close();
  }
}
