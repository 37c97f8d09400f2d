// Random histories of several clients over real sockets against a model that is a list of events and a set of filters:
// connect, subscribe, unsubscribe, publish, replay, stop reading, reconnect with what was seen last. Whatever happens,
// every client can account for every event that matches its filters.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { approvedBuys } from "../../support/signals.ts";
import { startServer, type Running } from "../../support/server/start.ts";
import { Watcher } from "../../support/server/story.ts";
import { HandTime } from "../../support/server/time.ts";

const SYMBOLS = ["AAA", "BBB", "CCC"];
const KEPT = 10_000;
const BURST = 500;
const CLIENTS = 4;

interface Holder {
  readonly filters: Map<string, readonly string[]>;
  slow: boolean;
}
/** Events are numbered from 1; the symbol of event n is SYMBOLS[n % 3]. */
class Model {
  published = 0;
  readonly clients = new Map<number, Holder>();

  matches(symbols: readonly string[], from: number, to: number): readonly number[] {
    const seqs: number[] = [];
    for (let seq = Math.max(1, from); seq <= Math.min(to, this.published); seq += 1) {
      if (symbols.length === 0 || symbols.includes(SYMBOLS[seq % SYMBOLS.length] ?? "")) seqs.push(seq);
    }
    return seqs;
  }
  get oldest(): number {
    return Math.max(1, this.published - KEPT + 1);
  }
  lastMatch(symbols: readonly string[]): number {
    return this.matches(symbols, this.oldest, this.published).at(-1) ?? this.published;
  }
}

interface Real extends Running {
  readonly time: HandTime;
  readonly watchers: Map<number, Watcher>;
}

type Step = fc.AsyncCommand<Model, Real>;

/** A step of one client that exists and reads. */
abstract class OfClient implements Step {
  protected readonly who: number;
  constructor(who: number) {
    this.who = who;
  }
  check(model: Readonly<Model>): boolean {
    return model.clients.get(this.who)?.slow === false;
  }
  async run(model: Model, real: Real): Promise<void> {
    const [holder, watcher] = [model.clients.get(this.who), real.watchers.get(this.who)];
    if (holder === undefined || watcher === undefined) throw new Error("a step without its client");
    real.time.pass(100); // requests are free again
    await this.act(model, real, holder, watcher);
    await real.watchers.get(this.who)?.settle();
  }
  protected abstract act(model: Model, real: Real, holder: Holder, watcher: Watcher): Promise<void>;
  toString(): string {
    return `${this.constructor.name}(${Object.values(this).join()})`;
  }
}

class Connect implements Step {
  private readonly who: number;
  private readonly packed: boolean;
  constructor(who: number, packed: boolean) {
    this.who = who;
    this.packed = packed;
  }
  check(model: Readonly<Model>): boolean {
    return !model.clients.has(this.who);
  }
  async run(model: Model, real: Real): Promise<void> {
    model.clients.set(this.who, { filters: new Map(), slow: false });
    real.watchers.set(this.who, await Watcher.open(this.packed ? `${real.ws}?encoding=msgpack` : real.ws));
  }
  toString(): string {
    return `Connect(${this.who})`;
  }
}

class Subscribe extends OfClient {
  private readonly symbols: readonly string[];
  constructor(who: number, symbols: readonly string[]) {
    super(who);
    this.symbols = symbols;
  }
  protected async act(model: Model, real: Real, holder: Holder, watcher: Watcher): Promise<void> {
    const ack = await watcher.subscribe({ symbols: this.symbols }, null);
    const sub = String(ack["sub"]);
    expect(ack["already"] === true).toBe(holder.filters.has(sub));
    expect(ack).toMatchObject({ type: "subscribed", epoch: real.live.epoch, seq: model.lastMatch(this.symbols) });
    holder.filters.set(sub, this.symbols);
  }
}

class Unsubscribe extends OfClient {
  protected async act(model: Model, _real: Real, holder: Holder, watcher: Watcher): Promise<void> {
    const [sub, symbols] = [...holder.filters][0] ?? ["signals", []];
    const answer = await watcher.ask({ op: "unsubscribe", sub });
    expect(answer["type"]).toBe(holder.filters.delete(sub) ? "unsubscribed" : "error");
    account(model, watcher, sub, symbols);
    watcher.stories.delete(sub);
  }
}

class Listed extends OfClient {
  protected async act(model: Model, _real: Real, holder: Holder, watcher: Watcher): Promise<void> {
    const { subscriptions } = await watcher.ask({ op: "list" });
    const held = (subscriptions as readonly { sub: string; seq: number }[]).map(({ sub, seq }) => [sub, seq]);
    expect(held).toEqual([...holder.filters].map(([sub, symbols]) => [sub, model.lastMatch(symbols)]));
  }
}

class Replay extends OfClient {
  private readonly back: number;
  constructor(who: number, back: number) {
    super(who);
    this.back = back;
  }
  protected async act(model: Model, _real: Real, holder: Holder, watcher: Watcher): Promise<void> {
    const [sub, symbols] = [...holder.filters].at(-1) ?? [null, []];
    if (sub === null) return;
    await watcher.settle();
    const from = Math.max(0, model.published - this.back);
    const to = from + Math.floor(this.back / 2);
    const { answer, seqs } = await watcher.replay(sub, from, to);
    expect(seqs).toEqual(model.matches(symbols, Math.max(from, model.oldest), to));
    expect(answer["complete"]).toBe(from >= model.oldest || from > Math.min(to, model.published));
  }
}

class Publish implements Step {
  private readonly count: number;
  constructor(count: number) {
    this.count = count;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, real: Real): Promise<void> {
    real.live.onApproved(approvedBuys(model.published + 1, this.count, SYMBOLS));
    model.published += this.count;
    await turn();
  }
  toString(): string {
    return `Publish(${this.count})`;
  }
}

/** Stops reading until the server has dropped something; others go on. */
class SlowDown extends OfClient {
  override async run(model: Model, real: Real): Promise<void> {
    const [holder, watcher] = [model.clients.get(this.who), real.watchers.get(this.who)];
    if (holder === undefined || watcher === undefined || holder.filters.size === 0) return;
    holder.slow = true;
    watcher.client.socket.pause();
    const before = real.live.stats().dropped;
    for (let cycle = 0; real.live.stats().dropped === before; cycle += 1) {
      if (cycle > 400) throw new Error("nothing was ever dropped");
      await new Publish(BURST).run(model, real);
    }
  }
  protected act(): Promise<void> {
    return Promise.resolve();
  }
}

class ReadAgain implements Step {
  private readonly who: number;
  constructor(who: number) {
    this.who = who;
  }
  check(model: Readonly<Model>): boolean {
    return model.clients.get(this.who)?.slow === true;
  }
  async run(model: Model, real: Real): Promise<void> {
    const holder = model.clients.get(this.who);
    if (holder !== undefined) holder.slow = false;
    real.watchers.get(this.who)?.client.socket.resume();
    await real.watchers.get(this.who)?.settle();
  }
  toString(): string {
    return `ReadAgain(${this.who})`;
  }
}

/** Leaves without a word and comes back with the last number of each subscription. */
class Reconnect extends OfClient {
  private readonly otherEpoch: boolean;
  constructor(who: number, otherEpoch: boolean) {
    super(who);
    this.otherEpoch = otherEpoch;
  }
  protected async act(model: Model, real: Real, holder: Holder, watcher: Watcher): Promise<void> {
    await watcher.settle();
    for (const [sub, symbols] of holder.filters) account(model, watcher, sub, symbols);
    const had = [...holder.filters].map(
      ([sub, symbols]) => [sub, symbols, watcher.stories.get(sub)?.last ?? 0] as const,
    );
    watcher.client.socket.terminate();
    await new Publish(7).run(model, real);
    const again = await Watcher.open(real.ws);
    real.watchers.set(this.who, again);
    for (const [sub, symbols, last] of had) {
      const epoch = this.otherEpoch ? "e_other" : real.live.epoch;
      const ack = await again.subscribe({ symbols }, { from_seq: last, epoch });
      const missed = this.otherEpoch ? [] : model.matches(symbols, last + 1, model.published);
      expect(ack["replay"]).toMatchObject({ from_seq: last, count: missed.length, complete: !this.otherEpoch });
      expect(ack["sub"]).toBe(sub);
    }
  }
}

/** Everything that matched since the story began was seen once and in order, or lies in a gap that counts it. */
function account(model: Model, watcher: Watcher, sub: string, symbols: readonly string[]): void {
  const story = watcher.stories.get(sub);
  if (story === undefined) return;
  const lost = story.gaps.flatMap(({ from, to, dropped }) => {
    const range = model.matches(symbols, from, to);
    expect(range).toHaveLength(dropped);
    return range;
  });
  const told = [...story.seen, ...lost].sort((a, b) => a - b);
  expect(story.seen).toEqual([...story.seen].sort((a, b) => a - b));
  expect(told).toEqual(model.matches(symbols, story.start + 1, model.published));
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const who = fc.nat(CLIENTS - 1);
const steps = fc.commands<Model, Real, false>(
  [
    fc.tuple(who, fc.boolean()).map(([client, packed]) => new Connect(client, packed)),
    fc.tuple(who, fc.subarray(SYMBOLS)).map(([client, symbols]) => new Subscribe(client, symbols)),
    fc.tuple(who, fc.subarray(SYMBOLS)).map(([client, symbols]) => new Subscribe(client, symbols)),
    who.map((client) => new Unsubscribe(client)),
    who.map((client) => new Listed(client)),
    fc.tuple(who, fc.nat(60)).map(([client, back]) => new Replay(client, back)),
    fc.integer({ min: 1, max: 40 }).map((count) => new Publish(count)),
    fc.integer({ min: 1, max: 40 }).map((count) => new Publish(count)),
    who.map((client) => new SlowDown(client)),
    who.map((client) => new ReadAgain(client)),
    fc.tuple(who, fc.boolean()).map(([client, other]) => new Reconnect(client, other)),
  ],
  { maxCommands: 60, size: "max" },
);

it("whatever clients do, each can account for every event that matches", async () => {
  const told = { events: 0, gaps: 0 };
  await fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      const time = new HandTime();
      const running = startServer({ live: { time, bufferBytes: 65_536, slowMs: 1e9 } });
      const real: Real = { ...running, time, watchers: new Map() };
      const model = new Model();
      try {
        await fc.asyncModelRun(() => ({ model, real }), commands);
        for (const [client, { filters, slow }] of model.clients) {
          const watcher = real.watchers.get(client);
          if (watcher === undefined) throw new Error("a client of the model does not exist");
          if (slow) watcher.client.socket.resume();
          time.pass(1_000);
          await watcher.settle();
          for (const [sub, symbols] of filters) account(model, watcher, sub, symbols);
          for (const { seen, gaps } of watcher.stories.values()) {
            told.events += seen.length;
            told.gaps += gaps.length;
          }
        }
        expect(running.live.stats().connections).toBe(model.clients.size);
      } finally {
        for (const { client } of real.watchers.values()) client.socket.terminate();
        await running.server.close();
      }
    }),
    { numRuns: 25, seed: 7, endOnFailure: true },
  );
  expect(told.events).toBeGreaterThan(1_000);
  expect(told.gaps).toBeGreaterThan(0);
});
