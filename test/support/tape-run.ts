// Runs a feed through ingest and the core on the test's own thread, with the engine clock at the times of the feed: no
// wall clock, so every run of the same feed is the same computation. Messages alternate between JSON and msgpack; every
// one is followed by a beat of the tiers that are due by then.
import { pack } from "msgpackr";
import * as layout from "../../assembly/layout.ts";
import { Ingest } from "../../src/stream/ingest/ingest.ts";
import { instantiateCore, loadCore, type CoreBuild } from "../../src/stream/kernels/core.ts";
import type { Capacity } from "../../src/stream/rings/memory-plan.ts";
import type { SignalRecord } from "../../src/stream/rings/signal-ring.ts";
import type { FedMessage } from "./every-kind-feed.ts";
import { TestPlane } from "./plane.ts";

const TIERS: readonly (readonly [bit: number, us: number])[] = [
  [layout.TIER_FAST, 100_000],
  [layout.TIER_TACTICAL, 1_000_000],
  [layout.TIER_STRATEGIC, 10_000_000],
  [layout.TIER_LEARNING, 60_000_000],
];
/** Reviews go round once in a hundred fast beats: where messages lie far apart, that many follow each of them. */
const ROUND = 100;

export interface Tape {
  readonly plane: TestPlane;
  readonly signals: readonly SignalRecord[];
  /** Events as the ring held them, 64 bytes each, from sequence 0. */
  readonly events: Buffer;
  readonly rejected: number;
}

export interface TapeOptions {
  readonly build?: CoreBuild;
  readonly capacity?: Partial<Capacity>;
  /** Called when the first message has been evaluated. */
  readonly begun?: (plane: TestPlane) => void;
  /** Called behind each message with the signals that it gave; what it writes is evaluated and recorded as well. */
  readonly follow?: (plane: TestPlane, signals: readonly SignalRecord[], index: number) => void;
}

export function runTape(feed: readonly FedMessage[], options: TapeOptions = {}): Tape {
  const { begun, follow, ...rest } = options;
  const plane = new TestPlane({ build: "release", ...rest, clock: (feed[0]?.at ?? 0) - 1 });
  const host = instantiateCore(loadCore().module, plane.plane.memory);
  host.attach(0);
  const ingest = new Ingest({
    ...plane.plane,
    core: host,
    now: () => plane.clock,
    onSymbol: (id, name, assetType) => {
      if (!plane.instances.onSymbol(id, name)) return false;
      plane.instruments.onSymbol({ id, name, assetType });
      return true;
    },
  });
  const recorder = new Recorder(plane);
  const signals: SignalRecord[] = [];
  const due = TIERS.map(() => 0);
  let rejected = 0;
  feed.forEach(({ at, market }, index) => {
    const quiet = at - plane.clock;
    plane.pass(quiet);
    const body = { market_data: market };
    const bytes = index % 2 === 0 ? Buffer.from(JSON.stringify(body)) : pack(body);
    rejected += ingest.accept(bytes, "http").rejected;
    let tiers = 0;
    TIERS.forEach(([bit, us], tier) => {
      if (at < (due[tier] ?? 0)) return;
      tiers |= bit;
      due[tier] = at + us;
    });
    if (tiers !== 0) plane.beat(tiers);
    if (quiet > 10_000_000) for (let beat = 0; beat < ROUND; beat++) plane.beat(layout.TIER_FAST);
    const spoken = plane.settle();
    signals.push(...spoken);
    follow?.(plane, spoken, index);
    signals.push(...plane.settle());
    recorder.take();
    if (index === 0) begun?.(plane);
  });
  return { plane, signals, events: recorder.events(), rejected };
}

/** Copies what the ring holds before it is written over. */
class Recorder {
  private readonly pieces: Buffer[] = [];
  private readonly ring: Buffer;
  private readonly plane: TestPlane;
  private taken = 0;

  constructor(plane: TestPlane) {
    this.plane = plane;
    const base = plane.plane.plan.bases[layout.PLAN_EVENTS] ?? 0;
    this.ring = Buffer.from(plane.plane.memory.buffer, base, layout.EVENT_SLOTS * layout.EVENT_BYTES);
  }

  take(): void {
    const next = this.plane.plane.ring.nextSequence;
    for (; this.taken < next; this.taken++) {
      const at = (this.taken & (layout.EVENT_SLOTS - 1)) * layout.EVENT_BYTES;
      this.pieces.push(Buffer.from(this.ring.subarray(at, at + layout.EVENT_BYTES)));
    }
  }

  events(): Buffer {
    return Buffer.concat(this.pieces);
  }
}
