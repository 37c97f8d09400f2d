// Puts a snapshot into the shared memory. The memory is fresh (zeros, plan written) and no worker runs yet: tables are
// written up to the rows that the snapshot holds. Capacities and the number of workers may differ from those of the
// engine that took it, as long as everything fits; every worker gets its copy of the replicated tables. The lists of
// legs are derived afterwards by the core (rebuildLists).
import { closeSync, openSync } from "node:fs";
import * as layout from "../../../assembly/layout.ts";
import { GLOBALS_BYTES_BEFORE } from "../../../assembly/learned-layout.ts";
import { REGIME_COLUMNS_BEFORE } from "../../../assembly/regimes.ts";
import type { Result } from "../../domain/result.ts";
import { failed, ok } from "../../domain/result.ts";
import { STRATEGIES } from "../../domain/strategies.ts";
import type { MemoryPlan } from "../rings/memory-plan.ts";
import { moveScreen, screenWidth } from "../rings/screen-width.ts";
import { copyBytes, stateRegions, type StateRegion } from "../rings/state-regions.ts";
import type { JournalFailure } from "./failure.ts";
import type { Snapshot } from "./snapshot.ts";
import { readRegions } from "./snapshot.ts";

/** After `snapshot_damaged` the memory may hold half a state: throw it away. */
export function applySnapshot(
  memory: WebAssembly.Memory,
  plan: MemoryPlan,
  snapshot: Snapshot,
): Result<Snapshot, JournalFailure> {
  const mismatch = compare(plan, snapshot);
  if (mismatch !== null) return failed(mismatch);
  const bytes = new Uint8Array(memory.buffer);
  const fd = openSync(snapshot.path, "r");
  try {
    const reason = readRegions(fd, snapshot, (piece, region, offset) => {
      const base = plan.bases[region.region] ?? 0;
      if (widened(region, plan, snapshot)) return widen(bytes, base, piece, offset);
      const from = otherScreen(region, plan);
      if (from !== null) return moveScreen(bytes, base, { from, to: plan.screenSymbols }, piece, offset);
      const copies = copyBytes(region.region, plan) > 0 ? plan.workers : 1;
      for (let copy = 0; copy < copies; copy++) bytes.set(piece, base + copy * copyBytes(region.region, plan) + offset);
    });
    if (reason !== null) return failed({ code: "snapshot_damaged", file: snapshot.path, reason });
  } finally {
    closeSync(fd);
  }
  clearSignalCounters(memory, plan);
  return ok(snapshot);
}

/** The sums stay with worker 0; the others count from zero, so that the total is what it was. */
function clearSignalCounters(memory: WebAssembly.Memory, plan: MemoryPlan): void {
  const globals = new DataView(memory.buffer, plan.bases[layout.PLAN_GLOBALS]);
  for (let worker = 1; worker < plan.workers; worker++) {
    globals.setBigUint64(worker * layout.GLOBALS_BYTES + layout.GLOBALS_SIGNAL_COUNT, 0n, true);
    globals.setBigUint64(worker * layout.GLOBALS_BYTES + layout.GLOBALS_SIGNAL_HASH, 0n, true);
  }
}

type Stored = Pick<StateRegion, "region" | "bytes">;

/** Of an engine that learned less; what is new stays as it is in a fresh memory. */
function older({ region, bytes }: Stored, expected: number): boolean {
  if (region === layout.PLAN_GLOBALS) return bytes === GLOBALS_BYTES_BEFORE;
  return region === REGIME_CELLS && bytes === (expected / layout.REGIME_COLUMNS) * REGIME_COLUMNS_BEFORE;
}

const REGIME_CELLS = layout.PLAN_CELLS + layout.REGIME_SHIFT_DETECTOR;
const BLOCK_BEFORE = REGIME_COLUMNS_BEFORE * layout.COLUMN_BYTES;
const BLOCK = layout.REGIME_COLUMNS * layout.COLUMN_BYTES;

/** Whether its cells have fewer columns than now: the regimes in words came behind the others. */
function widened({ region, bytes }: Stored, plan: MemoryPlan, { extents }: Snapshot): boolean {
  if (region !== REGIME_CELLS) return false;
  return stateRegions(plan, extents).some((now) => now.region === region && now.bytes !== bytes);
}
/** Blocks of two cells each, put where the wider ones lie. */
function widen(memory: Uint8Array, base: number, piece: Uint8Array, offset: number): void {
  for (let done = 0; done < piece.length;) {
    const [block, inside] = [Math.floor((offset + done) / BLOCK_BEFORE), (offset + done) % BLOCK_BEFORE];
    const part = piece.subarray(done, done + BLOCK_BEFORE - inside);
    memory.set(part, base + block * BLOCK + inside);
    done += part.length;
  }
}

/** The columns of a screen that has not as many as the plan; null: it has, or is none. */
function otherScreen({ region, bytes }: Stored, plan: MemoryPlan): number | null {
  const columns = region === layout.PLAN_SCREEN ? screenWidth(bytes) : null;
  return columns === plan.screenSymbols ? null : columns;
}

/** Whether what was stored can be put where these bytes are. */
function fits(stored: Stored, { region, bytes }: StateRegion, plan: MemoryPlan): boolean {
  if (stored.region !== region) return false;
  return stored.bytes === bytes || older(stored, bytes) || otherScreen(stored, plan) !== null;
}

function compare(plan: MemoryPlan, snapshot: Snapshot): JournalFailure | null {
  const { extents, path: file } = snapshot;
  const { maxSymbols, maxInstances } = snapshot.plan;
  if (snapshot.layoutVersion !== layout.LAYOUT_VERSION) {
    const found = `layout version ${snapshot.layoutVersion}`;
    return { code: "snapshot_layout", file, found, expected: `layout version ${layout.LAYOUT_VERSION}` };
  }
  const room: readonly (readonly [what: string, needed: number, available: number])[] = [
    ["instances", extents.instances, plan.maxInstances],
    ["symbols", extents.symbols, plan.maxSymbols],
    ["series", extents.series, plan.maxSeries],
    ...STRATEGIES.map(({ code, name }) => [`${name} cells`, extents.cells[code] ?? 0, plan.maxCells] as const),
    ["groups", extents.groups, plan.maxGroups],
  ];
  for (const [what, needed, available] of room) {
    if (needed > available)
      return { code: "snapshot_plan", what, needed, available, made: { maxSymbols, maxInstances } };
  }
  const expected = stateRegions(plan, extents);
  const differs = expected.findIndex((region, index) => {
    const stored = snapshot.regions[index];
    return stored === undefined || !fits(stored, region, plan);
  });
  if (differs < 0 && expected.length === snapshot.regions.length) return null;
  const name = (region: StateRegion | undefined): string =>
    region === undefined ? "no further region" : `${region.bytes} bytes in region ${region.region}`;
  const index = Math.max(differs, 0);
  return { code: "snapshot_layout", file, found: name(snapshot.regions[index]), expected: name(expected[index]) };
}
