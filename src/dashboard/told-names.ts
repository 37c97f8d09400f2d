// What strategies are called, as the channel of strategies has told it last: alerts bear the name of when they were told,
// and which of the two channels is shown first is nobody's choice. Pure.
import type { AlertUpdate, Item, StrategyUpdate } from "../client/client.ts";

/** The oldest make room; of them alerts say what they were told with. */
const NAMES_KEPT = 5_000;

export class ToldNames {
  private readonly names = new Map<string, string | null>();

  /** Whether somebody is called otherwise from now on, and whether a new name may have been missed. */
  take(items: readonly Item<StrategyUpdate>[]): { readonly renamed: boolean; readonly missed: boolean } {
    let [renamed, missed] = [false, false];
    for (const item of items) {
      if (item.kind === "gap") {
        missed = true;
        this.names.clear();
        continue;
      }
      for (const data of item.kind === "update" ? [item.data] : item.data) if (this.keep(data)) renamed = true;
    }
    return { renamed, missed };
  }

  /** Another connection has heard nothing yet. */
  forget(): void {
    this.names.clear();
  }

  private keep({ event, strategy_id: id, strategy_name: name }: StrategyUpdate): boolean {
    if (event !== "renamed" && event !== "deleted") return false;
    this.names.delete(id);
    this.names.set(id, event === "deleted" ? null : name);
    for (const oldest of this.names.keys()) if (this.names.size > NAMES_KEPT) this.names.delete(oldest);
    return true;
  }

  /** The same map where all of them say these names already. */
  over(alerts: ReadonlyMap<string, AlertUpdate>): ReadonlyMap<string, AlertUpdate> {
    if (![...alerts.values()].some((alert) => this.isOld(alert))) return alerts;
    const nameOf = ({ strategy_id: id }: AlertUpdate): string | null => this.names.get(id ?? "") ?? null;
    return new Map(
      [...alerts].map(([id, alert]) => [id, this.isOld(alert) ? { ...alert, strategy_name: nameOf(alert) } : alert]),
    );
  }

  private isOld({ strategy_id: id, strategy_name: name = null }: AlertUpdate): boolean {
    return id !== null && this.names.has(id) && this.names.get(id) !== name;
  }
}
