// The hands of the scripted day: an engine of its own process and folder that can be killed and started again, requests
// that have to be answered with 200, waiting until something has come about, and the lines of the story.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { EngineProcess } from "../engine-process.ts";
import type { Hearing } from "./hearing.ts";
import { Market, STILL } from "./market.ts";

export type Fields = Readonly<Record<string, unknown>>;
const PATIENCE_MS = 120_000;
const LOOK_MS = 25;

export class Desk {
  readonly market = new Market();
  readonly folder: string;
  readonly hearing: Hearing;
  private readonly say: (clock: string, line: string) => void;
  private readonly env: Readonly<Record<string, string>>;
  private running: EngineProcess | null = null;

  constructor(
    folder: string,
    hearing: Hearing,
    say: (clock: string, line: string) => void,
    env: Readonly<Record<string, string>>,
  ) {
    this.folder = folder;
    this.hearing = hearing;
    this.say = say;
    this.env = env;
  }

  get engine(): EngineProcess {
    if (this.running === null) throw new Error("the engine does not run");
    return this.running;
  }

  get database(): string {
    return join(this.folder, "engine.db");
  }

  async open(): Promise<void> {
    this.running = await EngineProcess.start({
      DATA_DIR: this.folder,
      AUTO_RESUME: "true",
      MAX_SYMBOLS: "64",
      MAX_INSTANCES: "64",
      SIGNAL_COOLDOWN_MS: "100",
      ...this.hearing.env,
      ...this.env,
    });
    await this.running.onBus();
    await this.hearing.attach(this.running);
  }

  async kill(): Promise<void> {
    await this.running?.kill();
    this.running = null;
  }

  tell(line: string): void {
    this.say(this.market.clock, line);
  }

  async ask(method: string, path: string, body?: unknown): Promise<Fields> {
    const answer = await this.engine.ask(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${String(answer.body["message"])}`);
    return answer.body;
  }

  get(path: string): Promise<Fields> {
    return this.ask("GET", path);
  }

  /** Looks again until something is found; `seen` says what there was when nothing is. */
  async until<T>(what: string, look: () => Promise<T | null | undefined | false>, seen = () => ""): Promise<T> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== null && found !== undefined && found !== false) return found;
      if (performance.now() > end) {
        throw new Error(`it did not come to this: ${what} ${seen()}`.trim());
      }
      await pause(LOOK_MS);
    }
  }

  move(symbol: string, factors: readonly number[]): Promise<readonly unknown[]> {
    return this.market.move(this.engine, symbol, factors);
  }

  /** What is held, once it is so; the price stands still meanwhile, as decisions are filled by what comes next. */
  holds(execution: string, symbol: string, wanted: (quantity: number) => boolean): Promise<Fields> {
    return this.until(`positions of ${symbol}`, async () => {
      await this.move(symbol, STILL.slice(0, 1));
      const found = await this.position(execution, symbol);
      return wanted(Number(found?.["quantity"] ?? 0)) && (found ?? {});
    });
  }

  async position(execution: string, symbol: string): Promise<Fields | null> {
    const { positions } = (await this.get("/positions")) as { readonly positions: readonly Fields[] };
    return positions.find((one) => one["execution_id"] === execution && one["symbol"] === symbol) ?? null;
  }

  async alert(pattern: RegExp): Promise<string> {
    return this.until(`an alert like ${String(pattern)}`, async () => {
      const { alerts } = (await this.get("/alerts?limit=100")) as { readonly alerts: readonly Fields[] };
      return alerts.map(({ message }) => String(message)).find((message) => pattern.test(message));
    });
  }
}
