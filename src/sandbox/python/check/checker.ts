// Has strategies in Python looked over in a thread of its own, so that no text can hold up the one that asks. Fuel ends every
// reading; a thread that does not answer all the same, or dies, fails what it was given, as lost: another try may do better,
// and the next one gets a new thread.
import { Worker } from "node:worker_threads";
import { failed, type Result } from "../../../domain/result.ts";
import type { Budget } from "../../budget/budget.ts";
import type { Diagnostic } from "../../compile/diagnostics.ts";
import type { CheckedPython } from "./check.ts";

export interface CheckRequest {
  readonly id: number;
  readonly code: string;
  /** It is a file of tests. */
  readonly beside: boolean;
}
type Checked = Result<CheckedPython, readonly Diagnostic[]>;
interface CheckAnswer {
  readonly id: number;
  readonly checked: Checked;
}

const CLOSING = "the engine is shutting down";

export class PythonChecker {
  private readonly timeoutMs: number;
  private readonly budget: Budget | null;
  private readonly waiting = new Map<number, (checked: Checked) => void>();
  private worker: Worker | null = null;
  private timer: NodeJS.Timeout | null = null;
  private count = 0;
  private closed = false;

  constructor(timeoutMs: number, budget: Budget | null = null) {
    this.timeoutMs = timeoutMs;
    this.budget = budget;
  }

  check(code: string, beside = false): Promise<Checked> {
    if (this.closed) return Promise.resolve(fault(CLOSING));
    const id = ++this.count;
    const checked = new Promise<Checked>((done) => this.waiting.set(id, done));
    try {
      this.worker ??= this.start();
      this.worker.postMessage({ id, code, beside } satisfies CheckRequest);
      if (this.waiting.size === 1) this.watch();
    } catch {
      this.lose("the thread that reads Python could not be started; try again in a moment");
    }
    return checked;
  }

  close(): void {
    this.closed = true;
    this.end(fault(CLOSING));
  }

  private start(): Worker {
    const seat = this.budget?.seat("compiler") ?? null;
    const worker = new Worker(new URL("./check-worker.js", import.meta.url), { workerData: seat });
    worker.unref();
    worker.on("message", ({ id, checked }: CheckAnswer) => {
      const done = this.waiting.get(id);
      this.waiting.delete(id);
      this.watch();
      done?.(checked);
    });
    const lost = (): void => {
      if (worker === this.worker) this.lose("the thread that reads Python ended before it was done");
    };
    worker.once("error", lost);
    worker.once("exit", () => {
      this.budget?.leave(seat);
      lost();
    });
    return worker;
  }

  /** The time runs from the last answer: one code is read after the other. */
  private watch(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.waiting.size > 0) this.allow(this.timeoutMs);
  }

  /** What users' code is made to wait for the processor is not part of it. */
  private allow(ms: number): void {
    const heldBack = (): number => this.budget?.board.heldBackMs ?? 0;
    const before = heldBack();
    this.timer = setTimeout(() => {
      const more = heldBack() - before;
      if (more >= 1) this.allow(more);
      else this.lose(`reading the code took more than ${this.timeoutMs / 1000} s`);
    }, ms);
  }

  private lose(why: string): void {
    this.end(failed([{ message: why, line: null, column: null, hint: null, lost: true }]));
  }

  private end(checked: Checked): void {
    const { worker } = this;
    this.worker = null;
    void worker?.terminate();
    const lost = [...this.waiting.values()];
    this.waiting.clear();
    this.watch();
    for (const done of lost) done(checked);
  }
}

function fault(message: string): Checked {
  return failed([{ message, line: null, column: null, hint: null }]);
}
