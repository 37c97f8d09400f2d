// The threads beside the data plane, a pass at a time: the one of executions with its real Host, and the one of the store
// with the real database behind a driver that fails. Each does in a pass what its worker does in a turn of its loop
// (execution-worker.ts, store-worker.ts). What is done with is settled only in the pass after it was told, so that a
// thread may end in between.
import { Host } from "../../../src/manage/executions/host.ts";
import { FeedReader } from "../../../src/manage/executions/feed-ring.ts";
import type { ExecutionWorkerData } from "../../../src/manage/executions/execution-worker.ts";
import type { Letter, News } from "../../../src/manage/executions/messages.ts";
import { commitGroup, faultOf } from "../../../src/store/sqlite/commits.ts";
import type { SqlDriver } from "../../../src/store/sqlite/driver.ts";
import type { StoreRequest, StoreWorkerData } from "../../../src/store/sqlite/messages.ts";
import { openDatabase } from "../../../src/store/sqlite/open.ts";
import type { Random } from "../random.ts";
import { received, type SimulatedPort } from "./ports.ts";
import { FaultyDriver, type StoreFaults } from "./store-faults.ts";
import { SimulatedThread, type Threads } from "./threads.ts";

const SLICE = 64;

export interface Watch {
  /** Before main hears it. */
  news(news: News): void;
  letter(letter: Letter): void;
  /** The thread has thrown. */
  thrown(error: unknown): void;
  /** A lie for the proof of the simulator: it throws now. */
  breaks(): boolean;
}

abstract class SideThread extends SimulatedThread {
  unref(): this {
    return this;
  }
}

export class ExecutionThread extends SideThread {
  readonly name = "executions";
  private readonly port: SimulatedPort;
  private readonly reader: FeedReader;
  private readonly host: Host;
  private readonly random: Random;
  private readonly watch: Watch;
  private untold = 0;
  private toldOf = false;

  constructor(threads: Threads, data: ExecutionWorkerData, random: Random, watch: Watch) {
    super(threads);
    this.random = random;
    this.watch = watch;
    this.port = data.port as unknown as SimulatedPort;
    this.reader = new FeedReader(data.memory);
    this.host = new Host(this.reader, (news) => this.tell(news), data.held);
  }

  protected begin(): void {
    this.reader.alive();
  }

  protected work(): boolean {
    try {
      return this.turn();
    } catch (error) {
      this.watch.thrown(error);
      throw error;
    }
  }

  private turn(): boolean {
    const { reader, host } = this;
    if (this.watch.breaks()) throw new Error("on purpose");
    if (this.toldOf) reader.settle();
    this.toldOf = false;
    reader.alive();
    if (!this.letters()) return this.last();
    const rows = host.holding > 0 ? 0 : Math.min(reader.waiting(), 1 + this.random.integer(SLICE));
    for (let row = 0; row < rows; row++) {
      reader.alive();
      if (!this.letters()) return this.last();
      host.row();
      this.untold++;
    }
    if (reader.waiting() === 0 || this.random.next() < 0.3) this.batch();
    return true;
  }

  private last(): boolean {
    this.batch();
    this.reader.settle();
    return false;
  }

  private batch(): void {
    const batch = this.host.batch();
    if (batch !== null) this.tell(batch, [batch.steps.buffer as ArrayBuffer]);
    this.toldOf ||= this.untold > 0;
    this.untold = 0;
  }

  private tell(news: News, transfer: Transferable[] = []): void {
    this.watch.news(news);
    this.port.postMessage(news, transfer);
  }

  /** False: it is to close. */
  private letters(): boolean {
    if (!this.reader.mail()) return true;
    let open = true;
    for (let next = received(this.port); next !== undefined; next = received(this.port)) {
      const letter = next.message as Letter;
      this.watch.letter(letter);
      if (letter.kind === "close") open = false;
      else this.host.letter(letter);
    }
    return open;
  }
}

export interface StoreSide {
  readonly faults: StoreFaults;
  readonly nowUs: () => number;
  /** A lie for the proof of the simulator: these commits are only said to be done. */
  lies(): boolean;
  /** Another: it answers nobody any more. */
  silent(): boolean;
}

export class StoreSideThread extends SideThread {
  readonly name = "store";
  private readonly file: string;
  private readonly side: StoreSide;
  private driver: SqlDriver | null = null;

  constructor(threads: Threads, { file }: StoreWorkerData, side: StoreSide) {
    super(threads);
    this.file = file;
    this.side = side;
  }

  override end(code: number): void {
    this.driver?.close();
    this.driver = null;
    super.end(code);
  }

  protected begin(): void {
    const opened = openDatabase(this.file, this.side.nowUs());
    if (!("driver" in opened)) {
      this.outbox.push(["message", { kind: "refused", failure: opened }]);
      return;
    }
    this.driver = new FaultyDriver(opened.driver, this.side.faults);
    this.outbox.push(["message", { kind: "opened", migrated: opened.migrated, checked: true }]);
  }

  protected work(): boolean {
    const { faults } = this.side;
    if (this.side.silent()) return true;
    if (faults.slow > 0) {
      faults.slow--;
      return true;
    }
    const request = this.inbox.shift() as StoreRequest | undefined;
    const { driver } = this;
    if (request === undefined || driver === null) return true;
    if (request.kind === "close") return false;
    if (request.kind === "judged") return true;
    const lies = request.commits.length > 0 && this.side.lies();
    const commits = lies ? request.commits.map(() => null) : commitGroup(driver, request.commits);
    const queries = request.queries.map(({ sql, params }) => {
      try {
        return { rows: driver.all(sql, params) };
      } catch (error) {
        return { fault: faultOf(error) };
      }
    });
    this.outbox.push(["message", { kind: "done", commits, queries }]);
    return true;
  }
}
