// Drives the synthetic market while nothing real comes: the first minute of a fresh engine is interesting. Every record
// carries FLAG_DEMO. It ends for good at the first real tick: whoever feeds the engine wants to see his own data only.
import type { EpochUs } from "../../domain/units.ts";
import { DemoMarket } from "./demo-market.ts";
import type { Ingest } from "./intake.ts";

export interface DemoFeedOptions {
  readonly ingest: Ingest;
  readonly seed?: number;
  /** Once, when real ticks have ended it. */
  readonly onEnd?: () => void;
}

export const DEMO_STEP_MS = 100;
const DEMO_SEED = 20_260_101;

export class DemoFeed {
  private readonly options: DemoFeedOptions;
  private readonly market: DemoMarket;
  private readonly realBefore: number;
  private timer: NodeJS.Timeout | null = null;
  private ended = false;

  constructor(options: DemoFeedOptions) {
    this.options = options;
    this.market = new DemoMarket(options.seed ?? DEMO_SEED);
    this.realBefore = options.ingest.realTicks;
  }

  get running(): boolean {
    return this.timer !== null;
  }

  /** Real ticks have come since it began. */
  get superseded(): boolean {
    return this.options.ingest.realTicks > this.realBefore;
  }

  start(now: () => EpochUs): void {
    if (this.ended || this.timer) return;
    this.timer = setInterval(() => this.step(now()), DEMO_STEP_MS);
    this.timer.unref();
  }

  /** One step of the market at `now`; false when the feed has ended. */
  step(now: EpochUs): boolean {
    if (this.ended) return false;
    if (this.superseded) {
      this.stop();
      this.options.onEnd?.();
      return false;
    }
    this.options.ingest.acceptValue(this.market.step(now), "demo", "none");
    this.options.ingest.publish();
    return true;
  }

  stop(): void {
    this.ended = true;
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }
}
