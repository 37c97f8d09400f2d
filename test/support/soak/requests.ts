// What clients ask of an engine during a soak: is it ready, numbered ticks by HTTP, deployments. Each request counts as
// answered when an answer came that is not a 5xx; the pace is by the clock, so that the share of unanswered requests is
// the share of time in which nobody would have been served.
import type { EngineProcess } from "../engine-process.ts";
import { RSI_CODE } from "../strategy-code.ts";
import { POSTED } from "./journal-watch.ts";

export interface RequestCounts {
  readonly asked: number;
  readonly answered: number;
  /** Of those that were asked and answered while no kill was being recovered from. */
  readonly askedUp: number;
  readonly answeredUp: number;
  readonly deployed: number;
  readonly deployFailed: number;
  /** Deployments that a kill cut off. */
  readonly deployCut: number;
}

const PACE_MS = 100;
const ANSWER_MS = 5_000;
const TICKS = 5;
const LAST_MS = 60_000;
const PIPELINE_MS = 180_000;

class Refused extends Error {}

export class Requests {
  engine: EngineProcess | null = null;
  /** Between a kill and the next start's being ready. */
  down = false;
  /** Numbers of ticks given out so far. */
  posted: number;
  readonly faults: string[] = [];
  private readonly onAnswered: (numbers: readonly number[]) => void;
  private readonly tally = {
    asked: 0,
    answered: 0,
    askedUp: 0,
    answeredUp: 0,
    deployed: 0,
    deployFailed: 0,
    deployCut: 0,
  };

  constructor(posted: number, onAnswered: (numbers: readonly number[]) => void) {
    this.posted = posted;
    this.onAnswered = onAnswered;
  }

  get counts(): RequestCounts {
    return this.tally;
  }

  ask(end: number): Promise<void> {
    return paced(end, PACE_MS, async () => {
      await this.request("/health/ready", {});
    });
  }

  post(end: number): Promise<void> {
    return paced(end, PACE_MS, async () => {
      await this.postOnce();
    });
  }

  /** At the end it still serves: posts until one is answered. */
  async lastPost(): Promise<void> {
    for (const deadline = performance.now() + LAST_MS; performance.now() < deadline;) {
      if (await this.postOnce()) return;
      await new Promise((done) => setTimeout(done, PACE_MS));
    }
    this.faults.push(`no post was answered in the ${LAST_MS / 1000} s behind the end`);
  }

  private async postOnce(): Promise<boolean> {
    const numbers = Array.from({ length: TICKS }, () => POSTED + ++this.posted);
    const ticks = numbers.map((volume, index) => ({ symbol: `POST${index}USD`, price: 100, volume }));
    const body = JSON.stringify({ market_data: ticks });
    const headers = { "content-type": "application/json" };
    const answer = await this.request("/api/strategy_engine/process_market_data", { method: "POST", body, headers });
    if (answer?.["processed"] !== TICKS) return false;
    this.onAnswered(numbers);
    return true;
  }

  /** One strategy after the other is made, deployed, stopped and deleted. */
  async deploy(end: number, everyMs: number): Promise<void> {
    while (performance.now() < end) {
      const { engine } = this;
      if (engine !== null && !this.down) {
        await this.deployment(engine).catch((error: unknown) => {
          if (error instanceof Refused) this.tally.deployFailed++;
          else this.tally.deployCut++;
        });
      }
      await new Promise((done) => setTimeout(done, Math.min(everyMs, Math.max(0, end - performance.now()))));
    }
  }

  /** Rejects when it is refused, or when the connection breaks: the engine was killed. */
  private async deployment(engine: EngineProcess): Promise<void> {
    const named = { strategy_name: `soak ${this.tally.asked}`, code: RSI_CODE, language: "assemblyscript" };
    const id = await this.taken(engine, "/strategies", named, "strategy_id");
    const pipeline = await this.taken(engine, `/strategies/${id}/deploy`, {}, "pipeline_id");
    const status = await this.ended(engine, pipeline);
    if (status === "completed") this.tally.deployed++;
    else this.tally.deployFailed++;
    await engine.ask("POST", `/strategies/${id}/stop`, {});
    await engine.ask("DELETE", `/strategies/${id}`);
  }

  /** What the answer says under this name. */
  private async taken(engine: EngineProcess, path: string, sent: object, name: string): Promise<string> {
    const { status, body } = await engine.ask("POST", path, sent);
    if (status >= 400) throw new Refused(`POST ${path} was answered ${status}: ${JSON.stringify(body)}`);
    return String(body[name]);
  }

  private async ended(engine: EngineProcess, pipeline: string): Promise<string> {
    const deadline = performance.now() + PIPELINE_MS;
    while (performance.now() < deadline) {
      const { body } = await engine.ask("GET", `/deployments/${pipeline}/status`);
      const status = String(body["status"]);
      if (/completed|failed/.test(status)) return status;
      await new Promise((done) => setTimeout(done, PACE_MS));
    }
    this.faults.push(`deployment ${pipeline} did not end within ${PIPELINE_MS / 1000} s`);
    return "endless";
  }

  private async request(path: string, init: RequestInit): Promise<Record<string, unknown> | null> {
    const began = this.down;
    const answer = await this.answer(path, init);
    const up = !began && !this.down;
    const good = answer !== null;
    this.tally.asked++;
    if (good) this.tally.answered++;
    if (up) this.tally.askedUp++;
    if (up && good) this.tally.answeredUp++;
    return answer;
  }

  private async answer(path: string, init: RequestInit): Promise<Record<string, unknown> | null> {
    try {
      const response = await fetch(`${this.engine?.url ?? ""}${path}`, {
        ...init,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const body = (await response.json()) as Record<string, unknown>;
      return response.status < 500 ? body : null;
    } catch {
      return null;
    }
  }
}

/** Once in `everyMs`, one at a time, until `end`. Turns that a slow answer has passed are made up for, but not then. */
async function paced(end: number, everyMs: number, act: () => Promise<void>): Promise<void> {
  for (let at = performance.now(); at < end && performance.now() < end; at += everyMs) {
    await new Promise((done) => setTimeout(done, Math.max(0, at - performance.now())));
    await act();
  }
}
