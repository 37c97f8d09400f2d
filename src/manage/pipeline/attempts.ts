// The stages of one pipeline, tried one by one within their budgets. A stage that failed because the machine took its thread
// away, or that was not done in time, is worth another try, with everything that it asked for made anew: what is known of
// the first try is not trusted. A second loss is the stage's failure.
import type { Log } from "../../telemetry/log.ts";
import { failed, type Result } from "../../domain/result.ts";
import type { CompiledStrategy } from "../../sandbox/sandbox.ts";
import { Deadline } from "./deadline.ts";
import { Ended } from "./ending.ts";
import { inputsHash } from "./inputs.ts";
import { refused, type StageAnswer, type StageContext, type StageName } from "./stage.ts";
import { STAGES } from "./stages/stages.ts";
import { orEnd } from "./waits.ts";
import type { Queued, Rest } from "./words.ts";

/** What the stages work on; the failure is a sentence. */
export type Open = (signal: AbortSignal, queued: Queued, rest: Rest) => Promise<Result<StageContext, string>>;

export interface Attempt {
  readonly answer: StageAnswer;
  /** Why another try may do better; null: it would not. */
  readonly lost: string | null;
  /** It was not done within its budget. */
  readonly late: boolean;
  /** What it read besides the code; null: it had nothing to work on. */
  readonly inputsHash: string | null;
  /** What its work took. */
  readonly spentMs: number;
}

interface Work {
  readonly context: Promise<Result<StageContext, string>>;
  readonly abort: AbortController;
}

export class Attempts {
  private readonly open: Open;
  private readonly rest: Rest;
  /** Aborts when the pipeline ends. */
  private readonly ended: AbortSignal;
  private readonly log: Log;
  /** Of the stage: stands still while a run or a trial waits for a thread. */
  private readonly budget: Deadline;
  private work: Work | null = null;

  constructor(open: Open, rest: Rest, ended: AbortSignal, log: Log, heldBack: () => number = () => 0) {
    this.budget = new Deadline(heldBack);
    this.open = open;
    this.rest = rest;
    this.ended = ended;
    this.log = log;
  }

  /** The same for all stages until `renew`. */
  context(): Promise<Result<StageContext, string>> {
    this.work ??= this.begin();
    return this.work.context;
  }

  /** What was begun is given up. */
  renew(): void {
    this.work?.abort.abort();
    this.work = null;
  }

  /** `say`: a line of the pipeline's log. */
  async stage(name: StageName, say: StageContext["log"]): Promise<Attempt> {
    const context = await this.context();
    if (!context.ok) return { answer: refused(context.failure), lost: null, late: false, inputsHash: null, spentMs: 0 };
    const { value } = context;
    const begunMs = performance.now();
    const hash = inputsHash(name, value.strategy, value.soakMs);
    const { budgetMs } = STAGES[name];
    const working = STAGES[name].run({ ...value, log: say }).catch((error: unknown): StageAnswer => {
      if (!(error instanceof Ended)) this.log.error("a stage broke", { stage: name, error }); // else nobody reads it
      return refused("the stage itself broke; the log of the engine names the cause");
    });
    const overdue = new Promise<null>((resolve) => {
      this.budget.start(budgetMs, () => resolve(null));
    });
    const answer = await orEnd(this.ended, Promise.race([working, overdue])).finally(() => this.budget.clear());
    const lost = answer?.passed === false ? value.lost() : null;
    const about = { inputsHash: hash, spentMs: value.spent(name, begunMs) };
    if (answer !== null) return { answer, lost, late: false, ...about };
    const why = `${name} was not done within ${budgetMs / 1000} s`;
    return { answer: refused(why), lost: why, late: true, ...about };
  }

  /** For what comes behind the stages: asked for once more where the machine took it away. Null: it has no code. */
  async compiled(say: StageContext["log"]): Promise<Result<CompiledStrategy | null, string>> {
    const first = await this.context();
    const made = first.ok ? await orEnd(this.ended, first.value.compiled()) : first;
    const lost = first.ok ? first.value.lost() : null;
    if (made.ok || lost === null) return made;
    say("warning", `${lost}: it is tried once more`);
    this.renew();
    const again = await this.context();
    return again.ok ? orEnd(this.ended, again.value.compiled()) : again;
  }

  private begin(): Work {
    const abort = new AbortController();
    const signal = AbortSignal.any([this.ended, abort.signal]);
    const rest: Rest = async (work) => {
      const release = this.budget.hold();
      return this.rest(work).finally(release);
    };
    const context = this.open(signal, () => this.budget.hold(), rest).catch((error: unknown) => {
      this.log.error("a pipeline could not be prepared", { error });
      return failed("what the stages work on could not be prepared; the log of the engine names the cause");
    });
    return { context, abort };
  }
}
