// Compiles strategies in a process of its own, one after the other, and keeps what it made by the hash of the code. A
// compilation that takes too long, or a process that dies, fails that code and no other: the next one gets a new process.
import { fork, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { failed, ok, type Result } from "../../domain/result.ts";
import { meter } from "../wasm/fuel.ts";
import type { Source } from "./compiler.ts";
import type { Diagnostic } from "./diagnostics.ts";
import type { CompileAnswer, CompileRequest } from "./messages.ts";

export interface CompilersOptions {
  /** Most memory that a strategy may have. */
  readonly memoryBytes: number;
  readonly timeoutMs: number;
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
  readonly done: (compiled: Compiled) => void;
}

const KEPT = 256;
const HEAP_MB = 1_024;
/** Characters of what the WebAssembly compiler says. */
const SAID_MAX = 300;
const ONLY_IMPORT = "env.abort";
/** What the compiler brings in for names that reach outside the module. */
const REACHES: Readonly<Record<string, string>> = {
  "env.seed": "Math.random: a strategy must decide the same every time; count or hash what you see instead",
  "env.trace": "trace: there is no console in the engine",
};

export class Compilers {
  private readonly options: CompilersOptions;
  private readonly made = new Map<string, Promise<Compiled>>();
  private readonly waiting: Waiting[] = [];
  private process: ChildProcess | null = null;
  private busy: Waiting | null = null;
  private timer: NodeJS.Timeout | null = null;
  private count = 0;
  private closed = false;

  constructor(options: CompilersOptions) {
    this.options = options;
  }

  /** The same code is compiled once; a failure that is not the author's fault is not kept. */
  compile(code: string, tests: Source["tests"] = null): Promise<Compiled> {
    const source = { code, tests };
    const key = createHash("sha256").update(JSON.stringify(source)).digest("hex");
    const known = this.made.get(key);
    if (known) return known;
    const compiled = new Promise<Compiled>((done) => this.waiting.push({ source, key, done }));
    this.made.set(key, compiled);
    const [oldest] = this.made.keys();
    if (this.made.size > KEPT && oldest !== undefined) this.made.delete(oldest);
    this.next();
    return compiled;
  }

  /** The compiler takes a while to begin: it is there by the time that it is needed. */
  warm(): void {
    if (!this.closed) this.process ??= this.start();
  }

  close(): void {
    this.closed = true;
    this.stop();
    for (const one of this.waiting.splice(0)) one.done(fault("the engine is shutting down"));
    this.finish(fault("the engine is shutting down"));
  }

  private next(): void {
    if (this.busy !== null || this.closed) return;
    const one = this.waiting.shift();
    if (one === undefined) return;
    this.busy = one;
    const { memoryBytes, timeoutMs } = this.options;
    const process = (this.process ??= this.start());
    const request: CompileRequest = { id: ++this.count, source: one.source, memoryBytes };
    process.send(request, (error) => {
      if (error !== null) this.lose(process, `the compiler could not be reached: ${error.message}`);
    });
    this.timer = setTimeout(() => this.lose(process, `the compiler took more than ${timeoutMs / 1000} s`), timeoutMs);
  }

  private start(): ChildProcess {
    const file = new URL("./compile-worker.js", import.meta.url);
    const child = fork(file, { stdio: "ignore", env: {}, execArgv: [`--max-old-space-size=${HEAP_MB}`] });
    child.on("message", (message: CompileAnswer | { readonly ready: true }) => {
      if (!("ready" in message) && child === this.process) this.take(message);
    });
    child.once("exit", () => this.lose(child, "the compiler ended before it was done"));
    return child;
  }

  private take({ module, diagnostics }: CompileAnswer): void {
    if (module === null) return this.finish(failed(diagnostics));
    this.finish(this.artefact(Buffer.from(module, "base64")));
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
    this.finish(fault(why, "a smaller file compiles faster; try again if the machine was busy"));
  }

  private finish(compiled: Compiled): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
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

function fault(message: string, hint: string | null = null): Compiled {
  return failed([{ message, line: null, column: null, hint }]);
}
