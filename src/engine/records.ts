// What outlives the process, opened while the data plane opens: after the journal, whose lock says that no other engine
// works in this folder, and before its events are read, because signals are named after the strategies that there are.
// A stream that is opened again finds everything open.
import type { Bus } from "../bus/bus.ts";
import { type ConfigDefaults, Manage, type PipelineSettings, type RunSettings } from "../manage/manage.ts";
import type { Store } from "../store/store.ts";
import type { Stream, StreamOptions } from "../stream/stream.ts";
import { Tap } from "../stream/tap.ts";
import type { Log } from "../telemetry/log.ts";

export interface RecordsOptions {
  readonly open: () => Promise<Store>;
  readonly bus: Bus;
  /** Wall clock, integer microseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly configDefaults: ConfigDefaults;
  readonly runs?: RunSettings;
  readonly pipeline?: PipelineSettings;
  readonly autoResume?: boolean;
}

interface Opened {
  readonly store: Store;
  readonly manage: Manage;
}

export class Records {
  private readonly options: RecordsOptions;
  private opening: Promise<Opened> | null = null;
  private opened: Opened | null = null;

  constructor(options: RecordsOptions) {
    this.options = options;
  }

  /** What a stream takes from here. */
  get hooks(): Required<Pick<StreamOptions, "beforeRecovery" | "ownerName">> {
    return {
      beforeRecovery: async () => {
        this.opened = await (this.opening ??= this.openAll());
      },
      ownerName: (mark) => this.opened?.manage.ownerName(mark) ?? null,
    };
  }

  get store(): Store {
    return this.all.store;
  }
  get manage(): Manage {
    return this.all.manage;
  }

  /** For news that may come before there is anybody to hear it; then the log has it alone. */
  whenOpen(tell: (manage: Manage) => void): void {
    if (this.opened !== null) tell(this.opened.manage);
  }

  /** The instances of strategies in a stream that was just opened, before its first tick. */
  async join(stream: Stream): Promise<Stream> {
    try {
      await this.manage.join(stream);
      this.manage.config.join(stream, stream.recovered.snapshot === null && stream.recovered.events === 0);
      this.manage.instruments.join(stream);
      const { symbols } = stream.ingest;
      const names = () => Array.from({ length: symbols.count }, (_, id) => [id, symbols.nameOf(id)] as const);
      const halted = stream.status.emergencyStop;
      this.manage.executions.join({ tap: new Tap(stream.compute.plane), halted, names });
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
    return { store, manage };
  }
}
