// Many odd requests over a few connections against a running engine, and what must hold all the while: every answer is
// one that its endpoint declares, none tells of the inside, no 5xx but 501 and 503, nobody waits long, no connection
// ends, a neighbour is served, and memory does not grow without end.
import { connect } from "node:net";
import { wrongWith } from "../contract/judge.ts";
import { randomFrom } from "./chance.ts";
import { memoryKept, memoryOf } from "./collecting.ts";
import { Patience } from "./patience.ts";
import { Pipe } from "./pipe.ts";
import { RequestMaker } from "./requests.ts";
import type { Answer } from "./pipe.ts";
import type { FuzzRequest } from "./requests.ts";

export interface FuzzOptions {
  readonly port: number;
  /** Of the engine, whose memory is watched: one that is started with COLLECTING. */
  readonly pid: number;
  readonly requests: number;
  readonly seconds: number;
  readonly seed: number;
  readonly connections?: number;
  /** How long anybody may be without an answer, where the machine is shared with others; else HANG_MS and the like. */
  readonly patienceMs?: number;
  readonly progress?: (report: FuzzReport) => void;
}

export interface FuzzReport {
  readonly seed: number;
  sent: number;
  seconds: number;
  readonly statuses: Map<number, number>;
  /** MiB that it keeps: once the engine is warm, 0 when it never was; and in the end, before that what it has. */
  memoryStart: number;
  memoryEnd: number;
  garbage: number;
  /** Longest wait for an answer, and for one that is computed first. */
  slowestMs: number;
  slowestComputedMs: number;
  readonly faults: string[];
}

const CONNECTIONS = 16;
const HANG_MS = 15_000;
/** Of what is computed before it is answered, in line behind the runs of all other connections. */
const COMPUTED_MS = 30_000;
const COMPUTED = /^\/strategies\/[^/]+\/test\b/;
const NEIGHBOUR_MS = 5_000;
const FAULTS_MAX = 20;
const WATCH_MS = 250;
const PROGRESS_MS = 5_000;
const SHOWN = 400;
/**
 * MiB that what is kept may grow over the second half, by a long run's records. It rises to its level within the first ten
 * thousand requests; where fewer come before that half, it is not judged.
 */
const GROWTH_MIB = 100;
const WARM_SHARE = 0.5;
const WARM_REQUESTS = 10_000;

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const run = new Run(options, await RequestMaker.create(options.seed));
  return run.finish();
}

class Run {
  private readonly options: FuzzOptions;
  private readonly maker: RequestMaker;
  private readonly report: FuzzReport;
  private readonly begin = performance.now();
  private readonly pipes: Pipe[];
  private readonly patience: Patience;
  private over = false;
  private warm: Promise<void> | null = null;

  constructor(options: FuzzOptions, maker: RequestMaker) {
    this.options = options;
    this.maker = maker;
    const { seed, port, pid } = options;
    this.patience = new Patience(pid);
    const statuses = new Map<number, number>();
    const slowest = { slowestMs: 0, slowestComputedMs: 0 };
    this.report = {
      seed,
      sent: 0,
      seconds: 0,
      statuses,
      memoryStart: 0,
      memoryEnd: 0,
      garbage: 0,
      ...slowest,
      faults: [],
    };
    this.pipes = Array.from(
      { length: options.connections ?? CONNECTIONS },
      () =>
        new Pipe({
          port,
          next: () => this.next(),
          answered: (request, answer, tookMs) => {
            const kind = COMPUTED.test(request.path) ? "slowestComputedMs" : "slowestMs";
            this.report[kind] = Math.max(this.report[kind], tookMs);
            this.judge(request, answer);
          },
          died: (why, waiting) => this.fault(`a connection died: ${why}`, waiting[0]),
        }),
    );
  }

  async finish(): Promise<FuzzReport> {
    const watch = setInterval(() => this.watch(), WATCH_MS);
    const tell = setInterval(() => this.options.progress?.(this.measured()), PROGRESS_MS);
    const neighbour = this.neighbour();
    const garbage = this.garbage();
    await Promise.all(this.pipes.map((pipe) => pipe.done));
    this.over = true;
    await Promise.all([neighbour, garbage, this.warm]);
    clearInterval(watch);
    clearInterval(tell);
    const report = this.measured();
    if (report.memoryStart > 0) report.memoryEnd = await memoryKept(this.options.pid);
    const growth = report.memoryEnd - report.memoryStart;
    if (report.memoryStart > 0 && growth > GROWTH_MIB) this.fault(`memory grew by ${growth.toFixed(0)} MiB`);
    return report;
  }

  private measured(): FuzzReport {
    this.report.seconds = (performance.now() - this.begin) / 1_000;
    this.report.memoryEnd = memoryOf(this.options.pid);
    return this.report;
  }

  private async measuredWarm(): Promise<void> {
    this.report.memoryStart = await memoryKept(this.options.pid);
  }

  private next(): FuzzRequest | null {
    const { report, options } = this;
    const elapsed = (performance.now() - this.begin) / 1_000;
    if (elapsed > options.seconds || report.sent >= options.requests || report.faults.length >= FAULTS_MAX) return null;
    report.sent += 1;
    const share = Math.max(report.sent / options.requests, elapsed / options.seconds);
    const warm = share >= WARM_SHARE && report.sent >= WARM_REQUESTS;
    if (warm) this.warm ??= this.measuredWarm();
    return this.maker.next();
  }

  private judge(request: FuzzRequest, { status, contentType, text }: Answer): void {
    const { statuses } = this.report;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status >= 500 && status !== 501 && status !== 503)
      this.fault(`answered ${status}: ${text.slice(0, SHOWN)}`, request);
    if (request.method === "HEAD") return;
    for (const wrong of wrongWith(request.endpoint, status, contentType, text)) this.fault(wrong, request);
    if (status === 200 && request.method === "POST") {
      const id = /"strategy_id":"(strat_[A-Za-z0-9]+)"/.exec(text)?.[1];
      if (id !== undefined && /^\{"status":"(?:created|registered)"/.test(text)) this.maker.learn(id);
    }
  }

  private watch(): void {
    for (const pipe of this.pipes) {
      if (pipe.closed) continue;
      const usual = pipe.unanswered.some(({ path }) => COMPUTED.test(path)) ? COMPUTED_MS : HANG_MS;
      const patience = this.options.patienceMs ?? usual;
      if (!this.patience.isOver(pipe, pipe.unanswered.length === 0 ? null : pipe.lastAnswerAt, patience)) continue;
      this.fault(`no answer within ${patience} ms`, pipe.unanswered[0]);
      pipe.close();
    }
  }

  /** Somebody decent on a connection of their own. */
  private async neighbour(): Promise<void> {
    const patience = this.options.patienceMs ?? NEIGHBOUR_MS;
    while (!this.over) {
      const asked = performance.now();
      const late = new AbortController();
      const look = setInterval(() => {
        if (this.patience.isOver(this.neighbour, asked, patience))
          late.abort(new Error(`no answer within ${patience} ms`));
      }, WATCH_MS);
      try {
        const response = await fetch(`http://127.0.0.1:${this.options.port}/health/live`, { signal: late.signal });
        if (response.status !== 200) this.fault(`the neighbour was answered ${response.status}`);
        await response.arrayBuffer();
      } catch (error) {
        this.fault(`the neighbour was not served: ${String(error)}`);
      }
      clearInterval(look);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Connections that speak no HTTP, one after the other; what becomes of them is their business alone. */
  private async garbage(): Promise<void> {
    const chance = randomFrom(this.options.seed ^ 0x5bd1e995);
    while (!this.over) {
      const bytes = Buffer.from(Array.from({ length: 1 + chance.below(3_000) }, () => chance.below(256)));
      const start = chance.pick(["", "GET ", "POST / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "\x16\x03\x01"]);
      const socket = connect(this.options.port, "127.0.0.1");
      socket.on("error", () => undefined); // being cut off is what garbage gets
      await new Promise((resolve) => socket.once("connect", resolve));
      socket.end(Buffer.concat([Buffer.from(start, "latin1"), bytes]));
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
      this.report.garbage += 1;
    }
  }

  private fault(what: string, request?: FuzzRequest): void {
    if (this.report.faults.length >= FAULTS_MAX) return;
    const shown =
      request === undefined ? "" : `\n    ${JSON.stringify(request.bytes.toString("latin1").slice(0, SHOWN))}`;
    this.report.faults.push(what + shown);
  }
}

/** Lines for people. */
export function told(report: FuzzReport): string {
  const { seed, sent, seconds, statuses, memoryStart, memoryEnd, garbage, faults, slowestMs, slowestComputedMs } =
    report;
  const counts = [...statuses].sort(([one], [other]) => one - other).map(([status, count]) => `${status}: ${count}`);
  const rate = Math.round(sent / Math.max(seconds, 0.001));
  const warm = memoryStart > 0 ? `${memoryStart.toFixed(0)} MiB kept when warm` : "not warm yet";
  return [
    `seed ${seed}: ${sent} requests in ${seconds.toFixed(1)} s (${rate}/s), ${garbage} connections of garbage`,
    `  answers ${counts.join(", ")}`,
    `  slowest answer ${Math.round(slowestMs)} ms, of a test ${Math.round(slowestComputedMs)} ms`,
    `  memory ${warm}, ${memoryEnd.toFixed(0)} MiB now; ${faults.length} faults`,
  ].join("\n");
}
