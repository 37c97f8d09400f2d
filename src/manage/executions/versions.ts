// The versions of an execution's code: the one that trades, a new one in a contest with it, and the one before, kept warm
// for a while so that there is a way back at once: it sees every event, and what it decides is dropped. Every change lies
// between two events. `reigns` records which events each version was given to trade on.
import type { Decision, FilledEvent, StrategyFault } from "../../sandbox/sandbox.ts";
import type { Result } from "../../domain/result.ts";
import type { Accounts } from "./accounts.ts";
import type { Contest } from "./contest.ts";
import type { FeedEvent } from "./feed-event.ts";
import type { Lane } from "./lane.ts";
import type { Sharing } from "./sharing.ts";
import type { Comparison, Reign, ShareBy, VersionFault } from "./messages.ts";

/** Of the engine clock. */
const WARM_US = 600e6;

export class Versions {
  contest: Contest | null = null;
  /** Never beside a contest. */
  private sharing: Sharing | null = null;
  private lost: VersionFault[] = [];
  readonly reigns: Reign[];
  private readonly accounts: Accounts;
  private trading: Lane;
  private warm: Lane | null = null;
  private warmUntil = Number.POSITIVE_INFINITY;
  private clock = 0;

  /** `reigns`: of an earlier life. */
  constructor(accounts: Accounts, lane: Lane, reigns: readonly Reign[]) {
    this.accounts = accounts;
    this.reigns = [...reigns];
    this.trading = lane;
  }

  /** The one that trades the main account. */
  get lane(): Lane {
    return this.trading;
  }

  /** No program decides: it is traded by signals. */
  get silent(): boolean {
    return this.trading.silent && this.contest === null;
  }
  /** Only the last reign goes on. */
  get alone(): boolean {
    const last = this.reigns.at(-1);
    return this.contest === null && this.sharing === null && last !== undefined && this.trading.reigns(last);
  }
  sees(sequence: number, clock: number): void {
    this.clock = clock;
    const reign = this.trading.sees(sequence);
    if (reign !== null) this.reigns.push(reign);
  }

  /**
   * What is to be done on the main account; what others decide has been done already. `open`: positions may be opened;
   * on the main account that is for the caller to heed.
   */
  ask(
    { sequence, clock }: Pick<FeedEvent, "sequence" | "clock">,
    market: FilledEvent,
    paused: boolean,
    open: boolean,
  ): Result<Decision | null, StrategyFault> {
    const { contest, trading, sharing } = this;
    this.clock = clock;
    const newOne = contest !== null && contest.owns(market.symbol);
    const sharer = sharing === null ? null : sharing.of(market.symbol);
    const reign = (newOne ? contest.lane : (sharer ?? trading)).sees(sequence);
    if (reign !== null) this.reigns.push(reign);
    const decided = trading.decide(market);
    if (!decided.ok) return decided;
    this.warmUp(market);
    if (sharing !== null) return sharing.ask(market, sharer, decided.value);
    if (contest === null) return decided;
    contest.old(decided.value, market, open);
    const value = contest.ask(market, paused, open);
    if (contest.failed) this.giveUp(contest);
    return newOne && !contest.failed ? { ok: true, value } : decided;
  }

  share(percent: number, by: ShareBy): void {
    const { contest, accounts } = this;
    if (contest === null) return;
    accounts.leave(contest.take(percent, by));
    accounts.size(1 - contest.share);
    if (percent === 0) contest.lane.rest();
  }

  /** Symbols are shared from the next event on; null: the one that trades has all of them again. */
  balance(sharing: Sharing | null, kept: readonly Lane[] = []): void {
    this.lost.push(...(this.sharing?.faults ?? []));
    this.sharing?.close(kept);
    this.sharing = sharing;
  }
  /** One that takes part in the sharing; null: it does not. */
  sharer(version: string): Lane | null {
    return this.sharing?.lane(version) ?? null;
  }
  /** Sharers that have failed since the last call. */
  faults(): readonly VersionFault[] {
    const lost = [...this.lost, ...(this.sharing?.faults.splice(0) ?? [])];
    this.lost = [];
    return lost;
  }

  /** Into a contest with the one that trades. */
  enter(contest: Contest): void {
    this.balance(null);
    this.drop();
    this.contest = contest;
  }

  /** The one of this version trades alone from the next event on; false when there is none that could. */
  promote(version: string): boolean {
    const { contest } = this;
    if (this.trading.version === version) return true;
    if (contest !== null && contest.lane.version === version) {
      if (contest.failed) return false;
      this.contest = null;
      this.accounts.leave(contest.release());
      this.follow(contest.lane);
      return true;
    }
    const { warm } = this;
    if (warm?.version !== version) return false;
    this.warm = null; // it is closed no more
    this.follow(warm); // the one that is left is warm now: there is a way back
    return true;
  }

  /**
   * The version is out: whatever it contended with goes on, and where it trades, `to` does from the next event on. False
   * when that has to be opened first. Where another one trades by now, or `to` did all along, there is nothing to do.
   */
  revert(version: string, to: string): boolean {
    if (this.contest?.lane.version === version) {
      this.drop();
      return true;
    }
    return this.trading.version !== version || this.promote(to);
  }

  /** Nobody looks at the contest of this version any more. */
  settle(version: string): void {
    if (this.contest?.lane.version === version) this.drop();
  }

  /** Another one, opened for this, takes over. */
  follow(lane: Lane): void {
    this.balance(null);
    this.drop();
    this.trading.rest();
    this.warm?.close();
    this.warm = this.trading;
    this.warmUntil = this.clock + WARM_US;
    this.trading = lane;
    this.accounts.size(1);
  }

  /** Nothing is compared any more. */
  drop(): void {
    const { contest } = this;
    if (contest === null) return;
    this.contest = null;
    this.giveUp(contest);
    contest.lane.close();
  }

  /** The one before would not be what it was. */
  forget(): void {
    this.warm?.close();
    this.warm = null;
  }

  comparison(): Comparison | null {
    return this.contest?.comparison() ?? null;
  }

  close(): void {
    this.balance(null);
    this.drop();
    this.forget();
    this.trading.close();
  }

  /** What the new one had is the old one's again. */
  private giveUp(contest: Contest): void {
    this.accounts.leave(contest.release());
    this.accounts.size(1);
    contest.lane.rest();
  }

  private warmUp(market: FilledEvent): void {
    if (this.warm === null) return;
    if (this.clock > this.warmUntil || !this.warm.decide(market).ok) this.forget();
  }
}
