// The engine as a user runs it: its own process, real sockets, real files. Its log is read line by line, so that tests
// wait for what it says instead of sleeping.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { NODE_OPTIONS } from "../../src/cli/collector.ts";
import { COMPILED } from "./compiled.ts";
import { eventually } from "./eventually.ts";
import { stopFault } from "./orderly-stop.ts";

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

export interface Asked {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface LaunchOptions {
  /** Options of node beside its own. */
  readonly node?: readonly string[];
  /** The command line of another version of the engine. */
  readonly cli?: string;
  /** What of it is run. */
  readonly command?: "serve" | "node";
  /** A program that becomes it, with its options: node and what follows are the rest of them. */
  readonly under?: readonly string[];
}

export const CLI = fileURLToPath(new URL("../../run/cli/cli.js", import.meta.url));
const START_MS = 120_000;

export class EngineProcess {
  readonly lines: LogLine[] = [];
  /** The same, as they were written. */
  readonly written: string[] = [];
  readonly stderr: string[] = [];
  port = 0;
  private readonly child: ChildProcess;
  private readonly exit: Promise<number | null>;
  private waiters: { readonly matches: (line: LogLine) => boolean; readonly found: (line: LogLine) => void }[] = [];

  private constructor(child: ChildProcess) {
    this.child = child;
    // Not at `exit`: what it wrote last may still be in the pipes then.
    this.exit = new Promise((resolve) => child.once("close", (code) => resolve(code)));
    if (child.stdout) createInterface(child.stdout).on("line", (line) => this.read(line));
    child.stderr?.on("data", (bytes: Buffer) => this.stderr.push(bytes.toString()));
  }

  /** Starts on a free port and resolves when it is ready. */
  static async start(env: Readonly<Record<string, string>>, options: LaunchOptions = {}): Promise<EngineProcess> {
    const engine = EngineProcess.launch(env, options);
    const ready = await Promise.race([engine.line("ready"), engine.exit, after(START_MS)]);
    if (ready === null || typeof ready !== "object") {
      engine.child.kill("SIGKILL");
      throw new Error(`the engine did not get ready: ${engine.stderr.join("")}${JSON.stringify(engine.lines.at(-1))}`);
    }
    engine.port = (ready["ports"] as number[])[0] ?? 0;
    return engine;
  }

  /** Begins a start and waits for nothing: for those who kill it on the way, or expect it to end. */
  static launch(env: Readonly<Record<string, string>>, options: LaunchOptions = {}): EngineProcess {
    const { node = [], cli = CLI, command = "serve", under = [] } = options;
    const [program, ...words] = [...under, process.execPath, ...NODE_OPTIONS, ...node, cli, command];
    const child = spawn(program, words, {
      env: {
        PATH: process.env["PATH"] ?? "",
        PORT: "0",
        COMPAT_PORT: "0",
        DEMO: "off",
        STRATEGY_COMPILER_WARM: "false",
        STRATEGY_COMPILED_DIR: COMPILED,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new EngineProcess(child);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The first line with this message, logged already or to come. */
  line(message: string, matches: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    const wanted = (line: LogLine): boolean => line.msg === message && matches(line);
    const known = this.lines.find(wanted);
    if (known) return Promise.resolve(known);
    return new Promise((found) => this.waiters.push({ matches: wanted, found }));
  }

  async post(bytes: Uint8Array | string, type = "application/json"): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}/api/strategy_engine/process_market_data`, {
      method: "POST",
      headers: { "content-type": type },
      body: bytes as BodyInit,
    });
    return (await response.json()) as Record<string, unknown>;
  }

  async get(path: string): Promise<Record<string, unknown>> {
    return (await (await fetch(`${this.url}${path}`)).json()) as Record<string, unknown>;
  }

  /** Until its bus stands: it is ready without, and what is published before that is lost, either way. */
  async onBus(): Promise<void> {
    const connected = async (): Promise<unknown> => (await this.get("/health"))["messagebus_connected"];
    await eventually(connected, (stands) => stands === true);
  }

  /** Status and JSON body of any request. */
  async ask(method: string, path: string, body?: unknown): Promise<Asked> {
    const sent =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await fetch(`${this.url}${path}`, { method, ...sent });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exit;
  }

  /** Resolves with the exit code when it ends by itself, and all that it said was read; null: it was ended by a signal. */
  ended(): Promise<number | null> {
    return this.exit;
  }

  /** Resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.child.kill("SIGTERM");
    return this.exit;
  }

  /** Stops it; resolves with what was wrong with its end, null: nothing. */
  async stopsInOrder(): Promise<string | null> {
    return stopFault(await this.stop(), this.lines);
  }

  private read(text: string): void {
    this.written.push(text);
    if (!text.startsWith("{")) return;
    const line = JSON.parse(text) as LogLine;
    this.lines.push(line);
    const due = this.waiters.filter(({ matches }) => matches(line));
    this.waiters = this.waiters.filter((waiter) => !due.includes(waiter));
    for (const { found } of due) found(line);
  }
}

function after(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(resolve, ms, null).unref());
}
