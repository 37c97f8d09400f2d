// How long one bar takes through two hundred executions of a user's strategy, accounts and figures and all: the thread's own
// host, fed through its own ring, on the calling thread.
import * as layout from "../../assembly/layout.ts";
import { createFeedMemory, FeedReader, FeedWriter } from "../../src/manage/executions/feed-ring.ts";
import { Host } from "../../src/manage/executions/host.ts";
import type { Beginning } from "../../src/manage/executions/messages.ts";
import { termsFor } from "../../src/manage/executions/terms.ts";
import { type CompiledStrategy, StrategyCompiler } from "../../src/sandbox/sandbox.ts";
import { beginningOf } from "../../test/support/manage/beginning.ts";
import { Random } from "../../test/support/random.ts";
import { RSI_CODE } from "../../test/support/strategy-code.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { figureOfLatencies } from "../runner.ts";

const EXECUTIONS = 200;
const BARS = 4_000;
const BAR_US = 60_000_000;
/** Rows between two batches of news, as many as come in the time after which a thread tells. */
const TELL_ROWS = 16;

export async function run(): Promise<readonly Result[]> {
  const compiler = new StrategyCompiler({ memoryBytes: 16 * 1024 * 1024, timeoutMs: 120_000 });
  try {
    const compiled = await compiler.compile(RSI_CODE, "assemblyscript");
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
    return [await crowd(compiled.value)];
  } finally {
    compiler.close();
  }
}

async function crowd(program: CompiledStrategy): Promise<Result> {
  const memory = createFeedMemory();
  const writer = new FeedWriter(memory);
  const host = new Host(new FeedReader(memory), () => undefined, false);
  for (let key = 1; key <= EXECUTIONS; key++) host.letter({ kind: "begin", order: beginning(key, program) });
  while (host.opening > 0) await new Promise((resolve) => setImmediate(resolve));
  const random = new Random(7);
  const words = new Int32Array(16);
  const numbers = new Float64Array(words.buffer);
  const took: number[] = [];
  let trades = 0;
  for (let bar = 0; bar < BARS; bar++) {
    const price = 100 + random.normal();
    const time = 1_750_000_000_000_000 + bar * BAR_US;
    words[0] = layout.KIND_BAR << 16;
    words[1] = BAR_US / 1_000;
    numbers.set([time, time, price, price + 0.2, price - 0.2, price, 10], layout.EVENT_TIME / 8);
    writer.write(words, 0, bar + 1);
    writer.publish();
    const begin = performance.now();
    host.row();
    took.push((performance.now() - begin) * 1e6);
    if (bar % TELL_ROWS === 0) trades += host.batch()?.news.reduce((sum, { fills }) => sum + fills.length, 0) ?? 0;
  }
  const note = `${BARS} bars, seed 7, RSI with a period of 5 to 24, ${trades} fills`;
  const pairs = [figureOfLatencies("one bar through all", took.slice(BARS / 2))];
  return { name: `executions: ${EXECUTIONS} of one symbol`, pairs, ratio: 1, note, fingerprint: fingerprintOf(trades) };
}

function beginning(key: number, program: CompiledStrategy): Beginning {
  const parameters = { period: 5 + (key % 20) };
  const terms = termsFor({ parameters, riskLimits: {}, executionConfig: {} });
  return beginningOf({ key, program, parameters, terms, live: false });
}
