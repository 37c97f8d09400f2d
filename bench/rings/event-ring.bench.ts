// The event ring from producer to a real consumer: quotes of a symbol that no instance runs on, so that the kernel
// worker only takes them in. Publishing every event against publishing 256 at a time, which is what ingest does with
// what one socket chunk holds. A round ends when the worker has consumed all; the row of the symbol must then hold the
// last quote.
import * as layout from "../../assembly/layout.ts";
import { createCompute, createKernels, type Compute } from "../../src/stream/compute.ts";
import { fingerprintOf, type Result } from "../result.ts";
import { median } from "../runner.ts";

const EVENTS = 1 << 18;
const CHUNK = 256;
const ROUNDS = 9;
const CLOCK = Date.UTC(2026, 10, 18, 12) * 1000;

export async function run(): Promise<readonly Result[]> {
  const compute = createCompute({ maxSymbols: 16, maxInstances: 16, workers: 1 });
  const kernels = createKernels(
    compute,
    { sequence: 0, count: 0, hash: 0n },
    {
      onSignals: (signals) => {
        if (signals.length > 0) throw new Error("quotes of a symbol without instances gave signals");
      },
      onSnapshot: () => undefined,
      onFailure: (_worker, error) => {
        throw error;
      },
    },
  );
  await kernels.start();
  try {
    const producer = new Producer(compute);
    return [compareChunks(producer)];
  } finally {
    await kernels.stop();
  }
}

function compareChunks(producer: Producer): Result {
  producer.round(CHUNK);
  producer.round(1);
  const times: readonly [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      times[side].push(producer.round(side === 0 ? CHUNK : 1));
    }
  }
  return {
    name: "event ring: publish per 256 events / per event",
    pairs: [
      { label: `published per ${CHUNK}`, medianNs: median(times[0]) },
      { label: "published one by one", medianNs: median(times[1]) },
    ],
    ratio: median(times[0].map((time, round) => (times[1][round] ?? Number.NaN) / time)),
    note: `${EVENTS} quotes a round, ${ROUNDS} rounds; producer and kernel worker on threads of their own`,
    fingerprint: producer.fingerprint(),
  };
}

/** Writes straight into the slots, as the decoder does. */
class Producer {
  private readonly compute: Compute;
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  private quotes = 0;

  constructor(compute: Compute) {
    this.compute = compute;
    this.words = new Int32Array(compute.plane.memory.buffer);
    this.numbers = new Float64Array(compute.plane.memory.buffer);
  }

  /** Nanoseconds per event, from the first write until the worker has consumed the last. */
  round(chunk: number): number {
    const { ring } = this.compute.plane;
    const begin = performance.now();
    for (let event = 1; event <= EVENTS; event++) {
      let slot = ring.reserve();
      while (slot < 0) slot = ring.reserve();
      this.write(slot);
      if (event % chunk === 0) ring.publish();
    }
    const head = this.words[layout.EVENT_HEAD >> 2] ?? 0;
    const tail = (layout.CONSUMERS + layout.CONSUMER_TAIL) >> 2;
    while (Atomics.load(this.words, tail) !== head);
    const elapsed = ((performance.now() - begin) * 1e6) / EVENTS;
    this.check();
    return elapsed;
  }

  private write(slot: number): void {
    const { words, numbers } = this;
    const bid = 100 + (this.quotes++ % 1000);
    words[slot >> 2] = layout.KIND_QUOTE << 16;
    words[(slot + layout.EVENT_AUX) >> 2] = 0;
    numbers[(slot + layout.EVENT_TIME) >> 3] = CLOCK + this.quotes;
    numbers[(slot + layout.EVENT_CLOCK) >> 3] = CLOCK + this.quotes;
    const payload = (slot + layout.EVENT_PAYLOAD) >> 3;
    numbers[payload] = bid;
    numbers[payload + 1] = bid + 0.01;
    numbers[payload + 2] = 1;
    numbers[payload + 3] = 1;
    numbers[payload + 4] = 0;
  }

  /** Of the symbol's row as the worker left it. */
  fingerprint(): string {
    const row = this.compute.plane.plan.bases[layout.PLAN_SYMBOLS] ?? 0;
    return fingerprintOf(new Uint8Array(this.compute.plane.memory.buffer, row, layout.SYMBOL_BYTES));
  }

  /** What was produced is what arrived. */
  private check(): void {
    const row = (this.compute.plane.plan.bases[layout.PLAN_SYMBOLS] ?? 0) >> 3;
    const time = this.numbers[row + (layout.SYMBOL_QUOTE_TIME >> 3)] ?? 0;
    if (time !== CLOCK + this.quotes)
      throw new Error(`the last quote consumed is ${CLOCK + this.quotes - time} behind`);
    const sequence = new BigUint64Array(
      this.compute.plane.memory.buffer,
      layout.CONSUMERS + layout.CONSUMER_SEQUENCE,
      1,
    );
    if (Number(sequence[0]) !== this.quotes) throw new Error(`${this.quotes} quotes written, ${sequence[0]} consumed`);
  }
}
