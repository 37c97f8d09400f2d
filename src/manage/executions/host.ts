// The executions of one thread: gives each event to those that want its symbol, and does between two events what letters
// ask for. A program is opened while others go on; its execution begins with the event after that, at the earliest with
// the one that it was promised. An execution that fails is told of and forgotten; no other one notices.
import * as layout from "../../../assembly/layout.ts";
import { openProgram, type Program } from "../../sandbox/sandbox.ts";
import { FeedEvent, nameIn } from "./feed-event.ts";
import type { FeedReader } from "./feed-ring.ts";
import { type BestQuote, Hosted } from "./hosted.ts";
import { faultText, Lane } from "./lane.ts";
import type { Answer, Asking, Beginning, ExecutionNews, Letter, News, VersionOffer } from "./messages.ts";
import { Places } from "./places.ts";

/** Events of the recent past that a program is shown which is opened again. */
const REMEMBERED = 2_000;
const NO_QUOTE: BestQuote = { bid: 0, ask: 0, bidSize: 0, askSize: 0 };

type Retune = Extract<Letter, { kind: "retune" }>;
type Of<K extends Asking["kind"]> = Extract<Asking, { kind: K }>;
const GONE: Answer = { sequence: -1, version: "", comparison: null, fault: "the execution is over" };

export class Host {
  /** Programs that are being opened; their promises need turns of the loop. */
  opening = 0;
  /** Executions that are being opened again: until they are there, no row may be taken. */
  holding = 0;
  private readonly reader: FeedReader;
  private readonly tell: (news: News) => void;
  private readonly event = new FeedEvent();
  private readonly hosted = new Map<number, Hosted>();
  /** Executions by the stream's id of a symbol. */
  private readonly bySymbol: (Hosted[] | undefined)[] = [];
  private readonly names: string[] = [];
  private readonly quotes: BestQuote[] = [];
  /** Ended before they were open. */
  private readonly called = new Set<number>();

  constructor(reader: FeedReader, tell: (news: News) => void, held: boolean) {
    this.reader = reader;
    if (held) this.holding = 1;
    this.tell = tell;
  }

  letter(letter: Exclude<Letter, { kind: "close" }>): void {
    if (letter.kind === "go") {
      this.holding--;
      return;
    }
    if (letter.kind === "begin") {
      this.whileOpen(this.begin(letter.order), letter.order.again ? 1 : 0);
      return;
    }
    const hosted = this.hosted.get(letter.key);
    if (hosted === undefined) {
      if (letter.kind === "end") this.called.add(letter.key);
      if ("request" in letter) this.tell({ kind: "answer", request: letter.request, answer: GONE });
      return;
    }
    switch (letter.kind) {
      case "end":
        hosted.end();
        return;
      case "pause":
        hosted.pause(letter.paused);
        return;
      case "retune":
        this.whileOpen(this.retune(hosted, letter));
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
    const at = reader.at();
    event.read(reader.words, reader.numbers, at);
    if (event.kind === layout.KIND_NAME) this.learn(event.subject, nameIn(reader.words, at + RECORD));
    else this.give(event, !this.isPart(event));
    reader.take();
  }

  /** What happened since the last time, by execution; those that are over are forgotten. */
  batch(): readonly ExecutionNews[] {
    const batch: ExecutionNews[] = [];
    for (const [key, hosted] of this.hosted) {
      const news = hosted.news();
      if (news !== null) batch.push(news);
      if (!hosted.over) continue;
      this.hosted.delete(key);
      for (const [id, list] of this.bySymbol.entries())
        if (list?.includes(hosted) === true) this.bySymbol[id] = list.filter((one) => one !== hosted);
    }
    return batch;
  }

  private give(event: FeedEvent, decides: boolean): void {
    const best = this.quoteOf(event);
    const list = this.bySymbol[event.subject];
    if (list === undefined) return;
    const asks = decides && event.kind !== layout.KIND_FUNDING;
    for (const hosted of list) {
      this.reader.isAt(hosted.key);
      hosted.event(event, best, asks);
    }
    this.reader.isAt(0);
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
  }

  private join(hosted: Hosted, id: number, name: string): void {
    hosted.places.learn(id, name);
    if (!hosted.places.wants(id)) return;
    const list = (this.bySymbol[id] ??= []);
    if (!list.includes(hosted)) list.push(hosted);
  }

  private async begin(order: Beginning): Promise<void> {
    const { key, program, symbols, parameters, names, again } = order;
    for (const [id, name] of names) this.names[id] ??= name;
    const places = new Places(symbols);
    this.names.forEach((name, id) => places.learn(id, name));
    const opened = program === null ? null : await openProgram(program, places.names, parameters);
    if (opened !== null && !opened.ok) {
      this.tell({ kind: "refused", key, reason: faultText(opened.failure) });
      return;
    }
    const hosted = new Hosted(order, places, opened?.value ?? null);
    this.names.forEach((name, id) => this.join(hosted, id, name));
    this.hosted.set(key, hosted);
    if (again && opened !== null) this.remember(hosted, opened.value);
    if (this.called.delete(key)) hosted.end();
    this.tell({ kind: "begun", key });
  }

  /** The program is opened anew with the new parameters and takes over between two events. */
  private async retune(hosted: Hosted, { terms, parameters, program, version }: Retune): Promise<void> {
    const { versions } = hosted;
    const known = program === null || (version !== versions.lane.version && versions.promote(version));
    const opened = known ? null : await this.opened(hosted, { version, program, parameters });
    if (hosted.over) return;
    if (typeof opened === "string") {
      hosted.fail(opened);
      return;
    }
    if (version !== versions.lane.version && opened !== null) versions.follow(new Lane(version, opened));
    hosted.retune(terms, version === versions.lane.version ? opened : null);
  }

  private asked(hosted: Hosted, asking: Asking): void {
    const reply = (fault: string | null): void => {
      const answer = hosted.over ? GONE : hosted.answer(fault);
      this.tell({ kind: "answer", request: asking.request, answer });
    };
    const done = this.done(hosted, asking);
    // What can be done at once is answered before the next event.
    if (done instanceof Promise) this.whileOpen(done.then(reply));
    else reply(done);
  }

  /** Why it could not be done; null when it is. */
  private done(hosted: Hosted, asking: Asking): string | null | Promise<string | null> {
    const { versions } = hosted;
    switch (asking.kind) {
      case "contend":
        return versions.lane.version === asking.version ? "it trades already" : this.contend(hosted, asking);
      case "promote":
        if (versions.contest?.failed === true) return "the new version has failed";
        return versions.promote(asking.version) ? null : this.openFor(hosted, asking);
      case "share":
        hosted.share(asking.percent, asking.by);
        return null;
      case "revert":
        versions.revert();
        return null;
      case "settle":
        versions.drop();
        return null;
      case "compare":
        return null;
    }
  }

  private async contend(hosted: Hosted, offer: Of<"contend">): Promise<string | null> {
    const opened = await this.opened(hosted, offer);
    if (typeof opened === "string") return opened;
    if (hosted.over) opened.close();
    else hosted.contend(new Lane(offer.version, opened));
    return null;
  }

  /** Nothing of the version runs any more: its thread was lost meanwhile, or it was never opened. */
  private async openFor(hosted: Hosted, offer: Of<"promote">): Promise<string | null> {
    const opened = await this.opened(hosted, offer);
    if (typeof opened === "string") return opened;
    if (hosted.over || hosted.versions.promote(offer.version)) opened.close();
    else hosted.versions.follow(new Lane(offer.version, opened));
    return null;
  }

  /** A program that has seen the recent past; or why there is none. */
  private async opened(hosted: Hosted, { program, parameters }: VersionOffer): Promise<Program | string> {
    const opened = await openProgram(program, hosted.places.names, parameters);
    if (!opened.ok) return faultText(opened.failure);
    this.remember(hosted, opened.value);
    return opened.value;
  }

  private remember(hosted: Hosted, program: Program): void {
    const { reader, event } = this;
    const rows = [...reader.past()].filter((at) => hosted.places.wants((reader.words[at + RECORD] ?? 0) & 0xffff));
    for (const at of rows.slice(-REMEMBERED)) {
      reader.alive();
      event.read(reader.words, reader.numbers, at);
      if (event.kind === layout.KIND_TRADE || event.kind === layout.KIND_BAR) hosted.remember(program, event, NO_QUOTE);
    }
  }

  private whileOpen(work: Promise<void>, holding = 0): void {
    this.opening++;
    this.holding += holding;
    void work.finally(() => {
      this.opening--;
      this.holding -= holding;
    });
  }
}

/** Words of a row before its record. */
const RECORD = 2;
