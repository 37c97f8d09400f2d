// What a strategy would have gone through in markets that nobody likes: each is a week of five-minute bars, made up and the
// same every time. Its sizes and limits are those of its deployment. Pure.
import { Random } from "../../../domain/random.ts";
import { type History, memoryHistory, type Table } from "../../../history/history.ts";
import { type CodeRequest, explainRun, runCode } from "../../../research/research.ts";
import type { CompiledStrategy } from "../../../sandbox/sandbox.ts";

export interface StressAnswer {
  readonly name: string;
  /** Deepest fall of the equity, -1 to 0. */
  readonly max_drawdown: number;
  readonly total_return: number;
  readonly trades: number;
  /** Why the strategy did not come through; null: it did. */
  readonly error: string | null;
}

const START_US = 1_735_689_600e6; // 2025-01-01
const BAR_MS = 300_000;
const BARS = 2_016;
const NOISE = 0.001;

/** Factor of the price at a bar, without the noise. */
type Shape = (bar: number, random: Random) => number;
const SHAPES: readonly (readonly [name: string, shape: Shape])[] = [
  ["a crash of 40 % within a day", (bar) => (bar >= 1_000 && bar < 1_288 ? 0.6 ** (1 / 288) : 1)],
  ["a gap of -25 % from one bar to the next", (bar) => (bar === 1_000 ? 0.75 : 1)],
  ["a spike to double that is gone a bar later", (bar) => (bar === 1_000 ? 2 : bar === 1_001 ? 0.5 : 1)],
  [
    "a week of five times the usual noise",
    (bar, random) => (bar % 8_640 < 2_016 ? 1 + 4 * NOISE * random.normal() : 1),
  ],
  ["a slide of 60 % over the week", () => 0.4 ** (1 / BARS)],
];

export async function stressed(
  compiled: CompiledStrategy,
  request: Omit<CodeRequest, "from" | "to">,
): Promise<readonly StressAnswer[]> {
  const answers: StressAnswer[] = [];
  for (const [name, shape] of SHAPES) {
    const run = await runCode(marketOf(request.symbols, shape), request, compiled);
    if (run.ok) {
      const { maxDrawdown, totalReturn, trades } = run.value.figures;
      answers.push({ name, max_drawdown: maxDrawdown, total_return: totalReturn, trades, error: null });
    } else {
      const error = explainRun(run.failure);
      answers.push({ name, max_drawdown: 0, total_return: 0, trades: 0, error });
    }
  }
  return answers;
}

/** All symbols fall together, as they do. */
function marketOf(symbols: readonly string[], shape: Shape): History {
  return memoryHistory(symbols.map((symbol, place) => tableOf(symbol, shape, new Random(place + 1))));
}

function tableOf(symbol: string, shape: Shape, random: Random): Table {
  const time: number[] = [];
  const columns: number[][] = [[], [], [], [], []];
  let price = 100;
  for (let bar = 0; bar < BARS; bar++) {
    const open = price;
    price = Math.max(1e-6, price * shape(bar, random) * (1 + NOISE * random.normal()));
    time.push(START_US + bar * BAR_MS * 1_000);
    const row = [open, Math.max(open, price), Math.min(open, price), price, 1_000];
    for (const [column, value] of row.entries()) columns[column]?.push(value);
  }
  return { symbol, kind: "bar", intervalMs: BAR_MS, time, columns };
}
