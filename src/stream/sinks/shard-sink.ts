// A shard's signals on their way to everybody. They wait until everything that was visible when they were made is durable,
// so a signal is never heard whose events a kill could take back; then they go out in order. After a start everything
// that the archive knows and that was not said yet is said first. Ids follow from the events, so what was on its way when
// a process was killed is said by the next one under the same ids, and Redis passes over what it has.
// Exits are not signals of the API; synthetic ones stay inside.
import { signalText, type Signal } from "../../domain/signal.ts";
import type { Log } from "../../telemetry/log.ts";

/** As `ShardPublisher` of the bus does it. */
export interface SignalsOut {
  say(signals: readonly { readonly id: string; readonly data: string }[]): Promise<string | null>;
}

export interface ShardSinkDeps {
  readonly out: SignalsOut;
  readonly log: Log;
  /** Sequence of the next event. */
  readonly nextSequence: () => number;
  /** Every event below it is durable. */
  readonly durableNext: () => number;
  /** Resolves when every event below it is; rejects when the journal stops before. */
  readonly whenDurable: (sequence: number) => Promise<void>;
}

interface Waiting {
  readonly signal: Signal;
  readonly until: number;
}

/** As many as the stream keeps: of more, the oldest would be gone at once. */
const WAITING_MAX = 100_000;
const TOGETHER_MAX = 256;
const AWAY_MS = 100;

export class ShardSink {
  private readonly deps: ShardSinkDeps;
  private waiting: Waiting[] = [];
  private running: Promise<void> | null = null;
  private begun = false;
  private caughtUp = false;
  private closed = false;
  /** Ends a wait for the journal. */
  private onClose: () => void = () => undefined;
  /** Given up because too many waited. */
  dropped = 0;

  constructor(deps: ShardSinkDeps) {
    this.deps = deps;
  }

  /** Signals that wait to be said. */
  get unsaid(): number {
    return this.waiting.length;
  }

  /** One cycle's approved signals, in order. */
  onApproved(signals: readonly Signal[]): void {
    const until = this.deps.nextSequence();
    for (const signal of signals) if (isSaid(signal)) this.waiting.push({ signal, until });
    const over = this.waiting.length - WAITING_MAX;
    if (over > 0) {
      this.waiting.splice(0, over);
      if (this.dropped === 0) this.deps.log.error("signals were given up: Redis has been away for too long");
      this.dropped += over;
    }
    this.run();
  }

  /** `known`: all signals of the archive, oldest first, which has those that came meanwhile as well. */
  begin(known: readonly Signal[]): void {
    const until = this.deps.nextSequence();
    this.waiting = known.filter(isSaid).map((signal) => ({ signal, until }));
    this.begun = true;
    this.caughtUp = false;
    this.run();
  }

  /** Everything that is durable is said, or was tried once. */
  async close(): Promise<void> {
    this.closed = true;
    this.onClose();
    await this.running;
  }

  private run(): void {
    if (this.begun) this.running ??= this.sayAll().finally(() => (this.running = null));
  }

  private async sayAll(): Promise<void> {
    if (!this.caughtUp) await this.catchUp();
    while (this.waiting.length > 0) {
      const ready = this.ready();
      if (ready.length > 0 && (await this.deps.out.say(ready.map(entryOf))) !== null) this.forget(ready);
      else if (this.closed) return;
      else if (ready.length > 0) await later(AWAY_MS);
      else await this.durable(this.waiting[0]?.until ?? 0);
    }
  }

  /** What an earlier owner, or an earlier run, has said: asked for once, from then on it is known here. */
  private async catchUp(): Promise<void> {
    let newest = await this.deps.out.say([]);
    while (newest === null && !this.closed) {
      await later(AWAY_MS);
      newest = await this.deps.out.say([]);
    }
    if (newest === null) return;
    this.skipTo(newest);
    this.caughtUp = true;
  }

  /** The journal says when; one that has stopped is followed by another, or by the end. */
  private durable(sequence: number): Promise<void> {
    return new Promise((resolve) => {
      this.onClose = resolve;
      this.deps.whenDurable(sequence).then(resolve, () => setTimeout(resolve, AWAY_MS));
    });
  }

  private ready(): readonly Signal[] {
    const durable = this.deps.durableNext();
    const some = this.waiting.slice(0, TOGETHER_MAX);
    const end = some.findIndex(({ until }) => until > durable);
    return (end < 0 ? some : some.slice(0, end)).map(({ signal }) => signal);
  }

  /** While they were on their way the oldest may have been given up. */
  private forget(said: readonly Signal[]): void {
    const last = this.waiting.findIndex(({ signal }) => signal === said.at(-1));
    this.waiting.splice(0, last + 1);
  }

  private skipTo(newest: string): void {
    const [sequence = 0, ordinal = 0] = newest.split("-").map(Number);
    if (sequence >= this.deps.nextSequence()) {
      this.deps.log.error("signals of later events than the journal has were said, by a folder that is gone", {
        newest,
      });
    }
    const first = this.waiting.findIndex(
      ({ signal }) => signal.sequence > sequence || (signal.sequence === sequence && signal.ordinal > ordinal),
    );
    this.waiting.splice(0, first < 0 ? this.waiting.length : first);
  }
}

function isSaid(signal: Signal): boolean {
  return !signal.demo && signal.action !== "exit";
}

function entryOf(signal: Signal): { readonly id: string; readonly data: string } {
  return { id: `${signal.sequence}-${signal.ordinal}`, data: signalText(signal) };
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
