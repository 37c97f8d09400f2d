// Brings limits onto the board: those of the level `warning` bind whoever has no risk_override, and where there are two
// the tighter one counts. A limit with a name goes before the one for all of its kind. Only what is another one is
// written, and what is gone comes last, so that whoever trades meanwhile finds a limit wherever there was and will be
// one. Main thread.
import type { Board } from "./board.ts";
import type { RiskLimit } from "./limits.ts";
import { METRIC_RULES } from "./metrics.ts";

const MILLION = 1_000_000;

interface Place {
  readonly row: number;
  readonly place: number;
  readonly override: boolean;
  readonly value: number;
}

export class OnBoard {
  private readonly board: Board;
  private set: ReadonlyMap<string, Place> = new Map();

  constructor(board: Board) {
    this.board = board;
  }

  /** False: not all of them fit; none of the earlier ones is in force any more. */
  put(limits: readonly RiskLimit[]): boolean {
    const { board } = this;
    const places = new Map<string, Place>();
    let fits = true;
    for (const { scope, name, metric, limit, level } of limits) {
      const place = METRIC_RULES[metric].board;
      if (place === null) continue;
      const row = name === null ? board.template(scope) : board.row(scope, name);
      fits &&= row >= 0;
      if (row < 0) continue;
      for (const override of level === "hard" ? [false, true] : [false]) {
        const at = `${row}:${place}:${override}`;
        const value = Math.min(places.get(at)?.value ?? Number.POSITIVE_INFINITY, Math.round(limit * MILLION));
        places.set(at, { row, place, override, value });
      }
    }
    for (const [at, { row, place, override, value }] of places)
      if (this.set.get(at)?.value !== value) board.setLimit(row, place, override, value);
    for (const [at, { row, place, override }] of this.set)
      if (!places.has(at)) board.setLimit(row, place, override, null);
    this.set = places;
    board.publish();
    return fits;
  }
}
