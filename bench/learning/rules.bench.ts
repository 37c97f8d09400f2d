// A strategy of rules: what reading a text and compiling it takes, and what an event costs against the same strategy written by
// hand in AssemblyScript and in plain JavaScript. The three have to decide the same. Signals of the engine's own strategies
// are measured apart: they bring a core of their own.
import { translateRules } from "../../src/learning/rules.ts";
import { programSignals } from "../../src/research/program-signals.ts";
import { blankEvent, openProgram, type Program, StrategyCompiler } from "../../src/sandbox/sandbox.ts";
import { Atr, Ema, Rsi } from "../../test/support/learning/sdk-twin.ts";
import { Random, walk } from "../../test/support/random.ts";
import { compare, measure, median, type Side } from "../runner.ts";
import type { Result } from "../result.ts";

const SEED = 11;
const PRICES = 4_096;
const COMPILATIONS = 5;
const RULES = (span: number): string => `param fast 12 from 2 to 50;
buy when ema(fast) > ema(26) and rsi(${span}) < 70;
sell when ema(fast) < ema(26) and rsi(${span}) > 30;
stop atr(14) * 2; size 0.5;`;

const BY_HAND = `import { Atr, Ema, Market, parameter, Rsi, Strategy } from "strategy-engine/sdk";
const FAST = parameter("fast", 12, 2, 50, "");
class ByHand extends Strategy {
  private fast: Ema = new Ema(i32(FAST.value));
  private slow: Ema = new Ema(26);
  private rsi: Rsi = new Rsi(14);
  private atr: Atr = new Atr(14);
  onTick(market: Market): void {
    const fast = this.fast.next(market.price);
    const slow = this.slow.next(market.price);
    const rsi = this.rsi.next(market.price);
    const far = 2 * this.atr.next(market.high, market.low, market.price);
    if (!(far > 0 && market.price - far > 0)) return;
    if (fast > slow && rsi < 70) this.buy(1, market.price - far, 0, 0.5);
    else if (fast < slow && rsi > 30) this.sell(1, market.price + far, 0, 0.5);
  }
}
export function create(): Strategy {
  return new ByHand();
}
`;

/** The same once more, as a person would write it in JavaScript. */
class Plain {
  private readonly fast = new Ema(12);
  private readonly slow = new Ema(26);
  private readonly rsi = new Rsi(14);
  private readonly atr = new Atr(14);
  decide(price: number, high: number, low: number): number {
    const [fast, slow] = [this.fast.next(price), this.slow.next(price)];
    this.rsi.next(price);
    this.atr.next(high, low, price);
    const far = 2 * this.atr.value;
    if (!(far > 0 && price - far > 0)) return 0;
    if (fast > slow && this.rsi.value < 70) return price - far;
    return fast < slow && this.rsi.value > 30 ? -(price + far) : 0;
  }
}

export async function run(): Promise<readonly Result[]> {
  const compiler = new StrategyCompiler({ memoryBytes: 16 * 1024 * 1024, timeoutMs: 120_000 }, translateRules);
  try {
    await compiler.warm();
    const prices = walk(new Random(SEED), PRICES, 100, 0.002);
    const note = `a random walk of seed ${SEED}`;
    const rules = await opened(compiler, RULES(14), "rules");
    const byHand = await opened(compiler, BY_HAND, "assemblyscript");
    const decided = await agreeing(compiler, prices);
    const event = { label: "rules", ...sideOf(rules, prices) };
    const others = await opened(compiler, `${RULES(14)} exit when momentum_rider.exit or regime == volatile`, "rules");
    const name = "an event of a strategy of rules";
    const plain = new Plain();
    const js: Side = {
      label: "plain JavaScript",
      operations: 1,
      run: (step) => {
        const price = prices[step % PRICES] ?? 1;
        return plain.decide(price, price * 1.001, price * 0.999);
      },
    };
    const read = (step: number): unknown => translateRules(RULES(2 + (step % 40)));
    return [
      await measure(
        { label: "text to AssemblyScript", operations: 1, run: read },
        { name: "reading a text of rules", note: "4 statements" },
      ),
      await compiling(compiler),
      await compare(
        event,
        { label: "by hand in AssemblyScript", ...sideOf(byHand, prices) },
        { name: `${name}, against one by hand`, note: `${note}, ${decided} decisions the same` },
      ),
      await compare(event, js, { name: `${name}, against plain JavaScript`, note }),
      await compare({ label: "rules with signals and regime", ...sideOf(others, prices) }, event, {
        name: `${name} with signals`,
        note,
      }),
    ];
  } finally {
    compiler.close();
  }
}

async function compiling(compiler: StrategyCompiler): Promise<Result> {
  const times: number[] = [];
  for (let round = 0; round < COMPILATIONS; round++) {
    const begin = performance.now();
    const made = await compiler.compile(RULES(20 + round), "rules");
    if (!made.ok) throw new Error(JSON.stringify(made.failure));
    times.push((performance.now() - begin) * 1e6);
  }
  const pairs = [{ label: "a text nobody compiled before", medianNs: median(times), maxNs: Math.max(...times) }];
  return { name: "compiling a text of rules", pairs, ratio: 1, note: `${COMPILATIONS} texts, the compiler warm` };
}

async function opened(
  compiler: StrategyCompiler,
  code: string,
  language: "rules" | "assemblyscript",
): Promise<Program> {
  const made = await compiler.compile(code, language);
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  const program = await openProgram(made.value, ["BTCUSD"], {}, programSignals);
  if (!program.ok) throw new Error(program.failure.message);
  return program.value;
}

function sideOf(program: Program, prices: readonly number[]): Omit<Side, "label"> {
  const event = blankEvent();
  event.time = 1.7e15;
  return {
    operations: 1,
    prepare: (step) => {
      const price = prices[step % PRICES] ?? 1;
      event.time += 6e7;
      event.price = price;
      event.open = price;
      event.high = price * 1.001;
      event.low = price * 0.999;
      event.volume = 1;
    },
    run: () => program.decide(event),
  };
}

/** How many decisions all three make, each the same. */
async function agreeing(compiler: StrategyCompiler, prices: readonly number[]): Promise<number> {
  const rules = await opened(compiler, RULES(14), "rules");
  const byHand = await opened(compiler, BY_HAND, "assemblyscript");
  const plain = new Plain();
  let decided = 0;
  for (const [step, price] of prices.entries()) {
    const event = { ...blankEvent(), time: 1.7e15 + step * 6e7, price, open: price };
    Object.assign(event, { high: price * 1.001, low: price * 0.999, volume: 1 });
    const [one, other] = [rules.decide(event), byHand.decide(event)];
    const stop = one.ok && one.value !== null ? one.value.stop * (one.value.action === "buy" ? 1 : -1) : 0;
    const same = JSON.stringify(one) === JSON.stringify(other) && stop === plain.decide(price, event.high, event.low);
    if (!same) throw new Error(`event ${step}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`);
    if (stop !== 0) decided++;
  }
  return decided;
}
