// Alerts of the engine clock: ahead of the wall clock, and caught up. Whoever was told that it is ahead is told when it is
// not any more, also where that happened while the engine was off or its data plane was opened again: the newest of these
// alerts is the word that stands. Main thread.
import { CLOCK_AHEAD, CLOCK_CAUGHT_UP } from "../domain/clock-words.ts";
import type { Manage } from "../manage/manage.ts";

const STATE = "engine_clock";

export class ClockAlerts {
  private readonly alerts: Manage["alerts"];
  /** Whether this process has said that it is ahead; null: it has said nothing yet. */
  private ahead: boolean | null = null;

  constructor(alerts: Manage["alerts"]) {
    this.alerts = alerts;
  }

  /** How each stream finds its clock, and what changes then. */
  tell(trouble: string | null): void {
    const before = this.ahead;
    this.ahead = trouble !== null;
    if (before === this.ahead) return;
    const common = { type: "system", state: STATE } as const;
    if (trouble !== null) this.alerts.raise({ ...common, level: "critical", key: "ahead", message: trouble });
    else if (before ?? this.stoodAhead())
      this.alerts.raise({ ...common, level: "info", key: "caught up", message: CLOCK_CAUGHT_UP });
  }

  /** By what was told before this process. */
  private stoodAhead(): boolean {
    const isOurs = (message: string): boolean => message === CLOCK_CAUGHT_UP || message.startsWith(CLOCK_AHEAD);
    const newest = this.alerts.newest(({ type, message }) => type === "system" && isOurs(message));
    return newest !== null && newest.message !== CLOCK_CAUGHT_UP;
  }
}
