// Executions that have nothing to do at an event: nothing held, no order at work, no program to ask, no signal on its way.
// Of an event they only keep the price, and do that later, all events of a while together: each is given the same events
// in the same order, so what it comes to is the same to the bit, but its account is fetched from memory once and not with
// every tick. One sleeps at most until its next step of a second is due, and is up before anything is asked or told of it.
// Times are of the engine clock, in microseconds. Belongs to one thread.
import { FeedEvent } from "./feed-event.ts";
import type { Hosted } from "./hosted.ts";
import type { BestQuote } from "./market.ts";

/** Events of a symbol that are kept for those who sleep. */
const KEPT = 32;
/** Words of one. */
const WIDTH = 11;
const VALUES = 6;
/** Of more symbols than these it costs more to put events in their order than sleeping saves. */
const SYMBOLS_MAX = 8;
const NO_QUOTE: BestQuote = { bid: 0, ask: 0, bidSize: 0, askSize: 0 };

interface Member {
  readonly hosted: Hosted;
  readonly slot: number;
  readonly crowds: Crowd[];
  /** How many events of each crowd it has seen or need not see. */
  readonly seen: number[];
  asleep: boolean;
}

/** Who wants the events of one symbol, and the newest of these. */
interface Crowd {
  readonly members: Member[];
  /** Of the members, in their order: a look at who sleeps touches nothing else of them. */
  readonly slots: number[];
  readonly rows: Float64Array;
  /** Events so far, and how many of them are not in the rows any more. */
  total: number;
  gone: number;
}

export class Sleepers {
  private readonly crowds: (Crowd | undefined)[] = [];
  private readonly members = new Map<Hosted, Member>();
  private readonly free: number[] = [];
  private sleeping = 0;
  /** By slot: until when it sleeps; 0: it is awake. */
  private until = new Float64Array(64);
  private readonly past = new FeedEvent();
  private readonly isAt: (key: number) => void;

  /** `isAt`: told whose turn it is. */
  constructor(isAt: (key: number) => void) {
    this.isAt = isAt;
  }

  /** How many sleep now. */
  get asleep(): number {
    return this.sleeping;
  }

  /** From now on it is given the events of the symbol. */
  join(hosted: Hosted, id: number): void {
    const member = this.members.get(hosted) ?? this.enter(hosted);
    const crowd = (this.crowds[id] ??= {
      members: [],
      slots: [],
      rows: new Float64Array(KEPT * WIDTH),
      total: 0,
      gone: 0,
    });
    if (member.crowds.includes(crowd)) return;
    this.wake(hosted);
    member.crowds.push(crowd);
    member.seen.push(crowd.total);
    crowd.members.push(member);
    crowd.slots.push(member.slot);
  }

  forget(hosted: Hosted): void {
    const member = this.members.get(hosted);
    if (member === undefined) return;
    this.members.delete(hosted);
    if (member.asleep) this.sleeping--;
    for (const { members, slots } of member.crowds) {
      const at = members.indexOf(member);
      members.splice(at, 1);
      slots.splice(at, 1);
    }
    this.until[member.slot] = 0;
    this.free.push(member.slot);
  }

  /** To everybody who wants it, now or later. */
  give(event: FeedEvent, best: BestQuote, decides: boolean): void {
    const crowd = this.crowds[event.subject];
    if (crowd === undefined) return;
    if (crowd.total - crowd.gone === KEPT) this.flush(crowd);
    keep(crowd, event, decides);
    const { until } = this;
    const { clock } = event;
    for (let at = 0; at < crowd.slots.length; at++) {
      const slot = crowd.slots[at] ?? 0;
      if ((until[slot] ?? 0) > clock) continue;
      const member = crowd.members[at];
      if (member === undefined) continue;
      const { hosted } = member;
      if (member.asleep) this.catchUp(member, event.sequence);
      this.isAt(hosted.key);
      hosted.event(event, best, decides);
      if (hosted.idle && member.crowds.length <= SYMBOLS_MAX) this.sleep(member);
      else this.rise(member);
    }
    this.isAt(0);
  }

  /** It has seen everything that was given so far. It may sleep on. */
  upToDate(hosted: Hosted): void {
    const member = this.members.get(hosted);
    if (member?.asleep === true) this.catchUp(member, Number.POSITIVE_INFINITY);
  }
  /** As `upToDate`, and it sees the next event as it comes. */
  wake(hosted: Hosted): void {
    const member = this.members.get(hosted);
    if (member?.asleep !== true) return;
    this.catchUp(member, Number.POSITIVE_INFINITY);
    this.rise(member);
  }

  private enter(hosted: Hosted): Member {
    const slot = this.free.pop() ?? this.members.size;
    if (slot >= this.until.length) {
      const wider = new Float64Array(2 * this.until.length);
      wider.set(this.until);
      this.until = wider;
    }
    const member = { hosted, slot, crowds: [], seen: [], asleep: false };
    this.members.set(hosted, member);
    return member;
  }

  private sleep(member: Member): void {
    for (let at = 0; at < member.crowds.length; at++) member.seen[at] = member.crowds[at]?.total ?? 0;
    if (!member.asleep) this.sleeping++;
    member.asleep = true;
    this.until[member.slot] = member.hosted.nextStep;
  }
  private rise(member: Member): void {
    if (!member.asleep) return;
    member.asleep = false;
    this.sleeping--;
    this.until[member.slot] = 0;
  }

  /** Gives it what it has not seen yet of the events before the one of this number. */
  private catchUp(member: Member, before: number): void {
    const { hosted, crowds, seen } = member;
    this.isAt(hosted.key);
    for (;;) {
      let next = -1;
      let least = before;
      for (let at = 0; at < crowds.length; at++) {
        const crowd = crowds[at];
        const count = seen[at] ?? 0;
        if (crowd === undefined || count === crowd.total) continue;
        const sequence = crowd.rows[(count - crowd.gone) * WIDTH] ?? 0;
        if (sequence >= least) continue;
        least = sequence;
        next = at;
      }
      const crowd = crowds[next];
      if (crowd === undefined) break;
      const row = ((seen[next] ?? 0) - crowd.gone) * WIDTH;
      seen[next] = (seen[next] ?? 0) + 1;
      hosted.event(read(this.past, crowd.rows, row), NO_QUOTE, crowd.rows[row + 1] === 1);
    }
    this.isAt(0);
  }

  /** There is no room for another event: those that sleep take in what is there. */
  private flush(crowd: Crowd): void {
    for (const member of crowd.members) if (member.asleep) this.catchUp(member, Number.POSITIVE_INFINITY);
    crowd.gone = crowd.total;
  }
}

function keep(crowd: Crowd, event: FeedEvent, decides: boolean): void {
  const { rows } = crowd;
  const row = (crowd.total++ - crowd.gone) * WIDTH;
  rows[row] = event.sequence;
  rows[row + 1] = decides ? 1 : 0;
  rows[row + 2] = event.kind + 256 * event.flags;
  rows[row + 3] = event.aux + 2 ** 32 * event.subject;
  rows[row + 4] = event.time;
  rows[row + 5] = event.clock;
  for (let index = 0; index < WIDTH - VALUES; index++) rows[row + VALUES + index] = event.value(index);
}

function read(event: FeedEvent, rows: Float64Array, row: number): FeedEvent {
  const kind = rows[row + 2] ?? 0;
  const aux = rows[row + 3] ?? 0;
  event.sequence = rows[row] ?? 0;
  event.kind = kind % 256;
  event.flags = Math.floor(kind / 256);
  event.aux = aux % 2 ** 32;
  event.subject = Math.floor(aux / 2 ** 32);
  event.time = rows[row + 4] ?? 0;
  event.clock = rows[row + 5] ?? 0;
  for (let index = 0; index < WIDTH - VALUES; index++) event.values[index] = rows[row + VALUES + index] ?? 0;
  return event;
}
