// A strategy whose versions can be told apart by what they trade: each opens and closes by what an event says alone, and
// buys for so many units of account as its size says. It runs, and a version comes into force as a pipeline brings it.
import { Paper } from "./paper.ts";
import { strategyCode } from "../strategy-code.ts";

const SYMBOL = "RNSUSD";
const parameters = { symbols: [SYMBOL] };
/** Ticks of a round: one position is opened and closed in each ten. */
const ROUND = 40;

const codeWith = (size: number): string =>
  strategyCode(`if (market.volume == 1.0) this.buy(0.5, 0, 0, ${size}); else if (market.volume == 6.0) this.close();`);

export class SizedVersions {
  readonly paper: Paper;
  private readonly id: string;

  private constructor(paper: Paper, id: string) {
    this.paper = paper;
    this.id = id;
  }

  /** Version 1.0.0 runs; without a file its store is in memory. */
  static async open(id: string, size: number, file?: string): Promise<SizedVersions> {
    const strategies = [{ id, code: codeWith(size), parameters }];
    const paper = await Paper.open({ strategies, ...(file === undefined ? {} : { file }) });
    await paper.start(id);
    return new SizedVersions(paper, id);
  }

  async rollOut(version: string, size: number): Promise<void> {
    const { registry, executions, compiler } = this.paper.manage;
    const code = codeWith(size);
    const compiled = await compiler.compile(code, "assemblyscript");
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.failure));
    await done(registry.update(this.id, { code, version }, "test"));
    for (const move of ["deploy", "stages_pass"] as const) await done(registry.move(this.id, move, { actor: "test" }));
    const run = await done(executions.offer(this.id, "beside", { version, program: compiled.value, parameters }));
    if (run === null) throw new Error("nothing runs");
    const { fault } = await run.promote();
    if (fault !== null) throw new Error(fault);
    await done(registry.move(this.id, "rollout_done", { actor: "test", deployed: version }));
    run.end();
  }

  /** What is bought in a round, in units of account: whoever trades says by this which version it is. */
  async bought(): Promise<number> {
    const { paper } = this;
    const from = paper.trades.length;
    await paper.feed(Array.from({ length: ROUND }, (_, at) => ({ symbol: SYMBOL, price: 100, volume: at % 10 })));
    await paper.until(() => paper.trades.length >= from + (2 * ROUND) / 10);
    const first = paper.trades.slice(from).find(({ side }) => side === "BUY");
    return Math.round((first?.quantity ?? 0) * (first?.price ?? 0));
  }
}

async function done<T>(asked: Promise<{ ok: true; value: T } | { ok: false; failure: unknown }>): Promise<T> {
  const answer = await asked;
  if (!answer.ok) throw new Error(JSON.stringify(answer.failure));
  return answer.value;
}
