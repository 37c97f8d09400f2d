// Runs worlds: a seed gives a world, its steps, its faults, and so the same trace again and again. What must hold is
// looked at after every step and at every restart; the first thing that does not ends the run with what led to it.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../random.ts";
import { Violation } from "./facts.ts";
import type { Programs } from "./programs.ts";
import { VirtualTime } from "./virtual-time.ts";
import { World, type Sabotage } from "./world.ts";

/** Events after which a world ends and the next one of the same seed begins: its journal is read whole at each restart. */
const EVENTS_MAX = 12_000;
const TRACE_LINES = 60;
/** Memory, where there is such a folder: what is simulated is the disk. */
const FAST_FOLDER = "/dev/shm";

export interface SeedReport {
  readonly seed: number;
  readonly steps: number;
  readonly events: number;
  readonly signals: number;
  readonly lives: number;
  readonly kills: number;
  readonly cuts: number;
  readonly stops: number;
  readonly kernelDeaths: number;
  readonly refusals: number;
  readonly checks: number;
  readonly answers: number;
  readonly executions: number;
  readonly fills: number;
  readonly programFaults: number;
  readonly threadDeaths: number;
  readonly storeRefusals: number;
  /** Ledgers that were added up in the database. */
  readonly ledgers: number;
  /** Strategies that were registered, changed, moved or deleted, and attempts that were refused. */
  readonly changes: number;
  readonly changesRefused: number;
  /** Of the whole trace: equal for equal seeds. */
  readonly fingerprint: string;
  readonly fault: { readonly step: number; readonly reason: string; readonly trace: readonly string[] } | null;
}

type Sums = { -readonly [K in keyof Omit<SeedReport, "seed" | "steps" | "fingerprint" | "fault">]: number };

export interface SimulateOptions {
  readonly seed: number;
  readonly steps: number;
  readonly sabotage?: Sabotage | null;
  /** Null: nothing trades on the stream. */
  readonly programs?: Programs | null;
  readonly onProgress?: (steps: number) => void;
}

class Trace {
  readonly lines: string[] = [];
  step = 0;
  private hash = 0xcbf29ce484222325n;

  note(line: string): void {
    const told = `step ${this.step}: ${line}`;
    this.lines.push(told);
    if (this.lines.length > TRACE_LINES) this.lines.shift();
    this.add(told);
  }
  add(text: string): void {
    for (let at = 0; at < text.length; at++)
      this.hash = BigInt.asUintN(64, (this.hash ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n);
  }
  get fingerprint(): string {
    return this.hash.toString(16).padStart(16, "0");
  }
}

export async function simulate(options: SimulateOptions): Promise<SeedReport> {
  const { seed, steps } = options;
  const random = new Random(seed);
  const time = new VirtualTime();
  const trace = new Trace();
  const root = mkdtempSync(join(existsSync(FAST_FOLDER) ? FAST_FOLDER : tmpdir(), "simulate-"));
  const sums: Sums = {
    events: 0,
    signals: 0,
    lives: 0,
    kills: 0,
    cuts: 0,
    stops: 0,
    kernelDeaths: 0,
    refusals: 0,
    checks: 0,
    answers: 0,
    executions: 0,
    fills: 0,
    programFaults: 0,
    threadDeaths: 0,
    storeRefusals: 0,
    ledgers: 0,
    changes: 0,
    changesRefused: 0,
  };
  const { programs = null } = options;
  let fault: SeedReport["fault"] = null;
  time.install();
  try {
    for (let world = 0; trace.step < steps && fault === null; world++) {
      const dir = join(root, String(world));
      mkdirSync(dir);
      const one = new World({
        random,
        dir,
        time,
        sabotage: options.sabotage ?? null,
        trading: programs === null ? null : { programs, seed: seed * 1_000 + world },
        note: (line) => trace.note(line),
      });
      try {
        await run(one, trace, options);
      } catch (error) {
        fault = faultOf(one.found ?? error, trace, root);
      } finally {
        one.leave();
        add(sums, one);
        rmSync(dir, { recursive: true, force: true });
      }
      trace.add(JSON.stringify(sums));
    }
  } finally {
    time.uninstall();
    rmSync(root, { recursive: true, force: true });
  }
  return { seed, steps: trace.step, ...sums, fingerprint: trace.fingerprint, fault };
}

function faultOf(error: unknown, { step, lines }: Trace, root: string): NonNullable<SeedReport["fault"]> {
  return { step, reason: reasonOf(error).replaceAll(root, "<data>"), trace: [...lines] };
}

/** What does not hold, or where the engine itself threw. */
function reasonOf(error: unknown): string {
  if (error instanceof Violation) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Until the steps are done or the journal is long enough. */
async function run(world: World, trace: Trace, { steps, onProgress }: SimulateOptions): Promise<void> {
  while (trace.step < steps && world.facts.published < EVENTS_MAX) {
    trace.step++;
    await world.step();
    if (world.found !== null) throw world.found;
    if (trace.step % 1_000 === 0) onProgress?.(trace.step);
  }
  await world.settle();
  if (world.found !== null) throw world.found;
}

function add(sums: Sums, { count, facts, disk, trading }: World): void {
  sums.events += facts.published;
  sums.signals += facts.signals;
  sums.checks += facts.checks;
  sums.refusals += disk.refused;
  sums.lives += count.lives;
  sums.kills += count.kills;
  sums.cuts += count.cuts;
  sums.stops += count.stops;
  sums.kernelDeaths += count.kernelDeaths;
  sums.answers += count.answers;
  if (trading === null) return;
  sums.executions += trading.count.started;
  sums.fills += trading.books.fills;
  sums.programFaults += trading.count.programFaults;
  sums.threadDeaths += trading.count.threadDeaths;
  sums.storeRefusals += trading.faults.refused;
  sums.ledgers += trading.count.ledgers;
  sums.changes += trading.clerk.count.changes;
  sums.changesRefused += trading.clerk.count.refused;
}
