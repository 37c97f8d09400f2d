// The threads of all executions: which execution is in which, who wants which symbol, and what becomes of those whose
// thread is lost. Threads are made when they are needed, at most two, and stay. The stream is listened to only while there
// is an execution. A thread that is lost takes one execution with it: the one that it was at. The others are opened again
// in its successor, from the event behind their last news; when threads are lost again and again, all of them end.
import { availableParallelism } from "node:os";
import { failed, ok, type Result } from "../../domain/result.ts";
import type { Budget } from "../../sandbox/sandbox.ts";
import type { Tap } from "../../stream/tap.ts";
import { Crew, type Seats } from "./crew.ts";
import { Feed } from "./feed.ts";
import type {
  Answer,
  Asking,
  Beginning,
  DuelBeginning,
  DuelNews,
  ExecutionNews,
  Left,
  Letter,
  News,
} from "./messages.ts";

/** The stream of the moment. */
export interface LivePlane {
  readonly tap: Pick<Tap, "listen" | "nextSequence">;
  /** The emergency stop is latched since an earlier run. */
  readonly halted: boolean;
  /** Symbols by their ids. */
  names(): readonly (readonly [id: number, name: string])[];
  /** The symbols of the synthetic market with their last prices, once it is over; before, none. */
  left(): Left;
  /** The last price of a symbol; 0 before the first. */
  price(symbol: string): number;
}

export interface PoolListener {
  news(news: ExecutionNews): void;
  duel(news: DuelNews): void;
  /** Rows of those that only took a step. */
  steps(rows: Float64Array): void;
  /** The order with which an execution goes on in another thread; null: it is over. */
  again(key: number): Promise<Omit<Beginning, "names"> | null>;
  /** It ends in error. */
  failed(key: number, reason: string): void;
  lost(reason: string, executions: number): void;
}

interface Member {
  readonly crew: Crew;
  readonly symbols: readonly string[] | null;
  opened: ((outcome: Result<null, string>) => void) | null;
}

interface Request {
  readonly crew: Crew;
  readonly resolve: (answer: Answer | null) => void;
}

type Asked<L> = L extends Asking ? Omit<L, "key" | "request"> : never;
type Addressed<L> = L extends { readonly key: number } ? Omit<L, "key"> : never;

const MANY_CORES = 4;
const LOOK_MS = 500;
/** A thread that has not moved for so many looks is given up: five seconds. */
const STILL_MAX = 10;
const LOSSES_MAX = 3;
const LOSSES_MS = 60_000;

export class Pool {
  private readonly listener: PoolListener;
  private readonly budget: Budget | null;
  private readonly seats: Seats | null;
  private readonly size = availableParallelism() >= MANY_CORES ? 2 : 1;
  private readonly crews: Crew[] = [];
  private readonly feed: Feed;
  private readonly members = new Map<number, Member>();
  private readonly requests = new Map<number, Request>();
  private lastRequest = 0;
  private readonly ids = new Map<string, number>();
  private readonly losses: number[] = [];
  private plane: LivePlane | null = null;
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  /** `budget`: over all users' code. `seats`: at the board of limits. */
  constructor(listener: PoolListener, budget: Budget | null = null, seats: Seats | null = null) {
    this.listener = listener;
    this.budget = budget;
    this.seats = seats;
    this.feed = new Feed(
      this.crews,
      (id, name) => this.named(id, name),
      (crew) => this.overrun(crew),
    );
  }

  /** Executions that wait for their next step; as told in the last second. */
  get asleep(): number {
    return this.crews.reduce((sum, crew) => sum + crew.asleep, 0);
  }

  /** From now on events come from this stream. */
  join(plane: LivePlane): void {
    this.plane?.tap.listen(null);
    this.plane = plane;
    this.ids.clear();
    for (const crew of this.crews) crew.wanted.fill(0);
    for (const [id, name] of plane.names()) this.named(id, name);
    this.listen();
  }

  /** Resolves when it sees events. The failure says why its program cannot be opened. */
  begin(order: Omit<Beginning, "names" | "from">): Promise<Result<null, string>> {
    return this.open(order, (names, from) => ({
      kind: "begin",
      order: { ...order, names, from, left: this.plane?.left() ?? [] },
    }));
  }
  /** As `begin`, for two that are compared. */
  duel(order: Omit<DuelBeginning, "names" | "from">): Promise<Result<null, string>> {
    const { a, b, key } = order;
    const symbols = a.symbols === null || b.symbols === null ? null : [...new Set([...a.symbols, ...b.symbols])];
    return this.open({ key, symbols }, (names, from) => ({ kind: "duel", order: { ...order, names, from } }));
  }

  send(key: number, letter: Addressed<Letter>): void {
    this.members.get(key)?.crew.send({ ...letter, key });
  }

  /** Null: its thread was lost, or it is over. */
  ask(key: number, asking: Asked<Asking>): Promise<Answer | null> {
    const crew = this.members.get(key)?.crew;
    if (crew === undefined) return Promise.resolve(null);
    const request = ++this.lastRequest;
    return new Promise((resolve) => {
      this.requests.set(request, { crew, resolve });
      crew.send({ ...asking, key, request });
    });
  }

  /** Its thread is done with it. */
  forget(key: number): void {
    const member = this.members.get(key);
    if (member === undefined) return;
    this.members.delete(key);
    member.opened?.(failed("it was ended"));
    member.crew.keys.delete(key);
    member.crew.returned(key);
    this.want(member, -1);
    if (this.members.size === 0) this.listen();
  }

  get nextSequence(): number {
    return this.plane?.tap.nextSequence ?? 0;
  }
  /** Rows that wait for the slowest thread. */
  get behind(): number {
    return this.crews.reduce((most, { feed }) => Math.max(most, feed.behind), 0);
  }

  /** The last one of the stream; 0 before the first. */
  price(symbol: string): number {
    return this.plane?.price(symbol) ?? 0;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.plane?.tap.listen(null);
    this.feed.close();
    if (this.timer !== null) clearInterval(this.timer);
    await Promise.all(this.crews.map((crew) => crew.close()));
  }

  private open(
    { key, symbols }: Pick<Beginning, "key" | "symbols">,
    letter: (names: Beginning["names"], from: number) => Letter,
  ): Promise<Result<null, string>> {
    const { plane } = this;
    if (plane === null || this.closed) return Promise.resolve(failed("there is no stream of events"));
    if (this.members.size === 0) for (const [id, name] of plane.names()) this.named(id, name);
    const crew = this.crewFor();
    return new Promise((resolve) => {
      this.add(key, { crew, symbols, opened: resolve });
      crew.send(letter([...plane.names()], plane.tap.nextSequence));
    });
  }

  private add(key: number, member: Member): void {
    this.members.set(key, member);
    member.crew.keys.add(key);
    this.want(member, 1);
    if (this.members.size === 1) this.listen();
  }

  private listen(): void {
    const wanted = this.members.size > 0 && !this.closed;
    this.plane?.tap.listen(wanted ? this.feed : null);
    if (wanted) {
      this.timer ??= setInterval(() => {
        for (const crew of this.crews) crew.look(STILL_MAX);
      }, LOOK_MS).unref();
    } else if (this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
    }
  }

  private want({ crew, symbols }: Member, by: 1 | -1): void {
    if (symbols === null) crew.everything += by;
    else for (const name of symbols) this.wantOne(crew, this.ids.get(name), by);
  }

  private wantOne(crew: Crew, id: number | undefined, by: number): void {
    if (id !== undefined) crew.wanted[id] = (crew.wanted[id] ?? 0) + by;
  }

  private named(id: number, name: string): void {
    if (this.ids.get(name) === id) return;
    this.ids.set(name, id);
    for (const { crew, symbols } of this.members.values())
      if (symbols?.includes(name) === true) this.wantOne(crew, id, 1);
  }

  private crewFor(): Crew {
    const free = this.crews.find(({ keys }) => keys.size === 0);
    if (free !== undefined) return free;
    if (this.crews.length < this.size) {
      const told = {
        news: (news: News): void => this.heard(crew, news),
        lost: (lost: Crew, reason: string, culprit: number): void => this.lost(lost, reason, culprit),
      };
      const crew = new Crew(told, this.budget, this.seats);
      this.crews.push(crew);
      return crew;
    }
    return this.crews.reduce((least, crew) => (crew.keys.size < least.keys.size ? crew : least));
  }

  private heard(crew: Crew, news: News): void {
    if (news.kind === "batch") {
      crew.asleep = news.asleep;
      this.listener.steps(news.steps);
      for (const one of news.news) this.listener.news(one);
      return;
    }
    if (news.kind === "duel") {
      this.listener.duel(news.news);
      return;
    }
    if (news.kind === "answer") {
      const asked = this.requests.get(news.request);
      this.requests.delete(news.request);
      asked?.resolve(news.answer);
      return;
    }
    const member = this.members.get(news.key);
    member?.crew.returned(news.key);
    const answer = member?.opened;
    if (member !== undefined) member.opened = null;
    if (news.kind === "begun") answer?.(ok(null));
    else if (answer) answer(failed(news.reason));
    else this.listener.failed(news.key, news.reason);
  }

  private overrun(crew: Crew): void {
    for (const key of crew.keys) {
      this.send(key, { kind: "end" });
      this.listener.failed(key, "too slow: more events waited for it than can wait");
    }
  }

  private lost(crew: Crew, reason: string, culprit: number): void {
    if (this.closed) return;
    crew.asleep = 0;
    crew.reopens();
    const now = performance.now();
    this.losses.push(now);
    while (now - (this.losses[0] ?? now) > LOSSES_MS) this.losses.shift();
    this.listener.lost(reason, crew.keys.size);
    for (const [request, { crew: asked, resolve }] of this.requests) {
      if (asked !== crew) continue;
      this.requests.delete(request);
      resolve(null);
    }
    const hopeless = this.losses.length > LOSSES_MAX;
    for (const key of crew.keys) {
      const opened = this.members.get(key)?.opened;
      if (opened) opened(failed(reason));
      else if (key === culprit || hopeless)
        this.listener.failed(key, key === culprit ? `${reason} while it was at this execution` : reason);
    }
    crew.open(true);
    void this.reopen(crew);
  }

  /** Where this thread is lost as well before what it goes on with was read, its successor is told and not this one again. */
  private async reopen(crew: Crew): Promise<void> {
    const { opened } = crew;
    const reopened = [...crew.keys].map(async (key) => {
      const order = await this.listener.again(key);
      if (crew.opened !== opened) return;
      const names = [...(this.plane?.names() ?? [])];
      const left = this.plane?.left() ?? [];
      if (order !== null && crew.keys.has(key))
        crew.send({ kind: "begin", order: { ...order, names, left, again: true } });
      else crew.returned(key);
    });
    await Promise.all(reopened);
    if (crew.opened === opened) crew.send({ kind: "go" });
  }
}
