// Reads that requests ask for. They are made in a thread of their own over a second connection (sqlite/read-worker.ts), so
// that no reader holds up a commit: in SQLite's write-ahead mode the two do not wait for each other, and a read that begins
// after a commit was confirmed sees it. A read that is not begun or not answered in time is refused, and interrupted; where
// that does not help, a second thread takes the place of the one that has it. They begin with the first read that needs them.
import type { Failure } from "../domain/failure.ts";
import type { Statement } from "./sqlite/commits.ts";
import type { Row, SqlValue } from "./sqlite/driver.ts";
import type { Found } from "./sqlite/messages.ts";
import { ReadLane } from "./sqlite/read-lane.ts";
import type { StoreLog } from "./sqlite/store-thread.ts";
import { StoreError } from "./store-error.ts";

export interface Reader {
  /** Sees every commit that was confirmed before. Rejects with a StoreError when there is no answer in time. */
  query(sql: string, params: readonly SqlValue[]): Promise<readonly Row[]>;
}

export interface ReadsOptions {
  readonly file: string;
  readonly log: StoreLog;
  /** What was read is damaged. */
  readonly onDamage: (reason: string) => void;
  /** So long a read waits for its turn, and so long it may take; default 5 s. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 5_000;
/** A stop waits no longer for a read that was interrupted. */
const CLOSE_MS = 1_000;
/** And the next read no longer than this. */
const INTERRUPT_MS = 250;
const WAITING_MAX = 1_000;
const LANES_MAX = 2;
const AGAIN = "send it again in a moment";

interface Asked {
  readonly query: Statement;
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: StoreError) => void;
  timer: NodeJS.Timeout;
}

export class Reads implements Reader {
  private readonly file: string;
  private readonly log: StoreLog;
  private readonly onDamage: (reason: string) => void;
  private readonly patienceMs: number;
  private readonly waiting: Asked[] = [];
  /** What each thread reads; null: what it reads was refused meanwhile, or nothing. */
  private readonly lanes = new Map<ReadLane, Asked | null>();
  private closed = false;

  constructor({ file, log, onDamage, patienceMs = PATIENCE_MS }: ReadsOptions) {
    this.file = file;
    this.log = log;
    this.onDamage = onDamage;
    this.patienceMs = patienceMs;
  }

  query(sql: string, params: readonly SqlValue[]): Promise<readonly Row[]> {
    if (this.closed) return Promise.reject(new StoreError({ code: "shutting_down" }, "the store is closed"));
    if (this.waiting.length >= WAITING_MAX) return Promise.reject(refusal(`${WAITING_MAX} reads wait for the store`));
    return new Promise((resolve, reject) => {
      const asked: Asked = { query: { sql, params }, resolve, reject, timer: this.patience(() => this.tooMany(asked)) };
      this.waiting.push(asked);
      this.next();
    });
  }

  /** What is under way is refused and interrupted, and its thread left to itself once there was no end in time. */
  async close(): Promise<void> {
    this.closed = true;
    const failure: Failure = { code: "shutting_down" };
    for (const asked of [...this.waiting.splice(0), ...this.lanes.values()]) {
      clearTimeout(asked?.timer);
      asked?.reject(new StoreError(failure, "the store is closed"));
    }
    const lanes = [...this.lanes.keys()];
    for (const lane of lanes) {
      this.lanes.set(lane, null);
      lane.close();
    }
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((done) => (timer = setTimeout(done, Math.min(CLOSE_MS, this.patienceMs))));
    await Promise.race([Promise.all(lanes.map(({ ended }) => ended)), patience]);
    clearTimeout(timer);
    for (const lane of lanes) lane.leave();
  }

  private next(): void {
    for (let lane = this.free(); lane !== null && this.waiting.length > 0; lane = this.free()) {
      const asked = this.waiting.shift();
      if (asked === undefined) return;
      clearTimeout(asked.timer);
      asked.timer = this.patience(() => this.tooLong(asked, lane));
      this.lanes.set(lane, asked);
      lane.read(asked.query);
    }
  }

  /** A thread that has nothing to do; a further one only in the place of one that is not waited for. */
  private free(): ReadLane | null {
    const lanes = [...this.lanes.keys()];
    const idle = lanes.find(({ isBusy }) => !isBusy);
    if (idle !== undefined) return idle;
    if (lanes.length >= LANES_MAX || lanes.some(({ isLate }) => !isLate) || this.waiting.length === 0) return null;
    const lane = new ReadLane(this.file, {
      onFound: (of, found) => this.found(of, found),
      onEnd: (of, reason) => this.ended(of, reason),
    });
    this.lanes.set(lane, null);
    return lane;
  }

  private found(lane: ReadLane, found: Found): void {
    const asked = this.lanes.get(lane) ?? null;
    this.lanes.set(lane, null);
    if (lane.isLate) this.takenBack(lane);
    if ("fault" in found && found.fault.kind === "corrupt") this.onDamage(found.fault.reason);
    if (asked !== null) {
      clearTimeout(asked.timer);
      if ("rows" in found) asked.resolve(found.rows);
      else asked.reject(this.faulty(asked, found.fault.reason));
    }
    if (!this.closed) this.next();
  }

  /** It has answered after all: one thread is enough. */
  private takenBack(lane: ReadLane): void {
    lane.isLate = false;
    if (this.closed || this.lanes.size === 1) return;
    this.lanes.delete(lane);
    lane.close();
  }

  /** What killed a thread is not asked again. */
  private ended(lane: ReadLane, reason: string): void {
    const asked = this.lanes.get(lane) ?? null;
    this.lanes.delete(lane);
    if (asked === null) this.log.error("a thread that reads the store ended", { reason });
    else {
      clearTimeout(asked.timer);
      asked.reject(this.faulty(asked, reason));
    }
    if (!this.closed) this.next();
  }

  private faulty({ query }: Asked, reason: string): StoreError {
    this.log.error("a read of the store failed", { reason, sql: query.sql });
    return refusal(`the store could not be read, its log names the cause`);
  }

  private tooMany(asked: Asked): void {
    const index = this.waiting.indexOf(asked);
    if (index >= 0) this.waiting.splice(index, 1);
    asked.reject(refusal(`so many reads wait for the store that this one was not begun in ${this.patienceMs} ms`));
  }

  private tooLong(asked: Asked, lane: ReadLane): void {
    this.lanes.set(lane, null);
    this.log.warn("a read of the store takes too long and is interrupted", { sql: asked.query.sql });
    asked.reject(refusal(`the store had no answer to this in ${this.patienceMs} ms; ask for less`));
    lane.interrupt();
    setTimeout(() => this.stillThere(lane), INTERRUPT_MS).unref();
  }

  /** What it was interrupted in goes on: another thread takes its place. */
  private stillThere(lane: ReadLane): void {
    if (this.closed || !lane.isBusy || this.lanes.get(lane) !== null) return;
    lane.isLate = true;
    this.log.warn("a read of the store cannot be interrupted and is not waited for");
    this.next();
  }

  private patience(over: () => void): NodeJS.Timeout {
    return setTimeout(over, this.patienceMs).unref();
  }
}

function refusal(why: string): StoreError {
  return new StoreError({ code: "storage_unavailable", issue: `${why}, or ${AGAIN}` }, why);
}
