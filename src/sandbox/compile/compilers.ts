// Compiles strategies in a process of its own, one after the other, and keeps what it made by the hash of the code. There
// they are metered and begun as well, to learn what they declare: nothing of an author's runs in this thread. A compilation
// or a beginning that takes too long, or a process that dies, fails that code and no other: the next one gets a new process.
import { fork, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { getPriority, setPriority } from "node:os";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Budget } from "../budget/budget.ts";
import { ChildMeter } from "./child-meter.ts";
import { CompiledFiles, FORM, type Kept } from "./compiled-files.ts";
import { type Source, toolchainHash } from "./compiler.ts";
import type { Diagnostic } from "./diagnostics.ts";
import type { CompileAnswer, CompileRequest, FromCompiler } from "./messages.ts";
import { WARM_UP } from "./warm-up.ts";

export interface CompilersOptions {
  /** Most memory that a strategy may have. */
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  /** What stands at the top of a file may take so long; without it, as long as its compilation. */
  readonly beginMs?: number;
  /** Where what was compiled is kept from one start to the next; without it it is not. */
  readonly folder?: string | null;
  /** Over all users' code; without it there is none. */
  readonly budget?: Budget;
}

/** A module as it runs, and what it says of itself. */
export interface Artefact extends Kept {
  /** SHA-256 of the module, as hex. */
  readonly hash: string;
}

type Compiled = Result<Artefact, readonly Diagnostic[]>;

interface Waiting {
  readonly source: Source;
  readonly key: string;
  readonly done: (compiled: Compiled) => void;
}

/** Of a process that takes too long. */
interface Ending {
  readonly late: string;
  readonly hint: string;
}

const KEPT = 256;
const HEAP_MB = 1_024;
/** The compiler's process asks for so much less of the processor than the engine's own threads. */
const LOWER = 5;
const LOWEST = 19;
/** Codes that may be under way when one more is compiled before anybody asked for it. */
const AHEAD_MAX = 2;
const BUSY = "a smaller file compiles faster; try again if the machine was busy";
const LESS = "do less at the top of the file; try again if the machine was busy";
const NO_PROCESS = "the compiler's process could not be started";
const NO_TOOLCHAIN = "the compiler's own files are not beside the engine; install it again, whole";
const CLOSING = "the engine is shutting down";

export class Compilers {
  private readonly options: CompilersOptions;
  private readonly files: CompiledFiles | null;
  private toolchain: string | null = null;
  private readonly made = new Map<string, Promise<Compiled>>();
  private readonly waiting: Waiting[] = [];
  private process: ChildProcess | null = null;
  private meter: ChildMeter | null = null;
  private busy: Waiting | null = null;
  private timer: NodeJS.Timeout | null = null;
  private count = 0;
  private early = 0;
  private closed = false;

  constructor(options: CompilersOptions) {
    this.options = options;
    const { folder = null } = options;
    this.files = folder === null ? null : new CompiledFiles(folder);
  }

  /** The same code is compiled once; a failure that is not the author's fault is not kept. */
  compile(code: string, tests: Source["tests"] = null): Promise<Compiled> {
    const source = { code, tests };
    const key = createHash("sha256").update(JSON.stringify(source)).digest("hex");
    const known = this.made.get(key);
    if (known) return known;
    const tools = this.files === null ? "" : this.tools();
    if (tools === null) {
      const lost = { message: NO_TOOLCHAIN, line: null, column: null, hint: null, lost: true } as const;
      return Promise.resolve(failed([lost]));
    }
    const compiled = this.files === null ? this.queued(source, key) : this.kept(this.files, tools, source, key);
    this.made.set(key, compiled);
    const [oldest] = this.made.keys();
    if (this.made.size > KEPT && oldest !== undefined) this.made.delete(oldest);
    return compiled;
  }

  /** It will be asked for soon, so it is begun; not if others wait already. */
  ahead(code: string): void {
    if (this.closed || this.early + this.waiting.length >= AHEAD_MAX) return;
    this.early++;
    void this.compile(code).finally(() => this.early--);
  }

  /** The compiler takes a while to begin, and is slow at first: it is there and at its speed by the time that it is needed. */
  async warm(): Promise<void> {
    if (this.closed || this.process !== null) return;
    await this.queued({ code: WARM_UP, tests: null }, "");
  }

  close(): void {
    this.closed = true;
    this.stop();
    for (const one of this.waiting.splice(0)) one.done(fault(CLOSING));
    this.finish(fault(CLOSING));
  }

  /** From the disk if it is there, else made and put there. */
  private async kept(files: CompiledFiles, tools: string, source: Source, key: string): Promise<Compiled> {
    const name = createHash("sha256").update(FORM).update(tools).update(key).digest("hex");
    const found = await files.read(name);
    if (found !== null) return ok(artefactOf(found));
    return this.queued(source, key, (made) => void files.write(name, made));
  }

  /** Null: an installation without the files that it compiles with. */
  private tools(): string | null {
    try {
      return (this.toolchain ??= toolchainHash(this.options.memoryBytes));
    } catch {
      return null;
    }
  }

  private queued(source: Source, key: string, keep?: (made: Kept) => void): Promise<Compiled> {
    if (this.closed) return Promise.resolve(fault(CLOSING));
    return new Promise((resolve) => {
      const done: Waiting["done"] = (compiled) => {
        if (compiled.ok) keep?.(compiled.value);
        resolve(compiled);
      };
      this.waiting.push({ source, key, done });
      this.next();
    });
  }

  private next(): void {
    if (this.busy !== null || this.closed) return;
    const one = this.waiting.shift();
    if (one === undefined) return;
    this.busy = one;
    const { memoryBytes, timeoutMs } = this.options;
    const process = (this.process ??= this.started());
    if (process === null) {
      this.made.delete(one.key);
      return this.finish(failed([{ message: NO_PROCESS, line: null, column: null, hint: BUSY, lost: true }]));
    }
    this.meter?.begin();
    const request: CompileRequest = { id: ++this.count, source: one.source, memoryBytes };
    process.send(request, (error) => {
      if (error !== null) this.lose(process, `the compiler could not be reached: ${error.message}`);
    });
    this.allow(process, timeoutMs, { late: `the compiler took more than ${timeoutMs / 1000} s`, hint: BUSY }, 0);
  }

  /** Compiled, and about to run what the author wrote at the top: from now on it has the time for that. */
  private begins(process: ChildProcess): void {
    if (this.timer !== null) clearTimeout(this.timer);
    const { timeoutMs, beginMs = timeoutMs } = this.options;
    const late = `it fails before it begins: it took more than ${beginMs / 1000} s before its first event`;
    this.allow(process, beginMs, { late, hint: LESS }, this.meter?.waitedMs ?? 0);
  }

  /** What it was made to wait for the processor is not its time: `given` milliseconds of that were added before. */
  private allow(process: ChildProcess, ms: number, end: Ending, given: number): void {
    this.timer = setTimeout(() => {
      const waited = this.meter?.waitedMs ?? 0;
      if (waited > given) this.allow(process, waited - given, end, waited);
      else this.lose(process, end.late, end.hint);
    }, ms);
  }

  /** Null: the system has no process for it, as some failures are thrown and others told later. */
  private started(): ChildProcess | null {
    try {
      return this.start();
    } catch {
      return null;
    }
  }

  private start(): ChildProcess {
    const file = new URL("./compile-worker.js", import.meta.url);
    const child = fork(file, { stdio: "ignore", env: {}, execArgv: [`--max-old-space-size=${HEAP_MB}`] });
    if (child.pid !== undefined) yieldBy(child.pid);
    const { budget } = this.options;
    const meter = budget === undefined ? null : new ChildMeter(budget, child);
    this.meter = meter;
    child.on("message", (message: FromCompiler) => {
      if (child !== this.process || "ready" in message) return;
      if ("begins" in message) this.begins(child);
      else this.take(message);
    });
    const ended = (why: string): void => {
      meter?.close();
      this.lose(child, why);
    };
    child.on("error", () => ended(NO_PROCESS));
    child.once("exit", () => ended("the compiler ended before it was done"));
    return child;
  }

  private take({ made, diagnostics }: CompileAnswer): void {
    if (made === null) return this.finish(failed(diagnostics));
    this.finish(ok(artefactOf({ ...made, wasm: Uint8Array.from(Buffer.from(made.wasm, "base64")) })));
  }

  private lose(process: ChildProcess, why: string, hint = BUSY): void {
    if (process !== this.process) return;
    this.stop();
    const one = this.busy;
    if (one !== null) this.made.delete(one.key);
    this.finish(failed([{ message: why, line: null, column: null, hint, lost: true }]));
  }

  private finish(compiled: Compiled): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.meter?.rest();
    const one = this.busy;
    this.busy = null;
    one?.done(compiled);
    this.next();
  }

  private stop(): void {
    const process = this.process;
    this.process = null;
    process?.kill("SIGKILL");
  }
}

/** Before the process has threads of its own, so that all of them take it over. */
function yieldBy(pid: number): void {
  try {
    setPriority(pid, Math.min(LOWEST, getPriority() + LOWER));
  } catch {
    // It has ended already, or it may not: it then shares the processor as an equal.
  }
}

function artefactOf(kept: Kept): Artefact {
  return { ...kept, hash: createHash("sha256").update(kept.wasm).digest("hex") };
}

function fault(message: string): Compiled {
  return failed([{ message, line: null, column: null, hint: null }]);
}
