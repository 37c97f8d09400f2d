// Which bytes are state: the regions that the core keeps between two events, cut to the rows in use. One copy of what
// is replicated per worker; nothing that is derived (lists of legs, asset bytes) or that belongs to the host.
import * as layout from "../../../assembly/layout.ts";
import * as reference from "../../../assembly/reference.ts";
import { CELL_COLUMNS, cellLanes, type MemoryPlan } from "./memory-plan.ts";
import type { Extents } from "./state-reader.ts";

export interface StateRegion {
  /** PLAN_ index: the same meaning in every plan, whatever the addresses. */
  readonly region: number;
  readonly base: number;
  readonly bytes: number;
}

export function stateRegions(plan: MemoryPlan, extents: Extents): readonly StateRegion[] {
  const blocks = (count: number): number => Math.ceil(count / 2);
  const tiles = (count: number): number => Math.ceil(count / (2 * layout.TILE_BLOCKS));
  const groups = Math.max(extents.groups, layout.SCREEN_GROUPS);
  const lanes = (code: number): number => cellLanes(code, extents.cells[code] ?? 0, groups);
  const sizes: readonly (readonly [number, number])[] = [
    [layout.PLAN_GLOBALS, layout.GLOBALS_BYTES],
    [layout.PLAN_INSTANCES, extents.instances * layout.INSTANCE_BYTES],
    [layout.PLAN_SYMBOLS, extents.symbols * layout.SYMBOL_BYTES],
    [layout.PLAN_SERIES, blocks(extents.series) * layout.SERIES_COLUMNS * layout.COLUMN_BYTES],
    [layout.PLAN_ENDS, blocks(extents.series) * 16],
    [layout.PLAN_HISTORY, tiles(extents.series) * layout.HISTORY_TILE_BYTES],
    ...CELL_COLUMNS.map(
      (columns, code) => [layout.PLAN_CELLS + code, blocks(lanes(code)) * columns * layout.COLUMN_BYTES] as const,
    ),
    [layout.PLAN_GROUPS, groups * layout.GROUP_BYTES],
    [layout.PLAN_INSTRUMENTS, extents.symbols * reference.INSTRUMENT_BYTES],
    [layout.PLAN_BOARD, reference.BOARD_BYTES],
    [layout.PLAN_LABELS, 2 * layout.LABELS * layout.NAME_BYTES],
    [layout.PLAN_SCREEN, (plan.bases[layout.PLAN_SCREEN + 1] ?? 0) - (plan.bases[layout.PLAN_SCREEN] ?? 0)],
  ];
  return sizes
    .filter(([, bytes]) => bytes > 0)
    .map(([region, bytes]) => ({ region, base: plan.bases[region] ?? 0, bytes }));
}

/** Bytes from one worker's copy of a replicated region to the next one's; 0: there is one copy for all. */
export function copyBytes(region: number, plan: MemoryPlan): number {
  switch (region) {
    case layout.PLAN_GLOBALS:
      return layout.GLOBALS_BYTES;
    case layout.PLAN_INSTANCES:
      return plan.maxInstances * layout.INSTANCE_BYTES;
    case layout.PLAN_INSTRUMENTS:
      return plan.maxSymbols * reference.INSTRUMENT_BYTES;
    case layout.PLAN_BOARD:
      return reference.BOARD_BYTES;
    default:
      return 0;
  }
}
