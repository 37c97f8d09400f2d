// The strategy that a model becomes: a text in the language of everybody's strategies, with the model's numbers as
// constants. Inputs, probabilities and trading stand once, in the SDK; so a model goes through the same compiler, sandbox,
// tests and pipeline as what people write, and trades alike in a backtest, on paper, live and in a replay.
import type { Model } from "./model-file.ts";

const COLUMNS = 6;
const HEAD = "// Learned: model ";

/** `hash`: of the model's bytes, so that source and model are known to belong together. */
export function strategySource(model: Model, hash: string): string {
  const { weights, enter, barMs, stopRanges, targetRanges, bars } = model;
  const [name, made] =
    weights.kind === "logistic"
      ? [
          "LogisticModel",
          `const VALUES: StaticArray<f64> = [\n${lines(weights.values)}];\nconst MODEL = new LogisticModel(VALUES);\n`,
        ]
      : [
          "TreeModel",
          `const THRESHOLDS: StaticArray<f64> = [\n${lines(weights.thresholds)}];\n` +
            `const WORDS: StaticArray<u32> = [\n${lines(weights.words)}];\n` +
            `const LEAVES: StaticArray<f64> = [\n${lines(weights.leaves)}];\n` +
            `const MODEL = new TreeModel(${weights.depth}, ${number(weights.base)}, THRESHOLDS, WORDS, LEAVES);\n`,
        ];
  return (
    `${HEAD}${hash}.\n` +
    `import { LearnedStrategy, ${name}, parameter, Strategy } from "strategy-engine/sdk";\n\n` +
    `const ENTER = parameter("enter", ${number(enter)}, 0, 1, "buys from this probability on");\n` +
    `const STOP = parameter("stop_ranges", ${number(stopRanges)}, 0.1, 20, "average ranges to the stop");\n` +
    `const TARGET = parameter("target_ranges", ${number(targetRanges)}, 0.1, 20, "average ranges to the target");\n` +
    `const BARS = parameter("bars", ${bars}, 1, 10000, "bars that a position is held at most");\n\n` +
    `${made}\n` +
    "export function create(): Strategy {\n" +
    `  return new LearnedStrategy(MODEL, ${number(barMs * 1_000)}, ENTER.value, STOP.value, TARGET.value, i32(BARS.value));\n` +
    "}\n"
  );
}

/** The hash of the model that such a text was written from; null: it is another one. */
export function modelIn(source: string): string | null {
  return source.startsWith(HEAD) ? (/^[0-9a-f]{64}(?=\.\n)/.exec(source.slice(HEAD.length))?.[0] ?? null) : null;
}

/** The shortest text that reads back as the same bits, with a point where it is needed to be a float. */
function number(value: number): string {
  const text = Object.is(value, -0) ? "-0.0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function lines(values: Float64Array | Uint32Array): string {
  const texts = values instanceof Uint32Array ? Array.from(values, String) : Array.from(values, number);
  let out = "";
  for (let at = 0; at < texts.length; at += COLUMNS) out += `  ${texts.slice(at, at + COLUMNS).join(", ")},\n`;
  return out;
}
