// Compiles strategies in a process of its own, one after the other, and keeps what it made by the hash of the code. A
// compilation that takes too long, or a process that dies, fails that code and no other: the next one gets a new process.
import { fork, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { getPriority, setPriority } from "node:os";
import { failed, ok, type Result } from "../../domain/result.ts";
import { meter } from "../wasm/fuel.ts";
import type { Budget } from "../budget/budget.ts";
import { ChildMeter } from "./child-meter.ts";
import { CompiledFiles } from "./compiled-files.ts";
import { type Source, toolchainHash } from "./compiler.ts";
import type { Diagnostic } from "./diagnostics.ts";
import type { CompileAnswer, CompileRequest } from "./messages.ts";
import { WARM_UP } from "./warm-up.ts";

export interface CompilersOptions {
  /** Most memory that a strategy may have. */
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  /** Where what was compiled is kept from one start to the next; without it it is not. */
  readonly folder?: string | null;
  /** Over all users' code; without it there is none. */
  readonly budget?: Budget;
}

export interface Artefact {
  /** SHA-256 of the module as it runs, as hex. */
  readonly hash: string;
  readonly module: WebAssembly.Module;
  /** What the module was made of. */
  readonly wasm: Uint8Array<ArrayBuffer>;
}

type Compiled = Result<Artefact, readonly Diagnostic[]>;

interface Waiting {
  readonly source: Source;
  readonly key: string;
  readonly done: (compiled: Compiled, module: Uint8Array | null) => void;
}

const KEPT = 256;
const HEAP_MB = 1_024;
/** The compiler's process asks for so much less of the processor than the engine's own threads. */
const LOWER = 5;
const LOWEST = 19;
/** Codes that may be under way when one more is compiled before anybody asked for it. */
const AHEAD_MAX = 2;
/** Characters of what the WebAssembly compiler says. */
const SAID_MAX = 300;
const ONLY_IMPORT = "env.abort";
/** What the compiler brings in for names that reach outside the module. */
const REACHES: Readonly<Record<string, string>> = {
  "env.seed": "Math.random: a strategy must decide the same every time; count or hash what you see instead",
  "env.trace": "trace: there is no console in the engine",
};

const BUSY = "a smaller file compiles faster; try again if the machine was busy";
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
    for (const one of this.waiting.splice(0)) one.done(fault(CLOSING), null);
    this.finish(fault(CLOSING));
  }

  /** From the disk if it is there, else made and put there. */
  private async kept(files: CompiledFiles, tools: string, source: Source, key: string): Promise<Compiled> {
    const name = createHash("sha256").update(tools).update(key).digest("hex");
    const found = await files.read(name);
    const known = found === null ? null : this.artefact(found);
    if (known?.ok === true) return known;
    return this.queued(source, key, (module) => void files.write(name, module));
  }

  /** Null: an installation without the files that it compiles with. */
  private tools(): string | null {
    try {
      return (this.toolchain ??= toolchainHash(this.options.memoryBytes));
    } catch {
      return null;
    }
  }

  private queued(source: Source, key: string, keep?: (module: Uint8Array) => void): Promise<Compiled> {
    if (this.closed) return Promise.resolve(fault(CLOSING));
    return new Promise((resolve) => {
      const done: Waiting["done"] = (compiled, module) => {
        if (compiled.ok && module !== null) keep?.(module);
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
    this.allow(process, timeoutMs, 0);
  }

  /** What it was made to wait for the processor is not its time: `given` milliseconds of that were added before. */
  private allow(process: ChildProcess, ms: number, given: number): void {
    this.timer = setTimeout(() => {
      const waited = this.meter?.waitedMs ?? 0;
      if (waited > given) this.allow(process, waited - given, waited);
      else this.lose(process, `the compiler took more than ${this.options.timeoutMs / 1000} s`);
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
    child.on("message", (message: CompileAnswer | { readonly ready: true }) => {
      if (!("ready" in message) && child === this.process) this.take(message);
    });
    const ended = (why: string): void => {
      meter?.close();
      this.lose(child, why);
    };
    child.on("error", () => ended(NO_PROCESS));
    child.once("exit", () => ended("the compiler ended before it was done"));
    return child;
  }

  private take({ module, diagnostics }: CompileAnswer): void {
    if (module === null) return this.finish(failed(diagnostics));
    const made = Buffer.from(module, "base64");
    this.finish(this.artefact(made), made);
  }

  private artefact(compiled: Uint8Array): Compiled {
    try {
      return this.checked(compiled);
    } catch (error) {
      // What the rewriting or the WebAssembly compiler cannot take is that code's failure, never the engine's.
      return fault(
        `the module was refused: ${error instanceof Error ? error.message.slice(0, SAID_MAX) : "it is broken"}`,
      );
    }
  }

  private checked(compiled: Uint8Array): Compiled {
    const metered = meter(compiled, this.options.memoryBytes);
    if (!metered.ok) return fault(`the module was refused: ${metered.failure}`);
    const { bytes } = metered.value;
    const module = new WebAssembly.Module(bytes);
    const first = WebAssembly.Module.imports(module)
      .map(({ module: from, name }) => `${from}.${name}`)
      .find((name) => name !== ONLY_IMPORT);
    if (first !== undefined) {
      return fault(`it reaches outside by ${REACHES[first] ?? first}`, 'only "strategy-engine/sdk" can be imported');
    }
    return ok({ hash: createHash("sha256").update(bytes).digest("hex"), module, wasm: bytes });
  }

  private lose(process: ChildProcess, why: string): void {
    if (process !== this.process) return;
    this.stop();
    const one = this.busy;
    if (one !== null) this.made.delete(one.key);
    this.finish(failed([{ message: why, line: null, column: null, hint: BUSY, lost: true }]));
  }

  private finish(compiled: Compiled, module: Uint8Array | null = null): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.meter?.rest();
    const one = this.busy;
    this.busy = null;
    one?.done(compiled, module);
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

function fault(message: string, hint: string | null = null): Compiled {
  return failed([{ message, line: null, column: null, hint }]);
}
