// Who knows the regimes of the moment: of a symbol as the core names it, of asset classes and the market as they are in
// force. At each learning beat those are made again of all symbols; what is another one then enters the stream, so a
// restart and a replay have it. Frozen or not: what the market is like is no change of learning. Main thread only.
import type { Regime } from "../../domain/regime.ts";
import { type GroupRegime, marketRegimes } from "../../learning/regime.ts";
import type { RegimeGroup, Regimes } from "../../stream/stream.ts";
import type { Learner, LearningContext, RegimeSource } from "./learner.ts";

export type RegimePlane = Pick<Regimes, "clock" | "of" | "all" | "groups" | "bring" | "lnCloses">;

export interface MarketView {
  readonly market: GroupRegime;
  readonly classes: ReadonlyMap<string, GroupRegime>;
}

export class MarketWatch implements Learner, RegimeSource {
  readonly name = "regimes";
  private plane: RegimePlane | null = null;

  join(plane: RegimePlane): void {
    this.plane = plane;
  }

  get joined(): RegimePlane | null {
    return this.plane;
  }

  get market(): Regime {
    return this.plane?.groups().get("")?.regime ?? "unknown";
  }

  of(symbol: string): Regime {
    return this.plane?.of(symbol).regime ?? "unknown";
  }

  cycle({ now }: LearningContext): void {
    const { plane } = this;
    if (plane === null) return;
    const before = plane.groups();
    const { market, classes } = marketRegimes(plane.all(), before, now);
    const found = new Map<RegimeGroup, GroupRegime>([["", market]]);
    for (const [group] of before) if (group !== "") found.set(group, classes.get(group) ?? SILENT);
    const changed = [...found].filter(([group, { regime }]) => regime !== before.get(group)?.regime);
    // Without room in the ring the next beat finds the same change.
    if (changed.length > 0) plane.bring(new Map(changed));
  }

  /** As in force, with the figures of the moment. */
  view(now: number): MarketView {
    const before = this.plane?.groups() ?? new Map<RegimeGroup, never>();
    const { market, classes } = marketRegimes(this.plane?.all() ?? [], before, now);
    const held = (group: RegimeGroup, found: GroupRegime): GroupRegime => ({ ...found, ...before.get(group) });
    const groups = [...before.keys()].filter((group) => group !== "");
    const listed = groups.flatMap((group) => {
      const found = classes.get(group);
      return found === undefined ? [] : [[group, held(group, found)] as const];
    });
    return { market: held("", market), classes: new Map(listed) };
  }

  symbols(): ReturnType<RegimePlane["all"]> {
    return this.plane?.all() ?? [];
  }
}

const SILENT: GroupRegime = { regime: "unknown", probability: 0, since: 0, breadth: 0, symbols: 0 };
