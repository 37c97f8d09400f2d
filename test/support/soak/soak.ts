// A real engine that is fed, listened to, changed and killed for as long as one likes: 20,000 ticks a second by Redis
// Pub/Sub, 500 sockets, a deployment now and then, kill -9 now and then, with the journal read behind it all the time.
// The folder stays between runs, so that a long soak can be made in pieces; `soak.json` in it says where it stood.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineProcess } from "../engine-process.ts";
import { freePort, RedisServer } from "../redis-server.ts";
import { JournalWatch } from "./journal-watch.ts";
import type { ListenersNews, ListenersOrder } from "./listeners.ts";
import type { PublisherNews, PublisherOrder } from "./publisher.ts";
import { Requests, type RequestCounts } from "./requests.ts";
import { Others } from "./others.ts";
import { median } from "./slope.ts";

export interface SoakOptions {
  readonly dir: string;
  readonly seconds: number;
  readonly ticksPerSecond: number;
  readonly sockets: number;
  readonly killEverySeconds: number;
  readonly deployEverySeconds: number;
  readonly sampleSeconds: number;
  readonly say: (line: string) => void;
}

export interface Sample {
  readonly seconds: number;
  /** Which start of the engine, and how long ago. */
  readonly life: number;
  readonly age: number;
  readonly rssMb: number;
  readonly handles: number;
  readonly sockets: number;
  /** From published to received, of the time since the last sample; null: no signal. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Processors that other work on the machine had in that time; not in pieces of before it was looked at. */
  readonly others?: number;
}

export interface SoakReport {
  readonly samples: readonly Sample[];
  /** Kill to ready. */
  readonly downMs: readonly number[];
  readonly kills: number;
  readonly published: number;
  readonly journaled: number;
  readonly missed: number;
  /** While it was there: in how many stretches, and how many interruptions of the subscription the engine counted. */
  readonly lost: number;
  readonly stretches: number;
  readonly interruptions: number;
  readonly doubled: number;
  readonly acknowledged: number;
  readonly acknowledgedLost: number;
  readonly signals: number;
  readonly gaps: number;
  readonly requests: RequestCounts;
  readonly faults: readonly string[];
}

interface Standing {
  readonly next: number;
  /** Number of the last tick in the journal. */
  readonly last: number;
  readonly published: number;
  readonly posted: number;
  readonly lives: number;
}

const STATE = "soak.json";
const BEGIN: Standing = { next: 0, last: 0, published: 0, posted: 0, lives: 0 };
const SETTLE_MS = 60_000;

export class Soak {
  private readonly options: SoakOptions;
  private readonly standing: Standing;
  private readonly watch: JournalWatch;
  private readonly requests: Requests;
  private readonly faults: string[] = [];
  private readonly samples: Sample[] = [];
  private readonly downMs: number[] = [];
  private readonly news = { published: 0, open: 0, received: 0, gaps: 0, latenciesMs: [] as number[] };
  private readonly others = new Others();
  private began = 0;
  private engine: EngineProcess | null = null;
  /** Publisher and listeners, while they are there. */
  private readonly children: ChildProcess[] = [];
  private env: Readonly<Record<string, string>> = {};
  private life: number;
  /** Interruptions of the subscription: of lives that are over, and of this one. */
  private readonly interruptions = { before: 0, now: 0 };
  private bornAt = 0;

  constructor(options: SoakOptions) {
    this.options = options;
    mkdirSync(options.dir, { recursive: true });
    const file = join(options.dir, STATE);
    this.standing = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Standing) : BEGIN;
    this.life = this.standing.lives;
    this.news.published = this.standing.published;
    this.watch = new JournalWatch(this.standing.next, this.standing.last);
    this.requests = new Requests(this.standing.posted, (numbers) => this.watch.answered(numbers));
  }

  async run(): Promise<SoakReport> {
    const redis = await RedisServer.create();
    const port = await freePort();
    this.env = environment(this.options.dir, redis.url, port);
    try {
      await this.live();
      this.children.push(this.listeners(port), this.publisher(redis.url));
      this.began = performance.now();
      this.others.share();
      await this.last();
    } finally {
      await this.dismiss();
      await this.engine?.kill();
      await redis.remove();
    }
    return this.report();
  }

  private get journal(): string {
    return join(this.options.dir, "data", "journal");
  }

  /** Everything at once until the time is over, then what must hold at the end. */
  private async last(): Promise<void> {
    const end = this.began + this.options.seconds * 1000;
    const { deployEverySeconds } = this.options;
    await Promise.all([
      this.kills(end),
      this.sampling(end),
      this.requests.ask(end),
      this.requests.post(end),
      this.requests.deploy(end, deployEverySeconds * 1000),
    ]);
    await this.requests.lastPost();
    this.faults.push(...this.requests.faults);
    await this.settle();
    await this.countInterruptions();
    await this.dismiss();
    const stop = await this.engine?.stopsInOrder(); // how long that may take is asked by the fault `sigterm`
    if (typeof stop === "string") this.faults.push(`the stop: ${stop}`);
    this.engine = null;
    this.watch.read(this.journal); // what was on its way, so that the next piece begins behind it
    const { outstanding, lost, stretches, doubled } = this.watch;
    const counted = this.interruptions.before + this.interruptions.now;
    if (outstanding > 0) this.faults.push(`${outstanding} answered ticks are not in the journal`);
    if (stretches > counted) {
      this.faults.push(`${lost} published ticks are missing in ${stretches} stretches, and ${counted} were counted`);
    }
    if (doubled > 0) this.faults.push(`${doubled} ticks are in the journal twice`);
    const standing: Standing = {
      next: this.watch.nextSequence,
      last: this.watch.lastNumber,
      // The publisher says once a second how far it is.
      published: Math.max(this.news.published, this.watch.lastNumber),
      posted: this.requests.posted,
      lives: this.life,
    };
    writeFileSync(join(this.options.dir, STATE), JSON.stringify(standing));
  }

  /** Nobody publishes or listens any more. */
  private async dismiss(): Promise<void> {
    for (const child of this.children.splice(0)) {
      const gone = once(child, "exit");
      if (child.kill()) await gone;
    }
  }

  /** A start, the first one or after a kill. */
  private async live(): Promise<void> {
    const engine = await EngineProcess.start(this.env);
    const recovered = await engine.line("recovered");
    this.watch.restarted(recovered["next_sequence"] as number);
    this.engine = engine;
    this.life++;
    this.bornAt = performance.now();
    this.requests.engine = engine;
  }

  private async kills(end: number): Promise<void> {
    const everyMs = this.options.killEverySeconds * 1000;
    // The last part of a run is left in peace, so that there is something after the last kill as well.
    for (let at = this.began + everyMs; at < end - everyMs / 2; at += everyMs) {
      await until(at);
      const begin = performance.now();
      await this.countInterruptions();
      this.requests.down = true;
      const { engine } = this;
      this.engine = null; // what it was asked and has not answered is nobody's any more
      await engine?.kill();
      this.interruptions.before += this.interruptions.now;
      this.interruptions.now = 0;
      await this.live();
      this.requests.down = false;
      this.downMs.push(Math.round(performance.now() - begin));
    }
  }

  private async sampling(end: number): Promise<void> {
    const { sampleSeconds, say } = this.options;
    for (let at = this.began + sampleSeconds * 1000; at < end; at += sampleSeconds * 1000) {
      await until(at);
      if (this.requests.down) continue;
      await this.countInterruptions();
      await this.readJournal();
      const sample = this.sample();
      if (sample === null) continue;
      this.samples.push(sample);
      const { rssMb, handles, sockets, p50Ms, p99Ms, seconds, others } = sample;
      const { missed, lost, outstanding, doubled } = this.watch;
      say(
        `${seconds} s, life ${this.life}: ${rssMb} MB, ${handles} handles, ${sockets} sockets, signal p50 ${String(p50Ms)} ` +
          `p99 ${String(p99Ms)} ms${others === undefined ? "" : `, others ${others} processors`}; ${this.watch.published} ticks journaled, ${missed} missed while away, ` +
          `${lost} lost, ${doubled} doubled, ${outstanding} answered ones awaited`,
      );
    }
  }

  private async countInterruptions(): Promise<void> {
    const { engine } = this;
    const asked = await engine?.ask("GET", "/api/strategy_engine/summary").catch(() => null);
    if (engine !== this.engine) return; // an answer of the life before, which is accounted for
    const stats = asked?.body["integration_stats"] as { readonly bus: { readonly gaps: number } } | undefined;
    if (stats !== undefined) this.interruptions.now = stats.bus.gaps;
  }

  private sample(): Sample | null {
    const { pid } = this.engine ?? { pid: 0 };
    const { latenciesMs, open } = this.news;
    this.news.latenciesMs = [];
    const others = this.others.share();
    const sorted = latenciesMs.toSorted((one, other) => one - other);
    const quantile = (q: number): number | null => {
      const value = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
      return value === undefined ? null : Math.round(value * 100) / 100;
    };
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const rssMb = Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 102.4) / 10;
      if (!(rssMb > 0)) return null; // killed, and not yet gone
      const handles = readdirSync(`/proc/${pid}/fd`).length;
      const [seconds, age] = [this.began, this.bornAt].map((from) => Math.round((performance.now() - from) / 1000));
      const times = { seconds: seconds ?? 0, life: this.life, age: age ?? 0 };
      const way = { p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
      return { ...times, rssMb, handles, sockets: open, ...way, ...(others === null ? {} : { others }) };
    } catch {
      return null; // killed between two looks
    }
  }

  private async readJournal(): Promise<{ readonly durable: number; readonly events: number } | null> {
    const health = await this.engine?.get("/health").catch(() => null);
    if (!health) return null;
    const { durable_events: durable } = health["journal"] as { readonly durable_events: number };
    this.watch.read(this.journal, durable);
    return { durable, events: health["events"] as number };
  }

  /** What has been answered is durable by then: the engine was asked to sync before each answer. */
  private async settle(): Promise<void> {
    for (const deadline = performance.now() + SETTLE_MS; this.watch.outstanding > 0;) {
      if (performance.now() > deadline) return; // told as a fault
      await this.readJournal();
      await new Promise((done) => setTimeout(done, 100));
    }
    await this.readJournal();
  }

  private publisher(url: string): ChildProcess {
    const child = fork(fileURLToPath(new URL("./publisher.js", import.meta.url)));
    child.on("message", ({ published }: PublisherNews) => (this.news.published = published));
    const { ticksPerSecond } = this.options;
    child.send({ url, ticksPerSecond, first: this.standing.published } satisfies PublisherOrder);
    return child;
  }

  private listeners(port: number): ChildProcess {
    const child = fork(fileURLToPath(new URL("./listeners.js", import.meta.url)));
    child.on("message", ({ open, received, gaps, latenciesMs }: ListenersNews) => {
      Object.assign(this.news, { open, received, gaps });
      this.news.latenciesMs.push(...latenciesMs);
    });
    child.send({ port, sockets: this.options.sockets } satisfies ListenersOrder);
    return child;
  }

  private report(): SoakReport {
    const { published: journaled, missed, lost, stretches, doubled } = this.watch;
    const { acknowledged, outstanding: acknowledgedLost } = this.watch;
    const interruptions = this.interruptions.before + this.interruptions.now;
    const published = this.news.published - this.standing.published;
    const ticks = { published, journaled, missed, lost, stretches, interruptions, doubled };
    const posted = { acknowledged, acknowledgedLost };
    const heard = { signals: this.news.received, gaps: this.news.gaps };
    const { samples, downMs, faults, requests } = this;
    const common = { samples, downMs, kills: downMs.length, faults };
    return { ...common, ...ticks, ...posted, ...heard, requests: requests.counts };
  }
}

export function clear(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

/** What the middle of the samples says: median of a figure, null where there is none. */
export function middle(samples: readonly Sample[], of: (one: Sample) => number | null): number | null {
  const values = samples.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}

function environment(dir: string, redisUrl: string, port: number): Readonly<Record<string, string>> {
  return {
    DATA_DIR: join(dir, "data"),
    REDIS_URL: redisUrl,
    PORT: String(port),
    JOURNAL_SYNC: "always",
    JOURNAL_SEGMENT_BYTES: "16m",
    JOURNAL_RETENTION_BYTES: "512m",
    JOURNAL_RETENTION_HOURS: "0",
    LOG_LEVEL: "info",
  };
}

async function until(at: number): Promise<void> {
  await new Promise((done) => setTimeout(done, Math.max(0, at - performance.now())));
}
