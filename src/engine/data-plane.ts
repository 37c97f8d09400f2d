// The stream with its feeds. When a kernel worker dies or does not move any more, the stream is closed and opened again:
// newest snapshot, journal, the same feeds. Sockets stay open meanwhile; market data over HTTP is answered 503, /health
// says why. Faults in quick succession mean that the events themselves bring it down: then the engine stays unhealthy
// and says so, instead of trying for ever.
import { marketHistoryKey, type Bus, type StreamSource } from "../bus/bus.ts";
import type { EpochUs } from "../domain/units.ts";
import {
  BackFill,
  DemoFeed,
  RedisFeed,
  StreamFeed,
  longestBars,
  positionsOf,
  rowsIn,
  type Carry,
  type Grown,
  type Stream,
} from "../stream/stream.ts";
import type { Log } from "../telemetry/log.ts";
import { hasReal } from "./real-market.ts";
import { Halts } from "./halts.ts";
import { RefusedInput } from "./refused-input.ts";

export interface DataPlaneOptions {
  readonly open: (onFailure: (reason: string) => void, carry?: Carry) => Promise<Stream>;
  readonly bus: Bus;
  /** Where ticks come from in place of the bus's channel. */
  readonly source?: StreamSource | null;
  /** False: the source is not asked for more, because what it caused does not get out. */
  readonly mayTake?: () => boolean;
  readonly demo: boolean;
  readonly now: () => EpochUs;
  readonly log: Log;
  /** Told of every fault; a restart is on its way. */
  readonly onFault?: (reason: string) => void;
  /** Told when another stream is in the place of the one that ticks came from. */
  readonly onReplaced?: (message: string) => void;
  /** Told of every symbol that comes up for the first time, while its tick is taken. */
  readonly onNewSymbol?: () => void;
}

const FAULTS_MAX = 3;
const FAULT_WINDOW_MS = 60_000;

export class DataPlane {
  private readonly options: DataPlaneOptions;
  private current: Stream | null = null;
  private feed: RedisFeed | StreamFeed | null = null;
  private demoFeed: DemoFeed | null = null;
  private backFill: BackFill | null = null;
  /** By whom nobody answers. */
  readonly refused: RefusedInput;
  private readonly halts: Halts;
  private faults: number[] = [];
  private restarting: Promise<void> | null = null;
  private started = false;
  private closed = false;
  private end: () => void = () => undefined;
  private readonly ending = new Promise<void>((resolve) => (this.end = resolve));
  /** Why the plane is down, null while it works. */
  trouble: string | null = null;
  /** It fails again and again and is not tried any more. */
  down = false;

  private constructor(options: DataPlaneOptions) {
    this.options = options;
    this.refused = new RefusedInput(
      options.log,
      () => this.stream.ingest,
      () => performance.now(),
    );
    this.halts = new Halts(options.log, () => this.stream);
    const { source, onReplaced } = options;
    if (source && onReplaced) source.onReplaced = onReplaced;
  }

  static async open(options: DataPlaneOptions): Promise<DataPlane> {
    const plane = new DataPlane(options);
    plane.current = await options.open((reason) => plane.failed(reason));
    return plane;
  }

  /** The stream of the moment. While it is being replaced, the closed one answers what it still can. */
  get stream(): Stream {
    if (!this.current) throw new Error("the data plane has not been opened");
    return this.current;
  }

  /** How far the input stream is ahead, and what was missed of it; null: ticks come another way. */
  get input(): StreamSource["gauge"] | null {
    return this.options.source?.gauge ?? null;
  }

  /** Messages of Pub/Sub that wait for room in the event ring, and how many ever had to. */
  get waiting(): { readonly now: number; readonly ever: number } {
    const { feed } = this;
    return feed instanceof RedisFeed ? { now: feed.waiting, ever: feed.waited } : { now: 0, ever: 0 };
  }

  get demoRunning(): boolean {
    return this.demoFeed?.running ?? false;
  }

  /** Lets the feeds in. */
  start(): void {
    this.started = true;
    this.join();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.end();
    this.leave();
    await this.restarting;
    await this.stream.close();
    if (this.feed instanceof StreamFeed) await this.feed.settle();
  }

  private join(): void {
    const { bus, log, onNewSymbol } = this.options;
    const { stream } = this;
    const { ingest } = stream;
    ingest.onRefused = (...refused) => this.refused.note(...refused);
    const seen = (symbol: string): Grown => {
      const id = ingest.symbols.idOf(symbol);
      const { state, plane } = stream.compute;
      const known = id === undefined ? null : state.symbol(id);
      if (known === null) return { barUs: 0, samples: 0 };
      const { barUs, samples } = longestBars(plane.memory, plane.plan, known.id);
      return { barUs, samples: Math.max(0, samples - rowsIn(known.history)) }; // rows of a part are nothing of its own
    };
    const backFill = new BackFill({
      ingest,
      seen,
      read: (symbol) => bus.readKey(marketHistoryKey(symbol)),
      onLeft: (symbol, { barUs, samples }, given) =>
        log.info("a history was left out: live ticks have given as much", { symbol, barUs, samples, given }),
    });
    this.backFill = backFill;
    stream.onNewSymbol = (symbol) => {
      backFill.request(symbol);
      onNewSymbol?.();
    };
    // Those of an earlier life: nobody may have been asked, or able to say, or it ended before all was in.
    for (const { name, demo, history } of stream.symbols()) if (!demo && history !== 1) backFill.request(name);
    this.feed = this.feedInto(stream);
    this.feed.start();
    this.show();
  }

  /** The synthetic market, where nothing real has ever come: what the journal holds of an earlier life counts. */
  private show(): void {
    const { demo, log, now } = this.options;
    if (!demo || this.demoFeed?.superseded === true) return;
    if (hasReal(this.stream.symbols())) return;
    const { ingest } = this.stream;
    const onEnd = (): void => log.info("demo feed ended: real ticks have come");
    this.demoFeed = new DemoFeed({ ingest, onEnd });
    this.demoFeed.start(now);
  }

  private feedInto(stream: Stream): RedisFeed | StreamFeed {
    const { bus, source, mayTake } = this.options;
    const { ingest } = stream;
    if (!source) {
      const feed = this.feed instanceof RedisFeed ? this.feed : new RedisFeed(bus, ingest, this.halts);
      feed.into(ingest);
      return feed;
    }
    return new StreamFeed({
      source,
      ingest,
      ...positionsOf(stream),
      durableNext: () => stream.status.journal?.durableNext ?? Infinity,
      ...(mayTake ? { mayTake } : {}),
    });
  }

  /** `again`: another stream is on its way; what Pub/Sub brings meanwhile waits for it. */
  private leave(again = false): void {
    if (again && this.feed instanceof RedisFeed) this.feed.hold();
    else this.feed?.stop();
    this.demoFeed?.stop();
    this.backFill?.stop();
  }

  private failed(reason: string): void {
    const now = performance.now();
    this.trouble = reason;
    this.options.onFault?.(reason);
    this.faults = [...this.faults.filter((at) => now - at < FAULT_WINDOW_MS), now];
    if (!this.restarting) this.recover(); // a restart under way looks again when it is done
  }

  private recover(): void {
    if (this.closed || this.trouble === null) return;
    const last = this.faults.length > FAULTS_MAX;
    this.leave(!last);
    if (last) {
      const reason = this.trouble;
      this.down = true;
      this.options.log.error("the data plane fails again and again; it stays down, the journal is kept", { reason });
      return;
    }
    this.restarting = this.restart().finally(() => {
      this.restarting = null;
      this.recover();
    });
  }

  private async restart(): Promise<void> {
    const { log, open } = this.options;
    const begin = performance.now();
    const faults = this.faults.length;
    try {
      await this.stream.close();
      if (this.feed instanceof StreamFeed) await this.feed.left(); // one reads at a time
      await Promise.race([this.stream.archive.left(), this.ending]); // and one writes
      this.current = await open((reason) => this.failed(reason), this.stream.carry);
      if (this.started && !this.closed) this.join();
      this.trouble = null;
      log.warn("data plane restarted", { ms: Math.round(performance.now() - begin), faults });
    } catch (error) {
      this.failed(`restart failed: ${error instanceof Error ? error.message : String(error)}`);
      log.error("the data plane could not be restarted", { reason: this.trouble });
    }
  }
}
