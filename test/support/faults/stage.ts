// What every fault stands on: a data folder, processes that are ended afterwards, numbered load over HTTP, and an account
// of what was measured and which promise broke.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineProcess, type LaunchOptions } from "../engine-process.ts";
import { ticksInJournal } from "../journal-ticks.ts";
import { RedisServer, type RedisServerOptions } from "../redis-server.ts";
import { recoveryFault } from "../verify-recovery.ts";
import { Load } from "./load.ts";

export interface Fault {
  readonly name: string;
  /** What is done, in a few words. */
  readonly fault: string;
  readonly promised: string;
  readonly run: (stage: Stage) => Promise<void>;
  /** Why it cannot be made on this machine; null: it can. */
  readonly problem?: () => string | null;
}

const WAIT_MS = 60_000;
const ENV = { JOURNAL_SYNC: "always", STRATEGY_WORKERS: "1", SIGNAL_COOLDOWN_MS: "0" };

export class Stage {
  readonly dir = mkdtempSync(join(tmpdir(), "fault-"));
  readonly measured: string[] = [];
  readonly broken: string[] = [];
  private readonly cleanups: (() => Promise<unknown> | void)[] = [];

  get dataDir(): string {
    return join(this.dir, "data");
  }

  later(cleanup: () => Promise<unknown> | void): void {
    this.cleanups.push(cleanup);
  }

  async engine(env: Readonly<Record<string, string>> = {}, options: LaunchOptions = {}): Promise<EngineProcess> {
    const engine = await EngineProcess.start({ DATA_DIR: this.dataDir, ...ENV, ...env }, options);
    this.later(() => engine.kill());
    return engine;
  }

  /** A start that is expected to be refused: its exit code and what it said. */
  async refusedStart(env: Readonly<Record<string, string>> = {}): Promise<{ code: number | null; said: string }> {
    const engine = EngineProcess.launch({ DATA_DIR: this.dataDir, ...ENV, ...env });
    this.later(() => engine.kill());
    const late = new Promise<"late">((resolve) => setTimeout(resolve, WAIT_MS, "late").unref());
    const code = await Promise.race([engine.ended(), engine.line("ready").then(() => "ready" as const), late]);
    if (typeof code === "string") return { code: -1, said: code };
    const lines = engine.lines.map((line) => `${line.msg} ${JSON.stringify(line)}`);
    return { code, said: [...engine.stderr, ...lines].join("\n") };
  }

  async redis(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = await RedisServer.create(options);
    this.later(() => server.remove());
    return server;
  }

  load(engine: EngineProcess): Load {
    const load = new Load(engine);
    this.later(() => load.stop());
    return load;
  }

  say(text: string): void {
    this.measured.push(text);
  }

  /** A promise: what was found is told when it is broken. */
  holds(kept: boolean, found: string): void {
    if (!kept) this.broken.push(found);
  }

  /** Asks until it is so; how long that took, in milliseconds. */
  async until(what: string, ask: () => Promise<boolean> | boolean, mostMs = WAIT_MS): Promise<number> {
    const began = performance.now();
    while (performance.now() - began < mostMs) {
      if (await ask()) return Math.round(performance.now() - began);
      await this.pause(20);
    }
    throw new Error(`not within ${mostMs / 1000} s: ${what}`);
  }

  pause(ms: number): Promise<void> {
    return new Promise((done) => setTimeout(done, ms));
  }

  /** Every acknowledged tick is in the journal once. */
  acknowledged(numbers: ReadonlySet<number>, dataDir = this.dataDir): void {
    const found = new Map(ticksInJournal(dataDir));
    found.delete(0); // those that a test published by the way have no number
    const lost = [...numbers].filter((number) => !found.has(number)).length;
    const doubled = [...found.values()].filter((times) => times > 1).length;
    this.say(`${numbers.size} acknowledged ticks, ${lost} lost, ${doubled} doubled`);
    this.holds(lost === 0, `${lost} acknowledged ticks are lost`);
    this.holds(doubled === 0, `${doubled} ticks are in the journal twice`);
    this.holds(numbers.size > 0, "no tick was acknowledged");
  }

  /** A start over the folder as it is: the state is that of a computation that nothing interrupted. */
  async recovers(env: Readonly<Record<string, string>> = {}): Promise<EngineProcess> {
    const began = performance.now();
    const engine = await this.engine(env);
    const ms = Math.round(performance.now() - began);
    const recovered = await engine.line("recovered");
    const [sequence, hash] = [recovered["next_sequence"] as number, String(recovered["state_hash"])];
    const fault = await recoveryFault(this.dataDir, sequence, hash);
    this.say(`ready again after ${ms} ms, state ${fault === null ? "equal" : "different"}`);
    this.holds(fault === null, fault ?? "");
    return engine;
  }

  async stops(engine: EngineProcess): Promise<void> {
    const code = await engine.stop();
    this.holds(code === 0, `the clean stop ended with ${String(code)}`);
  }

  async close(): Promise<void> {
    for (const cleanup of this.cleanups.splice(0).toReversed()) await cleanup();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
