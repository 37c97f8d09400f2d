// A user's strategy over a history, for tests: compiled once for each text, run, and thrown where it fails.
import type { History } from "../../src/history/history.ts";
import {
  type CodeFailure,
  type CodeHooks,
  type CodeRequest,
  type Outcome,
  runCode,
} from "../../src/research/research.ts";
import { type CompiledStrategy, StrategyCompiler } from "../../src/sandbox/sandbox.ts";
import { COMPILED } from "./compiled.ts";

export class CodeBench {
  private readonly compiler = new StrategyCompiler({
    memoryBytes: 16 * 1024 * 1024,
    timeoutMs: 120_000,
    folder: COMPILED,
  });

  async compiled(code: string): Promise<CompiledStrategy> {
    const made = await this.compiler.compile(code, "assemblyscript");
    if (!made.ok) throw new Error(JSON.stringify(made.failure));
    return made.value;
  }

  async run(
    history: History,
    code: string,
    request: Partial<CodeRequest> = {},
    hooks: CodeHooks = {},
  ): Promise<Outcome> {
    const done = await this.tried(history, code, request, hooks);
    if (!done.ok) throw new Error(JSON.stringify(done.failure));
    return done.value;
  }

  async failure(history: History, code: string, request: Partial<CodeRequest> = {}): Promise<CodeFailure> {
    const done = await this.tried(history, code, request, {});
    if (done.ok) throw new Error("it ran to its end");
    return done.failure;
  }

  close(): void {
    this.compiler.close();
  }

  private async tried(history: History, code: string, request: Partial<CodeRequest>, hooks: CodeHooks) {
    const [first] = history.list();
    const usual = { name: "tried", parameters: {}, symbols: [first?.symbol ?? "BTCUSD"], capital: 100_000 };
    return runCode(history, { ...usual, ...request }, await this.compiled(code), hooks);
  }
}
