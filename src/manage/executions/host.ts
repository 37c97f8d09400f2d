// The executions of one thread: gives each event to those that want its symbol, and does between two events what letters
// ask for. A program is opened while others go on; its execution begins with the event after that, at the earliest with
// the one that it was promised. An execution that fails is told of and forgotten; no other one notices.
import * as layout from "../../../assembly/layout.ts";
import { programSignals } from "../../research/program-signals.ts";
import { openProgram } from "../../sandbox/sandbox.ts";
import type { Board } from "../risk/board.ts";
import { Duels } from "./duels.ts";
import { FeedEvent, nameIn, RECORD } from "./feed-event.ts";
import type { FeedReader } from "./feed-ring.ts";
import { Hosted } from "./hosted.ts";
import { faultOf, faultText, Lane } from "./lane.ts";
import type { BestQuote } from "./market.ts";
import type { Answer, Asking, Beginning, ExecutionNews, Letter, News, Shares } from "./messages.ts";
import { NO_QUOTE, Openings } from "./openings.ts";
import { Places } from "./places.ts";
import { Sleepers } from "./sleepers.ts";
import { STEP_WIDTH } from "./step-rows.ts";
import { Synthetic } from "./synthetic.ts";

type Retune = Extract<Letter, { kind: "retune" }>;
type DuelLetter = Extract<Letter, { kind: "duel" | "duel_end" | "duel_signals" }>;
type Addressed = Exclude<Letter, DuelLetter | { kind: "begin" | "go" | "close" }>;
type Of<K extends Asking["kind"]> = Extract<Asking, { kind: K }>;
const FAILED = "the new version has failed";
const GONE: Answer = { sequence: -1, version: "", comparison: null, order: null, fault: "the execution is over" };

export class Host {
  /** Programs that are being opened; their promises need turns of the loop. */
  opening = 0;
  /** Executions that are being opened again: until they are there, no row may be taken. */
  holding = 0;
  private readonly reader: FeedReader;
  private readonly tell: (news: News) => void;
  private readonly board: Board | null;
  private readonly event = new FeedEvent();
  private readonly hosted = new Map<number, Hosted>();
  /** Who wants the events of which symbol. */
  private readonly sleepers: Sleepers;
  private readonly openings: Openings;
  private readonly duels: Duels;
  private readonly synthetic: Synthetic;
  private rested = true;
  /** Those that have something to tell. */
  private speaking: Hosted[] = [];
  private readonly names: string[] = [];
  private readonly quotes: BestQuote[] = [];
  /** Ended before their beginning came. */
  private readonly called = new Set<number>();
  /** What came for executions that are being opened, done once they are there. */
  private readonly early = new Map<number, Addressed[]>();

  constructor(reader: FeedReader, tell: (news: News) => void, held: boolean, board: Board | null = null) {
    this.board = board;
    this.reader = reader;
    if (held) this.holding = 1;
    this.tell = tell;
    this.openings = new Openings(reader);
    this.synthetic = new Synthetic(reader);
    this.duels = new Duels(tell, this.names);
    this.sleepers = new Sleepers((key) => reader.isAt(key));
  }

  letter(letter: Exclude<Letter, { kind: "close" }>): void {
    if (letter.kind === "go") {
      this.holding--;
      return;
    }
    if (letter.kind === "begin") {
      this.whileOpen(letter.order.key, this.begin(letter.order), letter.order.again ? 1 : 0);
      return;
    }
    if (letter.kind === "duel" || letter.kind === "duel_end" || letter.kind === "duel_signals") {
      const opening = this.duels.letter(letter);
      if (opening !== null) this.whileOpen(letter.kind === "duel" ? letter.order.key : letter.key, opening);
      return;
    }
    const early = this.early.get(letter.key);
    const hosted = this.hosted.get(letter.key);
    if (early !== undefined) early.push(letter);
    else if (hosted !== undefined) this.deliver(hosted, letter);
    else this.nobody(letter);
  }

  private nobody(letter: Addressed): void {
    if (letter.kind === "end") this.called.add(letter.key);
    if ("request" in letter) this.tell({ kind: "answer", request: letter.request, answer: GONE });
  }

  private deliver(hosted: Hosted, letter: Addressed): void {
    this.sleepers.wake(hosted);
    switch (letter.kind) {
      case "end":
        hosted.end();
        return;
      case "pause":
        hosted.pause(letter.paused);
        return;
      case "retune":
        this.whileOpen(hosted.key, this.retune(hosted, letter));
        return;
      case "gates":
        hosted.gates(letter.table);
        return;
      case "venue":
        hosted.told(letter.number, letter.news);
        return;
      case "signals":
        hosted.signals(letter.sequence, letter.signals);
        return;
      default:
        this.asked(hosted, letter);
    }
  }

  /** The next row of the feed; takes it. */
  row(): void {
    const { reader, event } = this;
    this.rested = false;
    const at = reader.at();
    event.read(reader.words, reader.numbers, at);
    if (event.kind === layout.KIND_NAME) this.learn(event.subject, nameIn(reader.words, at + RECORD));
    else this.give(event, !this.isPart(event));
    reader.take();
  }

  /** What happened since the last time, by execution; those that are over are forgotten. Null: nothing. */
  batch(): Extract<News, { kind: "batch" }> | null {
    this.duels.tellNews();
    if (this.speaking.length === 0) return null;
    const speaking = this.speaking.toSorted((a, b) => a.key - b.key);
    this.speaking = [];
    for (const hosted of speaking) this.sleepers.upToDate(hosted);
    const quiet = speaking.filter((hosted) => hosted.onlyStepped);
    const steps = new Float64Array(quiet.length * STEP_WIDTH);
    const news: ExecutionNews[] = [];
    for (const hosted of speaking) {
      if (hosted.onlyStepped) continue;
      news.push(hosted.news());
      if (hosted.over) this.forget(hosted);
    }
    for (const [place, hosted] of quiet.entries()) hosted.step(steps, place * STEP_WIDTH);
    return { kind: "batch", news, steps, asleep: this.sleepers.asleep };
  }

  /** The emergency stop is on: no order stays in the market, whatever else is on its way here. */
  takeBack(): void {
    for (const hosted of this.hosted.values()) {
      this.sleepers.wake(hosted);
      hosted.takeBack();
    }
  }

  /** No row has come for a while. */
  rest(): void {
    if (!this.rested) for (const hosted of this.hosted.values()) hosted.rest();
    this.rested = true;
  }

  /** Limits, or switches of risk, are others than before. Who sleeps has no order. */
  restrain(): void {
    for (const hosted of this.hosted.values()) hosted.restrain();
  }

  private forget(hosted: Hosted): void {
    this.hosted.delete(hosted.key);
    this.sleepers.forget(hosted);
  }

  private give(event: FeedEvent, decides: boolean): void {
    const best = this.quoteOf(event);
    const asks = decides && event.kind !== layout.KIND_FUNDING;
    this.board?.see(event.clock);
    if (this.synthetic.endsWith(event)) for (const hosted of this.hosted.values()) this.leave(hosted, event.clock);
    for (const duel of this.duels.open) {
      this.reader.isAt(duel.key);
      duel.event(event, best, asks);
    }
    this.sleepers.give(event, best, asks);
  }

  /** Of the synthetic market nothing comes any more. */
  private leave(hosted: Hosted, clock: number): void {
    this.sleepers.wake(hosted);
    for (const subject of this.synthetic.subjects) hosted.leave(hosted.places.of(subject), clock);
  }

  /** A quote that came with a trade is no event of its own for programs: the trade follows and they see both. */
  private isPart({ kind, more, sequence, subject }: FeedEvent): boolean {
    if (kind !== layout.KIND_QUOTE || !more || this.reader.waiting() < 2) return false;
    const { words, numbers } = this.reader;
    const at = this.reader.at(1);
    const header = words[at + RECORD] ?? 0;
    const trade = ((header >>> 16) & 0xff) === layout.KIND_TRADE && (header & 0xffff) === subject;
    return trade && numbers[at >> 1] === sequence + 1;
  }

  private quoteOf(event: FeedEvent): BestQuote {
    const { kind, subject } = event;
    if (kind !== layout.KIND_QUOTE) return this.quotes[subject] ?? NO_QUOTE;
    const best = { bid: event.value(0), ask: event.value(1), bidSize: event.value(2), askSize: event.value(3) };
    this.quotes[subject] = best;
    return best;
  }

  private learn(id: number, name: string): void {
    if (this.names[id] === name) return;
    this.names[id] = name;
    for (const hosted of this.hosted.values()) this.join(hosted, id, name);
    this.duels.learn(id, name);
  }

  private join(hosted: Hosted, id: number, name: string): void {
    hosted.places.learn(id, name);
    if (hosted.places.wants(id)) this.sleepers.join(hosted, id);
  }

  private async begin(order: Beginning): Promise<void> {
    const { key, program, symbols, parameters, names, again } = order;
    for (const [id, name] of names) this.names[id] ??= name;
    const places = new Places(symbols);
    this.names.forEach((name, id) => places.learn(id, name));
    const early: Addressed[] = [];
    this.early.set(key, early);
    // One that ran before its thread was lost has its room.
    const opened =
      program === null ? null : await openProgram(program, places.names, parameters, programSignals, again);
    if (opened !== null && !opened.ok) {
      this.early.delete(key);
      this.called.delete(key);
      for (const letter of early) if (letter.kind !== "end") this.nobody(letter);
      this.tell({ kind: "refused", key, reason: faultText(opened.failure) });
      return;
    }
    const hosted = new Hosted(order, places, opened?.value ?? null, (one) => void this.speaking.push(one), this.board);
    if (order.shares !== null) {
      // One that cannot be opened leaves its symbols to the deployed version.
      const { lanes } = await this.sharers(hosted, order.shares, true, again);
      hosted.balance(order.shares.weights, lanes);
    }
    this.early.delete(key);
    this.names.forEach((name, id) => this.join(hosted, id, name));
    this.hosted.set(key, hosted);
    if (this.synthetic.over) this.leave(hosted, this.event.clock); // it ended while the program was opened
    for (const [symbol, price] of order.left ?? []) hosted.leave(places.known(symbol), order.startTime, price);
    if (again && opened !== null) this.openings.remember(hosted, opened.value);
    if (this.called.delete(key)) hosted.end();
    this.tell({ kind: "begun", key });
    for (const letter of early) this.deliver(hosted, letter);
  }

  /** The program is opened anew with the new parameters and takes over between two events. */
  private async retune(hosted: Hosted, { terms, parameters, program, version, takesOver }: Retune): Promise<void> {
    const { versions } = hosted;
    const trades = (): boolean => version === versions.lane.version;
    const known = program === null || (!trades() && (!takesOver || versions.promote(version)));
    const opened = known ? null : await this.openings.open(hosted, { program, parameters }, true, true);
    if (hosted.over) {
      if (opened !== null && typeof opened !== "string") opened.close();
      return;
    }
    if (typeof opened === "string") {
      hosted.fail(opened);
      return;
    }
    const other = opened !== null && !trades();
    if (other && takesOver) versions.follow(new Lane(version, opened));
    else if (other) opened.close(); // a promotion has overtaken it
    hosted.retune(terms, other ? null : opened);
  }

  private asked(hosted: Hosted, asking: Asking): void {
    const reply = (fault: string | null): void => {
      this.sleepers.wake(hosted);
      const order = asking.kind === "order" ? asking.number : 0;
      // What the venue made of the order is known before the answer that it was done.
      if (order > 0 && !hosted.over) {
        const { asleep } = this.sleepers;
        this.tell({ kind: "batch", news: [hosted.news()], steps: new Float64Array(0), asleep });
      }
      const stake = asking.kind === "stake" ? { stake: hosted.stake(asking.symbol) } : {};
      const answer = hosted.over ? GONE : { ...hosted.answer(fault, order), ...stake };
      this.tell({ kind: "answer", request: asking.request, answer });
    };
    const done = this.done(hosted, asking);
    // What can be done at once is answered before the next event.
    if (done instanceof Promise) this.whileOpen(hosted.key, done.catch(faultOf).then(reply));
    else reply(done);
  }

  /** Why it could not be done; null when it is. */
  private done(hosted: Hosted, asking: Asking): string | null | Promise<string | null> {
    const { versions } = hosted;
    switch (asking.kind) {
      case "contend":
        return versions.lane.version === asking.version ? "it trades already" : this.contend(hosted, asking);
      case "promote":
        if (versions.contest?.failed === true) return FAILED;
        return !asking.anew && versions.promote(asking.version) ? null : this.openFor(hosted, asking);
      case "share":
        hosted.share(asking.percent, asking.by);
        return null;
      case "revert":
        return versions.revert(asking.version, asking.to.version) ? null : this.bringBack(hosted, asking);
      case "settle":
        versions.settle(asking.version);
        return null;
      case "compare":
      case "stake":
        return null;
      case "order":
        return hosted.order(asking.number, asking.change, asking.at);
      case "balance":
        return this.balance(hosted, asking.shares, asking.fresh);
    }
  }

  private async balance(hosted: Hosted, shares: Shares | null, fresh: boolean): Promise<string | null> {
    const { lanes, fault } = await this.sharers(hosted, shares, fresh);
    const { over, versions } = hosted;
    if (!over && versions.contest === null && fault === null) {
      hosted.balance(shares?.weights ?? null, lanes);
      return null;
    }
    for (const lane of lanes) if (versions.sharer(lane.version) !== lane) lane.close();
    return fault ?? (over ? null : "a new version is being compared");
  }

  /** Versions that take part already go on, unless they have to be fresh. `shown`: the recent past. */
  private async sharers(
    hosted: Hosted,
    shares: Shares | null,
    fresh: boolean,
    shown = true,
  ): Promise<{ readonly lanes: readonly Lane[]; readonly fault: string | null }> {
    const lanes: Lane[] = [];
    let fault: string | null = null;
    for (const offer of shares?.others ?? []) {
      const known = fresh ? null : hosted.versions.sharer(offer.version);
      const opened = known ?? (await this.openings.open(hosted, offer, shown));
      if (typeof opened === "string") fault ??= `version ${offer.version}: ${opened}`;
      else lanes.push(opened instanceof Lane ? opened : new Lane(offer.version, opened));
    }
    return { lanes, fault };
  }

  private async contend(hosted: Hosted, offer: Of<"contend">): Promise<string | null> {
    const opened = await this.openings.open(hosted, offer, true, false, false);
    if (typeof opened === "string") return opened;
    if (hosted.over) opened.close();
    else hosted.contend(new Lane(offer.version, opened));
    return null;
  }

  /** Nothing of the version runs any more, or not with these parameters: its thread was lost, it was never opened. */
  private async openFor(hosted: Hosted, offer: Of<"promote">): Promise<string | null> {
    const opened = await this.openings.open(hosted, offer);
    if (typeof opened === "string") return opened;
    const { over, versions } = hosted;
    const failed = versions.contest?.failed === true; // while it was opened
    if (over || failed || (!offer.anew && versions.promote(offer.version))) opened.close();
    else versions.follow(new Lane(offer.version, opened));
    return failed ? FAILED : null;
  }

  /** What traded before is not warm any more. An execution that it cannot be opened for ends: nobody wants what trades. */
  private async bringBack(hosted: Hosted, { version, to }: Of<"revert">): Promise<string | null> {
    const opened = await this.openings.open(hosted, to, true, true);
    const { over, versions } = hosted;
    const late = over || versions.revert(version, to.version); // while it was opened
    if (typeof opened !== "string") {
      if (late) opened.close();
      else versions.follow(new Lane(to.version, opened));
      return null;
    }
    if (!late) hosted.fail(`version ${version} is out, and ${to.version} cannot be opened again: ${opened}`);
    return late ? null : opened;
  }

  /** Work that fails ends the execution that it was for: the others of the thread go on. */
  private whileOpen(key: number, work: Promise<void>, holding = 0): void {
    this.opening++;
    this.holding += holding;
    const settled = work.catch((error: unknown) => this.undone(key, faultOf(error)));
    void settled.finally(() => {
      this.opening--;
      this.holding -= holding;
    });
  }

  private undone(key: number, reason: string): void {
    const early = this.early.get(key) ?? [];
    this.early.delete(key);
    this.called.delete(key);
    for (const letter of early) if (letter.kind !== "end") this.nobody(letter);
    const hosted = this.hosted.get(key);
    if (hosted === undefined) this.tell({ kind: "refused", key, reason });
    else hosted.fail(reason);
  }
}
