// What outlives the process, opened while the data plane opens: after the journal, whose lock says that no other engine
// works in this folder, and before its events are read, because signals are named after the strategies that there are.
// A stream that is opened again finds everything open.
import type { Bus } from "../bus/bus.ts";
import { assetTypeName } from "../domain/asset-type.ts";
import {
  type ConfigDefaults,
  type FollowedPlane,
  type LearningSettings,
  type LiveVenue,
  Manage,
  type PipelineSettings,
  type RunSettings,
  type SandboxSettings,
  type WebhookSettings,
} from "../manage/manage.ts";
import type { Store } from "../store/store.ts";
import type { Approved, Stream, StreamOptions } from "../stream/stream.ts";
import { Candles } from "../stream/candles.ts";
import { Tap } from "../stream/tap.ts";
import type { Log } from "../telemetry/log.ts";
import { ClockAlerts } from "./clock-alerts.ts";
import { hasReal } from "./real-market.ts";

export interface RecordsOptions {
  readonly open: () => Promise<Store>;
  readonly bus: Bus;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly configDefaults: ConfigDefaults;
  readonly runs?: RunSettings;
  readonly pipeline?: PipelineSettings;
  readonly sandbox?: SandboxSettings;
  readonly learning?: LearningSettings;
  readonly autoResume?: boolean;
  readonly venue?: LiveVenue | null;
  readonly timezone?: string;
  readonly stopFile?: string | null;
  readonly webhooks?: WebhookSettings;
}

interface Opened {
  readonly store: Store;
  readonly manage: Manage;
  readonly clock: ClockAlerts;
}

/** Null: it was never seen, or has no price yet. */
function lastPrice({ ingest, compute }: Stream, symbol: string): number | null {
  const id = ingest.symbols.idOf(symbol);
  const price = id === undefined ? 0 : compute.state.price(id);
  return price > 0 ? price : null;
}

/** What the synthetic market has left in this stream; nothing of it changes any more once it is over. */
function leftBehind(stream: Stream): () => readonly (readonly [symbol: string, price: number])[] {
  let left: readonly (readonly [symbol: string, price: number])[] | null = null;
  return () => {
    const symbols = left === null ? stream.symbols() : [];
    if (hasReal(symbols)) left = symbols.filter(({ demo }) => demo).map(({ name, price }) => [name, price]);
    return left ?? [];
  };
}

/** The stream as its published signals are followed. */
function followed(stream: Stream, tap: Tap): FollowedPlane {
  const { ingest, learned } = stream;
  const { state, plane } = stream.compute;
  return {
    tap,
    released: () => stream.totals.sequence,
    maxSymbols: plane.plan.maxSymbols,
    symbolOf: (name) => ingest.symbols.idOf(name),
    assetTypeOf: (symbol) => assetTypeName(state.symbol(symbol)?.assetType ?? 0),
    regimeOf: (symbol) => state.regime(symbol).regime,
    tellOutcomes: (outcomes) => learned.tellOutcomes(outcomes),
  };
}

export class Records {
  private readonly options: RecordsOptions;
  private opening: Promise<Opened> | null = null;
  private opened: Opened | null = null;
  private kept: Candles | null = null;

  constructor(options: RecordsOptions) {
    this.options = options;
  }

  /** What a stream takes from here. */
  get hooks(): Required<
    Pick<
      StreamOptions,
      "beforeRecovery" | "rulesNow" | "holdsBack" | "ownerName" | "mayLearn" | "onLearningBeat" | "onClock"
    >
  > {
    return {
      beforeRecovery: async () => {
        this.opened = await (this.opening ??= this.openAll());
      },
      holdsBack: true, // until everybody has joined
      rulesNow: () => this.manage.config.rules,
      ownerName: (mark) => this.opened?.manage.ownerName(mark) ?? null,
      mayLearn: () => this.opened?.manage.learning.book.frozen !== true,
      onLearningBeat: (clock) => this.opened?.manage.learning.beat(clock),
      onClock: (trouble) => this.opened?.clock.tell(trouble),
    };
  }

  get store(): Store {
    return this.all.store;
  }
  get manage(): Manage {
    return this.all.manage;
  }

  /** What was paid in the present stream; null: there has been none. */
  get candles(): Candles | null {
    return this.kept;
  }

  /** For news that may come before there is anybody to hear it; then the log has it alone. */
  whenOpen(tell: (manage: Manage) => void): void {
    if (this.opened !== null) tell(this.opened.manage);
  }

  /** Published signals, exits included, in the order of the stream. */
  onApproved(signals: readonly Approved[]): void {
    this.opened?.manage.executions.onApproved(signals);
    this.opened?.manage.learning.following.onApproved(signals);
  }

  /** The instances of strategies in a stream that was just opened, before its first tick. */
  async join(stream: Stream): Promise<Stream> {
    try {
      await this.manage.join(stream);
      this.manage.config.join(stream, stream.recovered.snapshot === null && stream.recovered.events === 0);
      this.manage.instruments.join(stream);
      this.manage.learning.join(stream);
      const { symbols } = stream.ingest;
      const names = () => Array.from({ length: symbols.count }, (_, id) => [id, symbols.nameOf(id)] as const);
      // What people stopped stays stopped, whichever of the two was written before the process ended.
      const halted = stream.status.emergencyStop || this.manage.risk.stopped;
      if (halted) this.manage.risk.halt();
      if (halted) this.manage.venue.halt();
      if (halted && !stream.status.emergencyStop) stream.latch(true);
      this.manage.risk.join((symbol) => lastPrice(stream, symbol), stream.clock.now);
      const price = (symbol: string): number => lastPrice(stream, symbol) ?? 0;
      const tap = new Tap(stream.compute.plane);
      this.kept = new Candles(stream.compute.plane.memory);
      tap.follow(this.kept);
      this.manage.executions.join({ tap, halted, names, price, left: leftBehind(stream) });
      this.manage.learning.following.join(followed(stream, tap), stream.compute.plane.memory);
      stream.speak();
      return stream;
    } catch (error) {
      await stream.close(); // its threads would keep the process alive
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.opened?.manage.close();
    await this.opened?.store.close();
  }

  private get all(): Opened {
    if (this.opened === null) throw new Error("the store is opened together with the data plane");
    return this.opened;
  }

  private async openAll(): Promise<Opened> {
    const { open, ...options } = this.options;
    const store = await open();
    const manage = new Manage({ ...options, store });
    try {
      await manage.load();
    } catch (error) {
      await store.close();
      throw error;
    }
    return { store, manage, clock: new ClockAlerts(manage.alerts) };
  }
}
