// fed_policy_detector, slow and obvious: the list of announcements, their surprises and the size of those before.
const DAY = 86_400_000_000;
const MINUTE = 60_000_000;

export interface Announcement {
  readonly time: number;
  readonly before: number;
  readonly after: number;
  readonly day: number;
  readonly days: number;
  /** Delivery month of the contract, 1..12; 0: not told. */
  readonly month: number;
}

export class PolicyTwin {
  private readonly announcements: Announcement[] = [];

  take(event: Announcement): void {
    const last = this.announcements.at(-1);
    if (last && event.time < last.time - 10 * MINUTE) return;
    if (last && event.time <= last.time + 20 * MINUTE) this.announcements.pop();
    this.announcements.push({ ...event, time: last && event.time <= last.time + 20 * MINUTE ? last.time : event.time });
  }

  /** Basis points, of the last announcement. */
  surprise(lastDays: number): number {
    return this.of(this.announcements.length - 1, lastDays);
  }

  z(lastDays: number, prior = 5, weight = 8): number {
    const past = this.announcements.slice(0, -1).map((_, index) => this.of(index, lastDays));
    const squares = past.slice(-62).reduce((sum, u) => sum + u * u, 0);
    return (
      this.surprise(lastDays) / Math.sqrt((weight * prior * prior + squares) / (weight + Math.min(62, past.length)))
    );
  }

  private of(index: number, lastDays: number): number {
    const event = this.announcements[index]!;
    const last = this.announcements[index - 1];
    if (this.ahead(event)) return 100 * (event.after - event.before);
    const carried = event.day === 1 && last && event.time - last.time <= 4 * DAY && this.isNext(last) && last.day > 1;
    const change = 100 * (event.after - (carried ? last.after : event.before));
    return (event.days / Math.max(event.days - event.day, lastDays)) * change;
  }

  private ahead({ time, month }: Announcement): boolean {
    return month !== 0 && month !== new Date(time / 1000).getUTCMonth() + 1;
  }
  private isNext({ time, month }: Announcement): boolean {
    return month !== 0 && (month - (new Date(time / 1000).getUTCMonth() + 1) + 12) % 12 === 1;
  }
}
