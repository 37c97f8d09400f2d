// One batch of cases of a target: made of its seed and number alone, so that it runs again exactly. Inputs that lead to an
// outcome that was not seen yet become examples for the rest of the batch.
import { randomFrom, type Chance } from "../chance.ts";
import { mutated } from "./mutate.ts";
import type { Target, Trial } from "./target.ts";

interface BatchReport {
  /** That were tried: fewer than asked for when there were faults. */
  readonly cases: number;
  readonly outcomes: ReadonlyMap<string, Uint8Array>;
  readonly faults: readonly CaseFault[];
  readonly slowestMs: number;
}

export interface CaseFault {
  readonly what: string;
  readonly index: number;
  readonly hex: string;
}

interface BatchOptions {
  readonly seed: number;
  readonly batch: number;
  readonly cases?: number;
  /** More examples than the target has itself. */
  readonly corpus?: readonly Uint8Array[];
  /** Told every input before it is tried. */
  readonly before?: (input: Uint8Array) => void;
}

/** What one input may take; what takes longer by the clock is tried again, by the processor's time. */
const CASE_MS = 500;
const AGAIN = 4;
const LEARNED_MAX = 96;
const FAULTS_MAX = 3;

export async function runBatch(target: Target, options: BatchOptions): Promise<BatchReport> {
  const { seed, batch, corpus = [], cases = target.batch } = options;
  const chance = randomFrom(
    (Math.imul(seed, 0x9e3779b1) ^ Math.imul(batch + 1, 0x85ebca6b) ^ nameHash(target.name)) >>> 0,
  );
  const pool = [...target.seeds, ...corpus];
  const outcomes = new Map<string, Uint8Array>();
  const faults: CaseFault[] = [];
  const natural = prototypes();
  let trial = target.open();
  let slowestMs = 0;
  const most = target.caseMs ?? CASE_MS;
  let tried = 0;
  for (; tried < cases && faults.length < FAULTS_MAX; tried++) {
    const input = nextInput(target, pool, chance);
    options.before?.(input);
    const { ms, fault, outcome } = await tryOne(trial, input);
    const slow = ms > most ? await slowly(target, input, most) : ms;
    slowestMs = Math.max(slowestMs, slow);
    const bad = fault ?? (slow > most ? `it took ${slow.toFixed(0)} ms` : polluted());
    if (bad !== null) {
      faults.push({ what: bad, index: tried, hex: Buffer.from(input).toString("hex") });
      trial.close?.();
      trial = target.open();
    } else if (!outcomes.has(outcome)) {
      outcomes.set(outcome, Uint8Array.from(input));
      if (pool.length < target.seeds.length + corpus.length + LEARNED_MAX) pool.push(Uint8Array.from(input));
    }
  }
  trial.close?.();
  if (prototypes() !== natural) {
    faults.push({ what: "a prototype has more or fewer names than before the batch", index: -1, hex: "" });
  }
  return { cases: tried, outcomes, faults, slowestMs };
}

function nextInput(target: Target, pool: readonly Uint8Array[], chance: Chance): Uint8Array {
  const made = target.make !== undefined && chance.in(3) ? target.make(chance) : null;
  const whole =
    made !== null && chance.in(2) ? made : mutated(made ?? chance.pick(pool), { pool, words: target.words }, chance);
  return target.mend === undefined || chance.in(4) ? whole : target.mend(whole);
}

interface Tried {
  readonly outcome: string;
  readonly fault: string | null;
  readonly ms: number;
}

export async function tryOne(trial: Trial, input: Uint8Array): Promise<Tried> {
  const begin = performance.now();
  try {
    const result = trial.run(input);
    const outcome = typeof result === "string" ? result : await result;
    return { outcome, fault: null, ms: performance.now() - begin };
  } catch (error) {
    const what =
      error instanceof Error
        ? `${error.name}: ${error.message}\n${error.stack?.split("\n").slice(1, 5).join("\n") ?? ""}`
        : String(error);
    return { outcome: "", fault: what, ms: performance.now() - begin };
  }
}

/** The least of a few times that an input takes of the processor: the machine may have been busy. */
async function slowly(target: Target, input: Uint8Array, most: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < AGAIN && least > most; round++) {
    const trial = target.open();
    const begin = process.cpuUsage();
    await tryOne(trial, input);
    const { user, system } = process.cpuUsage(begin);
    least = Math.min(least, (user + system) / 1e3);
    trial.close?.();
  }
  return least;
}

const NATURAL = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype,
  Number.prototype,
  Map.prototype,
];

/** How many names the prototypes of everything have. */
function prototypes(): number {
  let count = 0;
  for (const one of NATURAL) count += Reflect.ownKeys(one).length;
  return count;
}

function polluted(): string | null {
  for (const name in {}) return `every object has a field ${name} now`;
  return null;
}

function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (const letter of Buffer.from(name)) hash = Math.imul(hash ^ letter, 0x01000193);
  return hash >>> 0;
}
