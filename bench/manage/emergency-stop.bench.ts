// The emergency stop by a watch: half of the executions hold a position, the market moves on, and the time runs from the
// stop of the risk board until the last execution has told its end with its last figures.
import { MANY, manyExecutions } from "../../test/support/manage/many-executions.ts";
import type { Result } from "../result.ts";

const NAME = `emergency stop of ${MANY} executions`;
const LABEL = "stop to the last end";
const WAIT_MS = 10;

export async function run(): Promise<readonly Result[]> {
  const stage = await manyExecutions();
  try {
    const { executions, risk, feed, buy } = stage;
    const settled = async (done: () => boolean): Promise<void> => {
      while (!done() || executions.behind > 0) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    };
    feed(100);
    await stage.start();
    feed(100);
    buy(0, MANY / 2);
    for (let turn = 0; turn < 3; turn++) feed(100);
    await settled(() => executions.totals.trades >= MANY / 2);
    let ended = 0;
    const over = new Promise<number>((resolve) => {
      executions.listen({
        onExecution: (event) => {
          if (event === "stopped" && ++ended === MANY) resolve(performance.now());
        },
      });
    });
    feed(101);
    const begun = performance.now();
    risk.halt();
    const stopped = executions.halt("emergency_stop");
    const called = performance.now() - begun;
    if (stopped !== MANY) throw new Error(`${stopped} of ${MANY} executions were stopped`);
    const medianNs = ((await over) - begun) * 1e6;
    const note = `${MANY / 2} of them hold a position; the call itself took ${called.toFixed(0)} ms`;
    return [{ name: NAME, pairs: [{ label: LABEL, medianNs }], ratio: 1, note }];
  } finally {
    await stage.close();
  }
}
